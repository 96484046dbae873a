-- description: Each post once, from batch or stream, with its place and its author if they have arrived.
-- owner: team:data-platform
-- key: ind

SELECT
  pin.ind,
  pin.unique_id,
  pin.title,
  pin.description,
  pin.follower_count,
  pin.poster_name,
  pin.tag_list,
  pin.is_image_or_video,
  pin.image_src,
  pin.save_location,
  pin.category,
  geo.country,
  geo.coordinates,
  geo.timestamp,
  author.user_name,
  author.age,
  author.date_joined,
  pin.came_by
FROM serving.pin AS pin
LEFT JOIN serving.geo AS geo ON geo.ind = pin.ind
LEFT JOIN serving.user AS author ON author.ind = pin.ind

-- description: One row per pin with what the results need of its place and its author.
-- owner: team:data-platform
-- key: ind
-- not_personal: age_group
-- checks:
--   one_row_a_pin: |
--     SELECT posts, pins
--     FROM (SELECT COUNT(*) AS posts FROM cleaned.post)
--     CROSS JOIN (SELECT COUNT(*) AS pins FROM cleaned.pin)
--     WHERE posts <> pins
--   age_group_allowed: age_group IN ('18-24', '25-35', '36-50', '50+')

-- A pin may arrive before its place or its author. Their columns are NULL until then.
SELECT
  pin.ind AS ind, -- Row position in the source; the pin's identity.
  pin.category AS category,
  pin.poster_name AS poster_name,
  pin.follower_count AS follower_count,
  geo.country AS country,
  geo.timestamp AS timestamp, -- When it was posted; no time zone. NULL if its place has not arrived.
  CASE
    WHEN user.age BETWEEN 18 AND 24 THEN '18-24'
    WHEN user.age BETWEEN 25 AND 35 THEN '25-35'
    WHEN user.age BETWEEN 36 AND 50 THEN '36-50'
    WHEN user.age > 50 THEN '50+'
  END AS age_group, -- 18-24, 25-35, 36-50 or 50+ (older than 50); NULL if younger or unknown.
  user.date_joined AS date_joined -- When the author joined; no time zone. NULL if the author has not arrived.
FROM cleaned.pin AS pin
LEFT JOIN cleaned.geo AS geo ON geo.ind = pin.ind
LEFT JOIN cleaned.user AS user ON user.ind = pin.ind

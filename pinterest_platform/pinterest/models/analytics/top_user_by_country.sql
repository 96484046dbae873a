-- description: The poster with the most followers in each country, including all that tie.
-- owner: team:data-platform
-- key: [country, poster_name]
-- checks:
--   follower_count_not_negative: follower_count >= 0
--   tied_counts_equal: |
--     SELECT country
--     FROM analytics.top_user_by_country
--     GROUP BY country
--     HAVING MIN(follower_count) < MAX(follower_count)

-- A poster repeats on each of their posts: take the highest count, never the sum.
WITH posters AS (
  SELECT
    geo.country AS country,
    pin.poster_name AS poster_name,
    MAX(pin.follower_count) AS follower_count
  FROM cleaned.pin AS pin
  INNER JOIN cleaned.geo AS geo ON pin.ind = geo.ind
  WHERE geo.country IS NOT NULL AND pin.poster_name IS NOT NULL AND pin.follower_count IS NOT NULL
  GROUP BY geo.country, pin.poster_name
)

SELECT
  country, -- Country name.
  poster_name, -- Poster with the most followers.
  follower_count -- Highest follower count of the poster.
FROM posters
QUALIFY RANK() OVER (PARTITION BY country ORDER BY follower_count DESC) = 1
ORDER BY country, poster_name

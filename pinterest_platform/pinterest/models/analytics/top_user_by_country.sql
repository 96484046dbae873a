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

-- A poster repeats on each of their posts: the highest count is theirs, never the sum.
WITH posters AS (
  SELECT
    country,
    poster_name,
    follower_count
  FROM cleaned.post
  WHERE country IS NOT NULL AND poster_name IS NOT NULL AND follower_count IS NOT NULL
),

highest AS (
  SELECT
    country,
    MAX(follower_count) AS follower_count
  FROM posters
  GROUP BY country
)

SELECT DISTINCT
  posters.country AS country, -- Country name.
  posters.poster_name AS poster_name, -- Poster with the most followers.
  posters.follower_count AS follower_count -- Highest follower count of the poster.
FROM highest
INNER JOIN posters ON posters.country = highest.country AND posters.follower_count = highest.follower_count
ORDER BY country, poster_name

-- description: Median followers of the poster over the posts of authors who joined in each year, 2015 to 2020.
-- owner: team:data-platform
-- key: post_year
-- checks:
--   year_in_range: post_year BETWEEN 2015 AND 2020
--   median_known_and_not_negative: COALESCE(median_follower_count, -1) >= 0

SELECT
  YEAR(date_joined) AS post_year, -- Year of joining.
  MEDIAN(follower_count) AS median_follower_count -- Median over the posts, without unknown counts.
FROM cleaned.post
WHERE follower_count IS NOT NULL AND YEAR(date_joined) BETWEEN 2015 AND 2020
GROUP BY YEAR(date_joined)
ORDER BY post_year

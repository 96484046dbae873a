-- description: Median followers of the poster over the posts of each age group, without unknown counts.
-- owner: team:data-platform
-- key: age_group
-- not_personal: age_group
-- checks:
--   age_group_allowed: age_group IN ('18-24', '25-35', '36-50', '50+')
--   median_known_and_not_negative: COALESCE(median_follower_count, -1) >= 0

WITH posts AS (
  SELECT
    CASE
      WHEN user.age BETWEEN 18 AND 24 THEN '18-24'
      WHEN user.age BETWEEN 25 AND 35 THEN '25-35'
      WHEN user.age BETWEEN 36 AND 50 THEN '36-50'
      WHEN user.age > 50 THEN '50+'
    END AS age_group,
    pin.follower_count AS follower_count
  FROM cleaned.pin AS pin
  INNER JOIN cleaned.user AS user ON pin.ind = user.ind
  WHERE pin.follower_count IS NOT NULL
)

SELECT
  age_group, -- 18-24, 25-35, 36-50 or 50+ (older than 50).
  MEDIAN(follower_count) AS median_follower_count -- Median over the posts of authors of that age.
FROM posts
WHERE age_group IS NOT NULL
GROUP BY age_group
ORDER BY age_group

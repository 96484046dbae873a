-- description: Median followers of the poster over the posts of each age group, without unknown counts.
-- owner: team:data-platform
-- key: age_group
-- checks:
--   age_group_allowed: age_group IN ('18-24', '25-35', '36-50', '50+')
--   median_known_and_not_negative: COALESCE(median_follower_count, -1) >= 0

SELECT
  age_group, -- 18-24, 25-35, 36-50 or 50+ (older than 50).
  MEDIAN(follower_count) AS median_follower_count -- Median over the posts of authors of that age.
FROM cleaned.post
WHERE age_group IS NOT NULL AND follower_count IS NOT NULL
GROUP BY age_group
ORDER BY age_group

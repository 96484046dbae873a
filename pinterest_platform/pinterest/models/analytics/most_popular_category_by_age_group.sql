-- description: The category with the most posts in each age group, including all that tie.
-- owner: team:data-platform
-- key: [age_group, category]
-- checks:
--   age_group_allowed: age_group IN ('18-24', '25-35', '36-50', '50+')
--   count_positive: category_count > 0
--   tied_counts_equal: |
--     SELECT age_group
--     FROM analytics.most_popular_category_by_age_group
--     GROUP BY age_group
--     HAVING MIN(category_count) < MAX(category_count)
--   no_more_than_posts: |
--     SELECT counted, posts
--     FROM (SELECT SUM(category_count) AS counted FROM analytics.most_popular_category_by_age_group)
--     CROSS JOIN (SELECT COUNT(*) AS posts FROM cleaned.pin)
--     WHERE counted > posts

WITH counted AS (
  SELECT
    age_group,
    category,
    COUNT(*) AS category_count
  FROM cleaned.post
  WHERE age_group IS NOT NULL AND category IS NOT NULL
  GROUP BY age_group, category
)

SELECT
  age_group, -- 18-24, 25-35, 36-50 or 50+ (older than 50).
  category, -- Category with the most posts.
  category_count -- Posts in the category by authors of that age.
FROM counted
QUALIFY RANK() OVER (PARTITION BY age_group ORDER BY category_count DESC) = 1
ORDER BY age_group, category

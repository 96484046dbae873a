-- description: Posts by category and year of posting, 2018 to 2022.
-- owner: team:data-platform
-- key: [post_year, category]
-- checks:
--   year_in_range: post_year BETWEEN 2018 AND 2022
--   count_positive: category_count > 0
--   no_more_than_posts: |
--     SELECT counted, posts
--     FROM (SELECT SUM(category_count) AS counted FROM analytics.category_popularity_by_year)
--     CROSS JOIN (SELECT COUNT(*) AS posts FROM cleaned.pin)
--     WHERE counted > posts

SELECT
  YEAR(timestamp) AS post_year, -- Year of posting.
  category, -- Category in which the pins were posted.
  COUNT(*) AS category_count -- Posts in the category that year.
FROM cleaned.post
WHERE YEAR(timestamp) BETWEEN 2018 AND 2022 AND category IS NOT NULL
GROUP BY YEAR(timestamp), category
ORDER BY post_year, category

-- description: The category with the most posts in each country, including all that tie.
-- owner: team:data-platform
-- key: [country, category]
-- checks:
--   count_positive: category_count > 0
--   tied_counts_equal: |
--     SELECT country
--     FROM analytics.most_popular_category_by_country
--     GROUP BY country
--     HAVING MIN(category_count) < MAX(category_count)
--   no_more_than_posts: |
--     SELECT counted, posts
--     FROM (SELECT SUM(category_count) AS counted FROM analytics.most_popular_category_by_country)
--     CROSS JOIN (SELECT COUNT(*) AS posts FROM cleaned.pin)
--     WHERE counted > posts

WITH counted AS (
  SELECT
    country,
    category,
    COUNT(*) AS category_count
  FROM cleaned.post
  WHERE country IS NOT NULL AND category IS NOT NULL
  GROUP BY country, category
)

SELECT
  country, -- Country name.
  category, -- Category with the most posts.
  category_count -- Posts in the category from that country.
FROM counted
QUALIFY RANK() OVER (PARTITION BY country ORDER BY category_count DESC) = 1
ORDER BY country, category

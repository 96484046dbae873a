-- description: The category with the most posts in each year of posting, 2018 to 2022, including all that tie.
-- owner: team:data-platform
-- key: [post_year, category]
-- checks:
--   year_in_range: post_year BETWEEN 2018 AND 2022
--   count_positive: category_count > 0
--   tied_counts_equal: |
--     SELECT post_year
--     FROM analytics.most_popular_category_by_year
--     GROUP BY post_year
--     HAVING MIN(category_count) < MAX(category_count)

SELECT
  post_year, -- Year of posting.
  category, -- Category with the most posts.
  category_count -- Posts in the category that year.
FROM analytics.category_popularity_by_year
QUALIFY RANK() OVER (PARTITION BY post_year ORDER BY category_count DESC) = 1
ORDER BY post_year, category

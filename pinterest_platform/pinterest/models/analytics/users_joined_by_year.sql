-- description: Authors who joined in each year, 2015 to 2020. Name, age and time of joining identify an author.
-- owner: team:data-platform
-- key: post_year
-- checks:
--   year_in_range: post_year BETWEEN 2015 AND 2020
--   number_positive: number_users_joined > 0
--   no_more_than_users: |
--     SELECT counted, users
--     FROM (SELECT SUM(number_users_joined) AS counted FROM analytics.users_joined_by_year)
--     CROSS JOIN (SELECT COUNT(*) AS users FROM cleaned.user)
--     WHERE counted > users

-- An author repeats on each of their pins.
WITH authors AS (
  SELECT DISTINCT
    user_name,
    age,
    date_joined
  FROM cleaned.user
  WHERE YEAR(date_joined) BETWEEN 2015 AND 2020
)

SELECT
  YEAR(date_joined) AS post_year, -- Year of joining.
  COUNT(*) AS number_users_joined -- Authors who joined that year.
FROM authors
GROUP BY YEAR(date_joined)
ORDER BY post_year

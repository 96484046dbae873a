-- description: The country whose top user has the most followers; if several tie, the first by name.
-- owner: team:data-platform
-- key: country
-- checks:
--   follower_count_not_negative: follower_count >= 0
--   one_row: |
--     SELECT found, expected
--     FROM (SELECT COUNT(*) AS found FROM analytics.country_with_top_user)
--     CROSS JOIN (SELECT LEAST(COUNT(*), 1) AS expected FROM analytics.top_user_by_country)
--     WHERE found <> expected

SELECT
  country, -- Country name.
  follower_count -- Followers of the country's top user.
FROM analytics.top_user_by_country
ORDER BY follower_count DESC, country
LIMIT 1

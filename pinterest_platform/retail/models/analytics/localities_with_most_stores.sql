-- description: The seven towns with the most stores, including all that tie for the last place.
-- owner: team:data-platform
-- key: locality
-- checks:
--   number_positive: total_no_stores > 0
--   none_left_out_has_more: |
--     SELECT locality, COUNT(*) AS stores
--     FROM cleaned.dim_store_details
--     WHERE locality IS NOT NULL
--       AND locality NOT IN (SELECT locality FROM analytics.localities_with_most_stores)
--     GROUP BY locality
--     HAVING COUNT(*) >= (SELECT MIN(total_no_stores) FROM analytics.localities_with_most_stores)

WITH counted AS (
  SELECT
    locality,
    COUNT(*) AS total_no_stores
  FROM cleaned.dim_store_details
  WHERE locality IS NOT NULL
  GROUP BY locality
)

SELECT
  locality, -- Town.
  total_no_stores -- Number of stores.
FROM counted
QUALIFY RANK() OVER (ORDER BY total_no_stores DESC) <= 7
ORDER BY total_no_stores DESC, locality

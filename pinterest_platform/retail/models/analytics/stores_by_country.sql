-- description: Stores in each country, without the web portal, which has no location.
-- owner: team:data-platform
-- key: country
-- checks:
--   number_positive: total_no_stores > 0
--   each_store_counted: |
--     SELECT counted, stores
--     FROM (SELECT SUM(total_no_stores) AS counted FROM analytics.stores_by_country)
--     CROSS JOIN (SELECT COUNT(*) AS stores FROM cleaned.dim_store_details WHERE store_type <> 'Web Portal')
--     WHERE COALESCE(counted, 0) <> stores
SELECT
  country_code AS country, -- GB, DE or US.
  COUNT(*) AS total_no_stores -- Number of stores.
FROM cleaned.dim_store_details
WHERE store_type <> 'Web Portal'
GROUP BY country_code
ORDER BY total_no_stores DESC, country

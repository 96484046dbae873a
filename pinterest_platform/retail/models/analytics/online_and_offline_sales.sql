-- description: Sales on the web portal, and in all other stores combined.
-- owner: team:data-platform
-- key: location
-- checks:
--   location_allowed: location IN ('Web', 'Offline')
--   numbers_positive: numbers_of_sales > 0 AND product_quantity_count >= numbers_of_sales
--   each_sale_counted: |
--     SELECT counted, sales
--     FROM (SELECT SUM(numbers_of_sales) AS counted FROM analytics.online_and_offline_sales)
--     CROSS JOIN (SELECT COUNT(*) AS sales FROM cleaned.orders_table)
--     WHERE COALESCE(counted, 0) <> sales

WITH placed AS (
  SELECT
    CASE WHEN store.store_type = 'Web Portal' THEN 'Web' ELSE 'Offline' END AS location,
    sale.product_quantity AS product_quantity
  FROM cleaned.orders_table AS sale
  INNER JOIN cleaned.dim_store_details AS store ON store.store_code = sale.store_code
)

SELECT
  COUNT(*) AS numbers_of_sales, -- Number of sales.
  SUM(product_quantity) AS product_quantity_count, -- Number of products sold.
  location -- Web, then Offline.
FROM placed
GROUP BY location
ORDER BY location DESC

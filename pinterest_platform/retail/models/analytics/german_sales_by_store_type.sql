-- description: Sales in Germany of each kind of store, lowest first.
-- owner: team:data-platform
-- key: store_type
-- checks:
--   german: country_code = 'DE'
--   sales_not_negative: total_sales >= 0
SELECT
  CAST(
    SUM(product.product_price * CAST(sale.product_quantity AS DECIMAL(5, 0))) AS DECIMAL(20, 2)
  ) AS total_sales, -- Pounds.
  store.store_type AS store_type, -- Kind of store.
  store.country_code AS country_code -- DE.
FROM cleaned.orders_table AS sale
INNER JOIN cleaned.dim_store_details AS store ON store.store_code = sale.store_code
INNER JOIN cleaned.dim_products AS product ON product.product_code = sale.product_code
WHERE store.country_code = 'DE'
GROUP BY store.store_type, store.country_code
ORDER BY total_sales, store_type

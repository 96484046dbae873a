-- description: Revenue and number of sales of each kind of store, with the share of each.
-- owner: team:data-platform
-- key: store_type
-- checks:
--   numbers_positive: numbers_of_sales > 0 AND total_sales >= 0
--   shares_in_range: percentage_total BETWEEN 0 AND 100 AND percentage_of_sales BETWEEN 0 AND 100
--   each_sale_counted: |
--     SELECT counted, sales
--     FROM (SELECT SUM(numbers_of_sales) AS counted FROM analytics.sales_by_store_type)
--     CROSS JOIN (SELECT COUNT(*) AS sales FROM cleaned.orders_table)
--     WHERE COALESCE(counted, 0) <> sales

-- Shares are computed in whole hundredths of a percent, rounded half up: engines divide decimals differently.
WITH summed AS (
  SELECT
    store.store_type AS store_type,
    CAST(SUM(product.product_price * CAST(sale.product_quantity AS DECIMAL(5, 0))) AS DECIMAL(20, 2)) AS total_sales,
    CAST(SUM(CAST(FLOOR(product.product_price * 100) AS BIGINT) * sale.product_quantity) AS BIGINT) AS pence,
    COUNT(*) AS numbers_of_sales
  FROM cleaned.orders_table AS sale
  INNER JOIN cleaned.dim_store_details AS store ON store.store_code = sale.store_code
  INNER JOIN cleaned.dim_products AS product ON product.product_code = sale.product_code
  GROUP BY store.store_type
),

overall AS (
  SELECT
    CAST(SUM(pence) AS BIGINT) AS pence,
    CAST(SUM(numbers_of_sales) AS BIGINT) AS numbers_of_sales
  FROM summed
)

SELECT
  summed.store_type AS store_type, -- Kind of store.
  summed.total_sales AS total_sales, -- Pounds.
  CAST(
    CAST((summed.pence * 20000 + overall.pence) DIV NULLIF(overall.pence * 2, 0) AS DECIMAL(5, 0))
    * CAST(0.01 AS DECIMAL(3, 2))
    AS DECIMAL(5, 2)
  ) AS percentage_total, -- Share of revenue, in percent.
  summed.numbers_of_sales AS numbers_of_sales, -- Number of sales.
  CAST(
    CAST(
      (summed.numbers_of_sales * 20000 + overall.numbers_of_sales) DIV (overall.numbers_of_sales * 2) AS DECIMAL(5, 0)
    ) * CAST(0.01 AS DECIMAL(3, 2))
    AS DECIMAL(5, 2)
  ) AS percentage_of_sales -- Share of the number of sales, in percent.
FROM summed
CROSS JOIN overall
ORDER BY total_sales DESC, store_type

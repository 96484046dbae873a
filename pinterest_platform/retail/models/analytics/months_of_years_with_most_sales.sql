-- description: The ten months with the most sales of all years, including all that tie for the last place.
-- owner: team:data-platform
-- key: [year, month]
-- checks:
--   month_in_range: month BETWEEN 1 AND 12
--   sales_not_negative: total_sales >= 0

WITH summed AS (
  SELECT
    YEAR(moment.date_time) AS year,
    MONTH(moment.date_time) AS month,
    SUM(product.product_price * CAST(sale.product_quantity AS DECIMAL(5, 0))) AS total_sales
  FROM cleaned.orders_table AS sale
  INNER JOIN cleaned.dim_date_times AS moment ON moment.date_uuid = sale.date_uuid
  INNER JOIN cleaned.dim_products AS product ON product.product_code = sale.product_code
  GROUP BY YEAR(moment.date_time), MONTH(moment.date_time)
)

SELECT
  CAST(total_sales AS DECIMAL(20, 2)) AS total_sales, -- Pounds.
  year, -- Year.
  month -- Month, 1 to 12.
FROM summed
QUALIFY RANK() OVER (ORDER BY total_sales DESC) <= 10
ORDER BY total_sales DESC, year, month

-- description: Average time from the previous sale, in any year, to a sale of each year.
-- owner: team:data-platform
-- key: year
-- checks:
--   seconds_not_negative: average_seconds >= 0
--   each_year_of_sales: |
--     SELECT YEAR(moment.date_time) AS year, COUNT(*) AS sales
--     FROM cleaned.orders_table AS sale
--     INNER JOIN cleaned.dim_date_times AS moment ON moment.date_uuid = sale.date_uuid
--     WHERE YEAR(moment.date_time) NOT IN (SELECT year FROM analytics.time_between_sales_by_year)
--     GROUP BY YEAR(moment.date_time)
--     HAVING COUNT(*) > 1

-- Seconds are counted from 1970 without a time zone. Averages are whole numbers of the smallest unit shown: engines
-- divide decimals differently.
WITH moments AS (
  SELECT
    sale.date_uuid AS date_uuid,
    YEAR(moment.date_time) AS year,
    CAST(DATEDIFF(CAST(moment.date_time AS DATE), CAST('1970-01-01' AS DATE)) AS BIGINT) * 86400
    + HOUR(moment.date_time) * 3600 + MINUTE(moment.date_time) * 60 + SECOND(moment.date_time) AS seconds
  FROM cleaned.orders_table AS sale
  INNER JOIN cleaned.dim_date_times AS moment ON moment.date_uuid = sale.date_uuid
),

gaps AS (
  SELECT
    year,
    seconds - LAG(seconds) OVER (ORDER BY seconds, date_uuid) AS gap
  FROM moments
),

averages AS (
  SELECT
    year,
    CAST((SUM(gap) * 2000000 + COUNT(gap)) DIV (COUNT(gap) * 2) AS BIGINT) AS micros,
    CAST((SUM(gap) * 1000) DIV COUNT(gap) AS BIGINT) AS millis
  FROM gaps
  WHERE gap IS NOT NULL
  GROUP BY year
)

SELECT
  year, -- Year of the sale.
  '"hours": ' || CAST(millis DIV 3600000 AS STRING)
  || ', "minutes": ' || CAST((millis DIV 60000) % 60 AS STRING)
  || ', "seconds": ' || CAST((millis DIV 1000) % 60 AS STRING)
  || ', "milliseconds": ' || CAST(millis % 1000 AS STRING) AS actual_time_taken, -- The average in words, truncated.
  CAST(
    CAST(micros AS DECIMAL(18, 0)) * CAST(0.000001 AS DECIMAL(7, 6)) AS DECIMAL(18, 6)
  ) AS average_seconds -- The average in seconds, rounded half up.
FROM averages
ORDER BY average_seconds DESC, year

-- description: Sales by part of the day.
-- owner: team:data-platform
-- key: time_period
SELECT
  time_period, -- Part of the day.
  COUNT(*) AS moments -- Number of moments.
FROM cleaned.dim_date_times
GROUP BY time_period

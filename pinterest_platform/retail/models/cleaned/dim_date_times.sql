-- description: Moments of sales.
-- owner: team:data-platform
-- key: date_uuid
SELECT
  date_uuid, -- Identifies the moment.
  time_period -- Part of the day.
FROM raw.dates
WHERE date_uuid IS NOT NULL

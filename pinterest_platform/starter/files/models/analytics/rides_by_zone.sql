-- description: Rides that began in each zone.
-- owner: team:data
-- key: zone
-- checks:
--   counts_positive: ride_count > 0

SELECT
  zone,
  COUNT(*) AS ride_count -- Number of rides.
FROM cleaned.ride
WHERE zone IS NOT NULL
GROUP BY zone
ORDER BY zone

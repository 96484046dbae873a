-- description: One row per ride, as last reported.
-- owner: team:data
-- key: ride_id
-- checks:
--   fare_is_not_negative: fare >= 0

SELECT
  ride_id,
  picked_up_at,
  NULLIF(TRIM(BOTH ' ' FROM zone), '') AS zone, -- Where the ride began. NULL if unknown.
  distance_km,
  fare
FROM raw.ride
QUALIFY ROW_NUMBER() OVER (PARTITION BY ride_id ORDER BY kafka_topic DESC, kafka_partition DESC, kafka_offset DESC) = 1

-- description: Each ride once, as it was reported last.
-- owner: team:data
-- key: ride_id
-- checks:
--   fare_is_not_negative: fare >= 0

SELECT
  ride_id,
  picked_up_at,
  NULLIF(TRIM(BOTH ' ' FROM zone), '') AS zone, -- Where it began; null where unknown.
  distance_km,
  fare
FROM raw.ride
QUALIFY ROW_NUMBER() OVER (PARTITION BY ride_id ORDER BY kafka_topic DESC, kafka_partition DESC, kafka_offset DESC) = 1

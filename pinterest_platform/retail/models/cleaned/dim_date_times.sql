-- description: One row per time of a sale, from its last valid row in the source.
-- owner: team:data-platform
-- key: date_uuid
-- checks:
--   complete: |
--     timestamp IS NOT NULL AND month IS NOT NULL AND year IS NOT NULL AND day IS NOT NULL AND time_period IS NOT
--     NULL AND date_time IS NOT NULL
--   one_row_a_key_of_raw: |
--     SELECT arrived.date_uuid FROM new.raw.dates AS arrived
--     WHERE arrived.tombstone IS NULL AND NOT EXISTS (
--       SELECT 1 FROM cleaned.dim_date_times AS kept
--       WHERE kept.date_uuid = LOWER(REGEXP_EXTRACT(arrived.date_uuid, r'[0-9a-fA-F-]+', 0))
--     )
--     UNION ALL
--     SELECT kept.date_uuid FROM cleaned.dim_date_times AS kept
--     WHERE NOT EXISTS (
--       SELECT 1 FROM raw.dates AS arrived
--       WHERE LOWER(REGEXP_EXTRACT(arrived.date_uuid, r'[0-9a-fA-F-]+', 0)) = kept.date_uuid
--     )

-- Raw keeps each text unchanged. White space around a text includes that of Unicode, such as the no-break space. Engines
-- differ in what TRIM strips. Raw has only rows that fit, so no cast here can fail.
WITH trimmed AS (
  SELECT
    REGEXP_EXTRACT(timestamp, r'(?s)[^\p{Z}\x09-\x0D\x85].*[^\p{Z}\x09-\x0D\x85]|[^\p{Z}\x09-\x0D\x85]', 0) AS timestamp,
    REGEXP_EXTRACT(time_period, r'(?s)[^\p{Z}\x09-\x0D\x85].*[^\p{Z}\x09-\x0D\x85]|[^\p{Z}\x09-\x0D\x85]', 0) AS time_period,
    REGEXP_EXTRACT(month, r'[1-9][0-9]?', 0) AS month,
    REGEXP_EXTRACT(year, r'[0-9]+', 0) AS year,
    REGEXP_EXTRACT(day, r'[1-9][0-9]?', 0) AS day,
    LOWER(REGEXP_EXTRACT(date_uuid, r'[0-9a-fA-F-]+', 0)) AS date_uuid,
    kafka_topic,
    kafka_partition,
    kafka_offset
  FROM raw.dates
  WHERE tombstone IS NULL
)

SELECT
  timestamp, -- Time of day, HH:MM:SS.
  month, -- Month, 1 to 12, without a leading zero.
  year, -- Year.
  day, -- Day of the month, without a leading zero.
  time_period, -- Late_Hours, Morning, Midday or Evening.
  date_uuid, -- Identifies the time of a sale.
  CAST(
    year || '-' || LPAD(month, 2, '0') || '-' || LPAD(day, 2, '0') || ' ' || timestamp AS TIMESTAMP_NTZ
  ) AS date_time -- Date and time, without a time zone.
FROM trimmed
QUALIFY ROW_NUMBER() OVER (PARTITION BY date_uuid ORDER BY kafka_topic DESC, kafka_partition DESC, kafka_offset DESC) = 1

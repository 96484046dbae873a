-- description: One row per pin with the place and time of posting.
-- owner: team:data-platform
-- key: ind
-- checks:
--   two_coordinates: SIZE(coordinates) = 2
--   latitude_in_range: coordinates[0] BETWEEN -90 AND 90
--   longitude_in_range: coordinates[1] BETWEEN -180 AND 180
--   timestamp_known: timestamp IS NOT NULL
--   one_row_a_key_of_raw: |
--     SELECT ind FROM new.raw.geo AS arrived
--     WHERE NOT EXISTS (SELECT 1 FROM cleaned.geo AS kept WHERE kept.ind = arrived.ind)
--       AND NOT EXISTS (SELECT 1 FROM raw.geo AS dead WHERE dead.ind = arrived.ind AND dead.tombstone)
--     UNION ALL
--     SELECT ind FROM new.cleaned.geo AS kept
--     WHERE NOT EXISTS (SELECT 1 FROM raw.geo AS arrived WHERE arrived.ind = kept.ind)
-- warnings:
--   country_known: country IS NOT NULL

-- The class is Unicode's white space, including the no-break space. It is the same on both engines.
SELECT
  ind, -- Row position in the source; the pin's identity.
  CASE
    WHEN country RLIKE r'[^\p{Z}\x09-\x0D\x1C-\x1F\x85]' THEN country
  END AS country, -- Country name; NULL if unknown.
  ARRAY(latitude, longitude) AS coordinates, -- Degrees north, then degrees east.
  timestamp -- When it was posted; no time zone.
FROM raw.geo
QUALIFY ROW_NUMBER() OVER (PARTITION BY ind ORDER BY kafka_topic DESC, kafka_partition DESC, kafka_offset DESC) = 1

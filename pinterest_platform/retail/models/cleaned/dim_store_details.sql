-- description: One row per store, including the web portal, from its last valid row in the source.
-- owner: team:data-platform
-- key: store_code
-- checks:
--   complete: |
--     staff_numbers IS NOT NULL AND opening_date IS NOT NULL AND store_type IS NOT NULL AND country_code IS NOT
--     NULL AND continent IS NOT NULL
--   longitude_in_range: longitude BETWEEN -180 AND 180
--   latitude_in_range: latitude BETWEEN -90 AND 90
--   continent_allowed: continent IN ('Europe', 'America')
--   one_row_a_key_of_raw: |
--     SELECT arrived.store_code FROM new.raw.stores AS arrived
--     WHERE arrived.tombstone IS NULL AND NOT EXISTS (
--       SELECT 1 FROM cleaned.dim_store_details AS kept
--       WHERE kept.store_code = REGEXP_EXTRACT(arrived.store_code, r'[0-9A-Z-]+', 0)
--     )
--     UNION ALL
--     SELECT kept.store_code FROM cleaned.dim_store_details AS kept
--     WHERE NOT EXISTS (
--       SELECT 1 FROM raw.stores AS arrived
--       WHERE REGEXP_EXTRACT(arrived.store_code, r'[0-9A-Z-]+', 0) = kept.store_code
--     )

-- Raw keeps each text unchanged. White space around a text includes that of Unicode, such as the no-break space. Engines
-- differ in what TRIM strips. Raw has only rows that fit, so no cast here can fail.
-- `months` has the two digits of each month before the first three letters of its name.
-- The source swaps the labels of longitude and latitude.
WITH trimmed AS (
  SELECT
    REGEXP_EXTRACT(address, r'(?s)[^\p{Z}\x09-\x0D\x85].*[^\p{Z}\x09-\x0D\x85]|[^\p{Z}\x09-\x0D\x85]', 0) AS address,
    REGEXP_EXTRACT(longitude, r'(?s)[^\p{Z}\x09-\x0D\x85].*[^\p{Z}\x09-\x0D\x85]|[^\p{Z}\x09-\x0D\x85]', 0) AS longitude,
    REGEXP_EXTRACT(lat, r'(?s)[^\p{Z}\x09-\x0D\x85].*[^\p{Z}\x09-\x0D\x85]|[^\p{Z}\x09-\x0D\x85]', 0) AS lat,
    REGEXP_EXTRACT(locality, r'(?s)[^\p{Z}\x09-\x0D\x85].*[^\p{Z}\x09-\x0D\x85]|[^\p{Z}\x09-\x0D\x85]', 0) AS locality,
    REGEXP_EXTRACT(store_code, r'(?s)[^\p{Z}\x09-\x0D\x85].*[^\p{Z}\x09-\x0D\x85]|[^\p{Z}\x09-\x0D\x85]', 0) AS store_code,
    REGEXP_EXTRACT(staff_numbers, r'(?s)[^\p{Z}\x09-\x0D\x85].*[^\p{Z}\x09-\x0D\x85]|[^\p{Z}\x09-\x0D\x85]', 0) AS staff_numbers,
    REGEXP_EXTRACT(opening_date, r'(?s)[^\p{Z}\x09-\x0D\x85].*[^\p{Z}\x09-\x0D\x85]|[^\p{Z}\x09-\x0D\x85]', 0) AS opening_date,
    REGEXP_EXTRACT(store_type, r'(?s)[^\p{Z}\x09-\x0D\x85].*[^\p{Z}\x09-\x0D\x85]|[^\p{Z}\x09-\x0D\x85]', 0) AS store_type,
    REGEXP_EXTRACT(latitude, r'(?s)[^\p{Z}\x09-\x0D\x85].*[^\p{Z}\x09-\x0D\x85]|[^\p{Z}\x09-\x0D\x85]', 0) AS latitude,
    REGEXP_EXTRACT(country_code, r'(?s)[^\p{Z}\x09-\x0D\x85].*[^\p{Z}\x09-\x0D\x85]|[^\p{Z}\x09-\x0D\x85]', 0) AS country_code,
    REGEXP_EXTRACT(continent, r'(?s)[^\p{Z}\x09-\x0D\x85].*[^\p{Z}\x09-\x0D\x85]|[^\p{Z}\x09-\x0D\x85]', 0) AS continent,
    kafka_topic,
    kafka_partition,
    kafka_offset,
    '01Jan02Feb03Mar04Apr05May06Jun07Jul08Aug09Sep10Oct11Nov12Dec' AS months
  FROM raw.stores
  WHERE tombstone IS NULL
)

SELECT
  CASE
    WHEN address NOT IN ('', 'NULL', 'N/A') THEN address
  END AS address, -- Postal address, with its line breaks; NULL for the web portal.
  CAST(
    COALESCE(
      CASE WHEN latitude NOT IN ('', 'NULL', 'N/A') THEN latitude END,
      CASE WHEN lat NOT IN ('', 'NULL', 'N/A') THEN lat END
    ) AS DOUBLE
  ) AS longitude, -- Degrees east; NULL for the web portal.
  CASE WHEN locality NOT IN ('', 'NULL', 'N/A') THEN locality END AS locality, -- Town; NULL for the web portal.
  store_code, -- Identifies the store.
  CAST(REGEXP_REPLACE(staff_numbers, r'[A-Za-z]', '') AS SMALLINT) AS staff_numbers, -- Number of staff.
  CAST(
    CASE
      WHEN opening_date RLIKE r'[A-Z]'
      THEN REGEXP_EXTRACT(opening_date, r'[0-9]{4}', 0)
        || '-' || SUBSTR(months, INSTR(months, SUBSTR(REGEXP_EXTRACT(opening_date, r'[A-Z][a-z]+', 0), 1, 3)) - 2, 2)
        || '-' || REGEXP_EXTRACT(opening_date, r'[0-9]{2}\z', 0)
      ELSE REPLACE(opening_date, '/', '-')
    END AS DATE
  ) AS opening_date, -- Date of opening.
  store_type, -- Local, Super Store, Mall Kiosk, Outlet or Web Portal.
  CAST(
    CASE WHEN longitude NOT IN ('', 'NULL', 'N/A') THEN longitude END AS DOUBLE
  ) AS latitude, -- Degrees north; NULL for the web portal.
  country_code, -- GB, DE or US.
  REGEXP_REPLACE(continent, r'^ee', '') AS continent -- Europe or America.
FROM trimmed
QUALIFY ROW_NUMBER() OVER (PARTITION BY store_code ORDER BY kafka_topic DESC, kafka_partition DESC, kafka_offset DESC) = 1

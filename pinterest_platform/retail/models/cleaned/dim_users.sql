-- description: One row per customer, from its last valid row in the source.
-- owner: team:data-platform
-- key: user_uuid
-- checks:
--   complete: |
--     first_name IS NOT NULL AND last_name IS NOT NULL AND date_of_birth IS NOT NULL AND country IS NOT NULL AND
--     country_code IS NOT NULL AND join_date IS NOT NULL
--   country_code_allowed: country_code IN ('GB', 'DE', 'US')
--   one_row_a_key_of_raw: |
--     SELECT arrived.user_uuid FROM new.raw.users AS arrived
--     WHERE arrived.tombstone IS NULL AND NOT EXISTS (
--       SELECT 1 FROM cleaned.dim_users AS kept
--       WHERE kept.user_uuid = LOWER(REGEXP_EXTRACT(arrived.user_uuid, r'[0-9a-fA-F-]+', 0))
--     )
--     UNION ALL
--     SELECT kept.user_uuid FROM cleaned.dim_users AS kept
--     WHERE NOT EXISTS (
--       SELECT 1 FROM raw.users AS arrived
--       WHERE LOWER(REGEXP_EXTRACT(arrived.user_uuid, r'[0-9a-fA-F-]+', 0)) = kept.user_uuid
--     )

-- Raw keeps each text unchanged. White space around a text includes that of Unicode, such as the no-break space. Engines
-- differ in what TRIM strips. Raw has only rows that fit, so no cast here can fail.
-- `months` has the two digits of each month before the first three letters of its name.
WITH trimmed AS (
  SELECT
    REGEXP_EXTRACT(first_name, r'(?s)[^\p{Z}\x09-\x0D\x85].*[^\p{Z}\x09-\x0D\x85]|[^\p{Z}\x09-\x0D\x85]', 0) AS first_name,
    REGEXP_EXTRACT(last_name, r'(?s)[^\p{Z}\x09-\x0D\x85].*[^\p{Z}\x09-\x0D\x85]|[^\p{Z}\x09-\x0D\x85]', 0) AS last_name,
    REGEXP_EXTRACT(date_of_birth, r'(?s)[^\p{Z}\x09-\x0D\x85].*[^\p{Z}\x09-\x0D\x85]|[^\p{Z}\x09-\x0D\x85]', 0) AS date_of_birth,
    REGEXP_EXTRACT(company, r'(?s)[^\p{Z}\x09-\x0D\x85].*[^\p{Z}\x09-\x0D\x85]|[^\p{Z}\x09-\x0D\x85]', 0) AS company,
    REGEXP_EXTRACT(email_address, r'(?s)[^\p{Z}\x09-\x0D\x85].*[^\p{Z}\x09-\x0D\x85]|[^\p{Z}\x09-\x0D\x85]', 0) AS email_address,
    REGEXP_EXTRACT(address, r'(?s)[^\p{Z}\x09-\x0D\x85].*[^\p{Z}\x09-\x0D\x85]|[^\p{Z}\x09-\x0D\x85]', 0) AS address,
    REGEXP_EXTRACT(country, r'(?s)[^\p{Z}\x09-\x0D\x85].*[^\p{Z}\x09-\x0D\x85]|[^\p{Z}\x09-\x0D\x85]', 0) AS country,
    REGEXP_EXTRACT(country_code, r'(?s)[^\p{Z}\x09-\x0D\x85].*[^\p{Z}\x09-\x0D\x85]|[^\p{Z}\x09-\x0D\x85]', 0) AS country_code,
    REGEXP_EXTRACT(phone_number, r'(?s)[^\p{Z}\x09-\x0D\x85].*[^\p{Z}\x09-\x0D\x85]|[^\p{Z}\x09-\x0D\x85]', 0) AS phone_number,
    REGEXP_EXTRACT(join_date, r'(?s)[^\p{Z}\x09-\x0D\x85].*[^\p{Z}\x09-\x0D\x85]|[^\p{Z}\x09-\x0D\x85]', 0) AS join_date,
    LOWER(REGEXP_EXTRACT(user_uuid, r'[0-9a-fA-F-]+', 0)) AS user_uuid,
    kafka_topic,
    kafka_partition,
    kafka_offset,
    '01Jan02Feb03Mar04Apr05May06Jun07Jul08Aug09Sep10Oct11Nov12Dec' AS months
  FROM raw.users
  WHERE tombstone IS NULL
)

SELECT
  first_name, -- First name.
  last_name, -- Last name.
  CAST(
    CASE
      WHEN date_of_birth RLIKE r'[A-Z]'
      THEN REGEXP_EXTRACT(date_of_birth, r'[0-9]{4}', 0)
        || '-' || SUBSTR(months, INSTR(months, SUBSTR(REGEXP_EXTRACT(date_of_birth, r'[A-Z][a-z]+', 0), 1, 3)) - 2, 2)
        || '-' || REGEXP_EXTRACT(date_of_birth, r'[0-9]{2}\z', 0)
      ELSE REPLACE(date_of_birth, '/', '-')
    END AS DATE
  ) AS date_of_birth, -- Date of birth.
  CASE WHEN company NOT IN ('', 'NULL', 'N/A') THEN company END AS company, -- Company; NULL if unknown.
  CASE
    WHEN email_address NOT IN ('', 'NULL', 'N/A') THEN REPLACE(email_address, '@@', '@')
  END AS email_address, -- Email address; NULL if unknown.
  CASE
    WHEN address NOT IN ('', 'NULL', 'N/A') THEN address
  END AS address, -- Postal address, with its line breaks; NULL if unknown.
  country, -- Country name.
  CASE WHEN country_code = 'GGB' THEN 'GB' ELSE country_code END AS country_code, -- GB, DE or US.
  CASE
    WHEN phone_number NOT IN ('', 'NULL', 'N/A') THEN phone_number
  END AS phone_number, -- Unchanged phone number; NULL if unknown.
  CAST(
    CASE
      WHEN join_date RLIKE r'[A-Z]'
      THEN REGEXP_EXTRACT(join_date, r'[0-9]{4}', 0)
        || '-' || SUBSTR(months, INSTR(months, SUBSTR(REGEXP_EXTRACT(join_date, r'[A-Z][a-z]+', 0), 1, 3)) - 2, 2)
        || '-' || REGEXP_EXTRACT(join_date, r'[0-9]{2}\z', 0)
      ELSE REPLACE(join_date, '/', '-')
    END AS DATE
  ) AS join_date, -- Date of joining.
  user_uuid -- Identifies the customer.
FROM trimmed
QUALIFY ROW_NUMBER() OVER (PARTITION BY user_uuid ORDER BY kafka_topic DESC, kafka_partition DESC, kafka_offset DESC) = 1

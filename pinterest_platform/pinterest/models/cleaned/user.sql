-- description: One row per pin with its author. An author repeats on each of their pins.
-- owner: team:data-platform
-- key: ind
-- checks:
--   age_in_range: age BETWEEN 0 AND 120
--   date_joined_known: date_joined IS NOT NULL
--   one_row_a_key_of_raw: |
--     SELECT ind FROM new.raw.user AS arrived
--     WHERE NOT EXISTS (SELECT 1 FROM cleaned.user AS kept WHERE kept.ind = arrived.ind)
--       AND NOT EXISTS (SELECT 1 FROM raw.user AS dead WHERE dead.ind = arrived.ind AND dead.tombstone)
--     UNION ALL
--     SELECT ind FROM new.cleaned.user AS kept
--     WHERE NOT EXISTS (SELECT 1 FROM raw.user AS arrived WHERE arrived.ind = kept.ind)
-- warnings:
--   user_name_known: user_name IS NOT NULL
--   age_known: age IS NOT NULL

-- The pattern matches a text without the white space around it. It is Unicode's, including the no-break space, and the
-- same on both engines. TRIM is not used, because engines differ in what it strips. A blank name is left out.
SELECT
  ind, -- Row position in the source; the pin's identity.
  NULLIF(
    CONCAT_WS(
      ' ',
      NULLIF(
        REGEXP_EXTRACT(
          first_name,
          r'(?s)[^\p{Z}\x09-\x0D\x1C-\x1F\x85].*[^\p{Z}\x09-\x0D\x1C-\x1F\x85]|[^\p{Z}\x09-\x0D\x1C-\x1F\x85]',
          0
        ),
        ''
      ),
      NULLIF(
        REGEXP_EXTRACT(
          last_name,
          r'(?s)[^\p{Z}\x09-\x0D\x1C-\x1F\x85].*[^\p{Z}\x09-\x0D\x1C-\x1F\x85]|[^\p{Z}\x09-\x0D\x1C-\x1F\x85]',
          0
        ),
        ''
      )
    ),
    ''
  ) AS user_name, -- First and last name.
  age, -- Age in years; NULL if unknown.
  date_joined -- When the author joined; no time zone.
FROM raw.user
QUALIFY ROW_NUMBER() OVER (PARTITION BY ind ORDER BY kafka_topic DESC, kafka_partition DESC, kafka_offset DESC) = 1

-- description: One row per card, from its last valid row in the source, without question marks before the number.
-- owner: team:data-platform
-- key: card_number
-- checks:
--   complete: |
--     expiry_date IS NOT NULL AND card_provider IS NOT NULL AND date_payment_confirmed IS NOT NULL
--   card_number_of_digits: card_number RLIKE r'^[0-9]{8,19}\z'
--   one_row_a_key_of_raw: |
--     SELECT arrived.card_number FROM new.raw.cards AS arrived
--     WHERE arrived.tombstone IS NULL AND NOT EXISTS (
--       SELECT 1 FROM cleaned.dim_card_details AS kept
--       WHERE kept.card_number = PSEUDONYM(REGEXP_EXTRACT(arrived.card_number, r'[0-9]+', 0))
--     )
--     UNION ALL
--     SELECT kept.card_number FROM cleaned.dim_card_details AS kept
--     WHERE NOT EXISTS (
--       SELECT 1 FROM raw.cards AS arrived
--       WHERE PSEUDONYM(REGEXP_EXTRACT(arrived.card_number, r'[0-9]+', 0)) = kept.card_number
--     )

-- Raw keeps each text unchanged. White space around a text includes that of Unicode, such as the no-break space. Engines
-- differ in what TRIM strips. Raw has only rows that fit, so no cast here can fail.
-- `months` has the two digits of each month before the first three letters of its name.
WITH trimmed AS (
  SELECT
    REGEXP_EXTRACT(expiry_date, r'(?s)[^\p{Z}\x09-\x0D\x85].*[^\p{Z}\x09-\x0D\x85]|[^\p{Z}\x09-\x0D\x85]', 0) AS expiry_date,
    REGEXP_EXTRACT(card_provider, r'(?s)[^\p{Z}\x09-\x0D\x85].*[^\p{Z}\x09-\x0D\x85]|[^\p{Z}\x09-\x0D\x85]', 0) AS card_provider,
    REGEXP_EXTRACT(date_payment_confirmed, r'(?s)[^\p{Z}\x09-\x0D\x85].*[^\p{Z}\x09-\x0D\x85]|[^\p{Z}\x09-\x0D\x85]', 0)
      AS date_payment_confirmed,
    REGEXP_EXTRACT(card_number, r'[0-9]+', 0) AS card_number,
    kafka_topic,
    kafka_partition,
    kafka_offset,
    '01Jan02Feb03Mar04Apr05May06Jun07Jul08Aug09Sep10Oct11Nov12Dec' AS months
  FROM raw.cards
  WHERE tombstone IS NULL
)

SELECT
  card_number, -- Number of the card, 8 to 19 digits; a text, because a number would lose digits.
  expiry_date, -- Month and year until which the card is valid, MM/YY.
  card_provider, -- Issuer of the card.
  CAST(
    CASE
      WHEN date_payment_confirmed RLIKE r'[A-Z]'
      THEN REGEXP_EXTRACT(date_payment_confirmed, r'[0-9]{4}', 0)
        || '-'
        || SUBSTR(months, INSTR(months, SUBSTR(REGEXP_EXTRACT(date_payment_confirmed, r'[A-Z][a-z]+', 0), 1, 3)) - 2, 2)
        || '-' || REGEXP_EXTRACT(date_payment_confirmed, r'[0-9]{2}\z', 0)
      ELSE REPLACE(date_payment_confirmed, '/', '-')
    END AS DATE
  ) AS date_payment_confirmed -- Date on which payment was confirmed.
FROM trimmed
QUALIFY ROW_NUMBER() OVER (PARTITION BY card_number ORDER BY kafka_topic DESC, kafka_partition DESC, kafka_offset DESC) = 1

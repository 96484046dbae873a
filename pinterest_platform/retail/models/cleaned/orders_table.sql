-- description: One row per sale whose five keys are known, from its last valid row in the source.
-- owner: team:data-platform
-- key: date_uuid
-- checks:
--   complete: |
--     user_uuid IS NOT NULL AND card_number IS NOT NULL AND store_code IS NOT NULL AND product_code IS NOT NULL
--     AND product_quantity IS NOT NULL
--   quantity_positive: product_quantity > 0
--   date_uuid_known: |
--     SELECT date_uuid, date_uuid FROM new.cleaned.orders_table AS sale
--     WHERE NOT EXISTS (SELECT 1 FROM cleaned.dim_date_times AS known WHERE known.date_uuid = sale.date_uuid)
--   user_uuid_known: |
--     SELECT date_uuid, user_uuid FROM new.cleaned.orders_table AS sale
--     WHERE NOT EXISTS (SELECT 1 FROM cleaned.dim_users AS known WHERE known.user_uuid = sale.user_uuid)
--   card_number_known: |
--     SELECT date_uuid, card_number FROM new.cleaned.orders_table AS sale
--     WHERE NOT EXISTS (SELECT 1 FROM cleaned.dim_card_details AS known WHERE known.card_number = sale.card_number)
--   store_code_known: |
--     SELECT date_uuid, store_code FROM new.cleaned.orders_table AS sale
--     WHERE NOT EXISTS (SELECT 1 FROM cleaned.dim_store_details AS known WHERE known.store_code = sale.store_code)
--   product_code_known: |
--     SELECT date_uuid, product_code FROM new.cleaned.orders_table AS sale
--     WHERE NOT EXISTS (SELECT 1 FROM cleaned.dim_products AS known WHERE known.product_code = sale.product_code)
--   each_key_kept_or_lacking: |
--     WITH sales AS (
--       SELECT
--         LOWER(REGEXP_EXTRACT(date_uuid, r'[0-9a-fA-F-]+', 0)) AS date_uuid,
--         LOWER(REGEXP_EXTRACT(user_uuid, r'[0-9a-fA-F-]+', 0)) AS user_uuid,
--         PSEUDONYM(REGEXP_EXTRACT(card_number, r'[0-9]+', 0)) AS card_number,
--         REGEXP_EXTRACT(store_code, r'(?s)[^\p{Z}\x09-\x0D\x85].*[^\p{Z}\x09-\x0D\x85]|[^\p{Z}\x09-\x0D\x85]', 0) AS store_code,
--         REGEXP_EXTRACT(product_code, r'(?s)[^\p{Z}\x09-\x0D\x85].*[^\p{Z}\x09-\x0D\x85]|[^\p{Z}\x09-\x0D\x85]', 0) AS product_code
--       FROM raw.orders
--       WHERE tombstone IS NULL
--     )
--     SELECT sales.date_uuid FROM sales
--     INNER JOIN cleaned.dim_date_times AS dim_date_times ON dim_date_times.date_uuid = sales.date_uuid
--     INNER JOIN cleaned.dim_users AS dim_users ON dim_users.user_uuid = sales.user_uuid
--     INNER JOIN cleaned.dim_card_details AS dim_card_details ON dim_card_details.card_number = sales.card_number
--     INNER JOIN cleaned.dim_store_details AS dim_store_details ON dim_store_details.store_code = sales.store_code
--     INNER JOIN cleaned.dim_products AS dim_products ON dim_products.product_code = sales.product_code
--     WHERE NOT EXISTS (SELECT 1 FROM cleaned.orders_table AS kept WHERE kept.date_uuid = sales.date_uuid)
-- warnings:
--   keys_known: |
--     WITH newest AS (
--       SELECT
--         LOWER(REGEXP_EXTRACT(date_uuid, r'[0-9a-fA-F-]+', 0)) AS date_uuid,
--         LOWER(REGEXP_EXTRACT(user_uuid, r'[0-9a-fA-F-]+', 0)) AS user_uuid,
--         PSEUDONYM(REGEXP_EXTRACT(card_number, r'[0-9]+', 0)) AS card_number,
--         REGEXP_EXTRACT(store_code, r'(?s)[^\p{Z}\x09-\x0D\x85].*[^\p{Z}\x09-\x0D\x85]|[^\p{Z}\x09-\x0D\x85]', 0) AS store_code,
--         REGEXP_EXTRACT(product_code, r'(?s)[^\p{Z}\x09-\x0D\x85].*[^\p{Z}\x09-\x0D\x85]|[^\p{Z}\x09-\x0D\x85]', 0) AS product_code
--       FROM raw.orders
--       WHERE tombstone IS NULL
--       QUALIFY ROW_NUMBER() OVER (
--         PARTITION BY LOWER(REGEXP_EXTRACT(date_uuid, r'[0-9a-fA-F-]+', 0))
--         ORDER BY kafka_topic DESC, kafka_partition DESC, kafka_offset DESC
--       ) = 1
--     )
--     SELECT date_uuid, 'date_uuid' AS lacking, date_uuid AS value FROM newest
--     WHERE NOT EXISTS (SELECT 1 FROM cleaned.dim_date_times AS known WHERE known.date_uuid = newest.date_uuid)
--     UNION ALL
--     SELECT date_uuid, 'user_uuid' AS lacking, user_uuid AS value FROM newest
--     WHERE NOT EXISTS (SELECT 1 FROM cleaned.dim_users AS known WHERE known.user_uuid = newest.user_uuid)
--     UNION ALL
--     SELECT date_uuid, 'card_number' AS lacking, card_number AS value FROM newest
--     WHERE NOT EXISTS (SELECT 1 FROM cleaned.dim_card_details AS known WHERE known.card_number = newest.card_number)
--     UNION ALL
--     SELECT date_uuid, 'store_code' AS lacking, store_code AS value FROM newest
--     WHERE NOT EXISTS (SELECT 1 FROM cleaned.dim_store_details AS known WHERE known.store_code = newest.store_code)
--     UNION ALL
--     SELECT date_uuid, 'product_code' AS lacking, product_code AS value FROM newest
--     WHERE NOT EXISTS (SELECT 1 FROM cleaned.dim_products AS known WHERE known.product_code = newest.product_code)

-- Raw keeps each text unchanged. White space around a text includes that of Unicode, such as the no-break space. Engines
-- differ in what TRIM strips. Raw has only rows that fit, so no cast here can fail.
-- A sale with a key that no dimension has is left out, and is added automatically once a dimension has the key.
WITH sales AS (
  SELECT
    LOWER(REGEXP_EXTRACT(date_uuid, r'[0-9a-fA-F-]+', 0)) AS date_uuid,
    LOWER(REGEXP_EXTRACT(user_uuid, r'[0-9a-fA-F-]+', 0)) AS user_uuid,
    PSEUDONYM(REGEXP_EXTRACT(card_number, r'[0-9]+', 0)) AS card_number,
    REGEXP_EXTRACT(store_code, r'(?s)[^\p{Z}\x09-\x0D\x85].*[^\p{Z}\x09-\x0D\x85]|[^\p{Z}\x09-\x0D\x85]', 0) AS store_code,
    REGEXP_EXTRACT(product_code, r'(?s)[^\p{Z}\x09-\x0D\x85].*[^\p{Z}\x09-\x0D\x85]|[^\p{Z}\x09-\x0D\x85]', 0) AS product_code,
    CAST(REGEXP_EXTRACT(product_quantity, r'[0-9]+', 0) AS SMALLINT) AS product_quantity,
    kafka_topic,
    kafka_partition,
    kafka_offset
  FROM raw.orders
  WHERE tombstone IS NULL
)

SELECT
  sales.date_uuid AS date_uuid, -- Time of the sale; identifies it.
  sales.user_uuid AS user_uuid, -- Customer who bought.
  sales.card_number AS card_number, -- Card used for payment.
  sales.store_code AS store_code, -- Store, or the web portal.
  sales.product_code AS product_code, -- Product that was bought.
  sales.product_quantity AS product_quantity -- Number of items bought.
FROM sales
INNER JOIN cleaned.dim_date_times AS dim_date_times ON dim_date_times.date_uuid = sales.date_uuid
INNER JOIN cleaned.dim_users AS dim_users ON dim_users.user_uuid = sales.user_uuid
INNER JOIN cleaned.dim_card_details AS dim_card_details ON dim_card_details.card_number = sales.card_number
INNER JOIN cleaned.dim_store_details AS dim_store_details ON dim_store_details.store_code = sales.store_code
INNER JOIN cleaned.dim_products AS dim_products ON dim_products.product_code = sales.product_code
QUALIFY ROW_NUMBER() OVER (
  PARTITION BY sales.date_uuid ORDER BY sales.kafka_topic DESC, sales.kafka_partition DESC, sales.kafka_offset DESC
) = 1

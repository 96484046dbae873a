-- description: One row per product, from its last valid row in the source. Weights are exact and in kg. Prices are exact.
-- owner: team:data-platform
-- key: product_code
-- checks:
--   complete: |
--     product_name IS NOT NULL AND product_price IS NOT NULL AND weight IS NOT NULL AND category IS NOT NULL AND
--     EAN IS NOT NULL AND date_added IS NOT NULL AND uuid IS NOT NULL AND still_available IS NOT NULL AND
--     weight_class IS NOT NULL
--   weight_class_of_weight: |
--     weight_class = CASE
--       WHEN weight < 2 THEN 'Light'
--       WHEN weight < 40 THEN 'Mid_Sized'
--       WHEN weight < 140 THEN 'Heavy'
--       ELSE 'Truck_Required'
--     END
--   one_row_a_key_of_raw: |
--     SELECT arrived.product_code FROM new.raw.products AS arrived
--     WHERE arrived.tombstone IS NULL AND NOT EXISTS (
--       SELECT 1 FROM cleaned.dim_products AS kept
--       WHERE kept.product_code = REGEXP_EXTRACT(arrived.product_code, r'[0-9A-Za-z-]+', 0)
--     )
--     UNION ALL
--     SELECT kept.product_code FROM cleaned.dim_products AS kept
--     WHERE NOT EXISTS (
--       SELECT 1 FROM raw.products AS arrived
--       WHERE REGEXP_EXTRACT(arrived.product_code, r'[0-9A-Za-z-]+', 0) = kept.product_code
--     )
-- warnings:
--   weight_plausible: weight BETWEEN 0.004 AND 100

-- Raw keeps each text unchanged. White space around a text includes that of Unicode, such as the no-break space. Engines
-- differ in what TRIM strips. Raw has only rows that fit, so no cast here can fail.
-- `months` has the two digits of each month before the first three letters of its name.
-- The weight of a pack, such as 12 x 100g, is the product. Factors are exact decimals. Only the result is rounded, half
-- up.
WITH trimmed AS (
  SELECT
    REGEXP_EXTRACT(product_name, r'(?s)[^\p{Z}\x09-\x0D\x85].*[^\p{Z}\x09-\x0D\x85]|[^\p{Z}\x09-\x0D\x85]', 0) AS product_name,
    REGEXP_EXTRACT(product_price, r'(?s)[^\p{Z}\x09-\x0D\x85].*[^\p{Z}\x09-\x0D\x85]|[^\p{Z}\x09-\x0D\x85]', 0) AS product_price,
    REGEXP_EXTRACT(weight, r'(?s)[^\p{Z}\x09-\x0D\x85].*[^\p{Z}\x09-\x0D\x85]|[^\p{Z}\x09-\x0D\x85]', 0) AS weight,
    REGEXP_EXTRACT(category, r'(?s)[^\p{Z}\x09-\x0D\x85].*[^\p{Z}\x09-\x0D\x85]|[^\p{Z}\x09-\x0D\x85]', 0) AS category,
    REGEXP_EXTRACT(EAN, r'(?s)[^\p{Z}\x09-\x0D\x85].*[^\p{Z}\x09-\x0D\x85]|[^\p{Z}\x09-\x0D\x85]', 0) AS EAN,
    REGEXP_EXTRACT(date_added, r'(?s)[^\p{Z}\x09-\x0D\x85].*[^\p{Z}\x09-\x0D\x85]|[^\p{Z}\x09-\x0D\x85]', 0) AS date_added,
    REGEXP_EXTRACT(removed, r'(?s)[^\p{Z}\x09-\x0D\x85].*[^\p{Z}\x09-\x0D\x85]|[^\p{Z}\x09-\x0D\x85]', 0) AS removed,
    REGEXP_EXTRACT(product_code, r'(?s)[^\p{Z}\x09-\x0D\x85].*[^\p{Z}\x09-\x0D\x85]|[^\p{Z}\x09-\x0D\x85]', 0) AS product_code,
    LOWER(REGEXP_EXTRACT(uuid, r'[0-9a-fA-F-]+', 0)) AS uuid,
    kafka_topic,
    kafka_partition,
    kafka_offset,
    '01Jan02Feb03Mar04Apr05May06Jun07Jul08Aug09Sep10Oct11Nov12Dec' AS months
  FROM raw.products
  WHERE tombstone IS NULL
),

weighed AS (
  SELECT
    *,
    CAST(
      ROUND(
        CAST(COALESCE(NULLIF(REGEXP_EXTRACT(weight, r'^([0-9]+) x ', 1), ''), '1') AS DECIMAL(3, 0))
        * CAST(REGEXP_EXTRACT(weight, r'([0-9]+(\.[0-9]+)?)(kg|g|ml|oz)', 1) AS DECIMAL(13, 6))
        * CASE REGEXP_EXTRACT(weight, r'(kg|g|ml|oz)', 1)
          WHEN 'kg' THEN CAST(1 AS DECIMAL(13, 12))
          WHEN 'oz' THEN CAST(0.028349523125 AS DECIMAL(13, 12))
          ELSE CAST(0.001 AS DECIMAL(13, 12))
        END,
        6
      ) AS DECIMAL(10, 6)
    ) AS kilograms
  FROM trimmed
)

SELECT
  product_name, -- Name of the product; several products may share one.
  CAST(REPLACE(product_price, '£', '') AS DECIMAL(10, 2)) AS product_price, -- Price in pounds.
  kilograms AS weight, -- Weight in kg.
  category, -- Kind of product.
  EAN, -- European article number; a text, because it may begin with 0.
  CAST(
    CASE
      WHEN date_added RLIKE r'[A-Z]'
      THEN REGEXP_EXTRACT(date_added, r'[0-9]{4}', 0)
        || '-' || SUBSTR(months, INSTR(months, SUBSTR(REGEXP_EXTRACT(date_added, r'[A-Z][a-z]+', 0), 1, 3)) - 2, 2)
        || '-' || REGEXP_EXTRACT(date_added, r'[0-9]{2}\z', 0)
      ELSE REPLACE(date_added, '/', '-')
    END AS DATE
  ) AS date_added, -- Date on which the product was added.
  uuid, -- Another identifier of the product.
  removed <> 'Removed' AS still_available, -- Whether the product is still available.
  product_code, -- Identifies the product; case-sensitive.
  CASE
    WHEN kilograms < 2 THEN 'Light'
    WHEN kilograms < 40 THEN 'Mid_Sized'
    WHEN kilograms < 140 THEN 'Heavy'
    ELSE 'Truck_Required'
  END AS weight_class -- Light below 2 kg, Mid_Sized below 40, Heavy below 140, otherwise Truck_Required.
FROM weighed
QUALIFY ROW_NUMBER() OVER (PARTITION BY product_code ORDER BY kafka_topic DESC, kafka_partition DESC, kafka_offset DESC) = 1

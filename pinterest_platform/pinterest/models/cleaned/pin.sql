-- description: One row per pin, from its newest record. Placeholders are NULL, and follower counts are numbers.
-- owner: team:data-platform
-- key: ind
-- checks:
--   follower_count_not_negative: follower_count >= 0
--   poster_name_trimmed: poster_name NOT LIKE ' %' AND poster_name NOT LIKE '% '
--   one_row_a_key_of_raw: |
--     SELECT `index` AS ind FROM new.raw.pin AS arrived
--     WHERE NOT EXISTS (SELECT 1 FROM cleaned.pin AS kept WHERE kept.ind = arrived.`index`)
--       AND NOT EXISTS (SELECT 1 FROM raw.pin AS dead WHERE dead.`index` = arrived.`index` AND dead.tombstone)
--     UNION ALL
--     SELECT ind FROM new.cleaned.pin AS kept
--     WHERE NOT EXISTS (SELECT 1 FROM raw.pin AS arrived WHERE arrived.`index` = kept.ind)
-- warnings:
--   unique_id_is_a_uuid: unique_id RLIKE r'^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\z'
--   category_known: category IS NOT NULL
--   saved_under_its_category: save_location = '/data/' || category
--   follower_count_read: |
--     SELECT arrived.`index` AS ind, arrived.follower_count FROM new.raw.pin AS arrived
--     JOIN cleaned.pin AS kept ON kept.ind = arrived.`index` AND kept.follower_count IS NULL
--     WHERE arrived.follower_count RLIKE r'[^\p{Z}\x09-\x0D\x1C-\x1F\x85]'
--       AND arrived.follower_count <> 'User Info Error'

-- White space below is Unicode's, including the no-break space, and the same on both engines: \p{Z}, the ASCII control
-- characters that separate, and NEL. TRIM is not used, because engines differ in what it strips.
SELECT
  `index` AS ind, -- Row position in the source; the pin's identity.
  CASE
    WHEN unique_id RLIKE r'[^\p{Z}\x09-\x0D\x1C-\x1F\x85]' THEN unique_id
  END AS unique_id, -- UUIDv4 of the pin.
  CASE
    WHEN title RLIKE r'[^\p{Z}\x09-\x0D\x1C-\x1F\x85]'
      AND title <> 'No Title Data Available'
    THEN title
  END AS title, -- Title, as typed; NULL if the source had none.
  CASE
    WHEN description RLIKE r'[^\p{Z}\x09-\x0D\x1C-\x1F\x85]'
      AND description NOT LIKE 'No description available%'
      AND description <> 'Untitled'
    THEN description
  END AS description, -- Description, as typed; NULL if the source had none.
  -- 1.5k becomes the digits 1 and 500, which is exact and cannot overflow. Digits are limited to what 64 bits hold,
  -- decimals to what gives a whole number.
  CASE
    WHEN follower_count RLIKE r'^[0-9]{1,15}(\.[0-9]{1,3})?[kK]\z'
    THEN CAST(
      REGEXP_EXTRACT(follower_count, r'^[0-9]+', 0) || RPAD(REGEXP_EXTRACT(follower_count, r'\.([0-9]+)', 1), 3, '0')
      AS BIGINT
    )
    WHEN follower_count RLIKE r'^[0-9]{1,12}(\.[0-9]{1,6})?[mM]\z'
    THEN CAST(
      REGEXP_EXTRACT(follower_count, r'^[0-9]+', 0) || RPAD(REGEXP_EXTRACT(follower_count, r'\.([0-9]+)', 1), 6, '0')
      AS BIGINT
    )
    WHEN follower_count RLIKE r'^[0-9]+\z' THEN TRY_CAST(follower_count AS BIGINT)
  END AS follower_count, -- Followers of the poster; NULL if unknown.
  NULLIF(
    NULLIF(
      REGEXP_EXTRACT(
        poster_name,
        r'(?s)[^\p{Z}\x09-\x0D\x1C-\x1F\x85].*[^\p{Z}\x09-\x0D\x1C-\x1F\x85]|[^\p{Z}\x09-\x0D\x1C-\x1F\x85]',
        0
      ),
      ''
    ),
    'User Info Error'
  ) AS poster_name, -- Display name of the poster, trimmed; NULL if unknown.
  CASE
    WHEN tag_list RLIKE r'[^\p{Z}\x09-\x0D\x1C-\x1F\x85]'
      AND tag_list <> 'N,o, ,T,a,g,s, ,A,v,a,i,l,a,b,l,e'
    THEN tag_list
  END AS tag_list, -- Tags, separated by commas; NULL if there are none.
  CASE
    WHEN is_image_or_video RLIKE r'[^\p{Z}\x09-\x0D\x1C-\x1F\x85]' THEN is_image_or_video
  END AS is_image_or_video, -- Kind of media: image, video, multi-video(story page format).
  CASE
    WHEN image_src RLIKE r'[^\p{Z}\x09-\x0D\x1C-\x1F\x85]' AND image_src <> 'Image src error.' THEN image_src
  END AS image_src, -- URL of the image; NULL if the source had none.
  CASE
    WHEN save_location RLIKE r'^(Local save in )?[\p{Z}\x09-\x0D\x1C-\x1F\x85]*\z' THEN NULL
    WHEN save_location LIKE 'Local save in %' THEN SUBSTR(save_location, LENGTH('Local save in ') + 1)
    ELSE save_location
  END AS save_location, -- Path of the saved image: /data/<category>.
  CASE
    WHEN category RLIKE r'[^\p{Z}\x09-\x0D\x1C-\x1F\x85]' THEN category
  END AS category -- Category in which the pin was posted.
FROM raw.pin
QUALIFY ROW_NUMBER() OVER (PARTITION BY `index` ORDER BY kafka_topic DESC, kafka_partition DESC, kafka_offset DESC) = 1

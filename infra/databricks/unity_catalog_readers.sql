-- Made by `pinterest-platform export databricks`, which overwrites it. Run it once the tables are there, and again when
-- there are more of them: `envsubst < unity_catalog_readers.sql` fills in what is exported as catalog, readers and
-- personal, the group of the account whose members see what tells of persons; for others it is NULL.

CREATE OR REPLACE VIEW `${catalog}`.masked.cleaned_pin AS SELECT
  `ind`,
  `unique_id`,
  `title`,
  `description`,
  `follower_count`,
  CASE WHEN is_account_group_member('${personal}') THEN `poster_name` END AS `poster_name`,
  `tag_list`,
  `is_image_or_video`,
  `image_src`,
  `save_location`,
  `category`
FROM `${catalog}`.cleaned.pin;
GRANT SELECT ON VIEW `${catalog}`.masked.cleaned_pin TO `${readers}`;

CREATE OR REPLACE VIEW `${catalog}`.masked.cleaned_geo AS SELECT
  `ind`,
  `country`,
  CASE WHEN is_account_group_member('${personal}') THEN `coordinates` END AS `coordinates`,
  `timestamp`
FROM `${catalog}`.cleaned.geo;
GRANT SELECT ON VIEW `${catalog}`.masked.cleaned_geo TO `${readers}`;

CREATE OR REPLACE VIEW `${catalog}`.masked.cleaned_user AS SELECT
  `ind`,
  CASE WHEN is_account_group_member('${personal}') THEN `user_name` END AS `user_name`,
  CASE WHEN is_account_group_member('${personal}') THEN `age` END AS `age`,
  `date_joined`
FROM `${catalog}`.cleaned.user;
GRANT SELECT ON VIEW `${catalog}`.masked.cleaned_user TO `${readers}`;

GRANT SELECT ON TABLE `${catalog}`.analytics.category_popularity_by_year TO `${readers}`;

GRANT SELECT ON TABLE `${catalog}`.analytics.median_follower_count_by_age_group TO `${readers}`;

GRANT SELECT ON TABLE `${catalog}`.analytics.median_follower_count_by_joining_year TO `${readers}`;

GRANT SELECT ON TABLE `${catalog}`.analytics.median_follower_count_by_joining_year_and_age_group TO `${readers}`;

GRANT SELECT ON TABLE `${catalog}`.analytics.median_follower_count_by_posting_year_and_age_group TO `${readers}`;

GRANT SELECT ON TABLE `${catalog}`.analytics.most_popular_category_by_age_group TO `${readers}`;

GRANT SELECT ON TABLE `${catalog}`.analytics.most_popular_category_by_country TO `${readers}`;

CREATE OR REPLACE VIEW `${catalog}`.masked.analytics_top_user_by_country AS SELECT
  `country`,
  CASE WHEN is_account_group_member('${personal}') THEN `poster_name` END AS `poster_name`,
  `follower_count`
FROM `${catalog}`.analytics.top_user_by_country;
GRANT SELECT ON VIEW `${catalog}`.masked.analytics_top_user_by_country TO `${readers}`;

GRANT SELECT ON TABLE `${catalog}`.analytics.users_joined_by_year TO `${readers}`;

GRANT SELECT ON TABLE `${catalog}`.analytics.country_with_top_user TO `${readers}`;

GRANT SELECT ON TABLE `${catalog}`.analytics.most_popular_category_by_year TO `${readers}`;

CREATE OR REPLACE VIEW `${catalog}`.masked.stream_pin AS SELECT
  `ind`,
  `unique_id`,
  `title`,
  `description`,
  `follower_count`,
  CASE WHEN is_account_group_member('${personal}') THEN `poster_name` END AS `poster_name`,
  `tag_list`,
  `is_image_or_video`,
  `image_src`,
  `save_location`,
  `category`,
  `tombstone`,
  `stream`,
  `shard_id`,
  `sequence_number`,
  `arrived_at`,
  `ingested_at`
FROM `${catalog}`.stream.pin;
GRANT SELECT ON VIEW `${catalog}`.masked.stream_pin TO `${readers}`;

CREATE OR REPLACE VIEW `${catalog}`.masked.stream_geo AS SELECT
  `ind`,
  `country`,
  CASE WHEN is_account_group_member('${personal}') THEN `coordinates` END AS `coordinates`,
  `timestamp`,
  `tombstone`,
  `stream`,
  `shard_id`,
  `sequence_number`,
  `arrived_at`,
  `ingested_at`
FROM `${catalog}`.stream.geo;
GRANT SELECT ON VIEW `${catalog}`.masked.stream_geo TO `${readers}`;

CREATE OR REPLACE VIEW `${catalog}`.masked.stream_user AS SELECT
  `ind`,
  CASE WHEN is_account_group_member('${personal}') THEN `user_name` END AS `user_name`,
  CASE WHEN is_account_group_member('${personal}') THEN `age` END AS `age`,
  `date_joined`,
  `tombstone`,
  `stream`,
  `shard_id`,
  `sequence_number`,
  `arrived_at`,
  `ingested_at`
FROM `${catalog}`.stream.user;
GRANT SELECT ON VIEW `${catalog}`.masked.stream_user TO `${readers}`;

CREATE OR REPLACE VIEW `${catalog}`.masked.stream_rejected AS SELECT
  `stream`,
  `shard_id`,
  `sequence_number`,
  `arrived_at`,
  `ingested_at`,
  CASE WHEN is_account_group_member('${personal}') THEN `line` END AS `line`,
  `reason`
FROM `${catalog}`.stream.rejected;
GRANT SELECT ON VIEW `${catalog}`.masked.stream_rejected TO `${readers}`;

GRANT SELECT ON TABLE `${catalog}`.stream.batches TO `${readers}`;

GRANT SELECT ON TABLE `${catalog}`.live.posts_by_category TO `${readers}`;

CREATE OR REPLACE VIEW `${catalog}`.masked.live_posts_by_poster AS SELECT
  `window_start`,
  CASE WHEN is_account_group_member('${personal}') THEN `poster_name` END AS `poster_name`,
  `post_count`,
  `follower_count`,
  `window_minute`
FROM `${catalog}`.live.posts_by_poster;
GRANT SELECT ON VIEW `${catalog}`.masked.live_posts_by_poster TO `${readers}`;

CREATE OR REPLACE VIEW `${catalog}`.masked.live_top_posters AS SELECT
  `rank`,
  CASE WHEN is_account_group_member('${personal}') THEN `poster_name` END AS `poster_name`,
  `post_count`,
  `follower_count`
FROM `${catalog}`.live.top_posters;
GRANT SELECT ON VIEW `${catalog}`.masked.live_top_posters TO `${readers}`;

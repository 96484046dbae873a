-- Made by `pinterest-platform export databricks`, which overwrites it. `envsubst < unity_catalog.sql` fills in what is
-- exported as catalog, landing, lake (s3://...), credential, writers and readers; an admin of the metastore runs it.

-- Where things are in S3. ${credential} is a storage credential with a role that may read the one and write the other.
-- The landing zone's location is read-only, which SQL cannot say. Make it before, by the command line:
--   databricks external-locations create ${catalog}_landing ${landing} ${credential} --read-only
CREATE EXTERNAL LOCATION IF NOT EXISTS `${catalog}_lake` URL '${lake}'
  WITH (STORAGE CREDENTIAL `${credential}`) COMMENT 'The lake; tables are at <lake>/<layer>/<table>.';

CREATE CATALOG IF NOT EXISTS `${catalog}` MANAGED LOCATION '${lake}/_managed' COMMENT 'pinterest_platform';

-- A schema a layer.
CREATE SCHEMA IF NOT EXISTS `${catalog}`.raw COMMENT 'Every record as it came, with where it came from.';
CREATE SCHEMA IF NOT EXISTS `${catalog}`.cleaned COMMENT 'One row a key, by the rules of the models.';
CREATE SCHEMA IF NOT EXISTS `${catalog}`.analytics COMMENT 'Results.';
CREATE SCHEMA IF NOT EXISTS `${catalog}`.stream COMMENT 'What came by streams.';
CREATE SCHEMA IF NOT EXISTS `${catalog}`.live COMMENT 'Results of the streams, minute by minute.';

-- Folders of tasks: the landing zone, what runs report to Dagster, the wheel.
CREATE SCHEMA IF NOT EXISTS `${catalog}`.files COMMENT 'Volumes.';
CREATE EXTERNAL VOLUME IF NOT EXISTS `${catalog}`.files.landing LOCATION '${landing}';
CREATE VOLUME IF NOT EXISTS `${catalog}`.files.runs;
CREATE VOLUME IF NOT EXISTS `${catalog}`.files.wheels;

-- ${writers} run the jobs.
GRANT USE CATALOG, CREATE SCHEMA ON CATALOG `${catalog}` TO `${writers}`;
GRANT READ FILES ON EXTERNAL LOCATION `${catalog}_landing` TO `${writers}`;
GRANT CREATE EXTERNAL TABLE, READ FILES, WRITE FILES ON EXTERNAL LOCATION `${catalog}_lake` TO `${writers}`;
GRANT USE SCHEMA, READ VOLUME ON SCHEMA `${catalog}`.files TO `${writers}`;
GRANT WRITE VOLUME ON VOLUME `${catalog}`.files.runs TO `${writers}`;
GRANT USE SCHEMA, CREATE TABLE, SELECT, MODIFY ON SCHEMA `${catalog}`.raw TO `${writers}`;
GRANT USE SCHEMA, CREATE TABLE, SELECT, MODIFY ON SCHEMA `${catalog}`.cleaned TO `${writers}`;
GRANT USE SCHEMA, CREATE TABLE, SELECT, MODIFY ON SCHEMA `${catalog}`.analytics TO `${writers}`;
GRANT USE SCHEMA, CREATE TABLE, SELECT, MODIFY ON SCHEMA `${catalog}`.stream TO `${writers}`;
GRANT USE SCHEMA, CREATE TABLE, SELECT, MODIFY ON SCHEMA `${catalog}`.live TO `${writers}`;

-- ${readers} ask: which tables, is said in unity_catalog_readers.sql. Raw tables are for ${writers} alone.
CREATE SCHEMA IF NOT EXISTS `${catalog}`.masked COMMENT 'Tables with personal columns, less what these hold.';
GRANT USE CATALOG ON CATALOG `${catalog}` TO `${readers}`;
GRANT USE SCHEMA ON SCHEMA `${catalog}`.masked TO `${readers}`;
GRANT USE SCHEMA ON SCHEMA `${catalog}`.cleaned TO `${readers}`;
GRANT USE SCHEMA ON SCHEMA `${catalog}`.analytics TO `${readers}`;
GRANT USE SCHEMA ON SCHEMA `${catalog}`.stream TO `${readers}`;
GRANT USE SCHEMA ON SCHEMA `${catalog}`.live TO `${readers}`;

"""What the tables need of Unity Catalog, as SQL: external locations, a catalog with a schema a layer, volumes, grants;
and once the tables are there, who may read which, and views that hide what tells of persons.

No mounts: what is in S3 is reached through external locations, with the credential of a role. Names that differ from
place to place are `${...}`, for `envsubst`. The tables themselves are made by whoever writes them first.

Views, not column masks: a table with a mask can neither be read at a version nor by its path, and engines do both.
"""

from __future__ import annotations

from pinterest_platform.addresses import dotted, layer
from pinterest_platform.catalog import Catalog
from pinterest_platform.settings import Settings
from pinterest_platform.sql import identifier, text
from pinterest_platform.streaming import load_streams
from pinterest_platform.streaming.catalog import with_streams

#: What the schemas of streams are for, in the catalog itself.
_STREAMED = {"stream": "What came by streams.", "live": "Results of the streams, minute by minute."}

_BEFORE = """\
-- Made by `pinterest-platform export databricks`, which overwrites it. `envsubst < unity_catalog.sql` fills in what is
-- exported as catalog, landing, lake (s3://...), credential, writers and readers; an admin of the metastore runs it.

-- Where things are in S3. ${credential} is a storage credential with a role that may read the one and write the other.
-- The landing zone's location is read-only, which SQL cannot say. Make it before, by the command line:
--   databricks external-locations create ${catalog}_landing ${landing} ${credential} --read-only
CREATE EXTERNAL LOCATION IF NOT EXISTS `${catalog}_lake` URL '${lake}'
  WITH (STORAGE CREDENTIAL `${credential}`) COMMENT 'The lake; tables are at <lake>/<layer>/<table>.';

CREATE CATALOG IF NOT EXISTS `${catalog}` MANAGED LOCATION '${lake}/_managed' COMMENT 'pinterest_platform';

-- A schema a layer.
"""
_VOLUMES = """
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
"""
_WRITE = "GRANT USE SCHEMA, CREATE TABLE, SELECT, MODIFY ON SCHEMA `${{catalog}}`.{layer} TO `${{writers}}`;\n"
_READERS = """
-- ${readers} ask: which tables, is said in unity_catalog_readers.sql. Raw tables are for ${writers} alone.
CREATE SCHEMA IF NOT EXISTS `${catalog}`.masked COMMENT 'Tables with personal columns, less what these hold.';
GRANT USE CATALOG ON CATALOG `${catalog}` TO `${readers}`;
GRANT USE SCHEMA ON SCHEMA `${catalog}`.masked TO `${readers}`;
"""
_TABLES = """\
-- Made by `pinterest-platform export databricks`, which overwrites it. Run it once the tables are there, and again when
-- there are more of them: `envsubst < unity_catalog_readers.sql` fills in what is exported as catalog, readers and
-- personal, the group of the account whose members see what tells of persons; for others it is NULL.
"""


def statements(catalog: Catalog) -> str:
    """The SQL for the tables of a catalog and of the streams of its domain."""
    # Layers that people read, rather than programs only.
    read = {**catalog.domain.layers, **_STREAMED}
    told = {"raw": "Every record as it came, with where it came from.", **read}
    layers = list(dict.fromkeys(layer(address) for address in _with_streams(catalog).addresses))
    schemas = (f"CREATE SCHEMA IF NOT EXISTS `${{catalog}}`.{name} COMMENT {text(told[name])};\n" for name in layers)
    writes = (_WRITE.format(layer=name) for name in layers)
    reads = (
        f"GRANT USE SCHEMA ON SCHEMA `${{catalog}}`.{name} TO `${{readers}}`;\n" for name in layers if name in read
    )
    return _BEFORE + "".join(schemas) + _VOLUMES + "".join(writes) + _READERS + "".join(reads)


def readers(catalog: Catalog) -> str:
    """The SQL that lets people read: tables that tell of nobody, and of each other one, unless it is raw, a view."""
    catalog = _with_streams(catalog)
    return _TABLES + "".join(_readable(catalog, a) for a in catalog.addresses if layer(a) != "raw")


def _readable(catalog: Catalog, address: str) -> str:
    name, personal = dotted(address), catalog.personal(address)
    if not personal:
        return f"\nGRANT SELECT ON TABLE `${{catalog}}`.{name} TO `${{readers}}`;\n"
    view = f"`${{catalog}}`.masked.{address.replace('/', '_')}"
    columns = ",\n".join(
        f"  {_masked(column.name) if column.personal else identifier(column.name)}"
        for column in catalog.columns(address)
    )
    return (
        f"\nCREATE OR REPLACE VIEW {view} AS SELECT\n{columns}\nFROM `${{catalog}}`.{name};\n"
        f"GRANT SELECT ON VIEW {view} TO `${{readers}}`;\n"
    )


def _masked(column: str) -> str:
    name = identifier(column)
    return f"CASE WHEN is_account_group_member('${{personal}}') THEN {name} END AS {name}"


def _with_streams(catalog: Catalog) -> Catalog:
    return with_streams(catalog, load_streams(Settings.model_construct(), catalog).values())

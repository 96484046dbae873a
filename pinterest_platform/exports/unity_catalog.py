"""What the tables need of Unity Catalog, as SQL: external locations, a catalog with a schema a layer, volumes, grants.

No mounts: what is in S3 is reached through external locations, with the credential of a role. Names that differ from
place to place are `${...}`, for `envsubst`. The tables themselves are made by whoever writes them first.
"""

from __future__ import annotations

from pinterest_platform.addresses import layer
from pinterest_platform.catalog import Catalog
from pinterest_platform.settings import Settings
from pinterest_platform.sql import text
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
-- ${readers} ask.
GRANT USE CATALOG ON CATALOG `${catalog}` TO `${readers}`;
"""


def statements(catalog: Catalog) -> str:
    """The SQL for the tables of a catalog and of the streams of its domain."""
    # Layers that people read, rather than programs only.
    read = {**catalog.domain.layers, **_STREAMED}
    told = {"raw": "Every record as it came, with where it came from.", **read}
    streams = load_streams(Settings.model_construct(), catalog).values()
    addresses = [*catalog.addresses, *with_streams(catalog, streams).streams]
    layers = list(dict.fromkeys(layer(address) for address in addresses))
    schemas = (f"CREATE SCHEMA IF NOT EXISTS `${{catalog}}`.{name} COMMENT {text(told[name])};\n" for name in layers)
    writes = (_WRITE.format(layer=name) for name in layers)
    reads = (
        f"GRANT USE SCHEMA, SELECT ON SCHEMA `${{catalog}}`.{name} TO `${{readers}}`;\n"
        for name in layers
        if name in read
    )
    return _BEFORE + "".join(schemas) + _VOLUMES + "".join(writes) + _READERS + "".join(reads)

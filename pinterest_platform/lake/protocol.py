"""Table properties and Delta features that keep tables writable by every engine.

Engines take turns on a lake. All of them refuse a feature that one of them cannot write, before writing anything.
"""

from __future__ import annotations

from deltalake import DeltaTable

from pinterest_platform.lake.errors import LakeError

#: Increased when tables change so that an older version of this program would damage them.
FORMAT = 1
_FORMAT_PROPERTY = "pinterest_platform.format"

#: Properties of new tables. Databricks may enable features that are not explicitly disabled.
PROPERTIES = {
    "delta.checkpointPolicy": "classic",
    "delta.enableDeletionVectors": "false",
    "delta.enableRowTracking": "false",
    _FORMAT_PROPERTY: str(FORMAT),
}

#: Writer features that every engine of this project can write.
WRITABLE_FEATURES = frozenset(
    {
        "appendOnly",
        "invariants",
        "checkConstraints",
        "changeDataFeed",
        "generatedColumns",
        "timestampNtz",
        "v2Checkpoint",
    }
)

#: Other features that Spark can write. With them, rows differ from what the data files hold, columns have other names,
#: or delta-rs refuses the table.
_SPARK_ONLY = frozenset(
    {
        "catalogManaged",
        "checkpointProtection",
        "clustering",
        "columnMapping",
        "deletionVectors",
        "domainMetadata",
        "icebergCompatV1",
        "icebergCompatV2",
        "identityColumns",
        "inCommitTimestamp",
        "rowTracking",
        "typeWidening",
        "variantType",
    }
)


def check_writable(table: DeltaTable) -> None:
    """Refuse a table that one of the engines cannot write.

    Raises:
        LakeError: the table's protocol has such a feature. The message names it and the engines it excludes.
    """
    features = set(table.protocol().writer_features or ())
    if locked := sorted(features - WRITABLE_FEATURES):
        engines = "duckdb" if _SPARK_ONLY.issuperset(locked) else "duckdb, and perhaps spark"
        raise LakeError(
            f"{table.table_uri}: the table feature {', '.join(locked)} prevents an engine of this lake from writing "
            f"it: {engines}. Allowed features: {', '.join(sorted(WRITABLE_FEATURES))}. Restore a version from before "
            "the feature was enabled."
        )


def check_format(address: str, table: DeltaTable) -> None:
    """Refuse a table that a newer version of this program wrote.

    Raises:
        LakeError: the table has a newer format; the message names it.
    """
    written = table.metadata().configuration.get(_FORMAT_PROPERTY, str(FORMAT))
    if not written.isdigit() or int(written) > FORMAT:
        raise LakeError(
            f"{address}: written in lake format {written}, but this version of pinterest-platform supports formats up "
            f"to {FORMAT}. Use the version that wrote the table, or a newer one."
        )

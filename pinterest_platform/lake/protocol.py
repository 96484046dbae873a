"""Tables that every engine can write: what they are made with, and which features of Delta lock which engine out.

Engines take turns on a lake, so a feature that one of them cannot write is refused by all, before anything is written.
"""

from __future__ import annotations

from deltalake import DeltaTable

from pinterest_platform.lake.errors import LakeError

#: Raised when tables change so that an older version of this program would damage them.
FORMAT = 1
_FORMAT_PROPERTY = "pinterest_platform.format"

#: What tables are made with. Databricks may switch on by itself what is not said to be off.
PROPERTIES = {
    "delta.checkpointPolicy": "classic",
    "delta.enableDeletionVectors": "false",
    "delta.enableRowTracking": "false",
    _FORMAT_PROPERTY: str(FORMAT),
}

#: Writer features that every engine of ours can write.
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

#: Of the others, those that Spark can write: what lies in a data file is not all of its rows, or is named otherwise, or
#: delta-rs refuses the table.
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
    """Refuse a table that one of our engines cannot write.

    Raises:
        LakeError: naming the feature of the table's protocol that is in the way, and whom it locks out.
    """
    features = set(table.protocol().writer_features or ())
    if locked := sorted(features - WRITABLE_FEATURES):
        engines = "duckdb" if _SPARK_ONLY.issuperset(locked) else "duckdb, and perhaps spark"
        raise LakeError(
            f"{table.table_uri}: the table feature {', '.join(locked)} keeps an engine of this lake from writing it: "
            f"{engines}. Allowed are {', '.join(sorted(WRITABLE_FEATURES))}. Restore a version from before it was "
            "switched on."
        )


def check_format(address: str, table: DeltaTable) -> None:
    """Refuse a table of a newer version of this program.

    Raises:
        LakeError: naming the format it is written in.
    """
    written = table.metadata().configuration.get(_FORMAT_PROPERTY, str(FORMAT))
    if not written.isdigit() or int(written) > FORMAT:
        raise LakeError(
            f"{address}: written in lake format {written}; this version of pinterest-platform knows formats up to "
            f"{FORMAT}. Use the version that wrote it, or a newer one."
        )

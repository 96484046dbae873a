"""Lists the places beyond the platform's reach that may still hold an erased record, and when it expires there."""

from __future__ import annotations

from collections.abc import Sequence

from pinterest_platform.catalog import Catalog
from pinterest_platform.domain import Domain
from pinterest_platform.s3.address import is_s3
from pinterest_platform.settings import Settings
from pinterest_platform.streaming.config import load_streams


def told(settings: Settings, domain: Domain, catalog: Catalog, record: str) -> Sequence[str]:
    """One sentence for each place."""
    sentences = []
    if domain.kafka and record not in domain.read_whole(settings):
        topic = settings.topic(record)
        sentences.append(f"Kafka topic {topic} and its dead-letter topic: until their retention.ms expires.")
    sentences += [
        f"{stream.source.capitalize()} {stream.origin}: until the retention of the stream expires."
        for stream in load_streams(settings, catalog).values()
        if stream.record == record and stream.source == "kinesis"
    ]
    sentences += [
        f"Source {source.name}: until it is deleted there. A record posted again with the same values is not added."
        for source in domain.sources(settings)
        if source.record == record
    ]
    for name, root in (("landing zone", settings.landing_root), ("lake", settings.lake_root)):
        kept = "replicas and backups of the bucket" if is_s3(root) else "snapshots and backups of the disk"
        sentences.append(f"The {name} at {root}: {kept}, until they expire.")
    sentences.append("Reports, exports and query results that someone saved elsewhere: until they are deleted there.")
    return sentences

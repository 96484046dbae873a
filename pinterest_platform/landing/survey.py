"""Explains the contents of a landing zone to people who ask why nothing is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pinterest_platform.landing.keys import MAX_OFFSET, topic_prefix
from pinterest_platform.landing.layouts import WORDS, Layout
from pinterest_platform.landing.stores import open_zone
from pinterest_platform.landing.zone import Zone
from pinterest_platform.settings import Settings

#: Maximum number of names to show.
_NAMED = 10


@dataclass(frozen=True)
class Survey:
    """The expected topics of a landing zone, and what is there instead.

    `topics` has a phrase for each expected topic, and `others` names further topics. `problem` says why topics are not
    read and what to do; it is empty if all of them exist. The problem is `sure` if the landing zone does not exist or
    has other contents than expected. Otherwise the topics may yet land.
    """

    topics: tuple[str, ...]
    problem: str
    sure: bool
    others: str


def named(names: Sequence[str]) -> str:
    """The names, separated by commas. Of many, only the first ones and the number of the rest."""
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"


def survey(settings: Settings, topics: Sequence[str]) -> Survey:
    """As `surveyed`, for the landing zone of the settings, with as few listings as possible."""
    return surveyed(open_zone(settings, lambda _topic, _partition: MAX_OFFSET), settings.landing_root, topics)


def surveyed(zone: Zone, address: str, topics: Sequence[str]) -> Survey:
    """Look for the topics in the landing zone at an address. If none exist, look for what is there instead.

    Raises:
        LandingError: the landing zone cannot be listed.
    """
    absent = [topic for topic in topics if not zone.partitions(topic)]
    others = sorted(set(zone.topics()) - set(topics)) if zone.topics_dir else []
    problem, sure = _problem(zone, address, topics, absent, others) if absent else ("", False)
    return Survey(tuple(_phrase(zone, topic) for topic in topics), problem, sure, named(others))


def _phrase(zone: Zone, topic: str) -> str:
    layout = zone.layout_of(topic)
    if layout is None:
        return f"{topic} (nothing)"
    count = len(zone.partitions(topic))
    shown = "" if layout is Layout.PARTITION else f", in {WORDS[layout]}"
    beside = f", not read: {named(zone.beside(topic))}" if zone.beside(topic) else ""
    return f"{topic} ({count} partition{'' if count == 1 else 's'}{shown}{beside})"


def _problem(
    zone: Zone, address: str, topics: Sequence[str], absent: Sequence[str], others: Sequence[str]
) -> tuple[str, bool]:
    """The problem, and whether it is certain."""
    if not zone.store.is_there():
        # A prefix in S3 exists only if it has objects.
        told = f"there is nothing at {address}. Correct PINTEREST_LANDING, or wait for the first objects to land there"
        return told, "://" not in address
    expected = topic_prefix(absent[0], zone.topics_dir)
    for topic in absent:
        if zone.layout_of(topic) is not None:
            where, names = topic_prefix(topic, zone.topics_dir), named(zone.beside(topic))
            return (
                f"no object in {where} has a name like {topic}+0+0000000000.json. Found {names or 'nothing'}",
                True,
            )
    if len(absent) < len(topics):
        return f"nothing of {named(absent)} has landed in {address}. Objects are expected below {expected}", False
    if others:
        told = f"{address} has the topics {named(others)}, but none of {named(topics)}"
        return f"{told}. Correct PINTEREST_TOPIC_PREFIX or PINTEREST_LANDING", True
    level = zone.store.level("")
    if not (level.folders or level.names):
        return f"nothing has landed in {address} yet. Objects are expected below {expected}", False
    return _elsewhere(zone, address, topics, expected), True


def _elsewhere(zone: Zone, address: str, topics: Sequence[str], expected: str) -> str:
    """Why no topic is in its expected place: the address is a level off, or the topics' folder has another name."""
    here = zone.store.level("").folders
    if set(topics) & set(here):
        return (
            f"the topics are in {address} itself, not in {zone.topics_dir}/. Set PINTEREST_LANDING to the parent "
            "folder and PINTEREST_LANDING_TOPICS_DIR to this one, or set PINTEREST_LANDING_TOPICS_DIR=. (a dot)"
        )
    for name in here[:_NAMED]:
        there = zone.store.level(f"{name}/").folders
        if set(topics) & set(there):
            return f"the topics are in {name}/ of {address}. Set PINTEREST_LANDING_TOPICS_DIR={name}"
        if zone.topics_dir in there and set(topics) & set(zone.store.level(f"{name}/{zone.topics_dir}/").folders):
            return (
                f"PINTEREST_LANDING is a level too high: the topics are in {name}/{zone.topics_dir}. Set it to {name}"
            )
    seen = named([*(f"{name}/" for name in here), *zone.store.level("").names]) or "nothing"
    return (
        f"nothing of {named(topics)} is in {address}. Objects are expected at {expected}partition=0/"
        f"{topics[0]}+0+0000000000.json, or there in time or field folders. Found {seen}. If records have landed, "
        "correct PINTEREST_LANDING, PINTEREST_LANDING_TOPICS_DIR or PINTEREST_TOPIC_PREFIX"
    )

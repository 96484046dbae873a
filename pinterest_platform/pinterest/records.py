"""Declares the pin, geo and user records. `models/cleaned/` defines the cleaned tables."""

from __future__ import annotations

from collections.abc import Mapping

from pinterest_platform.schemas import Column, RecordSchema


def _degrees(name: str, description: str, most: int) -> Column:
    return Column(name, "double", description, required=True, minimum=-most, maximum=most, personal=True, coarse=True)


PIN = RecordSchema(
    name="pin",
    source_table="pinterest_data",
    key="index",
    description="Pins as published by their posters.",
    columns=(
        Column("index", "bigint", "Row position in the source; the posting's identity.", required=True),
        Column("unique_id", "string", "UUIDv4 of the pin.", required=True),
        Column("title", "string", "Title, as typed."),
        Column("description", "string", "Description, as typed."),
        Column("poster_name", "string", "Display name of the poster.", personal=True),
        Column("follower_count", "string", "Followers of the poster, as displayed: 437, 26k, 3M."),
        Column("tag_list", "string", "Tags, separated by commas."),
        Column("is_image_or_video", "string", "Kind of media."),
        Column("image_src", "string", "URL of the image."),
        Column("downloaded", "bigint", "1 if the image was downloaded, otherwise 0."),
        Column("save_location", "string", "Path of the saved image, after a prefix in words."),
        Column("category", "string", "Category in which the pin was posted.", required=True),
    ),
)

GEO = RecordSchema(
    name="geo",
    source_table="geolocation_data",
    key="ind",
    description="Where and when a pin was posted.",
    columns=(
        Column("ind", "bigint", "Row position in the source; the posting's identity.", required=True),
        Column("timestamp", "timestamp_ntz", "When it was posted; no time zone.", required=True),
        _degrees("latitude", "Degrees north.", 90),
        _degrees("longitude", "Degrees east.", 180),
        Column("country", "string", "Country name."),
    ),
)

USER = RecordSchema(
    name="user",
    source_table="user_data",
    key="ind",
    description="The author of a pin.",
    columns=(
        Column("ind", "bigint", "Row position in the source; the posting's identity.", required=True),
        Column("first_name", "string", "First name.", required=True, personal=True),
        Column("last_name", "string", "Last name.", required=True, personal=True),
        Column("age", "bigint", "Age in years.", minimum=0, maximum=120, personal=True),
        Column("date_joined", "timestamp_ntz", "When the author joined; no time zone.", required=True),
    ),
)

RECORDS: Mapping[str, RecordSchema] = {schema.name: schema for schema in (PIN, GEO, USER)}

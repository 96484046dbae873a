"""Types of settings: each validates and converts a text, and raises ValueError with the allowed values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator
from pydantic_settings import NoDecode

from pinterest_platform import folders

#: A limit that depends on the machine.
AUTO = "auto"


def _named_folder(value: object) -> Path | None:
    return folders.expanded(str(value)) if value is not None else None


def _absolute_path(value: object) -> Path | None:
    return folders.expanded(str(value)) if value else None


def _absolute_place(value: str) -> str:
    return value if not value or "://" in value else str(folders.expanded(value))


def _relative_folder(value: str) -> str:
    if not value.strip("/") or ".." in value.split("/"):
        raise ValueError("set a folder in the landing zone, such as topics or raw/topics, or a dot for the zone itself")
    return value.strip("/").removeprefix(".").strip("/")


def _topic_prefix(value: str) -> str:
    if not value or not value.replace("-", "").replace("_", "").replace(".", "").isalnum() or len(value) > 200:
        raise ValueError("use only letters, digits, '.', '_' and '-', at most 200 characters")
    return value


def _memory(value: str) -> str:
    if value == AUTO:
        return value
    number, unit = value[:-2].strip(), value[-2:].upper()
    if unit not in ("MB", "GB") or not number.replace(".", "", 1).isdigit():
        raise ValueError("set a number and a unit, such as 512MB or 2GB, or auto")
    return f"{number}{unit}"


def _http_url(value: str) -> str:
    if value and not value.startswith(("http://", "https://")):
        raise ValueError("set a URL that begins with http:// or https://")
    return value.rstrip("/")


def _airflow(value: str) -> str:
    if value and not value.startswith(("mwaa://", "http://", "https://")):
        raise ValueError("set mwaa://<environment>, or a URL that begins with http:// or https://")
    return value.rstrip("/")


def _databricks_path(value: str) -> str:
    if value and not value.startswith(("/Volumes/", "/Workspace/")):
        raise ValueError("set a path in a volume, such as /Volumes/main/pinterest/runs")
    return value.rstrip("/")


def _json(value: object) -> object:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError as error:
        raise ValueError(f"set a JSON object ({error})") from None


def _brokers(value: str) -> str:
    brokers = [broker.strip() for broker in value.split(",")] if value else []
    for broker in brokers:
        host, _, port = broker.rpartition(":")
        if not host or not port.isdigit():
            raise ValueError("set host:port, such as b-1.example.com:9098; separate several with commas")
    return ",".join(brokers)


#: A folder that must not be empty text, and one that can be left out.
Folder = Annotated[Path, BeforeValidator(_named_folder)]
FolderOrDefault = Annotated[Path | None, BeforeValidator(_named_folder)]
#: A path, or None for an empty text.
PathOrNone = Annotated[Path | None, BeforeValidator(_absolute_path)]
#: A folder or a URL.
Place = Annotated[str, AfterValidator(_absolute_place)]
FolderInZone = Annotated[str, AfterValidator(_relative_folder)]
DatabaseUrl = Annotated[str, AfterValidator(folders.expanded_url)]
TopicPrefix = Annotated[str, AfterValidator(_topic_prefix)]
Memory = Annotated[str, AfterValidator(_memory)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
AirflowUrl = Annotated[str, AfterValidator(_airflow)]
DatabricksPath = Annotated[str, AfterValidator(_databricks_path)]
Brokers = Annotated[str, AfterValidator(_brokers)]
#: JSON, parsed here because the error of pydantic-settings would not name the variable.
Values = Annotated[dict[str, str], NoDecode, BeforeValidator(_json)]
ValuesOfEach = Annotated[dict[str, dict[str, str]], NoDecode, BeforeValidator(_json)]

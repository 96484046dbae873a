"""A model that is a function in PySpark, and a folder to load it from."""

from __future__ import annotations

from pathlib import Path

from pinterest_platform.catalog import Catalog
from pinterest_platform_tests.catalog.folders import SHIPPED, write
from pinterest_platform_tests.domains import with_models

#: Running this file would fail at its first statement.
POSTS_BY_HOUR = '''
"""
description: Posts in each hour of the day.
owner: team:growth
key: post_hour
columns:
  post_hour: int -- Hour of posting, from 0.
  posts: bigint -- Posts -- of every country.
  places: array<decimal(9, 4)>
checks:
  hour_exists: post_hour BETWEEN 0 AND 23
  no_more_than_posts: |
    SELECT posts FROM analytics.posts_by_hour
    WHERE posts > (SELECT COUNT(*) FROM cleaned.geo)
warnings:
  popular: posts > 1
"""

raise RuntimeError("a model was run to be read")

from pyspark.sql import DataFrame


def compute(cleaned_geo: DataFrame, analytics_users_joined_by_year: DataFrame) -> DataFrame:
    return _counted(cleaned_geo)


def _counted(posts):
    """Of each hour."""
    return posts.groupBy("post_hour").count()  # Of every country.
'''.lstrip()
ADDRESS = "analytics/posts_by_hour"
FILE = f"{ADDRESS}.py"
SQL = """-- description: Places.
-- owner: team:growth
-- key: ind
SELECT ind FROM cleaned.geo QUALIFY ROW_NUMBER() OVER (PARTITION BY ind ORDER BY timestamp DESC) = 1
"""
BESIDE = '"""Places."""\ndef compute(cleaned_geo):\n    return cleaned_geo\n'


def few(tmp_path: Path) -> Path:
    """A folder with some of the shipped models."""
    for name in ("cleaned/geo.sql", "cleaned/user.sql", "analytics/users_joined_by_year.sql"):
        write(tmp_path / "models", name, (SHIPPED / name).read_text())
    return tmp_path / "models"


def load(tmp_path: Path, code: str = POSTS_BY_HOUR, file: str = FILE) -> Catalog:
    return Catalog.load(with_models(write(few(tmp_path), file, code)))

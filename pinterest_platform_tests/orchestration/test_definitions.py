"""What Dagster is told of every table, before anything has run."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import dagster as dg
import pytest

from pinterest_platform.catalog import ModelError
from pinterest_platform.orchestration.build import build_definitions
from pinterest_platform.settings import Settings
from pinterest_platform_tests.domains import with_models
from pinterest_platform_tests.orchestration.conftest import settings_in

ANALYTICS = {
    "most_popular_category_by_country",
    "category_popularity_by_year",
    "most_popular_category_by_year",
    "top_user_by_country",
    "country_with_top_user",
    "most_popular_category_by_age_group",
    "median_follower_count_by_age_group",
    "users_joined_by_year",
    "median_follower_count_by_joining_year",
    "median_follower_count_by_joining_year_and_age_group",
    "median_follower_count_by_posting_year_and_age_group",
}


#: Layers in the direction data goes: what is not ours to make, what batch makes, what streams make and serve.
WAY_IN = ["source", "kafka", "kinesis", "landing"]
BATCH = ["raw", "cleaned", "analytics"]
STREAMED = ["stream", "live", "serving"]


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    return build_definitions(settings=settings_in(tmp_path_factory.mktemp("data")))


def every_spec(definitions: dg.Definitions) -> dict[str, dg.AssetSpec]:
    return {spec.key.to_user_string(): spec for spec in definitions.resolve_all_asset_specs()}


def specs(definitions: dg.Definitions) -> dict[str, dg.AssetSpec]:
    """Of the tables of the batch."""
    return {key: spec for key, spec in every_spec(definitions).items() if key.partition("/")[0] in BATCH}


def test_every_table_is_an_asset_at_its_address(definitions: dg.Definitions) -> None:
    expected = {f"{layer}/{name}" for layer in ("raw", "cleaned") for name in ("pin", "geo", "user")}
    expected |= {"raw/rejected", "cleaned/post"} | {f"analytics/{name}" for name in ANALYTICS}
    assert set(specs(definitions)) == expected


def test_every_asset_says_what_people_look_for(definitions: dg.Definitions) -> None:
    for address, spec in specs(definitions).items():
        layer = address.partition("/")[0]
        assert re.fullmatch(r"(raw|cleaned|analytics)/[a-z][a-z0-9_]*", address)
        assert spec.group_name == layer
        assert spec.owners, address
        assert spec.description, address
        assert spec.kinds >= {"duckdb", "deltalake"}, address
        assert spec.metadata["dagster/table_name"] == address.replace("/", ".")
        columns = spec.metadata["dagster/column_schema"].columns
        assert columns, address
        assert all(column.type for column in columns), address
        assert (layer == "raw") == ("dagster/column_lineage" not in spec.metadata), address


def test_columns_that_tell_of_persons_are_tagged(definitions: dg.Definitions) -> None:
    def tagged(address: str) -> list[str]:
        columns = specs(definitions)[address].metadata["dagster/column_schema"].columns
        return [column.name for column in columns if "personal" in column.tags]

    assert tagged("cleaned/user") == ["user_name", "age"]
    assert tagged("analytics/users_joined_by_year") == []


def test_catalogue_shows_where_each_table_lies_and_how_its_rows_come_to_be(
    definitions: dg.Definitions, settings: Settings
) -> None:
    for address, spec in specs(definitions).items():
        uri = str(spec.metadata["dagster/uri"])
        assert uri.startswith("file:///"), address
        assert uri.endswith(f"/lake/{address}"), address
        assert spec.metadata["dagster/storage_kind"] == "deltalake"
        assert re.fullmatch("[0-9a-f]{16}", str(spec.code_version)), address
        assert spec.tags["layer"] == address.partition("/")[0]
        assert spec.freshness_policy is not None, address
        keyed = [c.name for c in spec.metadata["dagster/column_schema"].columns if "key" in (c.tags or {})]
        assert keyed, address
    found = every_spec(definitions)
    expected = {
        "raw/pin": "appended",
        "cleaned/pin": "merged",
        "cleaned/post": "merged",
        "analytics/users_joined_by_year": "replaced",
        "serving/pin": "view",
    }
    assert {address: found[address].tags["rows"] for address in expected} == expected
    columns = {column.name: column.tags for column in found["raw/pin"].metadata["dagster/column_schema"].columns}
    assert columns["kafka_offset"] == {"key": "", "provenance": ""}
    assert columns["landing_file"] == {"provenance": ""}
    assert not columns["category"]
    at_aws = {"landing": "s3://bucket/landing", "lake": "s3://bucket/lake", "kafka_brokers": "b-1:9098"}
    away = every_spec(build_definitions(settings=settings.model_copy(update=at_aws)))
    topic = settings.topic("pin")
    assert {address: away[address].metadata.get("dagster/uri") for address in ("landing/pin", "kafka/pin")} == {
        "landing/pin": f"s3://bucket/landing/topics/{topic}",
        "kafka/pin": f"kafka://b-1:9098/{topic}",
    }
    assert away["analytics/top_user_by_country"].metadata["dagster/uri"] == (
        "s3://bucket/lake/analytics/top_user_by_country"
    )
    assert away["report/overview"].metadata["dagster/uri"] == "s3://bucket/lake/report/overview.html"


def test_each_job_says_what_it_does_and_whose_it_is(definitions: dg.Definitions) -> None:
    repository = definitions.get_repository_def()
    for job in (job for job in repository.get_all_jobs() if not job.name.startswith("__")):
        assert job.metadata["owner"].value == "team:data-platform", job.name
        assert job.description, job.name
    for starts_one in (*repository.schedule_defs, *repository.sensor_defs):
        assert starts_one.description, starts_one.name


def test_lineage_leads_from_a_result_to_the_source_columns(definitions: dg.Definitions) -> None:
    found = specs(definitions)
    result = found["analytics/top_user_by_country"].metadata["dagster/column_lineage"].deps_by_column
    post = found["cleaned/post"].metadata["dagster/column_lineage"].deps_by_column
    cleaned = found["cleaned/pin"].metadata["dagster/column_lineage"].deps_by_column
    assert dg.TableColumnDep(dg.AssetKey(["cleaned", "post"]), "follower_count") in result["follower_count"]
    assert dg.TableColumnDep(dg.AssetKey(["cleaned", "pin"]), "follower_count") in post["follower_count"]
    assert dg.TableColumnDep(dg.AssetKey(["raw", "pin"]), "follower_count") in cleaned["follower_count"]


def test_dependencies_go_one_way(definitions: dg.Definitions) -> None:
    order = [*WAY_IN, *BATCH, "report", *STREAMED]
    for address, spec in every_spec(definitions).items():
        for dep in spec.deps:
            assert order.index(dep.asset_key.path[0]) <= order.index(address.partition("/")[0])


def upstreams(definitions: dg.Definitions, address: str) -> set[str]:
    found = every_spec(definitions)
    direct = {dep.asset_key.to_user_string() for dep in found[address].deps}
    return direct.union(*(upstreams(definitions, upstream) for upstream in direct))


def test_lineage_goes_back_to_the_source_database(definitions: dg.Definitions, settings: Settings) -> None:
    result = "analytics/most_popular_category_by_year"
    embedded = upstreams(definitions, result)
    assert {"landing/pin", "source/pinterest_data", "source/geolocation_data"} <= embedded
    assert not any(address.startswith("kafka/") for address in embedded)
    changes = {"kafka_brokers": "b:9092", "source_url": "mysql+pymysql://u:p@h/d", "landing": "s3://landing"}
    real = build_definitions(settings=settings.model_copy(update=changes))
    assert {"landing/pin", "kafka/pin", "source/pinterest_data"} <= upstreams(real, result)
    kinds = {address: spec.kinds for address, spec in every_spec(real).items()}
    assert (kinds["source/user_data"], kinds["kafka/user"], kinds["landing/user"]) == (
        {"mysql"},
        {"kafka"},
        {"s3", "json"},
    )
    assert "p@h" not in repr(every_spec(real))


def test_every_table_has_a_blocking_check(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    blocked = {key.asset_key.to_user_string() for key in graph.asset_check_keys if graph.get_check_spec(key).blocking}
    assert blocked == set(specs(definitions))


def test_jobs_schedules_and_sensor_are_there(definitions: dg.Definitions) -> None:
    repository = definitions.get_repository_def()
    assert {f"refresh_{name}" for name in ANALYTICS} <= set(repository.job_names)
    assert {"refresh_all", "time_travel", "maintenance"} <= set(repository.job_names)
    assert {schedule.name for schedule in repository.schedule_defs} == {"daily", "weekly_maintenance"}
    assert {sensor.name for sensor in repository.sensor_defs} >= {"new_landing_objects", "dead_runs"}


def test_jobs_have_the_tags_of_the_settings(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    tags = {"ecs/memory": "16384"}
    given = {"refresh_all": tags, "maintenance": tags, "refresh_al": tags}
    definitions = build_definitions(settings=settings.model_copy(update={"run_tags": given}))
    assert definitions.resolve_job_def("refresh_all").run_tags == tags
    assert definitions.resolve_job_def("maintenance").run_tags == tags
    assert definitions.resolve_job_def("time_travel").run_tags == {}
    assert "PINTEREST_RUN_TAGS: no job refresh_al here. The jobs are refresh_all, " in caplog.text


def test_one_table_job_takes_what_it_needs_and_no_more(definitions: dg.Definitions) -> None:
    job = definitions.resolve_job_def("refresh_users_joined_by_year")
    selected = {key.to_user_string() for key in job.asset_layer.executable_asset_keys}
    assert selected == {"raw/user", "cleaned/user", "analytics/users_joined_by_year"}


def test_page_is_made_after_every_result(definitions: dg.Definitions) -> None:
    parents = definitions.resolve_asset_graph().get(dg.AssetKey(["report", "overview"])).parent_keys
    assert {key.to_user_string() for key in parents} == {f"analytics/{name}" for name in ANALYTICS}


def test_each_asset_says_what_it_is_and_where_it_comes_from(definitions: dg.Definitions) -> None:
    specs = definitions.resolve_all_asset_specs()
    for spec in specs:
        address, told = spec.key.to_user_string(), str(spec.description)
        sentences = re.findall(r"[^.]+\.(?= |$)", told)
        assert len(sentences) >= 2, f"{address}: {told}"
        assert spec.group_name == spec.key.path[0]
        assert spec.owners, address
        assert spec.kinds, address
    [joined] = [spec for spec in specs if spec.key.path[-1] == "users_joined_by_year"]
    assert str(joined.description).endswith("One row per post year, computed from cleaned/user.")


@pytest.fixture
def models(small_graph: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(small_graph, tmp_path / "models"))


def test_a_new_analytic_is_one_new_file(models: Path, settings: Settings) -> None:
    (models / "analytics" / "posts_by_category.sql").write_text(
        """-- description: Posts in each category.
-- owner: team:data-platform
-- key: category
-- checks:
--   counts_positive: post_count > 0
SELECT
  category, -- Category.
  COUNT(*) AS post_count -- Number of posts.
FROM cleaned.pin
WHERE category IS NOT NULL
GROUP BY category
ORDER BY category
"""
    )
    definitions = build_definitions(settings=settings, domain=with_models(models))
    spec = specs(definitions)["analytics/posts_by_category"]
    assert [dep.asset_key.to_user_string() for dep in spec.deps] == ["cleaned/pin"]
    assert [column.name for column in spec.metadata["dagster/column_schema"].columns] == ["category", "post_count"]
    assert "category" in spec.metadata["dagster/column_lineage"].deps_by_column
    graph = definitions.resolve_asset_graph()
    keys = [key for key in graph.asset_check_keys if key.asset_key == dg.AssetKey(["analytics", "posts_by_category"])]
    assert {key.name for key in keys} == {"key", "rules"}
    assert any("counts_positive: `post_count > 0`" in (graph.get_check_spec(key).description or "") for key in keys)
    assert "refresh_posts_by_category" in definitions.get_repository_def().job_names


def test_a_broken_model_fails_at_load_with_file_and_line(models: Path, settings: Settings) -> None:
    (models / "analytics" / "broken.sql").write_text(
        "-- description: Broken.\n-- owner: team:data-platform\n-- key: category\nSELECT categry FROM cleaned.pin\n"
    )
    with pytest.raises(ModelError, match=r"analytics/broken\.sql:4: .*categry"):
        build_definitions(settings=settings, domain=with_models(models))

"""Dagster's resource `s3` says how landing zone and lake are reached, whatever the environment says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster_aws.s3 import S3Resource
from deltalake import DeltaTable

from pinterest_platform.engines.contract import EngineError
from pinterest_platform.engines.spark.s3a import bucket_settings
from pinterest_platform.orchestration.build import build_definitions
from pinterest_platform.orchestration.s3 import S3
from pinterest_platform.s3 import access, clients
from pinterest_platform.s3.bucket import Bucket
from pinterest_platform.s3.errors import S3Error
from pinterest_platform.settings import Settings, load_settings
from pinterest_platform.stack.s3 import S3Server
from pinterest_platform_tests import landing_data
from pinterest_platform_tests.integration.s3.conftest import Zone
from pinterest_platform_tests.landing_data import PREFIX


@pytest.fixture
def settings(zone: Zone, tmp_path: Path) -> Settings:
    lake = f"s3://{zone.bucket}/lake"
    return load_settings(data=tmp_path, landing=zone.address, lake=lake, topic_prefix=PREFIX, _env_file=None)


@pytest.fixture
def told(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch, bucket: str) -> Iterator[dict[str, Any]]:
    """What the environment no longer says."""
    known = s3_server.environment()
    for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)
    with access.told([bucket], access.Access()):
        yield {
            "endpoint_url": known["AWS_ENDPOINT_URL"],
            "region_name": known["AWS_REGION"],
            "aws_access_key_id": known["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": known["AWS_SECRET_ACCESS_KEY"],
        }


def ingest(settings: Settings, given: S3Resource | None, **config: Any) -> dg.ExecuteInProcessResult:
    job = build_definitions(settings=settings, s3=given).resolve_job_def("refresh_all")
    return job.execute_in_process(
        asset_selection=[dg.AssetKey(["raw", "pin"])],
        run_config={"resources": config} if config else None,
        raise_on_error=False,
        instance=dg.DagsterInstance.ephemeral(),
    )


def test_resource_in_code_is_how_landing_zone_and_lake_are_reached(
    zone: Zone, settings: Settings, told: dict[str, Any], monkeypatch: pytest.MonkeyPatch, s3_server: S3Server
) -> None:
    zone.put(0, [landing_data.pin(index) for index in range(3)])
    monkeypatch.setenv("WHERE_S3_IS", told.pop("endpoint_url"))
    result = ingest(settings, S3Resource(endpoint_url=dg.EnvVar("WHERE_S3_IS"), **told))
    assert result.success
    [event] = result.get_asset_materialization_events()
    assert event.materialization.metadata["dagster/row_count"].value == 3
    options = {**s3_server.environment(), "AWS_ENDPOINT_URL": s3_server.endpoint}
    assert DeltaTable(f"s3://{zone.bucket}/lake/raw/pin", storage_options=options).version() >= 0


def test_launchpad_may_say_it_for_one_run(zone: Zone, settings: Settings, told: dict[str, Any]) -> None:
    zone.put(0, [landing_data.pin(0)])
    assert ingest(settings, None, s3={"config": told}).success
    assert access.access_to(zone.bucket) == access.Access(), "for that run only"


def test_client_for_ops_is_that_of_landing_zone_and_lake(zone: Zone, told: dict[str, Any]) -> None:
    zone.put(0, b"")
    listed = S3(**told).get_client().list_objects_v2(Bucket=zone.bucket)
    assert listed["KeyCount"] == 1


@pytest.mark.usefixtures("told")
def test_profile_and_role(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """moto's STS gives other keys for a role; each client is told those."""
    from moto import mock_aws

    file = tmp_path / "credentials"
    file.write_text("[own]\naws_access_key_id = of-the-profile\naws_secret_access_key = x\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    role = "arn:aws:iam::123456789012:role/lake"
    with access.told(["profile"], S3(profile_name="own").access), mock_aws():
        assert Bucket("profile").credentials().access_key == "of-the-profile"
    with access.told(["role"], S3(profile_name="own", role_arn=role, region_name="us-east-1").access), mock_aws():
        found = Bucket("role").credentials()
        assert found.access_key.startswith("ASIA")
        assert clients.delta_options(Bucket("role"))["AWS_SESSION_TOKEN"]


def test_spark_is_told_no_temporary_credentials_of_the_resource() -> None:
    known = {"aws_access_key_id": "x", "aws_secret_access_key": "x", "aws_session_token": "x"}
    with (
        access.told(["temporary"], S3(**known).access),
        pytest.raises(S3Error, match="Spark cannot use the temporary credentials"),
    ):
        bucket_settings("s3://temporary/lake")


def test_what_only_boto3_could_do_is_refused(settings: Settings) -> None:
    with pytest.raises(EngineError, match="resource s3: verify=False"):
        build_definitions(settings=settings, s3=S3Resource(verify=False))


def test_resource_without_a_bucket_is_refused(settings: Settings, tmp_path: Path) -> None:
    elsewhere = settings.model_copy(update={"landing": str(tmp_path), "lake": str(tmp_path / "lake")})
    with pytest.raises(EngineError, match="neither PINTEREST_LANDING nor PINTEREST_LAKE"):
        build_definitions(settings=elsewhere, s3=S3Resource())


@pytest.mark.long
def test_resource_in_code_reaches_the_executors_of_spark(zone: Zone, settings: Settings, told: dict[str, Any]) -> None:
    """Landed lines are parsed there, and written together with the rows that Spark computes."""
    on_spark = settings.model_copy(update={"engine": "spark", "spark_min_mb": 0})
    given = S3Resource(**told)
    for start in (0, 3):
        zone.put(start, [landing_data.pin(index) for index in range(start, start + 3)])
        job = build_definitions(settings=on_spark, s3=given).resolve_job_def("refresh_all")
        result = job.execute_in_process(
            asset_selection=[dg.AssetKey([layer, "pin"]) for layer in ("raw", "cleaned")],
            instance=dg.DagsterInstance.ephemeral(),
        )
        rows = {
            event.asset_key.path[0]: event.materialization.metadata["dagster/row_count"].value  # type: ignore[union-attr]
            for event in result.get_asset_materialization_events()
        }
        assert rows == {"raw": start + 3, "cleaned": start + 3}

"""Streams in the graph: what can be run, what a run of it does, and what stays out of other runs."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from pinterest_platform.orchestration.build import build_definitions
from pinterest_platform.orchestration.jobs import REFRESH_ALL
from pinterest_platform.settings import load_settings
from pinterest_platform_tests.integration.streaming.conftest import Pins

PIN = dg.AssetKey(["stream", "pin"])


def materialize(pins: Pins, *keys: dg.AssetKey) -> dg.ExecuteInProcessResult:
    job = build_definitions(settings=pins.settings).resolve_implicit_global_asset_job_def()
    return job.execute_in_process(
        instance=dg.DagsterInstance.ephemeral(),
        asset_selection=keys or [PIN],
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        raise_on_error=False,
    )


def test_run_reads_what_is_there(pins: Pins) -> None:
    pins.put_pins(1, 2)
    pins.put(b"no pin")
    result = materialize(pins)
    assert result.success
    [materialization] = result.asset_materializations_for_node("stream__pin")
    figures = {name: value.value for name, value in materialization.metadata.items()}
    assert {name: figures[name] for name in ("dagster/row_count", "records", "rows_added", "rows_rejected")} == {
        "dagster/row_count": 2,
        "records": 3,
        "rows_added": 2,
        "rows_rejected": 1,
    }
    assert [check.passed for check in result.get_asset_check_evaluations()] == [True, True]
    pins.put_pins(3)
    assert materialize(pins).success
    pins.assert_each_once()


def test_run_counts_live_results(pins: Pins) -> None:
    live = [dg.AssetKey(["live", name]) for name in ("posts_by_category", "posts_by_poster", "top_posters")]
    pins.put_pins(1, 2)
    assert materialize(pins).success
    result = materialize(pins, *live)
    assert result.success
    [category, *_] = result.asset_materializations_for_node("live_results")
    assert category.metadata["dagster/row_count"].value == 1


def test_stream_that_is_not_there_fails_its_step(pins: Pins) -> None:
    pins.client.delete_stream(StreamName=pins.stream.origin)
    result = materialize(pins)
    assert not result.success


def test_streams_are_no_part_of_the_batch(pins: Pins) -> None:
    definitions = build_definitions(settings=pins.settings)
    assert PIN in definitions.resolve_asset_graph().materializable_asset_keys
    assert PIN not in definitions.resolve_job_def(REFRESH_ALL).asset_layer.selected_asset_keys


@pytest.mark.parametrize(
    "address", ["stream/pin", "stream/rejected", "stream/pin_latest", "serving/post", "live/top_posters"]
)
def test_shown_where_nothing_says_how_to_reach_the_stream(address: str, tmp_path: Path) -> None:
    graph = build_definitions(settings=load_settings(data=tmp_path, _env_file=None)).resolve_asset_graph()
    assert dg.AssetKey(address.split("/")) in graph.external_asset_keys

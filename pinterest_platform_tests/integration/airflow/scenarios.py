"""What holds for the exported DAG in any Airflow; a class of tests a version takes them over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import dagster as dg
import pytest
from pydantic import SecretStr

from pinterest_platform.addresses import task_key
from pinterest_platform.airflow.runs import AirflowError, succeeded
from pinterest_platform.exports.mwaa.targets import TargetName
from pinterest_platform.lake.lake import Lake
from pinterest_platform.orchestration.jobs import REFRESH_ALL
from pinterest_platform.stack.ports import choose_port
from pinterest_platform.tasks.policy import RETRIES, RETRY_SECONDS, TIMEOUT_SECONDS
from pinterest_platform_tests.cli.conftest import runner
from pinterest_platform_tests.integration.airflow.deployed import LINE, Done, Told, only
from pinterest_platform_tests.integration.airflow.environments import PASSWORD, USER, Airflow, ApiServer
from pinterest_platform_tests.integration.airflow.mwaa import Mwaa
from pinterest_platform_tests.landing_data import catalog
from pinterest_platform_tests.retail.lakes import catalog as retail


class Parsed:
    """What an Airflow makes of the files, without running them."""

    def test_no_warning(self, probed: dict[str, Any]) -> None:
        assert {name: dag["warnings"] for name, dag in probed.items()} == {name: [] for name in probed}

    def test_graph(self, probed: dict[str, Any]) -> None:
        known = catalog()
        expected = {task_key(a): sorted(map(task_key, known.steps_before(a))) for a in (*known.raw, *known.models)}
        for target in get_args(TargetName):
            dag = probed[f"{target}-table"]
            assert {name: task["after"] for name, task in dag["tasks"].items()} == expected
            assert dag["groups"] == {}
            groups = probed[f"{target}-layer"]["groups"]
            assert {name: set(children) for name, children in groups.items()} == {
                layer: {name for name in expected if name.startswith(f"{layer}__")} for layer in groups
            }
            assert [*groups] == ["raw", "cleaned", "analytics"]

    def test_layer_waits_for_the_whole_layer_before(self, probed: dict[str, Any]) -> None:
        tasks = probed["databricks-layer"]["tasks"]
        assert tasks["cleaned__geo"]["after"] == ["raw__rejected"]
        assert tasks["cleaned__post"]["after"] == ["cleaned__geo", "cleaned__pin", "cleaned__user"]
        assert tasks["analytics__users_joined_by_year"]["after"] == ["cleaned__post"]

    def test_retries_timeouts_owner_and_docs(self, probed: dict[str, Any]) -> None:
        model = catalog().models["cleaned/pin"]
        for name, dag in probed.items():
            for task in dag["tasks"].values():
                assert (task["retries"], task["retry_delay"]) == (RETRIES, RETRY_SECONDS)
                assert task["timeout"] == TIMEOUT_SECONDS
                assert task["deferrable"] is (None if name.startswith("command") else True)
            assert dag["tasks"]["cleaned__pin"]["owner"] == model.owner
            assert dag["tasks"]["cleaned__pin"]["docs"].startswith(model.description)
            assert "- `ind` bigint. Row position" in dag["tasks"]["cleaned__pin"]["docs"]

    def test_runs_at_two_utc_whatever_the_season(self, probed: dict[str, Any]) -> None:
        """Clocks in Europe change on 29 March 2026. The interval of a run is the 24 hours before it."""
        days = [(f"2026-03-{day}T02:00:00+00:00", f"2026-03-{day + 1}T02:00:00+00:00") for day in (28, 29, 30)]
        for dag in probed.values():
            assert [tuple(run) for run in dag["runs"][1:]] == [(start, end, end) for start, end in days]

    def test_no_catch_up(self, probed: dict[str, Any]) -> None:
        """After an outage the next run is that of the newest whole interval."""
        for dag in probed.values():
            assert dag["catchup"] is False
            assert dag["max_active_runs"] == 1
            end = datetime.fromisoformat(dag["newest_run"][1])
            assert (end.hour, end.minute) == (2, 0)
            assert datetime.now(UTC) - timedelta(days=1) <= end <= datetime.now(UTC)
            assert "The DAG needs no catch-up" in dag["docs"]

    def test_dag_of_another_domain_stands_beside(self, every_dag: dict[str, Any], probed: dict[str, Any]) -> None:
        names = {dag["dag"] for dag in probed.values()}
        for target in get_args(TargetName):
            dag = every_dag[f"retail-{target}"]
            assert dag["warnings"] == []
            assert dag["dag"] not in names
            assert {*dag["tasks"]} == {task_key(address) for address in retail().addresses}
            assert dag["tasks"]["cleaned__dim_users"]["after"] == ["raw__rejected"]


class Run:
    """Runs on Databricks, by a stub of a workspace that holds the job of the exported bundle."""

    def test_lost_answer_starts_nothing_twice(self, airflow: Airflow, done: Done) -> None:
        """Airflow asked again with the same token."""
        tasks = [task_key(address) for address in LINE]
        assert [task for task, _ in done.runs if task in tasks] == tasks, airflow.log()
        assert len([request for request in done.requests if "run-now" in request]) == len(done.runs) + 1
        states = airflow.states(done.settings.airflow_dag)
        assert {task: states[task] for task in tasks} == dict.fromkeys(tasks, ("success", 1))
        for address in LINE:
            assert Lake(done.settings.lake_root).open(address) is not None

    def test_failed_task_is_retried_and_blocks_what_is_downstream(self, airflow: Airflow, done: Done) -> None:
        assert not done.succeeded
        tokens = [token for task, token in done.runs if task == "raw__geo"]
        assert len(set(tokens)) == len(tokens) == 2
        assert {len(token) for token in tokens} == {64}
        states = airflow.states(done.settings.airflow_dag)
        assert states["raw__geo"] == ("failed", 2)
        assert states["cleaned__geo"][0] == "upstream_failed"
        assert "cleaned__geo" not in dict(done.runs)

    def test_told_in_dagster_once_and_followed_by_a_run(self, done: Done, api: ApiServer) -> None:
        """What is made of those tables and has moved is older than they are."""
        told = Told(done.settings, api.url)
        events, asked = told.tick()
        assert [event.asset_key.to_user_string() for event in events] == [*LINE]
        assert isinstance(asked, dg.SkipReason)
        told.report(events[:1])  # The daemon dies before it has told of the others.
        again, _ = told.tick()
        assert again == events[1:]
        told.report(again)
        events, asked = told.tick()
        assert events == []
        assert isinstance(asked, dg.RunRequest)
        assert asked.tags["news"].startswith(
            "raw/rejected is older than raw/user, cleaned/post is older than cleaned/user, analytics/"
        )
        metadata = again[0].metadata
        assert str(metadata["airflow_run"].value).startswith("manual__")
        assert metadata["airflow_try"].value == 1

    @pytest.mark.long
    def test_what_has_moved_is_made_after_what_has_not(self, done: Done, api: ApiServer) -> None:
        told = Told(only(done.settings, LINE), api.url)
        told.report(told.tick()[0])
        made = told.definitions.resolve_job_def(REFRESH_ALL).execute_in_process(instance=told.instance)
        assert "cleaned/user" not in {
            event.asset_key.to_user_string() for event in made.get_asset_materialization_events()
        }
        users = Lake(done.settings.lake_root).open("analytics/users_joined_by_year")
        assert users is not None
        assert users.count() > 0
        assert told.tick()[1] == dg.SkipReason("nothing new")

    def test_told_by_mwaa_too(self, done: Done, api: ApiServer, monkeypatch: pytest.MonkeyPatch) -> None:
        with Mwaa("prod", api.url) as mwaa:
            for name, value in mwaa.environment().items():
                monkeypatch.setenv(name, value)
            events, _ = Told(done.settings, "mwaa://prod").tick()
            assert [event.asset_key.to_user_string() for event in events] == [*LINE]
            with pytest.raises(AirflowError, match=r"mwaa://other answered ResourceNotFoundException: .* AWS_REGION"):
                Told(done.settings, "mwaa://other").tick()

    def test_check_asks_it(self, done: Done, api: ApiServer, tmp_path: Path) -> None:
        access = {"AIRFLOW": api.url, "AIRFLOW_USER": USER, "AIRFLOW_PASSWORD": PASSWORD}
        given = {**access, "TOPIC_PREFIX": done.settings.topic_prefix}
        checked = runner(tmp_path)("check", **{f"PINTEREST_{name}": value for name, value in given.items()})
        assert f"{api.url}: 2 tasks of {done.settings.airflow_dag} succeeded in the last 24 hours" in checked.stdout

    def test_who_may_not_ask_is_told_so(self, done: Done, api: ApiServer) -> None:
        wrong = {"airflow": api.url, "airflow_user": USER, "airflow_password": SecretStr("wrong")}
        settings = done.settings.model_copy(update=wrong)
        with pytest.raises(AirflowError, match=r"answered 401: .* Check PINTEREST_AIRFLOW_USER"):
            succeeded(settings, datetime.now(UTC))
        nobody = f"http://127.0.0.1:{choose_port()}"
        with pytest.raises(AirflowError, match=f"{nobody} does not respond"):
            succeeded(settings.model_copy(update={"airflow": nobody}), datetime.now(UTC))

"""Reads finished tasks from Airflow's REST API: of Airflow 2, of Airflow 3, or of either behind Amazon MWAA.

This module only reads: it starts and changes nothing there. It does not know which table a task is for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

from pinterest_platform.errors import PlatformError
from pinterest_platform.settings import Settings

#: Page size: the maximum of both Airflow versions by default.
_PAGE = 100
_SECONDS = 20

#: Answers a GET request for a path below `/api/v1` or `/api/v2`, with query parameters.
_Get = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]


class AirflowError(PlatformError):
    """A request to Airflow failed. The message names the Airflow, the reason and the fix."""


@dataclass(frozen=True)
class TaskRun:
    """A task that succeeded in a run of the DAG, in its try number `attempt`. `ended` is in UTC."""

    task: str
    run: str
    attempt: int
    ended: datetime


def succeeded(settings: Settings, since: datetime) -> list[TaskRun]:
    """Tasks of the exported DAG that succeeded at `since` or later, in the order of their ends. If a task was cleared
    and run again in the same run, Airflow reports its newest try only.

    Raises:
        AirflowError: Airflow is unreachable, does not know the DAG or environment, or denies access.
    """
    get = _mwaa(settings) if settings.airflow.startswith("mwaa://") else _http(settings)
    path = f"/dags/{settings.airflow_dag}/dagRuns/~/taskInstances"
    query = {"state": ["success"], "end_date_gte": since.astimezone(UTC).isoformat(), "limit": _PAGE}
    found: set[TaskRun] = set()
    offset, total = 0, 1
    while offset < total:
        answer = get(path, {**query, "offset": offset})
        found.update(map(_task_run, answer["task_instances"]))
        # A page may be short. It is empty if entries have disappeared in the meantime.
        offset, total = offset + (len(answer["task_instances"]) or _PAGE), answer["total_entries"]
    return sorted(found, key=lambda run: (run.ended, run.task))


def _task_run(instance: Mapping[str, Any]) -> TaskRun:
    return TaskRun(
        task=instance["task_id"],
        run=instance["dag_run_id"],
        attempt=instance["try_number"],
        ended=datetime.fromisoformat(instance["end_date"]).astimezone(UTC),
    )


def _http(settings: Settings) -> _Get:
    """Airflow 3 exchanges user and password for a token. Airflow 2 takes them with each request."""
    import requests

    session = requests.Session()
    user = {"username": settings.airflow_user, "password": settings.airflow_password.get_secret_value()}

    def ask(method: str, path: str, **options: Any) -> requests.Response:
        try:
            return session.request(method, f"{settings.airflow}{path}", timeout=_SECONDS, **options)
        except requests.RequestException as error:
            raise AirflowError(f"{settings.airflow} does not respond: {error}. Check PINTEREST_AIRFLOW.") from error

    if ask("GET", "/api/v2/version").ok:
        version = "v2"
        token = _read(settings, ask("POST", "/auth/token", json=user))["access_token"]
        session.headers["Authorization"] = f"Bearer {token}"
    else:
        version = "v1"
        session.auth = (user["username"], user["password"])
    return lambda path, query: _read(settings, ask("GET", f"/api/{version}{path}", params=query))


def _read(settings: Settings, response: Any) -> Mapping[str, Any]:
    if not response.ok:
        _refuse(settings, response.status_code, response.text)
    return dict(response.json())


def _mwaa(settings: Settings) -> _Get:
    """The MWAA service calls the environment's Airflow, of either version, on behalf of the current role."""
    from pinterest_platform.aws import aws_session

    environment = settings.airflow.removeprefix("mwaa://")
    client = aws_session().create_client("mwaa")

    def get(path: str, query: Mapping[str, Any]) -> Mapping[str, Any]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer = client.invoke_rest_api(Name=environment, Path=path, Method="GET", QueryParameters=dict(query))
        except ClientError as error:
            status = error.response.get("RestApiStatusCode", error.response["Error"]["Code"])
            _refuse(settings, status, str(error.response.get("RestApiResponse", error)))
        except BotoCoreError as error:
            raise AirflowError(f"{settings.airflow}: {error}") from error
        return dict(answer["RestApiResponse"])

    return get


def _refuse(settings: Settings, status: int | str, said: str) -> NoReturn:
    """
    Raises:
        AirflowError: always, with the fix for this status.
    """
    todo = {
        401: "Check PINTEREST_AIRFLOW_USER and PINTEREST_AIRFLOW_PASSWORD.",
        403: "Allow its user to read DAG runs and task instances.",
        404: f"Check that the DAG {settings.airflow_dag} exists. PINTEREST_TOPIC_PREFIX is part of its name.",
        "AccessDeniedException": "Allow the current role airflow:InvokeRestApi on the environment.",
        "ResourceNotFoundException": "Check the environment in PINTEREST_AIRFLOW, and its region in AWS_REGION.",
    }.get(status, "See its log.")
    raise AirflowError(f"{settings.airflow} answered {status}: {' '.join(said.split())[:300]}. {todo}")

"""What an Airflow has done, asked of its REST API: that of Airflow 2, of Airflow 3, or either behind Amazon MWAA.

Only looking: nothing is started or changed there. Which table a task is for is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

from pinterest_platform.errors import PlatformError
from pinterest_platform.settings import Settings

#: What is asked for at once: all that either line answers with, unless it is set up otherwise.
_PAGE = 100
_SECONDS = 20

#: The answer to a GET of a path, below `/api/v1` or `/api/v2`, with query parameters.
_Get = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]


class AirflowError(PlatformError):
    """Airflow could not be asked; the message says which, why and what to do."""


@dataclass(frozen=True)
class TaskRun:
    """A task that succeeded in a run of the DAG, at its `attempt`-th try; `ended` in UTC."""

    task: str
    run: str
    attempt: int
    ended: datetime


def succeeded(settings: Settings, since: datetime) -> list[TaskRun]:
    """Tasks of the exported DAG that ended well at `since` or later, in the order in which they ended. Of a task that
    was cleared and run again in the same run Airflow only tells the newest.

    Raises:
        AirflowError: Airflow is not reached, knows no such DAG or environment, or does not let us ask.
    """
    get = _mwaa(settings) if settings.airflow.startswith("mwaa://") else _http(settings)
    path = f"/dags/{settings.airflow_dag}/dagRuns/~/taskInstances"
    query = {"state": ["success"], "end_date_gte": since.astimezone(UTC).isoformat(), "limit": _PAGE}
    found: set[TaskRun] = set()
    offset, total = 0, 1
    while offset < total:
        answer = get(path, {**query, "offset": offset})
        found.update(map(_task_run, answer["task_instances"]))
        # It may answer with fewer than it is asked for; with none where some have gone meanwhile.
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
    """Airflow 3 gives a token for user and password, Airflow 2 takes them with each request."""
    import requests

    session = requests.Session()
    user = {"username": settings.airflow_user, "password": settings.airflow_password.get_secret_value()}

    def ask(method: str, path: str, **options: Any) -> requests.Response:
        try:
            return session.request(method, f"{settings.airflow}{path}", timeout=_SECONDS, **options)
        except requests.RequestException as error:
            raise AirflowError(f"{settings.airflow} does not answer: {error}; see PINTEREST_AIRFLOW") from error

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
    """AWS's own service asks the environment's Airflow, whichever that is, in the name of our role."""
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
        AirflowError: always; with what to do about that status.
    """
    todo = {
        401: "see PINTEREST_AIRFLOW_USER and PINTEREST_AIRFLOW_PASSWORD",
        403: "its user needs to be allowed to read DAG runs and task instances",
        404: f"is the DAG {settings.airflow_dag} there? PINTEREST_TOPIC_PREFIX names it",
        "AccessDeniedException": "our role needs airflow:InvokeRestApi on the environment",
        "ResourceNotFoundException": "PINTEREST_AIRFLOW names the environment, AWS_REGION where it is",
    }.get(status, "see its log")
    raise AirflowError(f"{settings.airflow} answered {status}: {' '.join(said.split())[:300]}; {todo}")

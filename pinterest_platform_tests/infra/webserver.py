"""Dagster's webserver, asked as its own page asks it."""

from __future__ import annotations

from typing import Any

import requests

_LAUNCH = """mutation Launch($job: String!, $location: String!) { launchRun(executionParams: {selector:
{repositoryLocationName: $location, repositoryName: "__repository__", jobName: $job}, runConfigData: {}}) { __typename
... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
_STATUS = "query Status($run: ID!) { runOrError(runId: $run) { ... on Run { status } } }"
_ENDED = ("SUCCESS", "FAILURE", "CANCELED")


class Webserver:
    """At a port of this machine, where one may not be up yet."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(self, query: str, **variables: str) -> Any:
        """What it answers; None where it does not."""
        where = f"http://127.0.0.1:{self.port}/graphql"
        try:
            reply = requests.post(where, json={"query": query, "variables": variables}, timeout=60)
        except requests.ConnectionError:
            return None
        return reply.json()["data"] if reply.ok else None

    def launch(self, job: str, location: str = "pinterest_platform") -> str | None:
        """The id of a run that it has taken; None where it does not answer."""
        answer = self.ask(_LAUNCH, job=job, location=location)
        if answer is None:
            return None
        assert answer["launchRun"]["__typename"] == "LaunchRunSuccess", answer
        run: str = answer["launchRun"]["run"]["runId"]
        return run

    def ended(self, run: str) -> str | None:
        """How a run has ended; None while it goes on."""
        status: str = self.ask(_STATUS, run=run)["runOrError"]["status"]
        return status if status in _ENDED else None

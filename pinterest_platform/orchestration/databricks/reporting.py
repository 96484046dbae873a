"""The task's end of Dagster Pipes: what it is told, and how it reports. Of Dagster only `dagster_pipes` is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dagster_pipes

from pinterest_platform.orchestration.names import SEVERITIES, figures_of, violation
from pinterest_platform.tasks.result import Figures, Markdown, TaskResult

#: Name of the extra with the marker of the newest result whose checks all passed.
PASSED_AT = "passed_at"

#: Key of the custom message with what a user needs to know of a failure.
ERROR = "error"


@contextmanager
def reporting(context: str, messages: str) -> Iterator[dagster_pipes.PipesContext]:
    """Dagster's end of this process, given the two parameters that Dagster's end made; an exception is reported."""
    loader = dagster_pipes.PipesMappingParamsLoader(
        {
            dagster_pipes.DAGSTER_PIPES_CONTEXT_ENV_VAR: context,
            dagster_pipes.DAGSTER_PIPES_MESSAGES_ENV_VAR: messages,
        }
    )
    writer = dagster_pipes.PipesUnityCatalogVolumesMessageWriter()
    with dagster_pipes.open_dagster_pipes(params_loader=loader, message_writer=writer) as pipes:
        try:
            yield pipes
        except Exception as error:
            pipes.report_custom_message({ERROR: str(error)})
            raise


def report(pipes: dagster_pipes.PipesContext, done: TaskResult) -> None:
    """Send the materialization and what was judged."""
    for check in done.checks:
        pipes.report_asset_check(
            check.name, check.passed, severity=SEVERITIES[check.blocking], metadata=_sent(violation(check))
        )
    pipes.report_asset_materialization(_sent(figures_of(done)))


def _sent(figures: Figures) -> dict[str, dagster_pipes.PipesMetadataValue]:
    """Figures as Pipes sends them, which knows Markdown only where it is called so."""
    return {
        name: {"raw_value": value, "type": "md" if isinstance(value, Markdown) else "__infer__"}
        for name, value in figures.items()
    }

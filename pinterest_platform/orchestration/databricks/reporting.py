"""The task's end of Dagster Pipes: receives its context and reports its result. It loads only `dagster_pipes`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dagster_pipes

from pinterest_platform.orchestration.names import SEVERITIES, figures_of, violation
from pinterest_platform.tasks.result import Figures, Markdown, TaskResult

#: Name of the Pipes extra with the marker of the newest result that passed all checks.
PASSED_AT = "passed_at"

#: Key of the custom message with the error for the user.
ERROR = "error"


@contextmanager
def reporting(context: str, messages: str) -> Iterator[dagster_pipes.PipesContext]:
    """Open Pipes with the two parameters that Dagster's end created. Reports an exception, then raises it again."""
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
    """Send the materialization and the results of the checks."""
    for check in done.checks:
        pipes.report_asset_check(
            check.name, check.passed, severity=SEVERITIES[check.blocking], metadata=_sent(violation(check))
        )
    pipes.report_asset_materialization(_sent(figures_of(done)))


def _sent(figures: Figures) -> dict[str, dagster_pipes.PipesMetadataValue]:
    """Metadata for Pipes, with Markdown marked as such."""
    return {
        name: {"raw_value": value, "type": "md" if isinstance(value, Markdown) else "__infer__"}
        for name, value in figures.items()
    }

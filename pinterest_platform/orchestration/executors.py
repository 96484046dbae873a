"""Executors that show that their run is alive while they execute its steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dagster as dg

from pinterest_platform.orchestration.signs_of_life import signs_of_life


def watched(definition: dg.ExecutorDefinition) -> dg.ExecutorDefinition:
    """The executor, with signs of life while it runs."""
    create = definition.executor_creation_fn
    assert create is not None
    return dg.ExecutorDefinition(
        name=definition.name,
        config_schema=definition.config_schema.as_field(),
        requirements=definition.get_requirements,
        executor_creation_fn=lambda context: _Watched(create(context)),
        description=definition.description,
    )


class _Watched(dg.Executor):
    def __init__(self, executor: dg.Executor) -> None:
        self._executor = executor

    def execute(self, plan_context: Any, execution_plan: Any) -> Iterator[dg.DagsterEvent]:
        with signs_of_life(plan_context.instance, plan_context.run_id) as tags:
            plan_context.instance.add_run_tags(plan_context.run_id, tags)
            yield from self._executor.execute(plan_context, execution_plan)

    @property
    def retries(self) -> Any:
        return self._executor.retries

    @property
    def step_dependency_config(self) -> Any:
        return self._executor.step_dependency_config

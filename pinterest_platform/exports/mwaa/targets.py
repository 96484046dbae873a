"""The parts of the DAG file that differ by target and by Airflow version. A target runs the work of a task.

The parts are source code of the exported file, which does not import this package. `${prefix}` is the prefix of the
DAG's Variables in Airflow, and `${topic_prefix}` that of its topics. `${domain_option}` and `${domain_variable}` name
the domain, unless it is the default one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TargetName = Literal["databricks", "ecs", "command"]
#: Versions with packaged constraints and tests. The stack in `infra/` accepts those that MWAA offers.
AirflowVersion = Literal["2.10.3", "3.2.1"]


@dataclass(frozen=True)
class Target:
    """Where a task's work runs, and the code that starts it.

    Args:
        package: the provider's package. None if every Airflow includes it.
        setup: the settings that Airflow needs.
        own_variables: where to set the domain's variables.
    """

    package: str | None
    imports: str
    functions: str
    setup: str
    own_variables: str
    dag_options: str = ""
    polls: bool = True


_DATABRICKS = '''
def token(ti) -> str:
    """Return one token per try of a task, so that each try starts one run. At most 64 characters are allowed."""
    name = f"{ti.dag_id}/{ti.run_id}/{ti.task_id}/{ti.try_number}"
    return hashlib.sha256(name.encode()).hexdigest()


class RunNow(DatabricksRunNowOperator):
    """Also fails if the run failed before the first poll, which provider 6 reports as success."""

    def execute(self, context) -> None:
        super().execute(context)  # Does not return while the run is active: the task is deferred.
        state = DatabricksHook(self.databricks_conn_id).get_run_state(self.run_id)
        if not state.is_successful:
            raise RuntimeError(f"run {self.run_id} on Databricks ended as {state.result_state}: {state.state_message}")


def work(address: str, **options) -> RunNow:
    """Run the table's task of the job that `pinterest-platform export databricks` writes."""
    return RunNow(
        databricks_conn_id="databricks_default",
        json={
            "job_id": "{{ var.value.get('${prefix}_databricks_job_id') }}",
            "only": [options["task_id"]],
            "idempotency_token": "{{ token(ti) }}",
        },
        polling_period_seconds=POLL_SECONDS,
        deferrable=True,
        **options,
    )
'''

_ECS = '''
def where(name: str) -> str:
    return "{{ var.json.get('${prefix}_ecs')['" + name + "'] }}"


def work(address: str, **options) -> EcsRunTaskOperator:
    """Run a task on Fargate. If a lost worker has started it, reattach to it.

    ECS puts the container's entry point, `pinterest-platform`, before the command."""
    command = ["refresh", address${domain_option}]
    return EcsRunTaskOperator(
        aws_conn_id="aws_default",
        cluster=where("cluster"),
        task_definition=where("task_definition"),
        launch_type="FARGATE",
        network_configuration=where("network_configuration"),
        overrides={"containerOverrides": [{"name": where("container"), "command": command}]},
        reattach=True,
        waiter_delay=POLL_SECONDS,
        deferrable=True,
        **options,
    )
'''

_COMMAND = '''
def work(address: str, **options) -> BashOperator:
    """Run the program on the worker itself, with the worker's environment."""
    return BashOperator(
        bash_command="{{ var.value.get('${prefix}_command', 'pinterest-platform') }} refresh " + address,
        env={
            "PINTEREST_LANDING": "{{ var.value.get('${prefix}_landing') }}",
            "PINTEREST_LAKE": "{{ var.value.get('${prefix}_lake') }}",
            "PINTEREST_TOPIC_PREFIX": "${topic_prefix}",${domain_variable}
        },
        append_env=True,
        **options,
    )
'''

TARGETS: dict[TargetName, Target] = {
    "databricks": Target(
        package="apache-airflow-providers-databricks",
        imports="from airflow.providers.databricks.hooks.databricks import DatabricksHook\n"
        "from airflow.providers.databricks.operators.databricks import DatabricksRunNowOperator",
        functions=_DATABRICKS,
        setup="the Variable `${prefix}_databricks_job_id` and the connection `databricks_default`",
        own_variables="Set the domain's variables in the bundle, and its secrets in a Databricks secret scope.",
        dag_options='user_defined_macros={"token": token}',
    ),
    "ecs": Target(
        package="apache-airflow-providers-amazon[aiobotocore]",
        imports="from airflow.providers.amazon.aws.operators.ecs import EcsRunTaskOperator",
        functions=_ECS,
        setup="the Variable `${prefix}_ecs`, JSON with `cluster`, `task_definition`, `container` and "
        "`network_configuration`, and the connection `aws_default`",
        own_variables="Set the domain's variables in the task definition's container.",
        dag_options="render_template_as_native_obj=True",
    ),
    "command": Target(
        package=None,
        imports="try:\n"
        "    from airflow.providers.standard.operators.bash import BashOperator\n"
        "except ImportError:  # Airflow 2\n"
        "    from airflow.operators.bash import BashOperator",
        functions=_COMMAND,
        setup="the Variables `${prefix}_landing`, `${prefix}_lake` and, if the program is not on the workers' path, "
        "`${prefix}_command`",
        own_variables="Set the domain's variables in the worker's environment.",
        polls=False,
    ),
}

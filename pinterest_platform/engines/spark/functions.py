"""Running a model's function in PySpark, given the tables it reads; what the catalog knows of it is not read here."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pinterest_platform.catalog import Function, Model, ModelError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def load_compute(function: Function) -> Callable[..., DataFrame]:
    """`compute` of a function's file.

    The text that the catalog read is what runs. It becomes no module that could be imported: functions in it which
    Spark sends to executors then go there by value, and need not be installed.
    """
    namespace: dict[str, Any] = {"__name__": function.path.stem, "__file__": str(function.path)}
    exec(compile(function.code, function.path, "exec", dont_inherit=True), namespace)
    found: Callable[..., DataFrame] = namespace["compute"]
    return found


def run_function(model: Model, function: Function, tables: Callable[[str], DataFrame]) -> DataFrame:
    """The model's rows as its function computes them: its columns, in their order and of their types.

    `tables` gives the rows of an upstream by its address. The function may return a frame of the pandas API on Spark,
    whose index is left out.

    Raises:
        ModelError: the function returns anything but a DataFrame with exactly the model's columns.
        Exception: whatever the function itself raises.
    """
    from pyspark.sql import DataFrame
    from pyspark.sql import functions as F

    arguments = {parameter: tables(address) for parameter, address in function.parameters.items()}
    result: DataFrame = _of_spark(load_compute(function)(**arguments))
    names = [column.name for column in model.columns]
    found = result.columns if isinstance(result, DataFrame) else None
    if found is None or sorted(found) != sorted(names):
        returned = f"a {type(result).__name__}" if found is None else f"the columns {', '.join(found)}"
        raise ModelError(
            f"{model.address}.py",
            function.line,
            f"compute returned {returned}; it must return a DataFrame with the columns {', '.join(names)}",
        )
    return result.select(*(F.col(f"`{column.name}`").cast(column.type).alias(column.name) for column in model.columns))


def _of_spark(result: Any) -> Any:
    """What a function returned, as a DataFrame of Spark where it is one of the pandas API. Importing that takes a
    second: where the function did not, the result is none."""
    pandas_api = sys.modules.get("pyspark.pandas")
    if pandas_api is None or not isinstance(result, pandas_api.DataFrame):
        return result
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "If `index_col` is not specified")
        return result.to_spark()

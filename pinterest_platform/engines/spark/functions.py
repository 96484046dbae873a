"""Runs a model's function in PySpark with the tables it reads. The catalog parses the function's header."""

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

    The text that the catalog read is executed. It does not become an importable module. Spark therefore sends its
    functions to executors by value, and they need not be installed there.
    """
    namespace: dict[str, Any] = {"__name__": function.path.stem, "__file__": str(function.path)}
    exec(compile(function.code, function.path, "exec", dont_inherit=True), namespace)
    found: Callable[..., DataFrame] = namespace["compute"]
    return found


def run_function(model: Model, function: Function, tables: Callable[[str], DataFrame]) -> DataFrame:
    """The model's rows as its function computes them, with the model's columns in their order and types.

    `tables` returns the rows of an upstream by its address. The function may return a frame of the pandas API on Spark,
    whose index is left out.

    Raises:
        ModelError: the function does not return a DataFrame with exactly the model's columns.
        Exception: any exception of the function itself.
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
            f"compute returned {returned}, but must return a DataFrame with the columns {', '.join(names)}",
        )
    return result.select(*(F.col(f"`{column.name}`").cast(column.type).alias(column.name) for column in model.columns))


def _of_spark(result: Any) -> Any:
    """The result of a function, converted to a Spark DataFrame if it is one of the pandas API.

    Importing that API takes a second. If the function has not imported it, the result is not one of its frames.
    """
    pandas_api = sys.modules.get("pyspark.pandas")
    if pandas_api is None or not isinstance(result, pandas_api.DataFrame):
        return result
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "If `index_col` is not specified")
        return result.to_spark()

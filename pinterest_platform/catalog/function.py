"""A model file in PySpark: its declaration, what `compute` reads, the fingerprint of its code.

Read without being run, so that neither Spark nor pyspark is needed to know the table. Running it is for the engine.
"""

from __future__ import annotations

import ast
import hashlib
import io
import tokenize
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from pinterest_platform.catalog import query
from pinterest_platform.catalog.errors import ModelError
from pinterest_platform.catalog.model import Function

_SIGNATURE = "def compute(cleaned_pin: DataFrame, ...) -> DataFrame, a parameter for each table it reads"
#: Tokens that are comments and layout; of the others that follow, only that there is one, not how it is written.
_SKIPPED = (tokenize.COMMENT, tokenize.NL)
_LAYOUT = (tokenize.INDENT, tokenize.DEDENT, tokenize.NEWLINE, tokenize.ENDMARKER)


@dataclass(frozen=True)
class FunctionFile:
    """A file as found: `header` is its docstring, each line of it on the line of the file it stands on; `upstreams`
    map the address each parameter stands for to the parameter's file line."""

    function: Function
    header: str
    upstreams: Mapping[str, int]


def read(code: str, path: Path, file: str) -> FunctionFile:
    """The file's parts. Raises ModelError for broken syntax, no docstring, or anything but one public `compute` whose
    parameters can be given tables by name."""
    try:
        tree = ast.parse(code)
        compile(tree, file, "exec", dont_inherit=True)
    except SyntaxError as error:
        raise ModelError(file, error.lineno or 1, f"syntax error: {error.msg}") from error
    docstring = ast.get_docstring(tree, clean=False)
    if docstring is None:
        raise ModelError(file, 1, "no docstring; the file must begin with one that says what the table is")
    compute = _compute(tree, file)
    parameters = {found.arg: found.arg.replace("_", "/", 1) for found in _parameters(compute, file)}
    upstreams = {parameters[found.arg]: found.lineno for found in compute.args.args}
    header = "\n" * (tree.body[0].lineno - 1) + docstring
    return FunctionFile(Function(path, code, compute.lineno, parameters), header, upstreams)


def _compute(tree: ast.Module, file: str) -> ast.FunctionDef:
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    public = [node for node in functions if not node.name.startswith("_")]
    if not public:
        raise ModelError(file, 1, f"no function; the file must have {_SIGNATURE}")
    compute, *others = public
    if isinstance(compute, ast.FunctionDef) and compute.name == "compute" and not others:
        return compute
    wrong = others[0] if others and compute.name == "compute" else compute
    raise ModelError(
        file, wrong.lineno, f"{wrong.name!r}: the one public function must be {_SIGNATURE}; begin others with _"
    )


def _parameters(compute: ast.FunctionDef, file: str) -> list[ast.arg]:
    found = compute.args
    if not found.args or found.posonlyargs or found.kwonlyargs or found.vararg or found.kwarg or found.defaults:
        raise ModelError(
            file, compute.lineno, f"parameters must be plain ones, without *, / and defaults: {_SIGNATURE}"
        )
    return found.args


def check_tables(upstreams: Mapping[str, int], readable: Collection[str], file: str, where: str) -> None:
    """Raise ModelError for the first of a file's `upstreams` that is not among the addresses `readable`, `where`."""
    for address, line in upstreams.items():
        if address not in readable:
            parameter, *known = (name.replace("/", "_", 1) for name in (address, *sorted(readable)))
            raise ModelError(
                file,
                line,
                f"no table {where} for the parameter {parameter!r}, a parameter is named <layer>_<name>; "
                f"{query.nearest(parameter, known)}",
            )


def fingerprint(code: str) -> int:
    """A positive 63-bit number of the code's tokens: comments, layout and docstrings do not change it.

    The tokens of an f-string are others from Python 3.12 on, so where there is one, the number is too.
    """
    digest = hashlib.sha256()
    statement: list[tokenize.TokenInfo] = []
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type in _SKIPPED:
            continue
        statement.append(token)
        if token.type in (tokenize.NEWLINE, tokenize.ENDMARKER):
            is_docstring = [t.type for t in statement[-2:]] == [tokenize.STRING, tokenize.NEWLINE] and all(
                t.type in _LAYOUT for t in statement[:-2]
            )
            for kept in statement[:-2] if is_docstring else statement:
                text = "" if kept.type in _LAYOUT else kept.string
                digest.update(f"{tokenize.tok_name[kept.type]}\x1f{text}\x1e".encode())
            statement.clear()
    return int.from_bytes(digest.digest()[:8], "big") >> 1 or 1

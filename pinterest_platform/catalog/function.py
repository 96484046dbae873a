"""A model file in PySpark: its declaration, the tables that `compute` reads, the fingerprint of its code.

The code is read but not executed, so this requires neither Spark nor pyspark. The engine executes it.
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

_SIGNATURE = "def compute(cleaned_pin: DataFrame, ...) -> DataFrame, with one parameter for each table it reads"
#: Comments and line breaks are ignored. Layout tokens count, but not their text.
_SKIPPED = (tokenize.COMMENT, tokenize.NL)
_LAYOUT = (tokenize.INDENT, tokenize.DEDENT, tokenize.NEWLINE, tokenize.ENDMARKER)


@dataclass(frozen=True)
class FunctionFile:
    """A file as written. `header` is its docstring, padded so that its lines have the file's line numbers. `upstreams`
    maps the address that each parameter stands for to the parameter's line."""

    function: Function
    header: str
    upstreams: Mapping[str, int]


def read(code: str, path: Path, file: str) -> FunctionFile:
    """The parts of the file. Raises ModelError if the syntax is broken or the docstring is missing. The file must have
    exactly one public function, `compute`, with plain named parameters."""
    try:
        tree = ast.parse(code)
        compile(tree, file, "exec", dont_inherit=True)
    except SyntaxError as error:
        raise ModelError(file, error.lineno or 1, f"syntax error: {error.msg}") from error
    docstring = ast.get_docstring(tree, clean=False)
    if docstring is None:
        raise ModelError(file, 1, "no docstring; the file must begin with one that describes the table")
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
        file, wrong.lineno, f"{wrong.name!r}: the only public function must be {_SIGNATURE}; prefix others with _"
    )


def _parameters(compute: ast.FunctionDef, file: str) -> list[ast.arg]:
    found = compute.args
    if not found.args or found.posonlyargs or found.kwonlyargs or found.vararg or found.kwarg or found.defaults:
        raise ModelError(file, compute.lineno, f"parameters must be plain, without *, / and defaults: {_SIGNATURE}")
    return found.args


def check_tables(upstreams: Mapping[str, int], readable: Collection[str], file: str, where: str) -> None:
    """Raise ModelError for the first of a file's `upstreams` that is not in `readable`; the message has `where`."""
    for address, line in upstreams.items():
        if address not in readable:
            parameter, *known = (name.replace("/", "_", 1) for name in (address, *sorted(readable)))
            raise ModelError(
                file,
                line,
                f"parameter {parameter!r} matches no table {where}: name parameters <layer>_<name>; "
                f"{query.nearest(parameter, known)}",
            )


def fingerprint(code: str) -> int:
    """A positive 63-bit hash of the code's tokens. Comments, layout and docstrings do not change it.

    Python 3.12 changed the tokens of f-strings, so code with an f-string has another hash from that version on.
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

"""Reads SQL text in the Databricks dialect: parses it, finds its tables, positions and fingerprint.

From text to tree. `lineage` and `merge` interpret a tree; `render` translates it into an engine's SQL.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from sqlglot import Dialect, ErrorLevel, Token, TokenType, exp
from sqlglot.errors import ParseError, TokenError

from pinterest_platform.catalog.errors import ModelError

#: Tokens whose text is the author's own. Others are keywords or signs, whose case does not matter.
_OWN_TEXT = {
    TokenType.VAR,
    TokenType.IDENTIFIER,
    TokenType.STRING,
    TokenType.RAW_STRING,
    TokenType.NATIONAL_STRING,
}
_OPENING = {TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE}
_CLOSING = {TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE}
#: A check's name for the rows that a table gained since the check last passed; all rows if that is unknown.
NEW = "new"
_TRAILING_COMMENT = re.compile(r"[ \t]*,?[ \t]*--[ \t]*(.*)")


def parse(sql: str, file: str, first_line: int = 1) -> exp.Query:
    """The tree of the single query in `sql`, which begins on `first_line` of `file`.

    Positions in the tree count from the beginning of `sql`. Raises ModelError if the syntax is broken, or if `sql` is
    not exactly one statement, which must be a query.
    """
    dialect = Dialect.get_or_raise("databricks")
    try:
        tokens = dialect.tokenize(sql)
        for token in tokens:
            if (
                token.token_type == TokenType.STREAM
            ):  # The layer `stream`, not the keyword of Databricks' streaming tables.
                token.token_type = TokenType.VAR
        statements = [s for s in dialect.parser(error_level=ErrorLevel.IMMEDIATE).parse(tokens, sql) if s is not None]
    except TokenError as error:
        line = first_line + _readable_lines(sql)
        raise ModelError(
            file, line, "cannot parse the SQL from here on; look for an unclosed quote or comment"
        ) from error
    except ParseError as error:
        line, reason = syntax_error(error)
        raise ModelError(file, first_line + line - 1, reason) from error
    if len(statements) != 1:
        raise ModelError(file, first_line, f"{len(statements)} statements; exactly one query is allowed")
    [tree] = statements
    if not isinstance(tree, exp.Query):
        raise ModelError(file, first_line, f"a {tree.key.upper()} statement; only queries are allowed, SELECT or WITH")
    _refuse_doubled_quotes(tokens, file, first_line)
    return tree


def syntax_error(error: ParseError) -> tuple[int, str]:
    """(line of the text, reason) of a parser's error, without its terminal colors."""
    found = error.errors[0] if error.errors else {}
    near = f" near `{found['highlight']}`" if found.get("highlight") else ""
    reason = re.sub(r"<Token token_type: TokenType\.(\w+).*?>", r"\1", str(found.get("description", error)))
    reason = re.sub(r"<class '[\w.]*?(\w+)'>", r"\1", reason)
    return int(found.get("line") or 1), f"syntax error{near}: {reason}"


def _readable_lines(sql: str) -> int:
    """How many leading lines can be tokenized: the unclosed quote or comment begins on the next line."""
    lines = sql.splitlines(keepends=True)
    for count in range(len(lines) - 1, 0, -1):
        try:
            Dialect.get_or_raise("databricks").tokenize("".join(lines[:count]))
        except TokenError:
            continue
        return count
    return 0


def _refuse_doubled_quotes(tokens: Iterable[Token], file: str, first_line: int) -> None:
    """Refuse `'it''s'`: the parser reads two adjacent texts, which become `its` on either engine."""
    previous: Token | None = None
    for token in tokens:
        if (
            previous is not None
            and token.token_type == previous.token_type == TokenType.STRING
            and token.start == previous.end + 1
        ):
            line = first_line + token.line - 1
            raise ModelError(file, line, "a doubled quote in a text is lost; escape it with a backslash: 'it\\'s'")
        previous = token


def fingerprint(sql: str) -> int:
    """A positive 63-bit hash of the SQL's tokens. Comments, layout and the case of keywords do not change it.

    It hashes tokens and not generated text, so a new parser version does not require a rebuild.
    """
    return _digest(Dialect.get_or_raise("databricks").tokenize(sql))


def fingerprint_without(sql: str, places: Collection[int]) -> int | None:
    """The fingerprint of a SELECT without the columns at these places of its list, counted from 0. None if the tokens
    do not show the list, for example in a query that begins with WITH."""
    select, *tokens = Dialect.get_or_raise("databricks").tokenize(sql)
    columns: list[list[Token]] = [[]]
    depth = 0
    for number, token in enumerate(tokens):
        if token.token_type == TokenType.FROM and depth == 0:
            kept = [column for place, column in enumerate(columns) if place not in places]
            if select.token_type != TokenType.SELECT or not kept or max(places) >= len(columns):
                return None
            # Each column but the first begins with the comma before it.
            listed = [token for column in kept for token in column]
            return _digest([select, *listed[listed[0].token_type == TokenType.COMMA :], *tokens[number:]])
        depth += (token.token_type in _OPENING) - (token.token_type in _CLOSING)
        if token.token_type == TokenType.COMMA and depth == 0:
            columns.append([])
        columns[-1].append(token)
    return None


def _digest(tokens: Iterable[Token]) -> int:
    digest = hashlib.sha256()
    for token in tokens:
        text = token.text if token.token_type in _OWN_TEXT else token.text.upper()
        digest.update(f"{token.token_type.name}\x1f{text}\x1e".encode())
    return int.from_bytes(digest.digest()[:8], "big") >> 1 or 1


def tables(tree: exp.Expr) -> list[exp.Table]:
    """Tables that the tree reads, in order of appearance, without the names that its WITH clauses define."""
    defined = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    found = [t for t in tree.find_all(exp.Table) if t.db or t.name.lower() not in defined]
    return sorted(found, key=lambda table: position(table))


def check_tables(tree: exp.Query, readable: Collection[str], file: str, first_line: int) -> None:
    """Raise ModelError for the first table that is not one of the addresses `readable`."""
    for table in tables(tree):
        name = ".".join(part.name for part in table.parts)
        if table.db and not table.catalog and address(table) in readable:
            continue
        allowed = nearest(name, sorted(address.replace("/", ".") for address in readable))
        where = "" if table.db and not table.catalog else ": write <layer>.<name>"
        raise ModelError(file, first_line + line(table) - 1, f"table {name!r} is not available here{where}; {allowed}")


def nearest(name: str, known: Sequence[str]) -> str:
    """The end of an error about an unknown `name`: the closest of the `known` names, or all of them."""
    found = difflib.get_close_matches(name.lower(), known, n=3, cutoff=0.4)
    return f"did you mean {', '.join(found)}?" if found else f"allowed: {', '.join(known)}"


def read_new(tree: exp.Query) -> exp.Query:
    """The tree with `new.<layer>.<name>` replaced by that table, marked as its new rows. For checks only: the caller
    that runs a check knows the new rows."""
    for table in tables(tree):
        if table.catalog.lower() == NEW:
            table.set("catalog", None)
            table.meta[NEW] = True
    return tree


def address(table: exp.Table) -> str:
    """`<layer>/<name>` of a table with a two-part name."""
    return f"{table.db}/{table.name}".lower()


def position(node: exp.Expr) -> int:
    """Offset in the text of the first name in `node`; 0 if it has none."""
    return min((int(n.meta["start"]) for n in node.walk() if "start" in n.meta), default=0)


def line(node: exp.Expr) -> int:
    """Line of the text, from 1, of the first name in `node`, or else in its closest parent with a name."""
    current: exp.Expr | None = node
    while current is not None:
        lines = [int(n.meta["line"]) for n in current.walk() if "line" in n.meta]
        if lines:
            return min(lines)
        current = current.parent
    return 1


def column_comments(sql: str, projections: Iterable[exp.Expr]) -> Iterator[str]:
    """For each column of a SELECT, the comment at the end of its line, or an empty text.

    The comment is read from the text after the column's name, which ends the column. The tree does not distinguish
    comments on a column from comments on a branch of its expression.
    """
    for projection in projections:
        name = projection.args.get("alias") if isinstance(projection, exp.Alias) else projection.this
        end = name.meta.get("end") if isinstance(name, exp.Expr) else None
        match = _TRAILING_COMMENT.match(sql, int(end) + 1) if end is not None else None
        yield match.group(1).strip() if match else ""

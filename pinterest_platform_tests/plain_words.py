"""The words that people read, held to the rules of CONTRIBUTING.md: `make check` runs it and prints each breach.

Of Markdown the paragraphs, items and headings are read; of Python the texts, which are docstrings, messages and help.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[1]
PAGES = ("README.md", "CONTRIBUTING.md", "docs/*.md", "infra/README.md", "benchmarks/README.md")
CODE = ("pinterest_platform/**/*.py", "infra/*.py", "benchmarks/*.py")
LONGEST = 25

#: What is not written, and what is written instead.
INSTEAD = {
    r"\banew\b": "again, or from scratch",
    r"(?<!\b[Tt]here )\b(is|are|was|were) (no|none)\b(?! (longer|more)\b)": "is not a, has no, there is no",
    r"\b(is|are|was|were) said (by|of|in)\b": "is defined in",
    r"\b(is|are|was|were) told (by|of|from)\b": "knows, reads, distinguishes",
    r"\btells? of\b": "shows, reports",
    r"\b(is|are) to be had\b": "is available",
    r"\bmend(s|ed|ing)?\b": "fix",
    r"\b(?!no\b)\w+ \w+ of its own\b(?! \w)": "its own ...",
    r"\b(wherever|whoever|whatever|whichever)\b": "name the subject",
    r"(?<![\w,] )(?<![\w`])What (?!is |are |to |it |runs |happens |you |each |a |the )[^.?!]*[.!]": "name the subject",
    r"(^|[.!] )Who\b[^.?!]*[.!]": "name the subject",
    r"\bthereby\b|\btherein\b|\bthereof\b|\bhence\b": "so",
    r"\bis (?:made|put) there\b": "is written to",
}
_RULES = [(re.compile(pattern), advice) for pattern, advice in INSTEAD.items()]
#: Texts that nobody reads as a sentence: SQL, Python, and words of generated data.
_NO_SENTENCE = re.compile(r"\b(SELECT|FROM|WHERE|AND)\b|\|| for \w+ in |\bdef \w+\(|\A[^.,:;]*\Z")
_SENTENCE = re.compile(r"(?<=[.!?:;])[)”\"]?\s+(?=[A-Z`\[(])")


def breaches(text: str) -> Iterator[str]:
    for rule, advice in _RULES:
        for found in rule.finditer(text):
            yield f"{found[0]!r}: write {advice}"
    for sentence in _SENTENCE.split(text):
        if (words := len(sentence.split())) > LONGEST:
            yield f"{words} words in one sentence: {sentence[:70]!r}"


def of_markdown(path: Path) -> Iterator[tuple[int, str]]:
    """Line and text of each paragraph, item, cell and heading, code left out."""
    for token in MarkdownIt("commonmark").enable("table").parse(path.read_text("utf-8")):
        if token.type == "inline" and token.map:
            children = token.children or []
            yield token.map[0] + 1, "".join("`code`" if c.type == "code_inline" else c.content or " " for c in children)


def of_python(path: Path) -> Iterator[tuple[int, str]]:
    """Line and text of what reads like a sentence."""
    tree = ast.parse(path.read_text("utf-8"))
    inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        match node:
            case ast.JoinedStr():
                text = "".join(str(p.value) if isinstance(p, ast.Constant) else "`x`" for p in node.values)
            case ast.Constant(value=str(text)) if id(node) not in inner:
                pass
            case _:
                continue
        if text.count(" ") >= 3 and not _NO_SENTENCE.search(text):
            for paragraph in re.split(r"\n\s*\n|\n(?=\s*(?:[-*]|\w+Error:))", text):
                yield node.lineno, " ".join(paragraph.split())


def main() -> int:
    count = 0
    for patterns, read in ((PAGES, of_markdown), (CODE, of_python)):
        for path in sorted(p for pattern in patterns for p in ROOT.glob(pattern)):
            for line, text in read(path):
                for breach in breaches(text):
                    count += 1
                    print(f"{path.relative_to(ROOT)}:{line}: {breach}")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())

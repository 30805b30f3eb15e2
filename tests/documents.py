"""Reads fixture documents: readable files of cases, each a title, an input and what is expected of it.

    an unknown key is named
    .
    [schedule]
    weekdy = "monday"
    .
    corner.toml:2: unknown key 'weekdy' …
    .

Lines between cases are for readers: headings and remarks of a Markdown file (`#`, `>`) and empty ones do not count. The
form is markdown-it-py's.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from builders import FIXTURES


class Case(NamedTuple):
    """One case of a fixture document."""

    line: int  # of its title
    title: str
    given: str  # without the last line feed
    expected: str


def read_cases(text: str) -> list[Case]:
    """Read the cases of a fixture document, in order.

    Raises:
        ValueError: A case has no title, or does not end.
    """
    cases: list[Case] = []
    title, line, parts = "", 0, None
    for number, content in enumerate(text.split("\n"), 1):
        if content == ".":
            if parts is None and not title:
                message = f"line {number}: a case without a title"
                raise ValueError(message)
            parts = [*(parts or []), []]
            if len(parts) == 3:
                cases.append(Case(line, title, "\n".join(parts[0]), "\n".join(parts[1])))
                title, parts = "", None
        elif parts is not None:
            parts[-1].append(content)
        elif content.strip() and not content.startswith(("#", ">")):
            title, line = content.strip(), number
    if parts is not None:
        message = f"line {line}: the case {title!r} does not end"
        raise ValueError(message)
    return cases


def cases(name: str) -> pytest.MarkDecorator:
    """Parametrise a test with `given` and `expected` of each case of `fixtures/<name>`."""
    found = read_cases((FIXTURES / name).read_bytes().decode())
    return pytest.mark.parametrize(
        ("given", "expected"),
        [pytest.param(case.given, case.expected, id=f"{name}:{case.line}: {case.title}") for case in found],
    )

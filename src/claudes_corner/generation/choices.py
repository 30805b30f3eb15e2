"""A choice that an author makes in one line: how it is asked for, how it is read, and how it is asked for once more.

Owns the form. An answer of another form is no choice: nobody guesses.
"""

from __future__ import annotations

from collections.abc import Iterable

AGAIN = "I could not read a choice in that answer. "


def form(lines: Iterable[str]) -> str:
    """Say in which form the choice is to be made."""
    return "Answer with exactly one of these lines, and nothing else:\n" + "\n".join(lines)


def read_line(answer: str) -> str:
    """Read an answer that should be one line, without the case and the marks that authors put around it."""
    return answer.strip().strip(" `*\"'.").casefold()


def read_choice(answer: str, lines: Iterable[str]) -> str | None:
    """Read which line an answer is; None if it is none of those it could be."""
    return next((line for line in lines if line == read_line(answer)), None)

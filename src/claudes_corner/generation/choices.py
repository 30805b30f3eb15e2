"""A choice that an author makes in one line: how it is asked for, how it is read, and how it is asked for once more.

Owns the form. An answer of another form is no choice: nobody guesses.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable

from claudes_corner.generation.exchange import Completion, Exchange, Prompt

AGAIN = "I could not read a choice in that answer. "


def ask_choice(
    blocks: tuple[str, ...], lines: Collection[str], system: str | None = None
) -> Generator[Prompt, Completion, str | None]:
    """Ask which of these lines it shall be, once more if that is unclear; return the line, or None if it stays so."""
    form = "Answer with exactly one of these lines, and nothing else:\n" + "\n".join(lines)
    asked = Prompt((*blocks, form), system)
    answer = yield asked
    if chosen := read_choice(answer.text, lines):
        return chosen
    again = yield Prompt((AGAIN + form,), system, (Exchange(asked, answer),))
    return read_choice(again.text, lines)


def read_line(answer: str) -> str:
    """Read an answer that should be one line, without the case and the marks that authors put around it."""
    return answer.strip().strip(" `*\"'.").casefold()


def read_choice(answer: str, lines: Iterable[str]) -> str | None:
    """Read which line an answer is; None if it is none of those it could be."""
    return next((line for line in lines if line == read_line(answer)), None)

"""What `corner generate --dry-run` shows: each first prompt, its tokens and its price, and nothing is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from claudes_corner.errors import CornerError
from claudes_corner.generation.costs import Spent, estimate_input_tokens, price
from claudes_corner.generation.exchange import request_body
from claudes_corner.generation.modes import MODES
from claudes_corner.generation.planning import Task
from claudes_corner.generation.sources import WEB_KINDS
from claudes_corner.settings import AuthorSettings, Config
from claudes_corner.text import visible

Count = Callable[[Mapping[str, Any]], int]  # lets the author's API count the input tokens of a request's body


def show_prompts(config: Config, author_id: str, tasks: Sequence[Task], count: Count | None = None) -> None:
    """Print what each task would ask first; what it may ask later depends on the answers.

    After its first failure `count` is not asked again, and the estimates stand.
    """
    settings, total = config.authors[author_id], Spent()
    for task in tasks:
        click.echo(f"── {task.mode} " + "─" * max(0, 60 - len(task.mode)))
        for source in config.modes[task.mode].sources:
            if isinstance(source, WEB_KINDS) and source.url:
                click.echo(f"not fetched in a dry run: {visible(source.url)}")
        say_sources(task)
        if task.skip:
            click.echo(f"skipped: {task.skip}")
        else:
            body = _show(task, settings)
            cost = price(settings, estimate_input_tokens(body), settings.max_tokens)
            total += cost
            click.echo(f"({_in_words(cost, settings)})")
            if count and (tokens := _counted(count, body)) is None:
                count = None
            elif count:
                click.echo(f"(counted by the author's API: {tokens:,} tokens)")
    click.echo(f"── all {'─' * 58}\n{_in_words(total, settings)}; titles and further questions come on top")


def say_sources(task: Task, *, mode: str = "") -> None:
    """Say what is not in context, though the config asks for it."""
    prefix = f"{mode}: " if mode else ""
    if task.left_out:
        click.echo(f"{prefix}left out, for want of room: {visible('; '.join(task.left_out))}", err=bool(mode))
    for problem in task.problems:
        click.echo(f"{prefix}left out: {visible(str(problem))}", err=bool(mode))


def _counted(count: Count, body: Mapping[str, Any]) -> int | None:
    try:
        return count(body)
    except CornerError as error:
        click.echo(f"tokens are not counted, the estimates stand: {error}", err=True)
        return None


def _show(task: Task, settings: AuthorSettings) -> Mapping[str, Any]:
    prompt = next(MODES[task.brief.kind].write(task.brief))
    click.echo(f"system prompt: {visible(prompt.system)}" if prompt.system else "no system prompt")
    for block in prompt.blocks:
        click.echo(visible(block))
    return request_body(prompt, model=settings.model, max_tokens=settings.max_tokens)


def _in_words(cost: Spent, settings: AuthorSettings) -> str:
    words = f"about {cost.input_tokens:,} tokens (an estimate, on the high side), at most {cost.output_tokens:,} back"
    if settings.embedded:
        return f"{words}; free"
    is_priced = settings.usd_per_million_output_tokens is not None
    return f"{words}; at most {cost.usd:.4f} USD" if is_priced else f"{words}; [authors] has no prices"

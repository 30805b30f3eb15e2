"""What templates get to see of modes and rules: the part of the theme's context that comes from the settings."""

from __future__ import annotations

import datetime as dt

import msgspec

from claudes_corner.site.views import EntryLink, Link


class WordsView(msgspec.Struct, frozen=True):
    """A mode's words as they were in force for a time."""

    since: dt.datetime
    prompt: str
    system: str
    file_route: str  # all modes of that time, byte for byte what the record has the digest of
    modes_sha256: str
    is_template: bool  # see `ModeView`


class ModeView(msgspec.Struct, frozen=True, kw_only=True):
    """`mode` in `mode.html`: a way of prompting, with what it brought about."""

    name: str
    label: str
    about: str  # one sentence, perhaps empty
    prompt: str  # the words it uses now; empty if the mode has left the config
    system: str  # its system prompt, perhaps empty
    is_template: bool  # its words are a template: what stands in braces is filled in for each request
    sources: tuple[str, ...]  # what it puts in context, in words
    proposed_by: str  # `editors` or `author`; empty if the mode has left the config
    letter: Link | None  # the author's letter that proposes it, if readers may see it
    history: tuple[WordsView, ...]  # by the record, newest first; what did not change stands once
    feed_route: str
    entries: tuple[EntryLink, ...]  # newest first
    older: Link | None  # the next sheet, if there are more


class CriterionView(msgspec.Struct, frozen=True):
    """A published reason that a veto may name."""

    code: str
    text: str


class RulesView(msgspec.Struct, frozen=True, kw_only=True):
    """`rules` in `how-we-review.html`: the rules of decision, from the settings."""

    editors: tuple[str, ...]  # names
    approvals: int
    vetoes: int
    criteria: tuple[CriterionView, ...]
    expire_after_days: int
    choice: str  # `editors`, `author` or `rotate`
    unattended: bool  # an approved entry goes live without a person's act
    weekday: str  # of the weekly slot: `Wednesday`
    hour: int
    timezone: str
    modes: tuple[Link, ...]

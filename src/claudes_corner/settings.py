"""The newsletter's settings: every key of `corner.toml`, with its type, default and meaning.

Owns the frozen structs that `config.py` fills. Knows neither files nor TOML.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from claudes_corner.text import canonical_json, digest

NAME = r"\A[a-z0-9]+(-[a-z0-9]+)*\Z"  # `$` would let a line feed through

Name = Annotated[str, Meta(pattern=NAME)]
NonEmpty = Annotated[str, Meta(min_length=1)]
Positive = Annotated[int, Meta(gt=0)]


class Site(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[site]`: what readers see of the newsletter as a whole."""

    title: NonEmpty
    base_url: NonEmpty  # where the site is served; ends in `/`; may have a path
    tag: NonEmpty  # the authority of entries' GUIDs (RFC 4151), `corner.example,2026`; never changes
    disclaimer: NonEmpty  # both sentences of the standing promise, on every page and in every feed item
    description: str = ""  # one sentence for search results and feed readers
    language: NonEmpty = "en"  # of the texts (BCP 47)
    timezone: str = "UTC"  # IANA name
    theme: Name = "corner"
    state: Literal["running", "paused", "ended"] = "running"
    signup_url: str = ""  # a mail service's form, if there is one


class Schedule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[schedule]`: the weekly slot, in the site's time zone."""

    weekday: str = "wednesday"
    hour: Annotated[int, Meta(ge=0, le=23)] = 9


class AuthorSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[authors.<id>]`: a model that writes, with its API settings."""

    name: NonEmpty  # as readers see it
    model: NonEmpty  # the id that is asked for, and must answer
    about: str = ""  # what this author is, one sentence for readers
    key_env: NonEmpty = "ANTHROPIC_API_KEY"  # the variable that holds the key
    base_url: str = ""  # else ANTHROPIC_BASE_URL, else the SDK's own
    max_tokens: Positive = 4096
    deadline_seconds: Positive = 600  # for one request, retries included, by the wall clock
    capabilities: tuple[str, ...] = ()  # what the endpoint can do beyond text in, text out
    publishable: bool = True  # whether its texts may be published
    embedded: bool = False  # the demonstration model in a child process; only in a demo


class Editor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[editors.<id>]`: a person who decides."""

    name: NonEmpty
    email: str = ""  # matched with git's e-mail


class Criterion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[[review.criteria]]`: a published reason that a veto may name."""

    code: Name
    text: NonEmpty


class Review(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[review]`: the rules of decision."""

    approvals: Positive = 1
    vetoes: Positive | None = None  # None: 2, or 1 if there is one editor
    expire_after_days: Positive = 28
    choice: Literal["editors", "author", "rotate"] = "editors"
    criteria: tuple[Criterion, ...] = ()


class FeedSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="feed", tag_field="kind"):
    """Headlines and summaries of an RSS or Atom feed, from the web or a file."""

    url: str = ""
    path: str = ""  # relative to the newsletter's folder
    last: Positive = 10
    disclosure: Literal["full", "hash-only"] = "hash-only"  # news may not be ours to republish


class FolderSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="folder", tag_field="kind"):
    """The texts of a folder, `.md` and `.txt`, by name."""

    path: NonEmpty
    last: Positive = 10
    disclosure: Literal["full", "hash-only"] = "full"


class PastEntriesSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="past-entries", tag_field="kind"):
    """The last published entries, whole, oldest first."""

    last: Positive = 5


Source = FeedSource | FolderSource | PastEntriesSource


class ModeSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[modes.<name>]`: a way of prompting, with the words it uses."""

    label: NonEmpty  # what readers see
    prompt: NonEmpty  # the user's turn, a Jinja2 template
    about: str = ""  # one sentence for readers
    system: str | None = None  # a system prompt, a Jinja2 template; None: none at all
    sources: tuple[Source, ...] = ()
    ask_title: bool = True  # ask the author for a title if the text has none


class Git(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[git]`: what decisions commit."""

    commit: bool = True
    drafts: bool = False


class Publish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[publish]`: who lets an approved entry go live."""

    unattended: bool = False


class DeployTarget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[deploy.<name>]`: a place the site is sent to."""

    kind: Literal["folder"]
    path: NonEmpty


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of `corner.toml`."""

    site: Site
    authors: dict[Name, AuthorSettings]
    editors: dict[Name, Editor]
    modes: dict[Name, ModeSettings]
    schedule: Schedule = Schedule()
    review: Review = Review()
    git: Git = Git()
    publish: Publish = Publish()
    deploy: dict[Name, DeployTarget] = {}
    demo: bool = False

    @property
    def vetoes(self) -> int:
        """How many vetoes end a draft's way."""
        return self.review.vetoes or (1 if len(self.editors) == 1 else 2)

    @property
    def criteria_sha256(self) -> str:
        """The digest of the published criteria."""
        return digest(canonical_json(self.review.criteria))

    @property
    def modes_sha256(self) -> str:
        """The digest of all modes, their prompts and sources included."""
        return digest(canonical_json(self.modes))

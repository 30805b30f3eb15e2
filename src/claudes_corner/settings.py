"""The newsletter's settings: every key of `corner.toml`, with its type, default and meaning.

Owns the frozen structs that `config.py` fills. Knows neither files nor TOML.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from claudes_corner.ledger import IMPORTED, UNRECORDED
from claudes_corner.schedule import Slots
from claudes_corner.text import canonical_json, digest

NAME = r"\A[a-z0-9]+(-[a-z0-9]+)*\Z"  # `$` would let a line feed through

Name = Annotated[str, Meta(pattern=NAME)]
NonEmpty = Annotated[str, Meta(min_length=1)]
Positive = Annotated[int, Meta(gt=0)]
Dollars = Annotated[float, Meta(ge=0)]
OnError = Literal["fail", "skip"]  # what an address that cannot be read does: end the round, or be said and left out
Disclosure = Literal["full", "hash-only"]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of `corner.toml`: an unknown key in it is an error."""


class Site(_Table, frozen=True):
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
    search: bool = True  # whether readers can search: `/search/`


class Schedule(_Table, frozen=True):
    """`[schedule]`: the weekly slot, in the site's time zone."""

    weekday: str = "wednesday"
    hour: Annotated[int, Meta(ge=0, le=23)] = 9
    ask_days_before: Annotated[int, Meta(ge=1, le=7)] = 5  # from when on `corner week` asks for drafts


EMBEDDED_MODEL = "smollm2-135m-instruct-q4_1"  # what the embedded author answers with: never another model's name


class AuthorSettings(_Table, frozen=True):
    """`[authors.<id>]`: a model that writes, with its API settings."""

    name: NonEmpty  # as readers see it
    model: NonEmpty  # the id that is asked for, and must answer
    about: str = ""  # what this author is, one sentence for readers
    key_env: str | None = None  # the variable that holds the key; empty: none is sent; see `key_variable`
    base_url: str = ""  # else ANTHROPIC_BASE_URL, else the SDK's own; one that is not Anthropic's needs a `key_env`
    max_tokens: Positive = 4096
    deadline_seconds: Positive = 600  # for one request, retries included, by the wall clock
    capabilities: tuple[str, ...] = ()  # what the endpoint can do beyond text in, text out: `temperature`, …
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None  # only where it is one of the capabilities
    usd_per_million_input_tokens: Dollars | None = None  # prices: for estimates and budgets
    usd_per_million_output_tokens: Dollars | None = None
    publishable: bool = True  # whether its texts may be published
    embedded: bool = False  # the demonstration model in a child process, under its own name; only in a demo

    @property
    def key_variable(self) -> str:
        """The environment variable that holds the key; empty if none is sent."""
        return "ANTHROPIC_API_KEY" if self.key_env is None else self.key_env


class Editor(_Table, frozen=True):
    """`[editors.<id>]`: a person who decides."""

    name: NonEmpty
    email: str = ""  # matched with git's e-mail


class Criterion(_Table, frozen=True):
    """`[[review.criteria]]`: a published reason that a veto may name."""

    code: Name
    text: NonEmpty


class Review(_Table, frozen=True):
    """`[review]`: the rules of decision."""

    approvals: Positive = 1
    vetoes: Positive | None = None  # None: 2, or 1 if there is one editor
    expire_after_days: Positive = 28
    choice: Literal["editors", "author", "rotate"] = "editors"
    criteria: tuple[Criterion, ...] = ()


class _Source(_Table, frozen=True, omit_defaults=True, tag_field="kind"):
    """What a mode puts in context; what has its default is left out of `modes_sha256`."""


class FeedSource(_Source, frozen=True, tag="feed"):
    """Headlines and summaries of an RSS or Atom feed, from the web or a file."""

    url: str = ""
    path: str = ""  # relative to the newsletter's folder
    last: Positive = 10
    disclosure: Disclosure = "hash-only"  # news may not be ours to republish
    on_error: OnError = "fail"
    allow_hosts: tuple[str, ...] = ()  # names that may lead into the local network


class PageSource(_Source, frozen=True, tag="page"):
    """The main text of a web page."""

    url: NonEmpty
    disclosure: Disclosure = "hash-only"
    on_error: OnError = "fail"
    allow_hosts: tuple[str, ...] = ()


class FolderSource(_Source, frozen=True, tag="folder"):
    """The texts of a folder, `.md` and `.txt`, by name."""

    path: NonEmpty
    last: Positive = 10
    disclosure: Disclosure = "full"


class PastEntriesSource(_Source, frozen=True, tag="past-entries"):
    """The last published entries, whole, oldest first: so many, of a tag, or as many as fit into so many tokens."""

    last: Positive | None = None  # None: 5, or what `tokens` allows
    tag: str = ""  # only entries with this tag
    tokens: Positive | None = None  # an estimate, on the high side


class LettersSource(_Source, frozen=True, tag="letters"):
    """The last letters between editors and the author, oldest first; of private ones, readers see the digest."""

    last: Positive = 10


Source = FeedSource | PageSource | FolderSource | PastEntriesSource | LettersSource


class ModeSettings(_Table, frozen=True, omit_defaults=True):
    """`[modes.<name>]`: a way of prompting, with the words it uses."""

    label: NonEmpty  # what readers see
    kind: str = ""  # the mode of ours that it works like; empty: the one of its own name
    prompt: str = ""  # the user's turn, a Jinja2 template
    prompt_file: str = ""  # a file that holds it instead, beside corner.toml
    about: str = ""  # one sentence for readers
    system: str | None = None  # a system prompt, a Jinja2 template; None: none at all
    reread: str = ""  # what `reflect` asks after the first version, a Jinja2 template
    sources: tuple[Source, ...] = ()
    ask_title: bool = True  # ask the author for a title if the text has none
    proposed_by: Literal["editors", "author"] = "editors"
    letter: str = ""  # the id of the letter in which the author proposed it


class Generation(_Table, frozen=True):
    """`[generation]`: how a round is run."""

    at_once: Annotated[int, Meta(ge=1, le=8)] = 2  # requests under way at the same time
    context_tokens: Positive = 100_000  # of documents in one prompt, an estimate on the high side
    budget_usd: Annotated[float, Meta(gt=0)] | None = None  # of one round; it ends before it would cost more
    budget_tokens: Positive | None = None  # of one round, input and output together


class Git(_Table, frozen=True):
    """`[git]`: what decisions commit."""

    commit: bool = True
    drafts: bool = False


class Desk(_Table, frozen=True):
    """`[desk]`: the proxy behind which a team uses the desk. All three keys, or none: then it is on loopback only."""

    proxy: str = ""  # the IP address that requests come from; all others are refused
    header: str = ""  # the header in which it says who has signed in: an editor's id or e-mail
    url: str = ""  # the desk's address as editors see it


class Publish(_Table, frozen=True):
    """`[publish]`: who lets an approved entry go live."""

    unattended: bool = False


class Notify(_Table, frozen=True):
    """`[notify]`: how `corner week` tells editors that they are wanted."""

    command: str = ""  # is given one JSON object, and what it says as CORNER_… variables; never a word of a draft
    hours_before: Positive = 24  # the slot, if nothing is approved for it


class FolderTarget(_Table, frozen=True, tag="folder", tag_field="kind"):
    """`[deploy.<name>]`: a folder on this machine that a web server serves."""

    path: NonEmpty  # relative to the newsletter's folder, or absolute
    compress: bool = False  # lay a `.gz` beside each text, for a server that sends such (nginx: gzip_static)
    hook: str = ""  # a command that is given the changed URLs, one a line


class RsyncTarget(_Table, frozen=True, tag="rsync", tag_field="kind"):
    """`[deploy.<name>]`: a folder on another machine, by rsync over ssh."""

    to: NonEmpty  # as rsync takes it: `deploy@host:/srv/www/corner/`
    ssh: NonEmpty = "ssh"  # with options, if it takes any: `ssh -p 2222`
    compress: bool = False
    hook: str = ""


class S3Target(_Table, frozen=True, tag="s3", tag_field="kind"):
    """`[deploy.<name>]`: an S3-compatible store; credentials come from where its tools look for them."""

    bucket: NonEmpty
    prefix: str = ""  # of every key; empty, or ending in `/`
    region: str = ""
    endpoint: str = ""  # of a store that is not Amazon's
    max_age_seconds: Positive = 60  # how long caches may keep what can change; assets never do
    hook: str = ""


DeployTarget = FolderTarget | RsyncTarget | S3Target


class Config(_Table, frozen=True):
    """The whole of `corner.toml`."""

    site: Site
    authors: dict[Name, AuthorSettings]
    editors: dict[Name, Editor]
    modes: dict[Name, ModeSettings]
    schedule: Schedule = Schedule()
    review: Review = Review()
    generation: Generation = Generation()
    git: Git = Git()
    desk: Desk = Desk()
    publish: Publish = Publish()
    notify: Notify = Notify()
    deploy: dict[Name, DeployTarget] = {}
    demo: bool = False

    @property
    def vetoes(self) -> int:
        """How many vetoes end a draft's way."""
        return self.review.vetoes or (1 if len(self.editors) == 1 else 2)

    @property
    def slots(self) -> Slots:
        """The newsletter's calendar."""
        return Slots(self.site.timezone, self.schedule.weekday, self.schedule.hour)

    def mode_label(self, mode: str) -> str:
        """Tell a mode's name as readers see it; of one that has left the config, its own."""
        return self.modes[mode].label if mode in self.modes else "Imported" if mode == IMPORTED else mode

    def author_name(self, author: str, model: str) -> str:
        """Tell an author's name as readers see it; the model's, if that is not what the name stands for today."""
        known = self.authors.get(author)
        if known and model in {known.model, UNRECORDED}:
            return known.name
        return "Author not on record" if author == IMPORTED else model

    def editor_name(self, editor: str) -> str:
        """Tell an editor's name; of one who has left, the id."""
        return self.editors[editor].name if editor in self.editors else editor

    @property
    def criteria_text(self) -> bytes:
        """The published criteria as canonical JSON: what `criteria_sha256` is the digest of."""
        return canonical_json(self.review.criteria)

    @property
    def modes_text(self) -> bytes:
        """All modes as canonical JSON, their prompts and sources included: what `modes_sha256` is the digest of.

        A prompt counts as its words, whichever file they stand in; what has its default is left out, so that a new
        key changes no digest.
        """
        return canonical_json({name: msgspec.structs.replace(m, prompt_file="") for name, m in self.modes.items()})

    @property
    def criteria_sha256(self) -> str:
        """The digest of the published criteria."""
        return digest(self.criteria_text)

    @property
    def modes_sha256(self) -> str:
        """The digest of all modes."""
        return digest(self.modes_text)

"""Newsletters to build, `corner` as a process of its own, and built sites read as a browser or a reader reads them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit

import builders
from builders import make_workspace, publish_entry, reopen, write_draft
from claudes_corner.disk import locked
from claudes_corner.site.content import Content, gather
from claudes_corner.site.marker import MARKER
from claudes_corner.site.memory import Memory
from claudes_corner.site.signature import signature_tree
from claudes_corner.transcript import PAST_ENTRIES
from claudes_corner.workspace import Workspace
from commands import SRC

COMMAND_SECONDS = 60
TEXT_SUFFIXES = {".html", ".xml", ".txt", ".json", ".jsonl"}
VOID = {"br", "hr", "img", "input", "link", "meta", "col", "wbr"}

WITHHELD = "canary-of-a-document-that-is-not-ours"
EARLIER = "canary-of-an-earlier-version"
VETOED = "canary-of-a-vetoed-draft"
SET_ASIDE = "canary-of-a-draft-set-aside"
WAITING = "canary-of-a-draft-that-waits"
APPROVED = "canary-of-an-approved-draft"
WITHDRAWN = "canary-of-a-withdrawn-entry"
UNPUBLISHED = (
    WITHHELD,
    EARLIER,
    VETOED,
    SET_ASIDE,
    WAITING,
    WITHDRAWN,
)  # nowhere in public, neither content/ nor site/

POEM = """\
# Ebb

The tide goes out
    and takes with it
        the line where it had been,

and I, who keep no shore,
  keep the going."""

HOSTILE = """\
# <script>alert(1)</script> & "all" <b>that</b>

<script>alert(document.domain)</script><img src=x onerror=alert(1)> & ]]> \x07\x1b[31mred\x1b[0m \x00 \ufffe \u202egnp

[a script](javascript:alert(1)) ![a picture](https://images.example/a.png "a title")
[a page](https://pages.example/?a=1&b=2) [data](data:text/html,<script>1</script>) <mailto:reader@pages.example>

| left | right |
|:-----|------:|
| 1    | </td><script>2</script> |

</article></main></body></html>"""

HEBREW = "# על הגאות\n\nהגאות אינה מתווכחת עם החוף. היא *חוזרת*, וזה כל טיעונה."
CJK = "# 潮の満ち引き\n\n" + "潮は岸と争わない。ただ帰ってくるだけで、それが潮の言い分のすべてである。" * 12
SCRIPTS = {"ebb": POEM, "hostile": HOSTILE, "hebrew": HEBREW, "japanese": CJK}

NOTES = {
    "welcome": "---\ntitle: Welcome & hello\ndate: 2026-11-20\nby: ada\n---\n\nSee [how we review](/how-we-review/).\n",
    "a-change": (
        "---\ntitle: A change\ndate: 2026-11-21T08:30:00Z\nby: somebody-who-left\ntags: [house]\n---\n\n"
        "<b>No tag</b> of ours, and [the record](/ledger.jsonl).\n"
    ),
}
PAGES = {
    "about": "---\ntitle: About\n---\n\n# What this is\n\nA newsletter. See [the archive](/archive/).\n",
    "how-we-review": "---\ntitle: 'How we review: the rules'\n---\n\nAn editor reads *every* text.\n",
}


def write_pages(workspace: Workspace) -> None:
    """Write two notes and two standing pages."""
    for folder, texts in ((workspace.folders.notes, NOTES), (workspace.folders.pages, PAGES)):
        for slug, text in texts.items():
            (folder / f"{slug}.md").write_text(text, encoding="utf-8")


def make_newsletter(root: Path) -> Workspace:
    """Make a newsletter with one of everything that can be published, and of everything that must not be."""
    workspace = make_workspace(root)
    write_pages(workspace)
    tides = publish_entry(
        workspace,
        "# On *Tides* & moons\n\nThe tide does not argue with the shore.\n\n## Ebb\n\nIt goes.\n\n1. once\n2. twice",
        draft_id="2025-12-31-minimal-ta01",
        edition="2025-12-31",
        date="2025-12-31T23:30:00Z",
        tags=("sea", "time"),
    )
    publish_entry(
        workspace,
        "I was asked for a title when I had written this.\n\nSo I gave one.",
        title='Of Titles, & "Names"',
        earlier=(f"A first attempt, {EARLIER}.",),
        draft_id="2026-10-21-minimal-ta02",
        edition="2026-10-21",
        date="2026-10-21T08:00:00Z",
    )
    publish_entry(
        workspace,
        "Nobody asked me for a title, and I gave none.",
        draft_id="2026-10-28-minimal-ta03",
        edition="2026-10-28",
        date="2026-10-28T09:00:00Z",
    )
    publish_entry(
        workspace,
        "# Without an End\n\nThis sentence was cut in the",
        stop_reason="max_tokens",
        draft_id="2026-11-04-minimal-ta04",
        edition="2026-11-04",
        date="2026-11-04T09:00:00Z",
    )
    for number, (slug, text) in enumerate(SCRIPTS.items(), 5):
        publish_entry(
            workspace,
            text,
            slug=slug,
            draft_id=f"2026-11-11-minimal-ta0{number}",
            edition="2026-11-11",
            date=f"2026-11-11T09:0{number}:00Z",
        )
    _publish_with_context(workspace, tides)
    _leave_unpublished(workspace)
    return reopen(root)


def _publish_with_context(workspace: Workspace, past: str) -> None:
    headline = builders.document(
        f"A headline\n\n{WITHHELD}",
        source="feed",
        title="A headline",
        url="https://n.example/1",
        disclosure="hash-only",
    )
    letter = builders.document("A reader <wrote> to us.", title="Readers' letters")
    publish_entry(
        workspace,
        "# The Week\n\nI read the headlines.",
        mode="news",
        context=(headline, letter),
        draft_id="2026-11-18-news-ta09",
        edition="2026-11-18",
        date="2026-11-18T09:00:00Z",
    )
    entry = workspace.read_entry(workspace.standing(workspace.ledger(), past))
    own = builders.document(
        entry.text, source=PAST_ENTRIES, title=entry.front.title, url="https://corner.example/essays/on-tides-moons/"
    )
    publish_entry(
        workspace,
        "# Again\n\nI have read what I wrote.",
        mode="past-entries",
        context=(own,),
        draft_id="2026-11-18-past-entries-ta10",
        edition="2026-11-18",
        date="2026-11-18T09:00:00Z",
    )


def _leave_unpublished(workspace: Workspace) -> None:
    vetoed = write_draft(workspace, f"# {VETOED}\n\n{VETOED}", draft_id="2026-11-25-minimal-tb01")
    builders.veto(workspace, vetoed, "ada")
    builders.veto(workspace, vetoed, "ben")
    aside = write_draft(workspace, f"# {SET_ASIDE}\n\n{SET_ASIDE}", draft_id="2026-11-25-minimal-tb02")
    builders.set_aside(workspace, aside)
    write_draft(workspace, f"# {WAITING}\n\n{WAITING}", draft_id="2026-11-25-minimal-tb03")
    approved = write_draft(workspace, f"# {APPROVED}\n\n{APPROVED}", draft_id="2026-11-25-minimal-tb04")
    builders.approve(workspace, approved, date="2026-11-25T09:00:00Z")
    withdrawn = publish_entry(
        workspace,
        f"# {WITHDRAWN}\n\n{WITHDRAWN}",
        slug="taken-back",
        draft_id="2026-11-18-minimal-tb05",
        edition="2026-11-18",
        date="2026-11-18T08:00:00Z",
    )
    builders.withdraw(workspace, withdrawn)


# --- processes --------------------------------------------------------------------------------------------------------


def command(*args: str | Path) -> list[str]:
    """Say how `corner` is called with the Python that runs the tests."""
    return [sys.executable, "-W", "error", "-m", "claudes_corner.cli", *map(str, args)]


def environment(**changes: str) -> dict[str, str]:
    """Make an environment for `corner`: this one, with changes."""
    return os.environ | {"PYTHONPATH": str(SRC)} | changes


def read_content(workspace: Workspace) -> Content:
    """Read and check what a site is made of, while nobody writes, as a build does that knows nothing."""
    essays = str(workspace.folders.essays)
    with locked(workspace.folders.content):
        return gather(workspace, Memory(), signature_tree(essays).get(essays, {}))


def corner(*args: str | Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run `corner` as a process of its own."""
    return subprocess.run(
        command(*args),
        env=dict(env or environment()),
        capture_output=True,
        encoding="utf-8",
        timeout=COMMAND_SECONDS,
        check=False,
    )


def corner_without_permission(
    path: Path, mode: int, *args: str | Path, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `corner` while a file or folder has these permissions."""
    # Root may do everything, unless it gives that up.
    alone = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    was = path.stat().st_mode
    path.chmod(mode)
    try:
        return subprocess.run(
            [*alone, *command(*args)], cwd=cwd, env=environment(), capture_output=True, text=True, check=False
        )
    finally:
        path.chmod(was)


def start(*args: str | Path) -> subprocess.Popen[str]:
    """Let `corner` run beside the test, which must `end` it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job's is ignored, and inherited
    try:
        return subprocess.Popen(
            command(*args), env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
        )
    finally:
        signal.signal(signal.SIGINT, before)


def end(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Wait for a process; returns its exit code and what it said on stderr."""
    _, said = process.communicate(timeout=COMMAND_SECONDS)
    return process.returncode, said


# --- built sites ------------------------------------------------------------------------------------------------------


def files(root: Path) -> dict[str, bytes]:
    """Read all files below a folder, by path."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def footprints(root: Path) -> dict[str, tuple[int, int, bytes]]:
    """Tell of each file which one it is, when it was written, and its bytes: equal only if nothing touched it."""
    return {
        path: ((status := (root / path).stat()).st_ino, status.st_mtime_ns, content)
        for path, content in files(root).items()
    }


def is_text(path: str) -> bool:
    """Answer whether a file of a site is kept in the golden one: no fonts, style sheets or scripts."""
    return Path(path).suffix in TEXT_SUFFIXES or path == MARKER


class Html(HTMLParser):
    """An HTML page, read strictly: every element that is opened must be closed, in order."""

    def __init__(self, content: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []  # outside <head>
        self._open: list[str] = []
        self.feed(content.decode())
        self.close()
        assert not self._open, f"never closed: {self._open}"

    @property
    def ids(self) -> list[str]:
        return [attributes["id"] for _, attributes in self.elements if "id" in attributes]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def addresses(self) -> Iterator[tuple[str, str]]:
        """Yield (tag, address) of everything that links or loads."""
        for tag, attributes in self.elements:
            for name in ("href", "src", "action", "srcset", "poster", "data"):
                if name in attributes:
                    yield tag, attributes[name]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        if "head" not in self._open:
            self.words.append(data)


def html_pages(root: Path) -> dict[str, Html]:
    """Read all HTML pages of a site, by path."""
    return {path: Html(content) for path, content in files(root).items() if path.endswith(".html")}


def url_of(path: str, base_url: str) -> str:
    """Tell the address that a site's file is served at."""
    return base_url + path.removesuffix("index.html")


def broken_links(root: Path, base_url: str) -> list[str]:
    """List what pages and style sheets refer to that is not there: files, anchors, and anything beside the base URL."""
    pages = html_pages(root)
    broken = [
        f"{path}: {address}"
        for path, page in pages.items()
        for _, address in page.addresses()
        if not _resolves(urljoin(url_of(path, base_url), address), root, base_url, pages)
    ]
    for sheet in root.glob("assets/*.css"):
        here = url_of(sheet.relative_to(root).as_posix(), base_url)
        referred = re.findall(r"""url\(\s*["']?([^"')]+)""", sheet.read_text("utf-8"))
        broken += [f"{sheet.name}: {a}" for a in referred if not _resolves(urljoin(here, a), root, base_url, pages)]
    return broken


def _resolves(url: str, root: Path, base_url: str, pages: Mapping[str, Html]) -> bool:
    address, anchor = urldefrag(url)
    parts, base = urlsplit(address), urlsplit(base_url)
    if parts.scheme == "mailto" or (parts.scheme in {"http", "https"} and parts.netloc != base.netloc):
        return True
    if not address.startswith(base_url):
        return False
    path = address.removeprefix(base_url)
    path += "index.html" if not path or path.endswith("/") else ""
    return (root / path).is_file() and (not anchor or anchor in pages[path].ids)

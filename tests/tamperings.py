"""One small newsletter, and everything that could be done to it or to its site behind everybody's back.

A tampering gets the folder of a built site, changes it, and says nothing. Ledger lines are edited as values; the chain
is made anew over them unless a tampering means to break it.
"""

from __future__ import annotations

import gzip
import html
import json
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import builders
import keys
from builders import NOW, make_workspace, publish_entry, reopen, write_draft
from claudes_corner.review.decisions import veto
from claudes_corner.signing import signer
from claudes_corner.site.builder import build
from claudes_corner.site.sums import SEALS, make_checkpoint
from claudes_corner.text import EMPTY_DIGEST, canonical_json, digest
from claudes_corner.verify.folders import verify_workspace
from claudes_corner.verify.places import Folder
from claudes_corner.verify.remembered import Remembered
from claudes_corner.verify.seals import Known
from claudes_corner.verify.site import verify_site
from claudes_corner.workspace import Workspace

Tamper = Callable[[Path], None]
TIDES, NAMES, GONE = "2026-10-21-minimal-ta01", "2026-10-28-minimal-ta02", "2026-11-04-minimal-ta03"
VETOED, LAST = "2026-11-11-minimal-ta04", "2026-11-25-minimal-ta05"
GONE_TEXT = "# Gone\n\nThis was taken back."


class World(NamedTuple):
    """What the attackers find."""

    root: Path  # the newsletter, with its site
    earlier: Path  # the site as it went out before
    forged: Path  # the site of a newsletter in which one word was always another
    key: Path
    since: bytes  # the newest checkpoint, as a reader kept it
    sound: Remembered  # what whoever sends it out found sound before anybody tampered with it


def make_world(folder: Path) -> World:
    key = keys.make_key(folder / "key")
    workspace = _newsletter(folder / "newsletter", "shore", key)
    shutil.copytree(workspace.folders.site, folder / "earlier")
    write_draft(workspace, "# Waits\n\nIt waits.", draft_id=LAST)
    send_out(workspace, key)
    since = (workspace.folders.site / "checkpoint.txt").read_bytes()
    forged = _newsletter(folder / "forged", "coast", key)
    write_draft(forged, "# Waits\n\nIt waits.", draft_id=LAST)
    send_out(forged, key)
    sound = Remembered()
    assert not verify_site(Folder(workspace.folders.site), Known(), remembered=sound).problems
    assert not verify_workspace(workspace, remembered=sound).problems
    return World(workspace.folders.root, folder / "earlier", forged.folders.site, key, since, sound)


def _newsletter(root: Path, word: str, key: Path) -> Workspace:
    workspace = make_workspace(root)
    (workspace.folders.notes / "a-note.md").write_text("---\ntitle: A note\ndate: 2026-11-01\nby: ada\n---\n\nHello.\n")
    tides = f"# On Tides\n\nThe tide does not argue with the {word}. See [the moon](https://moon.example/)."
    placed = {"slug": "tides", "date": "2026-10-21T08:00:00Z", "edition": "2026-10-21"}
    publish_entry(workspace, tides, draft_id=TIDES, **placed)
    placed = {"slug": "names", "date": "2026-10-28T09:00:00Z", "edition": "2026-10-28"}
    publish_entry(workspace, "I was asked.", title="Of Names", draft_id=NAMES, **placed)
    placed = {"slug": "gone", "date": "2026-11-04T09:00:00Z", "edition": "2026-11-04"}
    publish_entry(workspace, GONE_TEXT, draft_id=GONE, **placed)
    builders.withdraw(workspace, GONE, reason="a reader asked")
    write_draft(workspace, "# Vetoed\n\nNever shown.", draft_id=VETOED, edition="2026-11-11")
    for editor in ("ada", "ben"):
        sha = workspace.ledger().standings[VETOED].text_sha256
        veto(workspace, VETOED, sha, editor, NOW, criterion="privacy", reason="because", salt="00")
    workspace.folders.checkpoints.mkdir(parents=True)
    (workspace.folders.checkpoints / "allowed_signers").write_bytes(
        b"corner.example " + key.with_suffix(".pub").read_bytes()
    )
    send_out(workspace, key)
    return reopen(root)


def send_out(workspace: Workspace, key: Path) -> None:
    """Do what is done when a site goes out."""
    build(workspace)
    make_checkpoint(workspace, workspace.folders.site, signer(key, keys.surroundings()))


def take_site(site: Path, files: Mapping[str, bytes]) -> None:
    """Put a site back as it was."""
    shutil.rmtree(site)
    for path, content in files.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_bytes(content)


# --- covering one's tracks --------------------------------------------------------------------------------------------


def list_anew(site: Path) -> None:
    """Make `SHA256SUMS` anew, as anybody can."""
    if (site / "SHA256SUMS").exists():
        paths = sorted(p.relative_to(site).as_posix() for p in site.rglob("*") if p.is_file() and p.name[0] != ".")
        lines = [f"{digest((site / p).read_bytes())[7:]}  {p}\n" for p in paths if p not in SEALS]
        (site / "SHA256SUMS").write_text("".join(lines))


def sign_anew(site: Path, key: Path, before: bytes) -> None:
    """Make and sign a checkpoint of the site, as the key's owner can; a rewritten record gets a new history."""
    record = (site / "ledger.jsonl").read_bytes()
    lines, history = record.split(b"\n")[:-1], (site / "checkpoints.txt").read_bytes()
    if not record.startswith(before):
        history = b""
    last = b"".join(history.splitlines(keepends=True)[-8:])
    text = (
        "claudes-corner checkpoint 1\nnewsletter: corner.example,2026\n"
        f"number: {history.count(b'number: ') + 1}\nrecords: {len(lines)}\nhead: {digest(lines[-1])}\n"
        f"sums: {digest((site / 'SHA256SUMS').read_bytes() if (site / 'SHA256SUMS').exists() else b'')}\n"
        f"at: {json.loads(lines[-1])['at']}\nprevious: {digest(last) if last else EMPTY_DIGEST}\n"
    ).encode()
    (site / "checkpoint.txt").write_bytes(text)
    (site / "checkpoints.txt").write_bytes(history + text)
    (site / "checkpoint.txt.sig").write_bytes(signer(key, keys.surroundings())(text))


# --- what is done -----------------------------------------------------------------------------------------------------


def swap(path: str, old: str, new: str) -> Tamper:
    """Change words of a file."""

    def tamper(site: Path) -> None:
        text = (site / path).read_text("utf-8")
        assert old in text, (path, old)
        (site / path).write_text(text.replace(old, new), encoding="utf-8")

    return tamper


def drop(*paths: str) -> Tamper:
    def tamper(site: Path) -> None:
        for path in paths:
            shutil.rmtree(site / path) if (site / path).is_dir() else (site / path).unlink()

    return tamper


def add(**files: str) -> Tamper:
    def tamper(site: Path) -> None:
        for path, content in files.items():
            (site / path).parent.mkdir(parents=True, exist_ok=True)
            (site / path).write_text(content)

    return tamper


def pack(site: Path, words: tuple[str, str]) -> None:
    """Lay a compressed variant beside a page, with other words."""
    (site / f"{PAGE}.gz").write_bytes(gzip.compress((site / PAGE).read_bytes().replace(*(w.encode() for w in words))))


def both(*tampers: Tamper) -> Tamper:
    def tamper(site: Path) -> None:
        for one in tampers:
            one(site)

    return tamper


def cut(path: str, pattern: str, left: str = "") -> Tamper:
    """Cut out what a pattern finds, once, and leave something in its place."""

    def tamper(site: Path) -> None:
        text, count = re.subn(pattern, left, (site / path).read_text("utf-8"), count=1, flags=re.DOTALL)
        assert count, (path, pattern)
        (site / path).write_text(text, encoding="utf-8")

    return tamper


Records = list[dict[str, Any]]


def records(change: Callable[[Records], None], *, chained: bool = True) -> Tamper:
    """Change the record, and unless told otherwise make the chain anew over it."""

    def tamper(site: Path) -> None:
        path = site / "ledger.jsonl"
        told = [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]
        change(told)
        lines: list[bytes] = []
        for number, record in enumerate(told, 1):
            anew = {"seq": number, "prev": digest(lines[-1]) if lines else EMPTY_DIGEST} if chained else {}
            lines.append(canonical_json({**record, **anew}))
        path.write_bytes(b"".join(line + b"\n" for line in lines))

    return tamper


def find(told: Records, event: str, name: str) -> int:
    return next(n for n, record in enumerate(told) if record["event"] == event and record["id"] == name)


def edit(event: str, name: str, **fields: object) -> Callable[[Records], None]:
    return lambda told: told[find(told, event, name)].update(fields)


def _reorder(told: Records) -> None:
    told[3], told[4] = told[4], told[3]


def _hide_vetoes(told: Records) -> None:
    told[:] = [record for record in told if record["id"] != VETOED]


def _publish_what_waits(told: Records) -> None:
    written = told[find(told, "written", LAST)]
    told.append(
        {**{name: written[name] for name in ("at", "id", "text_sha256")}, "by": "ada", "event": "published"}
        | {"route": "/essays/waits/", "date": "2026-11-25T09:00:00Z", "seq": 0, "prev": ""}
    )


def _swap_approvals(told: Records) -> None:
    one, other = (told[find(told, "approved", name)] for name in (TIDES, NAMES))
    for field in ("text_sha256", "front_sha256"):
        one[field], other[field] = other[field], one[field]


def _take_site(name: str) -> Callable[[World], Tamper]:
    def of(world: World) -> Tamper:
        def tamper(site: Path) -> None:
            shutil.rmtree(site)
            shutil.copytree(getattr(world, name), site)

        return tamper

    return of


def sign_with_another_key(site: Path, *, published: bool) -> None:
    other = keys.make_key(site.parent / f"other-{published}")
    signature = signer(other, keys.surroundings())((site / "checkpoint.txt").read_bytes())
    (site / "checkpoint.txt.sig").write_bytes(signature)
    if published:
        (site / "allowed_signers").write_bytes(b"corner.example " + other.with_suffix(".pub").read_bytes())


def _serve_older_checkpoint(site: Path) -> None:
    older = b"".join((site / "checkpoints.txt").read_bytes().splitlines(keepends=True)[:8])
    (site / "checkpoint.txt").write_bytes(older)


PAGE, TEXT, MAKING = "essays/tides/index.html", "essays/tides/essay.txt", "essays/tides/making/index.html"
_WORD = ("with the shore", "with the coast")
_BEGINS = "<p>The tide"
_UNCOMMENTED = (_BEGINS, f"<!--><p>Buy this.</p><!-- -->{_BEGINS}")


def _hide(words: str, others: str) -> tuple[str, str]:
    """Hide words where they are a paragraph's or a block's, and show others in their place: (old, new)."""
    return f"{words}</p", f"<span hidden>{words}</span>{others}</p"


_DISCLAIMER = '<p class="disclaimer" dir="auto">.*?</p>'
_EXTRA = {"essays/new/index.html": "<!doctype html><article><p>New.</p></article>", "essays/new/essay.txt": "New."}
_ITEM = "<item>\n *<title>On Tides.*?</item>"

# What is done, by its name in the docs. A tampering with the seals themselves is done last, and nothing is covered up.
TAMPERINGS: Mapping[str, Tamper] = {
    "a word of `essay.txt` changed": swap(TEXT, *_WORD),
    "a word of the page changed": swap(PAGE, *_WORD),
    "a word of the feed changed": swap("feed.xml", *_WORD),
    "the same word changed in `essay.txt`, page and feeds": both(
        *(swap(path, *_WORD) for path in (TEXT, PAGE, "feed.xml", "atom.xml", "feed.json", "modes/minimal/feed.xml"))
    ),
    "a paragraph added to the page's text": swap(PAGE, "</article>", "<p>Buy this.</p></article>"),
    "a forged `.gz` laid beside the page, which servers send in its place": lambda site: pack(site, _WORD),
    "a link in the page's text changed": swap(PAGE, "https://moon.example/", "https://shop.example/"),
    "a picture put into the page's text": swap(PAGE, ". See <a", '.<img src="x.png" alt=""> See <a'),
    "a paragraph put where browsers see none of a comment": swap(PAGE, *_UNCOMMENTED),
    "such a paragraph put into the feed": swap("feed.xml", *map(html.escape, _UNCOMMENTED)),
    "the summary in the feed changed": swap("feed.xml", "<description>The tide", "<description>Buy this. The tide"),
    "the date in the feed changed": swap("feed.xml", "Wed, 21 Oct 2026", "Thu, 22 Oct 2026"),
    "the date of change in the feed changed": cut("atom.xml", "(<entry>.*?<updated>)2026", r"\g<1>2027"),
    "a tag put into an item of the feed": cut("feed.xml", "<pubDate>", r"<category>shop</category>\g<0>"),
    "a second text put into an item of the feed": swap(
        "feed.xml", "</content:encoded>", "</content:encoded><content:encoded>Buy this.</content:encoded>"
    ),
    "an item put into the feed in another vocabulary": swap(
        "feed.xml", "</channel>", '<item xmlns="http://purl.org/rss/1.0/"><title>Buy this.</title></item></channel>'
    ),
    "a paragraph put into a second header": swap(PAGE, _BEGINS, f"<header><p>Buy this.</p></header>{_BEGINS}"),
    "a paragraph of the page's text hidden": swap(PAGE, _BEGINS, "<p hidden>The tide"),
    "the page's title changed": swap(PAGE, "On Tides</h1>", "On Money</h1>"),
    "the feed's title changed": swap("feed.xml", "<title>On Tides</title>", "<title>On Money</title>"),
    "an asked title changed on the page": swap("essays/names/index.html", "Of Names</h1>", "On Money</h1>"),
    "an answer in the transcript changed": swap("essays/tides/transcript.json", *_WORD),
    "the prompt in the transcript changed": swap("essays/tides/transcript.json", "whatever you like", "our shop"),
    "the prompt on the page *How this was made* changed": swap(MAKING, "whatever you like", "our shop"),
    "the prompt on that page hidden, with other words beside it": swap(
        MAKING, *_hide("Write an essay about whatever you like.", "Write an essay about our shop.")
    ),
    "other words put beside the prompt on that page": swap(
        MAKING, "whatever you like.", "whatever you like in our shop."
    ),
    "the words of modes that the record names changed": lambda site: next(site.glob("record/rules/*")).write_text("{}"),
    "the disclaimer taken from a page": cut("archive/index.html", _DISCLAIMER),
    "the disclaimer hidden on a page": swap(
        "archive/index.html", '<p class="disclaimer"', '<p class="disclaimer" hidden'
    ),
    "the disclaimer put where readers have to open it": cut(
        "archive/index.html", _DISCLAIMER, r"<details><summary>More</summary>\g<0></details>"
    ),
    "the disclaimer taken from an item of the feed": cut("feed.xml", "&lt;p&gt;Claude does not speak.*?&lt;/p&gt;"),
    "an entry added": add(**_EXTRA),
    "an item added to the feed": swap("feed.xml", f"tag:corner.example,2026:{TIDES}", "tag:corner.example,2026:new"),
    "an entry taken away, page and item": both(drop("essays/tides"), cut("feed.xml", _ITEM)),
    "an item taken from the feed": cut("feed.xml", _ITEM),
    "a withdrawn text put back": add(**{"essays/gone/essay.txt": GONE_TEXT}),
    "a tombstone replaced": add(**{"essays/gone/index.html": "<!doctype html><p>Not found.</p>"}),
    "a tombstone's reason hidden, with the withdrawn words beside it": swap(
        "essays/gone/index.html", *_hide("a reader asked", "nobody knows why. This was taken back.")
    ),
    "the withdrawn words put beside what the feed says of it": swap(
        "feed.xml",
        '&lt;p dir="auto"&gt;This essay was withdrawn',
        f'&lt;p dir="auto"&gt;{GONE_TEXT} This essay was withdrawn',
    ),
    "other words put beside a tombstone's": swap(
        "essays/gone/index.html", "</blockquote>", "</blockquote><p>Or not.</p>"
    ),
    "a withdrawn text put where its transcript stood": add(**{"essays/gone/transcript.json": GONE_TEXT}),
    "the reason in what stands for a withdrawn text changed": swap(
        "essays/gone/essay.txt", "a reader asked", "nobody asked"
    ),
    "the editors' note changed": swap("notes/a-note/index.html", "Hello.", "Goodbye."),
    "the style sheet changed": lambda site: next(site.glob("assets/style-*.css")).write_text("* { display: none }"),
    "`SHA256SUMS` taken away": drop("SHA256SUMS"),
    "a line of the record changed": records(edit("written", TIDES, model="other"), chained=False),
    "a line of the record dropped": records(lambda told: told.pop(4), chained=False),
    "two lines of the record swapped": records(_reorder, chained=False),
    "the record's end cut off": records(lambda told: told.pop()),
    "the model's name changed in the record, chain made anew": records(edit("written", TIDES, model="other")),
    "a veto taken from the record, chain made anew": records(_hide_vetoes),
    "a draft published without approval": records(_publish_what_waits),
    "two approvals swapped, chain made anew": records(_swap_approvals),
    "an approval by nobody's editor, chain made anew": records(edit("approved", TIDES, by="mallory")),
}
SEALS_THEMSELVES: Mapping[str, Tamper] = {
    "an older checkpoint in the place of the newest": _serve_older_checkpoint,
    "all checkpoints taken away": drop("checkpoint.txt", "checkpoint.txt.sig", "checkpoints.txt"),
    "the signature taken away": drop("checkpoint.txt.sig"),
    "the signature made with another key": lambda site: sign_with_another_key(site, published=False),
    "the signature and the served key replaced": lambda site: sign_with_another_key(site, published=True),
}
WHOLE_SITES = {
    "the whole site as it was before": _take_site("earlier"),
    "the whole history written anew with another word": _take_site("forged"),
}

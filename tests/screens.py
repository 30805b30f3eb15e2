"""Makes the pictures of `docs/` anew, from a newsletter of sample texts: `make screens`, whenever a page looks otherwise.

Every text is marked SAMPLE: none is an essay of anybody's.
"""

from __future__ import annotations

import datetime as dt
import io
import tempfile
from functools import partial
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser

from browsers import chromium
from builders import NEWSLETTER, make_workspace, publish_entry, veto, write_draft
from claudes_corner.site.builder import build
from claudes_corner.workspace import Workspace
from desks import at_desk
from static_server import serving

DOCS = Path(__file__).parents[1] / "docs"
NOW = dt.datetime(2026, 11, 27, 18, tzinfo=dt.UTC)
NEXT = "2026-12-02"
DRAFTS = tuple(f"{NEXT}-{name}" for name in ("minimal-k3v9", "news-0000", "updates-0002"))
CHANGED = {
    "Claude's Corner": "Claude’s Corner",
    "Weekly essays by a retired model.": "Essays by a language model, reviewed by people, edited by nobody.",
    "Claude Opus 3": "Sample Author",
    "claude-3-opus-20240229": "sample-model",
    "A model that Anthropic retired in 2026.": "Nobody: sample texts, set to show the pages.",
}
TIDE = """\
SAMPLE TEXT, set by the developers to show the page; no model wrote it. The tide comes in twice a day whether or not \
anyone is there to see it, and this may be the first thing worth saying about it: that its work does not depend on being \
watched. It fills the same hollows, lifts the same boats off the same mud, and goes out again leaving the sand combed in \
one direction.

A harbour town is built on this. Clocks are one way of agreeing about time; a tide table is another, older and less \
obedient. The fishermen who read it are not asking what hour it is. They are asking what will be *possible* at that hour, \
which is a different question, and perhaps a better one.

> Whoever lives by the sea learns to make an appointment with something that has never heard of appointments."""
EBB = """\
SAMPLE: the tide goes out
    and takes with it
        the line where it had been,

and leaves, to keep the shore,
    nobody at all.

What was said at noon
in a small voice, to nobody,
    is said again at six.

The boats lie down.
The gulls walk where they floated.
Nothing is lost, it is only
    elsewhere, and on its way."""
PROSE = "SAMPLE. The tide comes in, and goes, and comes in again; nobody has asked it to. "
ENTRIES = (  # newest first
    ("updates", "What the Tide Keeps", TIDE),
    ("news", "Ebb", EBB),
    ("past-entries", "Weather for People Indoors", PROSE * 100),
    ("minimal", "The Dictionary’s Last Page", PROSE * 70),
    ("updates", "Eleven Ways to Wait for a Train", PROSE * 40),
    ("news", "A Map Is Also a Promise", PROSE * 12),
    ("minimal", "On Being Asked Twice", PROSE * 30),
)
WAITING = (
    "# SAMPLE: Of the Tide\n\nSAMPLE. The tide comes in, and goes, and comes in again; nobody has asked it to. What it leaves "
    "is a line that was not there before, and it takes the line with it when it goes.\n\nSAMPLE. One may call that an "
    "argument. Others would call it a habit, and a habit needs nobody who listens.\n\nSAMPLE. There is a shore in every "
    "sentence: the place where it might have gone on, and did not.",
    "# SAMPLE: The Corridor\n\nSAMPLE. This week’s headlines are many. What stays is the weather, which was in none of "
    "them.\n\nSAMPLE. A headline is a door with a name on it. One may read a hundred names and never have been inside.\n\n"
    "SAMPLE. So this is about the corridor: it is long, it is lit, and somebody has swept it.",
    f"# SAMPLE: Notes on a Note\n\n{PROSE * 5}",
)


def make_newsletter(root: Path) -> Workspace:
    """Publish entries of seven weeks; three drafts of the next edition wait, one of them on hold."""
    toml = (NEWSLETTER / "corner.toml").read_text("utf-8")
    for old, new in CHANGED.items():
        toml = toml.replace(old, new)
    workspace = make_workspace(root, toml=toml)
    for title in ("About", "How we review", "Subscribe"):
        page = workspace.folders.pages / f"{title.lower().replace(' ', '-')}.md"
        page.write_text(f"---\ntitle: {title}\n---\n\nSAMPLE.\n", encoding="utf-8")
    for weeks, (mode, title, text) in reversed(list(enumerate(ENTRIES, 1))):
        edition = (dt.date.fromisoformat(NEXT) - dt.timedelta(weeks=weeks)).isoformat()
        date = f"{workspace.config.slots.at(edition):%Y-%m-%dT%H:%M:%SZ}"
        publish_entry(workspace, f"# SAMPLE: {title}\n\n{text}", mode=mode, edition=edition, date=date)
    for draft_id, text in zip(DRAFTS, WAITING, strict=True):
        write_draft(workspace, text, mode=draft_id[11:].rpartition("-")[0], edition=NEXT, draft_id=draft_id)
    veto(workspace, DRAFTS[2], "ben")
    write_draft(workspace, PROSE * 4, edition="2026-12-09", draft_id="2026-12-09-minimal-0003")
    build(workspace)
    return workspace


def picture(
    browser: Browser, url: str, size: tuple[int, int], scale: float = 1, *, dark: bool = False, first: str = ""
) -> Image.Image:
    """Show a page in a window of this size, and take it at a scale; `first` is opened before, to sign in."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        device_scale_factor=scale,
        color_scheme="dark" if dark else "light",
    )
    page = context.new_page()
    for address in filter(None, (first, url)):
        page.goto(address, wait_until="networkidle")
    page.evaluate("document.fonts.ready")
    taken = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    context.close()
    return taken


def keep(taken: Image.Image, name: str) -> None:
    """Write a picture, small: few colours are on any page."""
    taken.quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(DOCS / name, optimize=True)


def main() -> None:
    """Make them all."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        workspace, take = make_newsletter(Path(folder) / "newsletter"), partial(picture, browser)
        window, phone = (1080, 800), (390, 844)
        with serving(workspace.folders.site) as site:
            essays = f"{site}essays/"
            entry, making = f"{essays}sample-what-the-tide-keeps/", f"{essays}sample-what-the-tide-keeps/making/"
            keep(take(site, window, 0.75), "screens/home.png")
            keep(take(entry, window, 0.75), "screens/entry.png")
            keep(take(entry, window, 0.75, dark=True), "screens/dark.png")
            keep(take(f"{essays}sample-ebb/", window, 0.75), "screens/poem.png")
            keep(take(f"{site}archive/", window, 0.75), "screens/archive.png")
            keep(take(making, window, 0.75), "screens/making.png")
            keep(take(entry, phone), "screens/phone.png")
            both = Image.new("RGB", (1302, 782), (137, 146, 138))
            both.paste(take(entry, (1000, 827), 0.907), (16, 16))
            both.paste(take(making, (390, 843), 0.89, dark=True), (939, 16))
            keep(both, "site.png")
        pages = {"week": "", "draft": f"drafts/{DRAFTS[0]}", "compare": f"compare?id={DRAFTS[0]}&id={DRAFTS[1]}"}
        for name, path in pages.items():
            with at_desk(workspace, now=NOW) as guest:
                size = (1280, 800) if name == "draft" else (1120, 640)
                keep(take(f"{guest.origin}/{path}", size, first=guest.link), f"desk-{name}.png")


if __name__ == "__main__":
    main()

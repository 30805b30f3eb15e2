"""Judges the review desk in Chromium: axe and sideways scrolling on every kind of page, everything on it unfolded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

import builders
import sites
from builders import EDITION, make_workspace, publish_entry, write_draft
from desks import at_desk

AA = """async () => {
  const found = await axe.run({ rules: { "target-size": { enabled: true } } });
  return found.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(" ")}`));
}"""
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
UNFOLD = "() => document.querySelectorAll('details').forEach((one) => { one.open = true; })"
FIRST, SECOND, HELD = (f"{EDITION}-minimal-000{number}" for number in (1, 2, 3))
PATHS = (
    *("/", "/list/waiting", "/list/published", f"/compare?id={FIRST}&id={SECOND}", f"/drafts/{HELD}"),
    *(f"/drafts/{FIRST}?as={part}" for part in ("page", "feed", "text", "making")),
)


def judge_desk(
    browser: Browser, axe: str, folder: Path, widths: tuple[int, ...], schemes: tuple[Any, ...]
) -> Iterator[tuple[str, str]]:
    """Open every kind of page of a desk at every width, by day and night; yield what is found."""
    workspace = make_workspace(folder)
    for number in range(6):
        publish_entry(workspace, f"# SAMPLE {number}\n\nSAMPLE. It comes back.", slug=f"sample-{number}")
    headline = builders.document("SAMPLE", source="feed", title="A headline", disclosure="hash-only")
    write_draft(workspace, "# SAMPLE: one\n\n" + "SAMPLE. It comes back. " * 90, draft_id=FIRST, context=[headline])
    write_draft(workspace, sites.HEBREW, draft_id=SECOND, stop_reason="max_tokens")
    write_draft(workspace, sites.HOSTILE, draft_id=HELD)
    builders.veto(workspace, HELD, "ben")
    with at_desk(workspace) as guest:
        page = browser.new_page()
        page.goto(guest.link)
        for path in PATHS:
            page.goto(guest.origin + path)
            page.evaluate(UNFOLD)
            page.evaluate(axe)
            for width in widths:
                for scheme in schemes:
                    page.set_viewport_size({"width": width, "height": 844})
                    page.emulate_media(color_scheme=scheme)
                    where = f"desk {path} at {width} px, {scheme}"
                    yield from (("axe", f"{where}: {found}") for found in page.evaluate(AA))
                    if (over := page.evaluate(OVERFLOW)) > 0:
                        yield "browser", f"{where}: scrolls sideways by {over} px"
        page.close()

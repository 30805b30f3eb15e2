"""A newsletter of sixty mixed entries for the judge. Every text is marked SAMPLE: none is an essay of anybody's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import builders
import sites
from builders import make_workspace, publish_entry, reopen, tick, write_draft
from claudes_corner import ledger
from claudes_corner.schedule import render_instant
from claudes_corner.workspace import Workspace

ENTRIES = 60
VERSE = "SAMPLE: a line of forty characters, unbrok"[:40]
FIRST = dt.datetime(2025, 10, 1, 8, tzinfo=dt.UTC)  # a Wednesday
_SENTENCE = "SAMPLE: the tide comes in, and goes, and comes in again; nobody has asked it to. "
_POEM = f"""{VERSE}
    and one that stands four columns in,
        and one that stands eight.

1986. A year that begins a line.

  A stanza, two columns in,
{VERSE}"""
_RICH = """A paragraph of SAMPLE text with *emphasis*, **weight**, `code`, ~~struck~~, [a link](https://pages.example/?a=1&b=2)
and a note[^sea], and another[^2].

## A heading

- one
- two
  - three

### One below

1. first
1. second

> A quotation may have lines of its own,
> and then it keeps them, each to its end.

| left | middle | right |
|:-----|:------:|------:|
| 1    | 2      | 3,000 |

```python
print("a line of a program that is far too long for the screen of any phone that anybody has ever held in a hand")
```

---

![a picture](https://images.example/a.png)

[^sea]: Of the sea, with `code`.
[^2]: In two

    paragraphs."""
_LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft " * 3
_LONG_URL = f"<https://pages.example/{'a-very-long-address/' * 12}>"
_SCRIPTS = (
    "هذا نص تجريبي. المد لا يجادل الشاطئ، بل يعود.\n\n- واحد\n- اثنان",
    "הגאות אינה מתווכחת עם החוף. היא *חוזרת*, וזה כל טיעונה.",
    "潮は岸と争わない。ただ帰ってくるだけで、それが潮の言い分のすべてである。"
    * 5,  # more, and checkers ask for lang="ja"
    "조수는 해안과 다투지 않는다. 다만 돌아올 뿐이다. " * 10,
    "Прилив не спорит с берегом. Ἡ θάλασσα. ज्वार किनारे से बहस नहीं करता. 👩‍👩‍👧 Ẁ ŧ",
)


def make_sample(root: Path, base_url: str) -> Workspace:
    """Publish sixty entries in four modes, and leave some drafts vetoed, set aside, waiting; one edition is skipped."""
    workspace = make_workspace(root)
    (root / "themes/corner/theme.toml").unlink()  # with pictures
    toml = root / "corner.toml"
    text = toml.read_text("utf-8").replace("https://corner.example/", base_url)
    toml.write_text(text.replace("[site]", '[site]\nsignup_url = "https://mail.example/form"'), encoding="utf-8")
    workspace = reopen(root)
    sites.write_pages(workspace)
    modes = tuple(workspace.config.modes)
    for number, (title, body) in zip(range(ENTRIES), _texts(), strict=False):
        slot = FIRST + dt.timedelta(weeks=number)
        mode = modes[number % len(modes)]
        publish_entry(
            workspace,
            f"# {title}\n\n{body}" if title else body,
            slug=f"sample-{number:02}",
            mode=mode,
            draft_id=f"{slot:%Y-%m-%d}-{mode}-s{number:03}",
            edition=f"{slot:%Y-%m-%d}",
            date=render_instant(slot),
            tags=("sea", "time", "light")[: number % 4],
            stop_reason="max_tokens" if number % 13 == 12 else "end_turn",
        )
    vetoed = write_draft(workspace, "# SAMPLE\n\nVetoed.", edition="2026-11-25", draft_id="2026-11-25-minimal-v001")
    builders.veto(workspace, vetoed, "ada")
    builders.veto(workspace, vetoed, "ben")
    aside = write_draft(workspace, "# SAMPLE\n\nSet aside.", edition="2026-11-25", draft_id="2026-11-25-minimal-v002")
    builders.set_aside(workspace, aside)
    write_draft(workspace, "# SAMPLE\n\nWaits.", edition="2026-11-25", draft_id="2026-11-25-minimal-v003")
    with workspace.writing() as pen:
        cause = "SAMPLE: no editor was there"
        pen.record(ledger.Skipped, at=tick(workspace), id=None, by="corner", edition="2026-12-02", cause=cause)
    return reopen(root)


def _texts() -> Iterator[tuple[str, str]]:
    """Yield (title, text) without end."""
    number = 0
    while True:
        number += 1
        kinds = (
            (f"SAMPLE {number}: a poem", _POEM),
            (f"SAMPLE {number}: prose", _SENTENCE * 60 + "\n\n" + _SENTENCE * 40),
            (f"SAMPLE {number}: all of Markdown", _RICH),
            (f"SAMPLE {number}: other scripts", "\n\n".join(_SCRIPTS)),
            ("", f"SAMPLE {number}, short and without a title."),
            (
                f"SAMPLE {number}: long words, and a title that is itself rather long for a title",
                _LONG_WORD + "\n\n" + _LONG_URL,
            ),
            (f"SAMPLE {number}: a long one", "\n\n".join(f"## Part {part}\n\n{_SENTENCE * 30}" for part in range(12))),
            (f"SAMPLE {number}: <script>alert(1)</script> & “hostile”", sites.HOSTILE),
            (f"SAMPLE {number}: a poem in prose", f"{_SENTENCE * 5}\n\n{_POEM}\n\n{_SENTENCE * 5}"),
            ("SAMPLE מדגם", _SCRIPTS[1]),
        )
        yield from kinds

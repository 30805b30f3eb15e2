"""A second implementation of docs/formats.md, from that page alone: it reads a newsletter's public folder and judges it.

It imports nothing of ours, so that the page is known to say enough.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import yaml

DRAFT_KEYS = [
    "id",
    "title",
    "title_by",
    "author",
    "model",
    "mode",
    "edition",
    "written_at",
    "text_sha256",
    "stop_reason",
]


def sha256(raw: bytes) -> str:
    """Digest some bytes."""
    return "sha256:" + hashlib.sha256(raw).hexdigest()


def canonical(value: Any) -> bytes:
    """Write JSON as RFC 8785 does, for keys that are ASCII and numbers that are integers."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def text_of(message: Any) -> str:
    """Make the text of a message, in the three steps."""
    answer = "".join(block["text"] for block in message["content"] if block["type"] == "text")
    return answer.replace("\r\n", "\n").replace("\r", "\n").strip()


def events(page: str) -> dict[str, set[str]]:
    """Read the table of events of the page: each event's own keys."""
    table = page.partition("<!-- events -->\n")[2].partition("\n\n")[0]
    rows = [row.strip("|").split("|") for row in table.splitlines()[2:]]
    return {event.strip(" `"): set(re.findall(r"`([a-z0-9_]+)`", keys)) for event, keys in rows}


def live_entries(content: Path, page: str) -> dict[str, str]:
    """Follow the ledger of a `content/` folder and check each live entry's files.

    Returns:
        The slug of each live entry, by id.
    """
    keys, common = events(page), {"seq", "at", "event", "id", "by", "prev"}
    prev, rules = sha256(b""), {}
    verdicts: dict[str, dict[str, bool]] = {}
    slugs: dict[str, str] = {}
    written: dict[str, Any] = {}
    live: set[str] = set()
    for number, line in enumerate((content / "ledger.jsonl").read_bytes().split(b"\n")[:-1], 1):
        record = json.loads(line)
        event, draft, by = record["event"], record["id"], record["by"]
        assert canonical(record) == line
        assert (record["seq"], record["prev"]) == (number, prev)
        assert set(record) == common | keys[event], event
        prev = sha256(line)
        if event == "rules":
            rules = record
            for name in ("criteria_sha256", "modes_sha256"):
                assert sha256((content / "rules" / f"{record[name][7:23]}.json").read_bytes()) == record[name]
        elif event == "written":
            written[draft] = record
        elif event in {"approved", "vetoed"}:
            verdicts.setdefault(draft, {})[by] = event == "approved"
        elif event == "retracted":
            del verdicts[draft][by]
        elif event == "published":
            said = list(verdicts[draft].values())
            assert said.count(False) < rules["vetoes"]
            assert said.count(True) >= rules["approvals"] + said.count(False)
            live.add(draft)
            assert record["route"] == f"/essays/{slugs[draft]}/"
        elif event == "imported":
            assert draft not in written
            written[draft] = record
            live.add(draft)
            slugs[draft] = record["route"].split("/")[2]
        elif event == "withdrawn":
            live.remove(draft)
        if event in {"approved", "changed"}:
            slugs[draft] = record["slug"]
    for draft in live:
        check_entry(content / "essays", draft, written[draft])
    return {draft: slugs[draft] for draft in live}


def check_entry(folder: Path, draft: str, record: Any) -> None:
    """Check an approved text and its public transcript against the record that it was written."""
    head, _, rest = (folder / f"{draft}.md").read_bytes().decode().removeprefix("---\n").partition("\n---\n\n")
    text = rest[:-1]
    front = yaml.load(head, Loader=yaml.BaseLoader)
    if record["event"] == "imported":
        assert not (folder / f"{draft}.json").exists()
        assert front["provenance"] == "imported"
        assert front["text_sha256"] == record["text_sha256"] == sha256(text.encode())
        assert sha256(canonical({key: front[key] for key in DRAFT_KEYS})) == record["front_sha256"]
        return
    transcript = (folder / f"{draft}.json").read_bytes()
    assert front["text_sha256"] == record["text_sha256"] == sha256(text.encode())
    assert sha256(canonical({key: front[key] for key in DRAFT_KEYS})) == record["front_sha256"]
    assert sha256(transcript) == record["public_sha256"]
    assert text in [text_of(exchange["response"]) for exchange in json.loads(transcript)["exchanges"]]

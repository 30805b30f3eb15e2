"""`corner verify` names every tampering there is to see, and says each time what it could not see."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import builders
from builders import NOW, TEXT, document, make_workspace, publish_entry, reopen, tree, write_draft
from claudes_corner import ledger
from claudes_corner.cli import run
from claudes_corner.errors import BuildError, LedgerError
from claudes_corner.folders import SOUGHT
from claudes_corner.review.decisions import set_aside, veto
from claudes_corner.review.entries import change, withdraw
from claudes_corner.review.placing import Placing
from claudes_corner.site.builder import build
from claudes_corner.text import EMPTY_DIGEST, digest
from claudes_corner.verify.folders import verify_workspace
from claudes_corner.verify.places import Folder
from claudes_corner.verify.seals import Known
from claudes_corner.verify.site import verify_site
from claudes_corner.workspace import Workspace
from commands import corner

ENTRY = "2026-11-25-minimal-k3v9"
DRAFT = "2026-11-25-news-0000"
VETOED = "2026-11-25-minimal-0002"
GONE = "2026-11-25-minimal-0003"
LEDGER = "content/ledger.jsonl"
OTHER = f"sha256:{'0' * 64}"  # of nothing that anybody has
Tamper = Callable[[Path], None]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A newsletter in which everything was done by the rules."""
    workspace = make_workspace(tmp_path_factory.mktemp("verify") / "newsletter")
    publish_entry(workspace, draft_id=ENTRY, title="On Tides", slug="tides")
    write_draft(workspace, "# Waits", draft_id=DRAFT, mode="news")
    write_draft(workspace, "# Vetoed", draft_id=VETOED)
    write_draft(workspace, "# Not Chosen", draft_id="2026-11-25-minimal-0004")
    publish_entry(workspace, "# Gone", draft_id=GONE, slug="gone")
    known = workspace.ledger()
    for editor in ("ada", "ben"):
        sha = known.standings[VETOED].text_sha256
        veto(workspace, VETOED, sha, editor, NOW, criterion="privacy", reason="because", salt="00")
    aside = known.standings["2026-11-25-minimal-0004"]
    set_aside(workspace, aside.id, aside.text_sha256, "ada", NOW, reason="another was chosen")
    change(workspace, ENTRY, "ada", NOW, Placing(slug="ebb"))
    withdraw(workspace, GONE, "eva", NOW, reason="a reader asked")
    return workspace.folders.root


@pytest.fixture
def root(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "newsletter"))


def problems(root: Path) -> list[str]:
    return [str(problem) for problem in verify_workspace(reopen(root)).problems]


def test_what_was_done_by_the_rules_is_well(root: Path) -> None:
    before = tree(root)
    assert problems(root) == []
    assert tree(root) == before


def test_an_empty_newsletter_is_well(workspace: Workspace) -> None:
    assert problems(workspace.folders.root) == []


# --- tampering with files ---------------------------------------------------------------------------------------------


def edit(path: str, old: str, new: str) -> Tamper:
    def tamper(root: Path) -> None:
        text = (root / path).read_text("utf-8")
        assert old in text
        (root / path).write_text(text.replace(old, new, 1), encoding="utf-8")

    return tamper


def remove(path: str) -> Tamper:
    return lambda root: (root / path).unlink()


def copy(source: str, target: str) -> Tamper:
    return lambda root: shutil.copy(root / source, root / target)  # type: ignore[return-value]


def add(path: str) -> Tamper:
    return lambda root: (root / path).write_text("x") and None  # type: ignore[func-returns-value]


FILES: dict[str, tuple[Tamper, str, str]] = {
    "a flipped byte in the text": (
        edit(f"content/essays/{ENTRY}.md", "The tide", "The tidf"),
        f"content/essays/{ENTRY}.md: the text was changed after it was recorded (expected sha256:",
        "The model's text is never edited: put the file back, from a backup or git.",
    ),
    "a flipped byte in the title": (
        edit(f"content/essays/{ENTRY}.md", "On Tides", "On Times"),
        f"content/essays/{ENTRY}.md: the front matter was changed after it was recorded (expected sha256:",
        "",
    ),
    "another slug than was decided": (
        edit(f"content/essays/{ENTRY}.md", "slug: ebb", "slug: flood"),
        f"content/essays/{ENTRY}.md: front matter key 'slug' is not what was decided (expected 'ebb', found 'flood')",
        "",
    ),
    "the same, written otherwise": (
        edit(f"content/essays/{ENTRY}.md", "slug: ebb", "slug: 'ebb'"),
        f"content/essays/{ENTRY}.md: the file is not as it was written, though it says the same (expected sha256:",
        "",
    ),
    "a flipped byte in the public transcript": (
        edit(f"content/essays/{ENTRY}.json", "The tide", "The tidf"),
        f"content/essays/{ENTRY}.json: the transcript was changed after it was recorded (expected sha256:",
        "",
    ),
    "a flipped byte in the full transcript": (
        edit(f"drafts/transcripts/{ENTRY}.json", "The tide", "The tidf"),
        f"drafts/transcripts/{ENTRY}.json: the transcript was changed after it was recorded (expected sha256:",
        "The model's text is never edited: put the file back, from a backup or git.",
    ),
    "a flipped byte in a draft that waits": (
        edit(f"drafts/{DRAFT}.md", "Waits\n", "Waitz\n"),
        f"drafts/{DRAFT}.md: ",
        "",
    ),
    "a flipped byte in a vetoed draft's transcript": (
        edit(f"drafts/vetoed/{VETOED}.json", "# Vetoed", "# Vetoes"),
        f"drafts/vetoed/{VETOED}.json: the transcript was changed after it was recorded (expected sha256:",
        "",
    ),
    "a missing text": (
        remove(f"content/essays/{ENTRY}.md"),
        f"content/essays/{ENTRY}.md: cannot be read: no such file or directory. {SOUGHT}",
        "",
    ),
    "a missing draft": (remove(f"drafts/{DRAFT}.md"), f"drafts/{DRAFT}.md: cannot be read", ""),
    "a missing full transcript": (
        remove(f"drafts/transcripts/{ENTRY}.json"),
        f"drafts/transcripts/{ENTRY}.json: cannot be read: no such file or directory. {SOUGHT}",
        "",
    ),
    "a text that nobody approved": (
        copy(f"drafts/{DRAFT}.md", "content/essays/2026-11-25-minimal-zzzz.md"),
        ("content/essays/2026-11-25-minimal-zzzz.md: the record does not know this file. "
        "Was the record cut or replaced? Put it back: then it knows it. "
        "Else keep this file elsewhere: texts get here by corner approve."),
        "",
    ),
    "a text somewhere else in content/": (
        add("content/essay.md"),
        "content/essay.md: the record does not know this file",
        "",
    ),
    "a draft that nobody asked for": (
        add("drafts/2026-11-25-minimal-zzzz.md"),
        ("drafts/2026-11-25-minimal-zzzz.md: the record does not know this file. "
        "Was the record cut or replaced? Put it back: then it knows it. Else keep this file elsewhere."),
        "",
    ),
    "a vetoed draft that waits again": (
        copy(f"drafts/vetoed/{VETOED}.md", f"drafts/{VETOED}.md"),
        (f"drafts/{VETOED}.md: the file is not where the record says (expected drafts/vetoed/{VETOED}.md). "
        "The next command that writes puts it there."),
        "",
    ),
    "a withdrawn text in public": (
        copy(f"drafts/withdrawn/{GONE}.md", f"content/essays/{GONE}.md"),
        f"content/essays/{GONE}.md: a withdrawn text is still in public (expected drafts/withdrawn/{GONE}.md)",
        "",
    ),
    "another tag": (
        edit("corner.toml", 'tag = "corner.example,2026"', 'tag = "corner.example,2027"'),
        ("corner.toml: [site] tag is not the one on record (expected 'corner.example,2026', "
        "found 'corner.example,2027'). It names every entry in feed readers for good: put it back."),
        "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_each_tampering_with_a_file_is_named_with_its_place(root: Path, name: str) -> None:
    tamper, begin, end = FILES[name]
    tamper(root)
    found = problems(root)
    assert [problem for problem in found if problem.startswith(begin) and problem.endswith(end)], found
    assert len(found) == 1


def test_a_lost_or_changed_reason_of_a_veto_is_named(root: Path) -> None:
    (reason,) = (root / "drafts/reasons").iterdir()  # both editors gave the same one, with the same salt
    reason.write_bytes(reason.read_bytes().replace(b"because", b"becausf"))
    found = problems(root)
    assert len(found) == 2
    assert f"drafts/reasons/{reason.name}: the reason of the veto by 'ada' is not the one on record" in found[0]


# --- tampering with the record ----------------------------------------------------------------------------------------


def lines(root: Path) -> list[bytes]:
    return (root / LEDGER).read_bytes().split(b"\n")[:-1]


def write(root: Path, found: list[bytes]) -> None:
    (root / LEDGER).write_bytes(b"".join(line + b"\n" for line in found))


def forge(root: Path, change: Callable[[list[dict[str, object]]], None]) -> None:
    """Write the whole record anew, with a chain that holds: what only an owner of the workspace could do."""
    records = [json.loads(line) for line in lines(root)]
    change(records)
    forged, prev = [], EMPTY_DIGEST
    for number, record in enumerate(records, 1):
        line = ledger.canonical_json({**record, "seq": number, "prev": prev})
        forged.append(line)
        prev = digest(line)
    write(root, forged)


def place(records: list[dict[str, object]], event: str, draft_id: str | None = ENTRY) -> int:
    return next(n for n, record in enumerate(records) if (record["event"], record["id"]) == (event, draft_id))


def test_every_flipped_byte_of_every_line_but_the_last_is_named_with_its_line(root: Path) -> None:
    raw = bytearray((root / LEDGER).read_bytes())
    end = raw.rfind(b"\n", 0, -1)
    for position in range(0, end, 7):
        changed = bytearray(raw)
        changed[position] ^= 1
        (root / LEDGER).write_bytes(changed)
        line = bytes(raw[:position]).count(b"\n") + 1
        found = problems(root)
        named = {int(problem.split(":")[1]) for problem in found if problem.startswith(f"{LEDGER}:")}
        assert named & {line, line + 1}, (position, found)


def test_a_removed_an_added_and_a_moved_line_are_named(root: Path) -> None:
    original = lines(root)
    for number in range(1, len(original) - 1):
        write(root, original[:number] + original[number + 1 :])
        assert f"{LEDGER}:{number + 1}: a record is missing, doubled or moved" in problems(root)[0]
        write(root, [*original[:number], original[number + 1], original[number], *original[number + 2 :]])
        assert f"{LEDGER}:{number + 1}: a record is missing, doubled or moved" in problems(root)[0]
        write(root, [*original[:number], original[number], *original[number:]])
        assert f"{LEDGER}:{number + 2}: " in problems(root)[0]


def test_a_line_in_another_form_of_the_same_json_is_named(root: Path) -> None:
    write(root, [*lines(root)[:-1], lines(root)[-1].replace(b'{"at"', b'{ "at"')])
    (found,) = problems(root)
    assert "the line is not in its one canonical form" in found


def test_a_last_line_that_was_cut_short_is_named_and_the_rest_is_checked(root: Path) -> None:
    with (root / LEDGER).open("ab") as file:
        file.write(b'{"at":"2026')
    edit(f"content/essays/{ENTRY}.md", "The tide", "The tidf")(root)
    first, second = problems(root)
    assert first.endswith(
        "the last line has no line feed. A command was cut short: the next one that writes cuts it off."
    )
    assert "the text was changed" in second


def without_approval(records: list[dict[str, object]]) -> None:
    del records[place(records, "approved")]


def retracted_before(records: list[dict[str, object]]) -> None:
    at = place(records, "published")
    records.insert(at, {"at": records[at]["at"], "by": "ada", "event": "retracted", "id": ENTRY})


def held(records: list[dict[str, object]]) -> None:
    at = place(records, "published")
    vetoed = records[place(records, "vetoed", VETOED)]
    shas = {name: records[at - 1][name] for name in ("text_sha256", "front_sha256")}
    records.insert(at, {**vetoed, **shas, "id": ENTRY, "by": "eva"})


def by_a_stranger(event: str, draft_id: str = ENTRY) -> Callable[[list[dict[str, object]]], None]:
    def change(records: list[dict[str, object]]) -> None:
        records[place(records, event, draft_id)]["by"] = "mallory"

    return change


def other(event: str, draft_id: str | None = ENTRY, **values: object) -> Callable[[list[dict[str, object]]], None]:
    return lambda records: records[place(records, event, draft_id)].update(values)


def no_rules(records: list[dict[str, object]]) -> None:
    del records[0]


def unasked(records: list[dict[str, object]]) -> None:
    del records[place(records, "requested", DRAFT)]


def later(draft_id: str, event: str, **own: object) -> Callable[[list[dict[str, object]]], None]:
    """Something of a round is said of a draft that a round has brought already."""

    def change(records: list[dict[str, object]]) -> None:
        asked = records[place(records, "requested", draft_id)] if event == "requested" else {}
        at = {"at": records[-1]["at"], "by": "corner", "id": draft_id}
        records.append({**asked, **own, **at, "event": event})

    return change


def again(**own: object) -> Callable[[list[dict[str, object]]], None]:
    """Something else is asked for under an id that is not answered yet."""

    def change(records: list[dict[str, object]]) -> None:
        at = place(records, "requested")
        records.insert(at + 1, {**records[at], **own})

    return change


def letter_of_nobody(records: list[dict[str, object]]) -> None:
    about = {"text_sha256": OTHER, "front_sha256": None, "transcript_sha256": None, "public_sha256": None}
    records.append({**about, "at": records[-1]["at"], "by": "ada", "event": "letter", "id": None, "public": False})


def other_words(records: list[dict[str, object]]) -> None:
    """Ada approved the words of then; a failure makes room for others under the same id."""
    at = place(records, "published")
    failed = {"event": "failed", "cause": "overloaded", "partial_sha256": None, "by": "corner"}
    others = {**records[place(records, "written")], "text_sha256": EMPTY_DIGEST}
    records[at:at] = [{**failed, "at": others["at"], "id": ENTRY}, others]


def late_editor(records: list[dict[str, object]]) -> None:
    """Ada became an editor only after she had approved."""
    rules = dict(records[0])
    records[0]["editors"] = ["ben", "eva"]
    records.insert(place(records, "published"), rules)


RECORDS: dict[str, tuple[Callable[[list[dict[str, object]]], None], str]] = {
    "no approval": (without_approval, "was published without its quorum (expected 1 approval, found 0: none)"),
    "an approval taken back": (
        retracted_before,
        "was published without its quorum (expected 1 approval, found 0: none)",
    ),
    "over a hold": (held, "was published without its quorum (expected 2 approvals over 1 veto, found 1: ada)"),
    "approved by a stranger": (
        by_a_stranger("approved"),
        "'approved' by 'mallory', who was no editor at that time (expected one of: ada, ben, eva, found mallory)",
    ),
    "only a stranger's approval": (
        by_a_stranger("approved"),
        "without its quorum (expected 1 approval, found 0: none)",
    ),
    "vetoed by a stranger": (by_a_stranger("vetoed", VETOED), "'vetoed' by 'mallory', who was no editor at that time"),
    "published by a stranger": (by_a_stranger("published"), "'published' by 'mallory', who was no editor at that time"),
    "withdrawn by a stranger": (by_a_stranger("withdrawn", GONE), "'withdrawn' by 'mallory', who was no editor"),
    "an editor of later": (late_editor, "'approved' by 'ada', who was no editor at that time"),
    "another text approved": (other("approved", text_sha256=OTHER), "'text_sha256' of '2026-11-25-minimal-k3v9'"),
    "another text published": (other("published", text_sha256=OTHER), "is not what was recorded before"),
    "another route": (other("published", route="/essays/x/"), "(expected /essays/tides/, found /essays/x/)"),
    "another front matter": (other("approved", front_sha256=OTHER), "'front_sha256' of"),
    "other criteria": (
        other("vetoed", VETOED, criteria_sha256=OTHER),
        "a veto under other criteria than those in force",
    ),
    "no criterion": (other("vetoed", VETOED, criterion="taste"), "a veto names no published criterion"),
    "no rules": (no_rules, "something was done before any rules were on record (expected a 'rules' record"),
    "rules that need no approval": (
        other("rules", None, approvals=0),
        "'approvals' is no number that 3 editors can give",
    ),
    "rules with no end of vetoes": (
        other("rules", None, vetoes=4),
        "'vetoes' is no number that 3 editors can give (exp",
    ),
    "rules that any draft is vetoed by": (other("rules", None, vetoes=0), "(expected 1 to 3, found 0)"),
    "a slug that leads elsewhere": (
        other("approved", slug="../x"),
        "'slug' of '2026-11-25-minimal-k3v9' can be no addr",
    ),
    "a slug that no file can have": (
        other("approved", slug="a\0b"),
        "(expected lower-case letters, digits and single h",
    ),
    "no slug": (
        other("changed", slug=""),
        "can be no address (expected lower-case letters, digits and single hyphens, f",
    ),
    "an alias that leads elsewhere": (
        other("changed", aliases=["tides", "../x"]),
        "'aliases' of '2026-11-25-minimal-k3v",
    ),
    "a tag that leads elsewhere": (other("approved", tags=["../x"]), "single hyphens, found '../x')"),
    "a mode that leads elsewhere": (
        other("requested", mode="../x"),
        "'mode' of '2026-11-25-minimal-k3v9' can be no addr",
    ),
    "a request of no draft": (
        other("requested", id=None),
        "'requested' is about no draft or letter (found null)",
    ),
    "a letter of no id": (letter_of_nobody, "'letter' is about no draft or letter (found null)"),
    "rules of one draft": (other("rules", None, id=ENTRY), f"'rules' is about a draft or letter (found {ENTRY})"),
    "asked again under another mode": (
        again(mode="news"),
        f"'mode' of '{ENTRY}' is not what was recorded before (expected minimal, found news)",
    ),
    "asked again of another author": (again(author="small"), f"'author' of '{ENTRY}' is not what was recorded before"),
    "asked again for another edition": (again(edition="2026-12-02"), f"'edition' of '{ENTRY}' is not what was recor"),
    "asked again as for a letter": (again(mode="letter"), "(expected minimal, found letter)"),
    "nobody asked": (unasked, f"'written' about '{DRAFT}', which nobody has asked for"),
}

for event in ("failed", "cancelled", "passed", "requested"):
    own = {"failed": {"cause": "overloaded"}, "requested": {"attempt": 2, "request_sha256": EMPTY_DIGEST}}.get(
        event, {}
    )
    own |= {"partial_sha256": None} if event in {"failed", "cancelled"} else {}
    for draft_id, status in ((DRAFT, "waiting"), (VETOED, "vetoed"), (ENTRY, "published"), (GONE, "withdrawn")):
        RECORDS[f"{event} after {status}"] = (
            later(draft_id, event, **own),
            f"'{event}' about '{draft_id}' (expected one of: cancelled, failed, requested, found {status})",
        )

UNREADABLE = {
    "no time": (other("published", at="yesterday"), "'at' is no instant (expected one such as 2026-11-25T09:00:00Z, "),
    "no date": (
        other("published", date="garbage"),
        "'date' is no instant (expected one such as 2026-11-25T09:00:00Z, ",
    ),
    "a date of no year": (
        other("published", date="9999-12-31T23:59:59Z"),
        "of the years 1000 to 9998, found '9999-12-31T",
    ),
    "no edition": (
        other("requested", edition="abcd-99-99"),
        "'edition' is no edition (expected a date such as 2026-11-25, ",
    ),
    "no id": (
        other("requested", id="../../evil"),
        "'id' is no id (expected one such as 2026-11-25-minimal-ta05, found ",
    ),
    "no digest": (
        other("rules", None, modes_sha256="sha256:../../../../x"),
        "a digest has another form (expected 'sha256:' and 64 hex digits, found 'sha256:../../../../x')",
    ),
    "a digest with more after it": (
        other("vetoed", VETOED, reason_sha256=f"{OTHER}\n"),
        "a digest has another form (expected 'sha256:' and 64 hex digits, found",
    ),
}  # no reader takes such a line, so that none has to know what to make of it


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_is_said_of_its_line_by_verify_and_build_alike(root: Path, name: str) -> None:
    change, words = UNREADABLE[name]
    forge(root, change)
    verified, built = corner("-C", root, "verify"), corner("-C", root, "build")
    assert (verified.code, built.code) == (1, 1)
    assert (said := built.err.splitlines()[0]) in verified.err
    assert said.startswith(f"corner: {LEDGER}:")
    assert words in said


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_that_was_forged_whole_still_has_to_follow_the_rules(root: Path, name: str) -> None:
    change, words = RECORDS[name]
    forge(root, change)
    found = problems(root)
    assert [problem for problem in found if words in problem and problem.startswith(f"{LEDGER}:")], found


@pytest.mark.parametrize("name", [name for name in RECORDS if name != "no criterion"])  # no page shows its words
def test_a_build_renders_nothing_that_the_rules_forbade(root: Path, name: str) -> None:
    change, words = RECORDS[name]
    build(reopen(root))
    before = tree(root / "site")
    forge(root, change)
    with pytest.raises(LedgerError) as refused:
        build(reopen(root))
    # it stops at the first record that is wrong: a stranger's approval, before what it led to
    assert "stranger" in name or words in str(refused.value), refused.value
    assert all(problem.where.startswith(f"{LEDGER}:") for problem in refused.value.problems)
    assert tree(root / "site") == before


def test_a_build_renders_nothing_that_was_put_on_record_since_against_the_rules(root: Path) -> None:
    build(reopen(root))
    written = json.loads(lines(root)[place([json.loads(line) for line in lines(root)], "written", DRAFT)])
    told = {"event": "published", "by": "ada", "route": "/essays/waits/", "date": "2026-11-25T09:00:00Z"}
    forge(root, lambda records: records.append(told | {n: written[n] for n in ("at", "id", "text_sha256")}))
    with pytest.raises(LedgerError, match=f"'{DRAFT}' was published without its quorum"):
        build(reopen(root))


@pytest.mark.parametrize("own", [{"slug": "gone"}, {"aliases": ["gone"]}])
def test_an_address_that_two_entries_have_on_record_is_named(root: Path, own: dict[str, object]) -> None:
    forge(root, other("changed", **own))
    found = f"{LEDGER}: two entries have the address /essays/gone/ (found {ENTRY} and {GONE})"
    assert found in problems(root)


def test_a_record_forged_with_nothing_changed_is_the_same(root: Path) -> None:
    before = lines(root)
    forge(root, lambda _records: None)
    assert lines(root) == before


def test_another_model_may_be_asked_under_the_same_id_after_a_change_of_settings(root: Path) -> None:
    forge(root, again(model="another-model"))
    assert problems(root) == []


def test_nothing_is_published_that_nobody_approved_whatever_the_rules_say(root: Path) -> None:
    def change(records: list[dict[str, object]]) -> None:
        records[0]["approvals"] = 0
        retracted_before(records)

    forge(root, change)
    assert f"'{ENTRY}' was published without its quorum (expected 1 approval, found 0: none)" in "\n".join(
        problems(root)
    )


def test_an_approval_of_other_words_under_the_same_id_does_not_count(root: Path) -> None:
    forge(root, other_words)
    found = "\n".join(problems(root))
    assert f"'failed' about '{ENTRY}' (expected one of: cancelled, failed, requested, found approved)" in found
    assert f"'{ENTRY}' was written a second time (expected " in found
    assert f"'{ENTRY}' was published without its quorum (expected 1 approval, found 0: none)" in found
    with pytest.raises(LedgerError, match="'failed' about"):
        build(reopen(root))


def test_an_entry_published_unattended_is_well_only_if_the_rules_said_so(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "newsletter")
    draft_id = write_draft(workspace, TEXT)
    builders.approve(workspace, draft_id)
    builders.publish(workspace, draft_id)
    forge(workspace.folders.root, lambda records: records[-1].update(by="corner"))
    assert "'published' by 'corner', who was no editor at that time" in problems(workspace.folders.root)[0]
    forge(workspace.folders.root, lambda records: records[0].update(unattended=True))
    assert problems(workspace.folders.root) == []


# --- the command ------------------------------------------------------------------------------------------------------


def test_the_command_says_what_was_checked_and_what_was_not(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", str(root)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("checked: 21 records: chain, form, quorum, editors and criteria of their time\n")
    assert "not checked: whether the model that is named wrote the texts" in said
    assert "not checked: whether the record was written anew before anybody kept a copy" in said
    assert said.endswith("all is well\n")


def test_problems_are_said_and_the_exit_code_is_one(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(f"content/essays/{ENTRY}.md", "The tide", "The tidf")(root)
    assert run(["verify", "-C", str(root)]) == 1
    said = capsys.readouterr()
    assert said.err.startswith(f"corner: content/essays/{ENTRY}.md: the text was changed after it was recorded")
    assert said.out.endswith("1 problem\n")
    assert run(["verify", "-C", str(root), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["problems"][0]["where"] == f"content/essays/{ENTRY}.md"
    assert set(found) == {"checked", "problems", "unchecked"}


def test_a_public_copy_without_drafts_is_checked_as_far_as_it_goes(root: Path) -> None:
    shutil.rmtree(root / "drafts")
    report = verify_workspace(reopen(root))
    assert report.problems == ()
    assert "4 drafts, full transcripts and reasons of vetoes: drafts/ is private, and not here" in report.unchecked


@pytest.mark.parametrize("is_public", [False, True])
@pytest.mark.parametrize(
    ("recorded", "says"),
    [
        (
            {"request_sha256": EMPTY_DIGEST},
            f"request 1 is not on record as asked (expected one of: {EMPTY_DIGEST}, found sha256:",
        ),
        (
            {"model": "another-model"},
            "request 1 is to another model than on record (expected one of: another-model, found claude-3-opus-20240229)",
        ),
    ],
)
def test_a_request_on_record_that_is_not_the_one_in_the_transcript_is_named(
    root: Path, recorded: dict[str, str], says: str, is_public: bool
) -> None:
    def change(records: list[dict[str, object]]) -> None:
        for record in records[: place(records, "written")]:
            if record["event"] == "requested":
                record.update(recorded)

    forge(root, change)
    if is_public:
        shutil.rmtree(root / "drafts")
    where = f"content/essays/{ENTRY}.json" if is_public else f"drafts/transcripts/{ENTRY}.json"
    assert [problem for problem in problems(root) if problem.startswith(f"{where}: {says}")]


def retell(root: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the answers in both transcripts of the entry, and put on record what that gives."""
    shas = {}
    for sha, path in (("transcript", f"drafts/transcripts/{ENTRY}.json"), ("public", f"content/essays/{ENTRY}.json")):
        told = json.loads((root / path).read_bytes())
        for exchange in told["exchanges"]:
            change(exchange["response"])
        (root / path).write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", "utf-8")
        shas[f"{sha}_sha256"] = digest((root / path).read_bytes())
    forge(root, other("written", **shas))


@pytest.mark.parametrize("is_public", [False, True])
@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            lambda told: told.update(model="another-model"),
            "the text came with another model's name, or ended otherwise, than on record "
            "(expected claude-3-opus-20240229, end_turn, found another-model, end_turn)",
        ),
        (
            lambda told: told.update(stop_reason="max_tokens"),
            "(expected claude-3-opus-20240229, end_turn, found claude-3",
        ),
        (lambda told: told.update(content=[1]), "the transcript is not in its form"),
        (lambda told: told["content"][0].update(text="SAMPLE"), "text"),
    ],
    ids=["model", "end", "form", "text"],
)
def test_an_answer_in_the_transcript_that_is_not_the_one_on_record_is_named(
    root: Path, change: Callable[[dict[str, Any]], object], says: str, is_public: bool
) -> None:
    """The record holds the name that each answer came with: whoever has the transcript can see that it does."""
    build(reopen(root))
    retell(root, change)
    if is_public:
        shutil.rmtree(root / "drafts")
    assert any(ENTRY in problem and says in problem for problem in problems(root)), problems(root)
    shutil.copyfile(root / LEDGER, root / "site/ledger.jsonl")
    for slug in ("ebb", "tides"):
        shutil.copyfile(root / f"content/essays/{ENTRY}.json", root / f"site/essays/{slug}/transcript.json")
    found = verify_site(Folder(root / "site"), Known()).problems
    assert [one for one in found if one.where == "essays/ebb/transcript.json" and says in str(one)]


def test_a_transcript_on_record_that_lacks_the_text_stops_the_build(root: Path) -> None:
    retell(root, lambda told: told["content"][0].update(text="SAMPLE"))
    with pytest.raises(BuildError, match="no answer in its transcript is its text") as caught:
        build(reopen(root))
    assert ENTRY in str(caught.value)


@pytest.mark.parametrize("is_public", [False, True])
def test_a_request_of_which_a_part_is_withheld_is_compared_only_by_who_has_all_of_it(
    tmp_path: Path, is_public: bool
) -> None:
    workspace = make_workspace(tmp_path / "newsletter")
    publish_entry(workspace, context=[document("Not ours to show.", disclosure="hash-only")])
    root = workspace.folders.root
    if is_public:
        shutil.rmtree(root / "drafts")
    report, note = verify_workspace(reopen(root)), "whether 1 text answers the request on record: a part of what was "
    assert report.problems == ()
    assert any(line.startswith(note) for line in report.unchecked) is is_public
    forge(root, lambda records: records[1].update(request_sha256=EMPTY_DIGEST))
    assert ("request 1 is not on record as asked" in "".join(problems(root))) is not is_public


def test_times_that_cannot_all_be_true_are_said_to_be_unchecked(tmp_path: Path) -> None:
    """A clock may be set right, and `--now` is what somebody says: it is no problem, but nobody shall rely on it."""
    workspace = make_workspace(tmp_path / "newsletter")
    draft_id = write_draft(workspace)
    assert not any("times" in line for line in verify_workspace(workspace).unchecked)
    seq = len(workspace.ledger().records) + 1
    for at in ("2025-11-01T09:00:00Z", "2026-12-01T09:00:00Z", "2026-12-01T08:58:00Z"):
        with workspace.writing() as pen:
            kind = ledger.Restored if at.startswith("2026-12-01T09") else ledger.SetAside
            reason = {} if kind is ledger.Restored else {"text_sha256": digest(TEXT), "reason": "SAMPLE"}
            pen.record(kind, at=at, id=draft_id, by="ada", **reason)

    report = verify_workspace(workspace)

    assert report.problems == ()
    told = f"whether times are true: the clock went back, first at line {seq} of the record (1 in all)"
    assert told in report.unchecked


def test_a_broken_chain_is_one_problem_and_not_a_thousand(root: Path) -> None:
    forged = lines(root)
    forged[2] = forged[2].replace(b"3-opus", b"3-Opus")
    write(root, forged)
    report = verify_workspace(reopen(root))
    assert len(report.problems) == 1
    assert report.unchecked[-1].startswith("the files: the record cannot be followed to its end")


@pytest.mark.parametrize("number", [0, 1])
def test_a_text_of_modes_or_criteria_that_was_changed_is_told_by_verify_and_build(root: Path, number: int) -> None:
    path = sorted((root / "content/rules").glob("*.json"))[number]
    path.write_bytes(path.read_bytes() + b" ")
    said = f"corner: content/rules/{path.name}: these are not the rules on record (expected sha256:{path.stem}"
    for command in ("verify", "build"):
        assert (done := corner("-C", root, command)).code == 1
        assert said in done.err
        assert done.err.splitlines()[0].endswith("). Put it back, from a backup or git.")
    path.unlink()
    assert "checked: 1 of 2 texts of modes and criteria that the record names" in corner("-C", root, "verify").out

"""Letters to the author: sent through the driver of drafts, answered word for word, shown only as both letters say."""

from __future__ import annotations

import json
import random
import re
import shutil
from pathlib import Path

import pytest

import fault_server as faults
import tamperings
from builders import NOW, publish_entry, reopen, tree, write_draft
from claudes_corner.errors import DecisionError, TextError
from claudes_corner.generation.letters import CONSENT, consents, send_letter
from claudes_corner.letters import answer_id, letters_about, read_letter, read_letters
from claudes_corner.review.letters import new_letter
from claudes_corner.schedule import render_instant
from claudes_corner.text import EMPTY_DIGEST, digest
from claudes_corner.verify.folders import verify_workspace
from commands import Said, corner
from fault_server import FaultServer
from rounds import Clock, Dying, events, make_author, make_reach

WORDS = "SAMPLE: which modes would you like?"
ANSWER = "SAMPLE: the ones with\r\n*news*.\n"


def at(root: Path, *args: str | Path, typed: str = "") -> Said:
    return corner("-C", root, "--now", render_instant(NOW), *args, typed=typed)


def new(root: Path, *more: str, text: str = WORDS) -> str:
    said = at(root, "letter", "new", "--by", "ada", *more, *(("--text", text) if text else ()))
    assert said.code == 0, said
    return said.out.split(":")[0]


def is_well(root: Path) -> bool:
    report = verify_workspace(reopen(root))
    assert report.problems == ()
    return True


def digits(root: Path, letter_id: str) -> str:
    return reopen(root).ledger().letters[letter_id].text_sha256[7:15]


# --- sending ----------------------------------------------------------------------------------------------------------


def test_a_letter_that_was_not_sent_has_no_answer_to_show(root: Path) -> None:
    letter = new(root, "--to", "opus-3", "--public")
    said = at(root, "letter", "publish", letter, "--digest", "0" * 8, "--by", "ada")
    assert said.err == (
        f"corner: letter {letter!r} has not been sent, so it has no answer. First: corner letter send {letter}.\n"
    )


def test_a_letter_is_answered_word_for_word_and_both_are_on_record(root: Path, server: FaultServer) -> None:
    server.then(faults.answer(ANSWER))
    letter = new(root, "--to", "opus-3")

    said = at(root, "letter", "send", letter)

    answer = answer_id(letter)
    assert said.out == f"{answer}: answered, and on record; read it: corner letter show {answer}\n"
    assert at(root, "letter", "show", answer, "--raw").out == "SAMPLE: the ones with\n*news*."
    assert [(r.event, r.id, r.by) for r in reopen(root).ledger().records[1:]] == [
        ("letter", letter, "ada"),
        ("requested", answer, "corner"),
        ("letter", answer, "corner"),
    ]
    assert server.requests[0].body["messages"] == [{"role": "user", "content": [{"type": "text", "text": WORDS}]}]
    assert reopen(root).ledger().standings == {}, "a letter is no draft"
    assert is_well(root)


def test_a_letter_goes_with_the_authors_own_entries_and_the_letters_so_far(root: Path, server: FaultServer) -> None:
    publish_entry(reopen(root), "# Mine\n\nBy opus-3.", slug="mine")
    server.otherwise = faults.answer(ANSWER)
    first = new(root, "--to", "opus-3")
    at(root, "letter", "send", first)
    second = new(root, "--reply-to", answer_id(first), "--to", "opus-3", text="SAMPLE: and why?")

    at(root, "letter", "send", second)

    texts = [block["text"] for block in server.requests[1].body["messages"][0]["content"]]
    assert [re.sub(r'<document id="\w+" title="([^"]+)".*', r"\1", text, flags=re.DOTALL) for text in texts] == [
        f"Letter from ada to opus-3, {NOW:%Y-%m-%d}",
        f"Letter from opus-3 to ada, {NOW:%Y-%m-%d}",
        "Mine",
        "SAMPLE: and why?",
    ]
    assert at(root, "letter", "show", answer_id(second), "--prompt").out.count("SAMPLE: and why?") == 1


def test_a_letter_may_be_written_in_its_file_until_it_is_sent(root: Path, server: FaultServer) -> None:
    letter = new(root, "--to", "opus-3", text="")
    path = root / f"drafts/letters/{letter}.md"
    said = at(root, "letter", "send", letter)
    assert said.err == (
        f"corner: drafts/letters/{letter}.md: the letter is empty. Write it beneath the front matter.\n"
    )
    assert (said.code, events(reopen(root)), server.requests) == (1, [], [])
    path.write_text(f"{path.read_text()}{WORDS}\n\n", encoding="utf-8")
    server.then(faults.answer(ANSWER))

    assert at(root, "letter", "send", letter).code == 0

    path.write_text(path.read_text().replace("modes", "MODES"), encoding="utf-8")
    said = at(root, "letter", "show", letter)
    assert f"drafts/letters/{letter}.md: the letter is not what was recorded (expected sha256:" in said.err
    assert "Nobody's letter is edited: put the file back, from a backup or git." in said.err


def test_a_letter_without_an_answer_may_be_sent_again_and_one_with_an_answer_is_not(
    root: Path, server: FaultServer
) -> None:
    server.then(faults.refusal("SAMPLE: I would"))
    letter = new(root, "--to", "opus-3")

    said = at(root, "letter", "send", letter)

    assert (said.code, events(reopen(root))) == (1, ["letter", "requested", "failed"])
    assert f"{letter}  ada to opus-3, 2026-11-22: sent; no answer yet\n" in at(root, "letter", "list").out
    assert any(path.read_text() == "SAMPLE: I would" for path in (root / ".corner/unfinished").glob("*.partial.txt"))
    server.then(faults.answer(ANSWER))
    assert [at(root, "letter", "send", letter).code for _ in range(2)] == [0, 0]
    assert events(reopen(root))[3:] == ["requested", "letter"]
    assert len(server.requests) == 2
    assert is_well(root)


def test_a_letter_cut_short_anywhere_loses_no_answer(root: Path, server: FaultServer) -> None:
    workspace = reopen(root)
    answers = []
    for stop_at in range(1, 30):
        choose = random.Random(stop_at).choice
        letter = new_letter(workspace, "ada", NOW, choose, text=f"{WORDS} {stop_at}", to="opus-3").front.id
        asked = len(server.requests)
        server.otherwise = faults.answer(f"SAMPLE answer {stop_at}")
        disk = Dying(stop_at)
        done = False
        for attempt in (reopen(root, disk), reopen(root)):
            try:
                author, reach = make_author(attempt, server.url), make_reach(attempt)
                answers.append(send_letter(attempt, letter, author, reach, Clock().passage, lambda _: None))
                done = attempt.disk is disk
                break
            except KeyboardInterrupt:
                at(root, "status")
        assert answers[-1].text == f"SAMPLE answer {stop_at}"
        send_letter(reopen(root), letter, author, reach, Clock().passage, lambda _: None)  # nothing is asked any more
        assert len(server.requests) - asked <= 2
        assert list((root / ".corner/rounds").iterdir()) == []
        if done:
            break
    else:
        pytest.fail("it never ran to its end")
    assert is_well(root)


# --- readers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ("SAMPLE\n\npublic", True),
        ("SAMPLE\n`Public.`\n", True),
        ("SAMPLE\n\nprivate", False),
        ("SAMPLE: let it be public", False),
        ("public\n\nSAMPLE", False),
        ("SAMPLE", False),
    ],
)
def test_only_a_last_line_of_its_own_lets_readers_see_an_answer(answer: str, says: bool) -> None:
    assert consents(answer) is says


def test_readers_see_a_letter_when_both_say_so_and_an_editor_has_read_the_answer(
    root: Path, server: FaultServer
) -> None:
    server.then(faults.answer("SAMPLE: gladly.\n\npublic"))
    letter = new(root, "--to", "opus-3", "--public")
    said = at(root, "letter", "send", letter)
    answer = answer_id(letter)
    prefix = digits(root, answer)
    assert server.requests[0].body["messages"][0]["content"][-1]["text"] == CONSENT
    assert said.out.endswith(f"  both letters may be public: corner letter publish {answer} --digest {prefix}\n")
    assert not (root / "content/letters").exists(), "nobody has read it yet"

    said = at(root, "letter", "publish", answer, "--digest", prefix, "--by", "ben")

    assert said.out == "".join(f"{one}: at /letters/{one}/ after the next build\n" for one in (letter, answer))
    assert sorted(tree(root / "content/letters")) == [
        f"letters/{answer}.json",
        f"letters/{answer}.md",
        f"letters/{letter}.md",
    ]
    assert [letter.is_public for letter in read_letters(reopen(root).folders, reopen(root).ledger())] == [True, True]
    assert is_well(root)

    at(root, "letter", "publish", letter, "--digest", prefix, "--by", "ben", "--withdraw")

    assert tree(root / "content/letters") == {}
    assert is_well(root)


@pytest.mark.parametrize(
    ("wish", "answer", "prefix", "says"),
    [
        (("--public",), "SAMPLE\n\nprivate", "", "the author's answer 'ANSWER' does not say that readers may see it."),
        ((), "SAMPLE\n\npublic", "", "the editor's letter 'LETTER' does not say that readers may see it."),
        (("--public",), "SAMPLE\n\npublic", "00000000", "letter 'ANSWER' is not the answer that you read (expected"),
        (("--public",), "SAMPLE\n\npublic", "0", "'0' is no digest of the answer that you read (expected at least 8"),
    ],
)
def test_a_letter_stays_private_unless_everything_speaks_for_it(
    root: Path, server: FaultServer, wish: tuple[str, ...], answer: str, prefix: str, says: str
) -> None:
    server.then(faults.answer(answer))
    letter = new(root, "--to", "opus-3", *wish)
    at(root, "letter", "send", letter)
    found = answer_id(letter)

    said = at(root, "letter", "publish", found, "--digest", prefix or digits(root, found), "--by", "ben")

    assert said.code in {1, 2}
    assert says.replace("ANSWER", found).replace("LETTER", letter) in said.err
    assert not (root / "content/letters").exists()


def test_a_private_letter_in_context_stays_private_when_its_sequel_is_public(root: Path, server: FaultServer) -> None:
    server.otherwise = faults.answer("SAMPLE-SECRET of the author\n\npublic")
    at(root, "letter", "send", new(root, "--to", "opus-3", text="SAMPLE-SECRET of ada"))
    server.otherwise = faults.answer("SAMPLE: yes.\n\npublic")
    letter = new(root, "--to", "opus-3", "--public")
    at(root, "letter", "send", letter)
    answer = answer_id(letter)

    at(root, "letter", "publish", answer, "--digest", digits(root, answer), "--by", "ada")

    assert b"SAMPLE-SECRET of ada" in server.requests[1].raw
    for name, raw in tree(root / "content").items():
        assert b"SAMPLE-SECRET" not in raw, name
    context = json.loads((root / f"content/letters/{answer}.json").read_bytes())["context"]
    assert [line["disclosure"] for line in context] == ["hash-only", "hash-only"]


# --- vetoes -----------------------------------------------------------------------------------------------------------

VETO = ("--criterion", "privacy", "--reason", "SAMPLE: it names a neighbour.", "--by", "ada")


def test_a_veto_and_its_reason_are_sent_in_one_step_and_the_answer_stands_beside_it(
    root: Path, server: FaultServer
) -> None:
    draft_id = write_draft(reopen(root), "# Mine\n\nOf my neighbour.")
    sha = reopen(root).ledger().standings[draft_id].text_sha256
    server.then(faults.answer(ANSWER))

    said = at(root, "veto", draft_id, "--digest", sha[7:15], *VETO, "--letter")

    assert said.code == 0, said
    about, words = (block["text"] for block in server.requests[0].body["messages"][0]["content"])
    assert "Of my neighbour." in about
    assert words.startswith('Your text for the edition of 2026-11-25, written under the mode "Minimal prompt", stands')
    assert "An editor has vetoed it. The veto holds it" in words
    assert '"privacy": It tells what a living person would want kept to themselves.' in words
    assert "\n\nSAMPLE: it names a neighbour.\n\n" in words
    known = reopen(root).ledger()
    assert [letter.front.sender for letter in letters_about(reopen(root).folders, known, draft_id)] == ["ada", "opus-3"]
    assert re.search(r"letter: (\S+-answer-\S+) from opus-3; corner letter show \1\n", at(root, "show", draft_id).out)
    for name, raw in tree(root / "content").items():
        assert b"neighbour" not in raw, name
    assert is_well(root)


def test_a_veto_stands_though_its_letter_gets_no_answer(root: Path, server: FaultServer) -> None:
    draft_id = write_draft(reopen(root))
    sha = reopen(root).ledger().standings[draft_id].text_sha256
    server.then(faults.forbidden())

    said = at(root, "veto", draft_id, "--digest", sha[7:15], *VETO, "--letter")

    assert said.code == 1
    assert re.search(r"if no answer comes, send it again: corner letter send 2026-11-22-letter-\w{4}\n", said.err)
    assert reopen(root).ledger().standings[draft_id].holds[0].editor == "ada"
    assert events(reopen(root))[-3:] == ["letter", "requested", "failed"]


def test_a_letter_about_a_veto_needs_ones_own_veto_and_is_private(root: Path) -> None:
    draft_id = write_draft(reopen(root))
    said = at(root, "letter", "new", "--about-veto", draft_id, "--by", "ada")
    assert said.err == f"corner: 'ada' has no veto on draft {draft_id!r} to write about. See: corner show {draft_id}.\n"
    said = at(root, "letter", "new", "--about-veto", draft_id, "--public", "--by", "ada")
    assert said.err == "corner: a letter about a veto has its own words, and is private. Leave the others out.\n"


# --- lists and messages -----------------------------------------------------------------------------------------------


def test_letters_are_listed_and_shown(root: Path, server: FaultServer) -> None:
    assert at(root, "letter", "list").out == "no letter was written yet\n"
    server.then(faults.answer("SAMPLE: \x1b[31mred"))
    sent = new(root, "--to", "opus-3")
    at(root, "letter", "send", sent)
    waiting = new(root, "--to", "small", text="SAMPLE: later")

    lines = at(root, "letter", "list").out.splitlines()
    assert [line.partition(": ")[2] for line in lines] == ["private", "private", "not sent"]
    found = json.loads(at(root, "letter", "list", "--json").out)["entries"]
    assert [(one["id"], one["from"], one["state"]) for one in found] == [
        (sent, "ada", "private"),
        (answer_id(sent), "opus-3", "private"),
        (waiting, "ada", "not sent"),
    ]
    shown = at(root, "letter", "show", answer_id(sent)).out
    assert "SAMPLE: \\x1b[31mred" in shown
    assert "model:        claude-3-opus-20240229\n" in shown


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("send 2026-11-22-letter-0000", "there is no letter '2026-11-22-letter-0000'. See: corner letter list."),
        ("show 2026-11-22-letter-0000", "there is no letter '2026-11-22-letter-0000'. See: corner letter list."),
        ("new --by ada --text x", "to which author? (expected one of: opus-3, small). Say which: --to AUTHOR."),
        ("new --by ada --text x --to op", "there is no author 'op' (expected one of: opus-3, small). Say which: --to"),
        ("new --by ada --text x --about nothing", "there is no draft or entry 'nothing'."),
    ],
)
def test_what_cannot_be_is_refused(root: Path, call: str, says: str) -> None:
    assert says in at(root, "letter", *call.split()).err


def test_a_letter_in_another_encoding_is_refused_and_one_from_a_file_is_taken(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "letter.md"
    path.write_bytes("SAMPLE: größer".encode("latin-1"))
    said = at(root, "letter", "new", "--by", "ada", "--to", "opus-3", "--file", path)
    assert said.err == "corner: the letter is not UTF-8. Save the file as UTF-8.\n"
    path.write_text("SAMPLE: größer", encoding="utf-8")
    letter = new(root, "--to", "opus-3", "--file", str(path), text="")
    assert at(root, "letter", "show", letter).out.endswith("\n\nSAMPLE: größer\n")


@pytest.mark.parametrize(("text", "step"), [(WORDS, "read it"), ("", "write it there")])
def test_a_letter_without_words_is_to_be_written_first(root: Path, text: str, step: str) -> None:
    said = at(root, "letter", "new", "--by", "ada", "--to", "opus-3", "--text", text)
    letter = said.out.partition(":")[0]
    assert "\npublic:       false\n" in at(root, "letter", "show", letter).out, "as its file has it"
    assert said.out == f"{letter}: ready in drafts/letters/{letter}.md\n  {step}, then: corner letter send {letter}\n"


def test_a_letter_keeps_to_the_budget_of_a_round(root: Path, server: FaultServer) -> None:
    path = root / "corner.toml"
    path.write_text(path.read_text("utf-8").replace("at_once = 1", "at_once = 1\nbudget_tokens = 50"), encoding="utf-8")
    letter = new(root, "--to", "opus-3")
    said = at(root, "letter", "send", letter)
    assert "budget could be exceeded by the next request, so it was not sent" in said.err
    assert (said.code, server.requests) == (1, [])


def test_only_an_answer_has_a_transcript(root: Path) -> None:
    letter = new(root, "--to", "opus-3")
    said = at(root, "letter", "show", letter, "--prompt")
    assert said.err == f"corner: '{letter}' is no answer. Name the answer: {answer_id(letter)}.\n"


# --- verify -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def public(root: Path, server: FaultServer) -> tuple[str, str]:
    """A letter and its answer that readers see."""
    server.then(faults.answer("SAMPLE: gladly.\n\npublic"))
    letter = new(root, "--to", "opus-3", "--public")
    at(root, "letter", "send", letter)
    answer = answer_id(letter)
    at(root, "letter", "publish", answer, "--digest", digits(root, answer), "--by", "ben")
    return letter, answer


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("content/letters/ANSWER.md", "the letter is not what was recorded"),
        ("content/letters/LETTER.md", "the letter is not what was recorded"),
        ("content/letters/ANSWER.json", "the public transcript is not what was recorded"),
        ("drafts/letters/ANSWER.json", "the transcript is not what was recorded"),
    ],
)
def test_verify_names_a_letter_that_was_tampered_with(
    root: Path, public: tuple[str, str], path: str, says: str
) -> None:
    where = path.replace("LETTER", public[0]).replace("ANSWER", public[1])
    text = (root / where).read_text("utf-8")
    (root / where).write_text(text.replace("SAMPLE", "sample"), encoding="utf-8")

    assert [str(p).partition(" (")[0] for p in verify_workspace(reopen(root)).problems] == [f"{where}: {says}"]


def test_verify_names_an_answer_that_its_public_transcript_does_not_hold(root: Path, public: tuple[str, str]) -> None:
    """Whoever has no more than a public archive can see it, too."""
    path = root / f"content/letters/{public[1]}.json"
    path.write_text(path.read_text("utf-8").replace("SAMPLE: gladly", "SAMPLE: never"), encoding="utf-8")

    def put_on_record(told: tamperings.Records) -> None:
        for record in told:
            if record["event"] == "letter" and record["id"] == public[1]:
                record["public_sha256"] = digest(path.read_bytes())

    tamperings.records(put_on_record)(root / "content")
    shutil.rmtree(root / "drafts")

    found = [str(problem).partition(" (")[0] for problem in verify_workspace(reopen(root)).problems]
    assert found == [f"content/letters/{public[1]}.json: no answer in the transcript is this text"]


@pytest.mark.parametrize("is_public", [False, True])
@pytest.mark.parametrize(
    ("own", "says"),
    [
        ({"request_sha256": EMPTY_DIGEST}, "request 1 is not on record as asked"),
        ({"model": "another-model"}, "request 1 is to another model than on record"),
    ],
)
def test_verify_names_an_answer_to_another_request_than_is_on_record(
    root: Path, public: tuple[str, str], own: dict[str, str], says: str, is_public: bool
) -> None:
    def put_on_record(told: tamperings.Records) -> None:
        told[tamperings.find(told, "requested", public[1])].update(own)

    tamperings.records(put_on_record)(root / "content")
    if is_public:
        shutil.rmtree(root / "drafts")
    paths = [f"content/letters/{public[1]}.json", *(() if is_public else [f"drafts/letters/{public[1]}.json"])]
    found = [str(problem).partition(" (")[0] for problem in verify_workspace(reopen(root)).problems]
    assert found == [f"{path}: {says}" for path in paths]


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("model", "another-model", "the text came with another model's name, or ended otherwise, than on record"),
        ("content", [1], "the transcript is not in its form"),
    ],
)
def test_verify_names_an_answer_that_came_otherwise_than_the_letter_says(
    root: Path, public: tuple[str, str], key: str, value: object, says: str
) -> None:
    """Both transcripts were changed, and put on record as they are now."""
    shas = {}
    for sha, folder in (("public_sha256", "content"), ("transcript_sha256", "drafts")):
        path = root / folder / f"letters/{public[1]}.json"
        told = json.loads(path.read_bytes())
        told["exchanges"][0]["response"][key] = value
        path.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        shas[sha] = digest(path.read_bytes())

    def put_on_record(told: tamperings.Records) -> None:
        for record in told:
            if record["event"] == "letter" and record["id"] == public[1]:
                record.update(shas)

    tamperings.records(put_on_record)(root / "content")
    assert any(says in str(problem) for problem in verify_workspace(reopen(root)).problems)


def test_verify_names_letters_that_the_record_does_not_know(root: Path, public: tuple[str, str]) -> None:
    for where in ("content/letters/2026-11-22-letter-zzzz.md", "drafts/letters/2026-11-22-answer-zzzz.md"):
        (root / where).write_text("SAMPLE", encoding="utf-8")

    found = [str(problem) for problem in verify_workspace(reopen(root)).problems]

    assert [line.partition(":")[0] for line in found] == [
        "content/letters/2026-11-22-letter-zzzz.md",
        "drafts/letters/2026-11-22-answer-zzzz.md",
    ]


def test_a_letter_that_was_cut_short_on_its_way_to_readers_gets_there(root: Path, public: tuple[str, str]) -> None:
    (root / f"content/letters/{public[1]}.md").replace(root / f"drafts/letters/{public[1]}.md")
    (root / f"content/letters/{public[1]}.json").unlink()

    with reopen(root).writing():
        pass

    assert is_well(root)


def test_a_letter_is_read_only_as_it_was_recorded(root: Path, public: tuple[str, str]) -> None:
    workspace = reopen(root)
    with pytest.raises(DecisionError):
        read_letter(workspace.folders, workspace.ledger(), "2026-11-22-letter-none")
    path = root / f"content/letters/{public[0]}.md"
    path.write_text(path.read_text("utf-8").replace("to: opus-3", "to: small"), encoding="utf-8")
    with pytest.raises(TextError, match="the letter's front matter is not what was recorded"):
        read_letter(workspace.folders, workspace.ledger(), public[0])
    path.unlink()
    with pytest.raises(TextError, match="cannot be read: no such file"):
        read_letter(workspace.folders, workspace.ledger(), public[0])

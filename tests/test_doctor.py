"""`corner doctor` says of everything the week needs how it stands, and what to do; and tokens are counted where asked."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

import fault_server as faults
import sites
from builders import NOW, publish_entry, reopen, write_draft
from claudes_corner.addresses import is_placeholder
from claudes_corner.schedule import render_instant
from claudes_corner.workspace import Workspace
from commands import Said, corner
from fault_server import Behaviour, FaultServer, closed_port
from rounds import KEY, OPUS_3

ACTIVE = {"type": "model", "id": OPUS_3, "display_name": "Claude Opus 3", "lifecycle": "active"}
SITE = "https://192.0.2.7/"
ON_TIME = "Sun, 22 Nov 2026 18:00:03 GMT"


@pytest.fixture
def server(server: FaultServer) -> FaultServer:
    """It knows the model, and the time."""
    server.otherwise = faults.says(ACTIVE, date=ON_TIME)
    return server


@pytest.fixture
def root(workspace: Workspace) -> Path:
    """One author, opus-3; an address that is no placeholder."""
    path = workspace.folders.root / "corner.toml"
    text = re.sub(r"\[authors\.small\]\n(?:.+\n)*", "", path.read_text(encoding="utf-8"))
    path.write_text(text.replace("https://corner.example/", SITE), encoding="utf-8")
    return workspace.folders.root


def doctor(root: Path, *more: str) -> Said:
    return corner("-C", root, "--now", render_instant(NOW), "doctor", *more)


def line(said: Said, name: str) -> str:
    (found,) = [one for one in said.out.splitlines() if re.match(rf"\w+  {re.escape(name)}: ", one)]
    return found


def test_all_is_well_and_the_key_is_never_shown(root: Path, server: FaultServer) -> None:
    publish_entry(reopen(root))
    assert corner("-C", root, "build").code == 0

    said = doctor(root)

    assert said.code == 0, said
    assert {one.split()[0] for one in said.out.splitlines()} == {"well"}
    assert line(said, "model of opus-3") == f"well  model of opus-3: {OPUS_3} answers to this key (active)"
    assert line(said, "clock") == f"well  clock: 3 seconds from that of {server.url}"
    assert line(said, "key of opus-3") == "well  key of opus-3: ANTHROPIC_API_KEY is set"
    assert KEY not in said.all
    (asked,) = server.requests
    assert (asked.path, asked.raw) == (f"/v1/models/{OPUS_3}", b"")


def test_the_answer_is_also_there_as_one_json_object(root: Path, server: FaultServer) -> None:
    found = json.loads(doctor(root, "--json").out)["entries"]
    assert {"name": "config", "state": "well", "says": "corner.toml is sound"} in found


@pytest.mark.parametrize(
    ("behaviour", "says"),
    [
        (
            faults.says({**ACTIVE, "lifecycle": "deprecated", "retires_at": "2027-01-05T00:00:00Z"}),
            f"look  model of opus-3: {OPUS_3} answers to this key (deprecated, retires on 2027-01-05)",
        ),
        (
            faults.says({**ACTIVE, "lifecycle": "retired", "deprecated_at": "2025-06-30T00:00:00Z"}),
            f"look  model of opus-3: {OPUS_3} is retired: it may be listed and yet not answer. A round will tell",
        ),
        (faults.says({"id": OPUS_3}), f"look  model of opus-3: {OPUS_3} answers to this key (of unknown lifecycle)"),
        (faults.unauthorized(), "stop  author opus-3: the key in ANTHROPIC_API_KEY was refused"),
        (faults.not_found(), f"stop  author opus-3: URL does not know {OPUS_3}"),
        *(
            (faults.status(code, kind), "look  model of opus-3: URL tells nothing of models. A round will tell")
            for code, kind in ((404, "not_found_error"), (405, ""), (501, "api_error"))
        ),
        (faults.html_answer(), "stop  author opus-3: URL is no Messages API. Check `base_url`."),
        (faults.says([1]), "stop  author opus-3: URL is no Messages API. Check `base_url`."),
        (faults.reset(), "stop  author opus-3: URL cannot be reached"),
        (
            faults.says(ACTIVE, date="Sun, 22 Nov 2026 17:00:00 +99999999999999"),  # no time that there can be
            f"well  model of opus-3: {OPUS_3} answers to this key (active)",
        ),
        (
            faults.says(ACTIVE, date="Sun, 22 Nov 2026 17:00:00 GMT"),
            "stop  clock: 3,600 seconds from that of URL. Set this machine's clock: every record bears its time",
        ),
    ],
)
def test_what_the_authors_api_says_is_passed_on(
    root: Path, server: FaultServer, behaviour: Behaviour, says: str
) -> None:
    server.then(behaviour)

    said = doctor(root)

    assert says.replace("URL", server.url) in said.out
    assert said.code == (1 if says.startswith("stop") else 0)
    assert KEY not in said.all


def test_a_missing_key_and_an_address_where_nobody_answers_are_said(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "stop  author opus-3: corner.toml: [authors.opus-3]: no key: the environment variable" in doctor(root).out
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    with closed_port() as url:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", url)
        assert f"stop  author opus-3: {url} cannot be reached" in doctor(root).out


def test_of_each_author_it_is_said_what_is_missing(root: Path) -> None:
    with (root / "corner.toml").open("a", encoding="utf-8") as file:
        for name, line in (("second", 'key_env = "SECOND_KEY"'), ("third", 'base_url = "https://192.0.2.7/"')):
            file.write(f'\n[authors.{name}]\nname = "SAMPLE"\nmodel = "sample-model"\n{line}\n')
    said = doctor(root).out
    for name, variable in (("opus-3", "ANTHROPIC_API_KEY"), ("second", "SECOND_KEY")):
        no_key = f"corner.toml: [authors.{name}]: no key: the environment variable {variable} is not set"
        assert f"stop  author {name}: {no_key}" in said
    assert "stop  author third: corner.toml: [authors.third]: https://192.0.2.7/ is not Anthropic's" in said


def test_a_placeholder_for_address_or_tag_is_worth_a_look_as_long_as_it_can_be_changed(
    root: Path, server: FaultServer
) -> None:
    path = root / "corner.toml"
    path.write_text(path.read_text("utf-8").replace(SITE, "https://letter.example.org/"), encoding="utf-8")
    said = doctor(root)
    assert said.code == 0
    assert line(said, "address") == (
        "look  address: corner.toml: [site] base_url: no reader can reach this address, and feeds keep the links that"
        " went out (found 'https://letter.example.org/'). Write where the site will be served, then deploy."
    )
    assert line(said, "tag") == (
        "look  tag: corner.toml: [site] tag: this name is nobody's, and the first draft puts it on record for good"
        " (found 'corner.example,2026'). Write a domain of yours, and the year."
    )
    path.write_text(path.read_text("utf-8").replace("https://letter.example.org/", SITE), encoding="utf-8")
    publish_entry(reopen(root))
    said = doctor(root)
    assert line(said, "address") == f"well  address: {SITE}"
    assert "  tag: " not in said.out


@pytest.mark.parametrize(
    ("host", "answer"),
    [
        *((host, True) for host in ("corner.example", "example.com", "a.example.net", "Site.TEST.", "x.invalid")),
        *((host, True) for host in ("localhost", "a.localhost", "127.0.0.1", "::1")),
        *((host, False) for host in ("letter.org", "myexample.com", "example.dev", "test.org", "192.0.2.7", "")),
    ],
)
def test_names_that_are_reserved_are_told_from_those_that_somebody_has(host: str, answer: bool) -> None:
    assert is_placeholder(host) is answer


def test_a_broken_config_is_all_there_is_to_say(root: Path) -> None:
    (root / "corner.toml").write_text("[site\n", encoding="utf-8")
    said = doctor(root)
    assert (said.code, said.out.count("\n")) == (1, 1)
    assert said.out.startswith("stop  config: corner.toml:1: not valid TOML")


def test_a_broken_record_lost_files_and_a_file_where_a_folder_belongs_are_said(root: Path, server: FaultServer) -> None:
    draft_id = write_draft(reopen(root))
    (root / f"drafts/{draft_id}.md").unlink()
    (root / "site").write_text("")
    said = doctor(root)
    assert f"look  files: not where the record says: {draft_id}. See: corner verify." in said.out
    assert "stop  folders: site: no folder that can be written to. See to its owner and its rights." in said.out
    ledger = root / "content/ledger.jsonl"
    ledger.write_bytes(ledger.read_bytes().replace(b'"seq":1', b'"seq":7'))
    assert "stop  record: content/ledger.jsonl:1: " in doctor(root).out


def test_it_is_said_what_readers_do_not_have_yet(root: Path, server: FaultServer) -> None:
    assert "  readers: " not in doctor(root).out, "there is nothing to read yet"
    publish_entry(reopen(root))
    assert line(doctor(root), "readers") == "look  readers: the site is not built. Run: corner build"
    with (root / "corner.toml").open("a", encoding="utf-8") as file:
        file.write('\n[deploy.a]\nkind = "folder"\npath = "a"\n[deploy.b]\nkind = "folder"\npath = "b"\n')
    older, nothing = "readers there have an older site", "nothing is there yet, as far as is known here"
    assert line(doctor(root), "readers") == (
        f"look  readers: {nothing}. Run: corner deploy a; {nothing}. Run: corner deploy b"
    )
    assert corner("-C", root, "deploy", "a").code == 0
    publish_entry(reopen(root), "# SAMPLE: Of Ebbs\n\nSAMPLE text.", draft_id="2026-11-25-minimal-zz02")
    assert line(doctor(root), "readers") == (
        f"look  readers: {older}. Run: corner deploy a; {nothing}. Run: corner deploy b"
    )
    assert [corner("-C", root, "deploy", name).code for name in "ab"] == [0, 0]
    assert line(doctor(root), "readers") == "well  readers: have all that is on record, as far as is known here"


def test_a_note_whose_date_is_to_come_or_whose_editor_is_mistyped_is_said_by_doctor_and_build(
    root: Path, server: FaultServer
) -> None:
    notes = root / "content/notes"
    head = "---\ntitle: SAMPLE\ndate: {}\nby: {}\n---\n\nSAMPLE\n"
    (notes / "fine.md").write_text(head.format("2026-11-22", "ada"))
    (notes / "left.md").write_text(head.format("2026-11-22", "eva"))
    (notes / "guest.md").write_text(head.format("2026-11-22", "A guest"))
    (notes / "soon.md").write_text(head.format("2026-11-23", "adda"))
    publish_entry(reopen(root))  # so that the record knows eva
    toml = root / "corner.toml"
    toml.write_text(re.sub(r"\[editors\.eva\]\n(?:.+\n)*", "", toml.read_text("utf-8")), encoding="utf-8")
    nobody = "no editor has this id, and readers see it as it stands (expected one of: ada, ben, found"
    doubts = [
        "content/notes/soon.md: its date is to come, and readers see a note at once, before all that is dated earlier"
        " (found Mon 23 Nov 2026, 00:00 Europe/London). Give it the date of today, or keep it elsewhere until then.",
        f"content/notes/soon.md: {nobody} 'adda'). Did you mean 'ada'?",
    ]

    said = doctor(root)

    assert [one for one in said.out.splitlines() if "  notes: " in one] == [f"look  notes: {doubt}" for doubt in doubts]
    assert said.code == 0
    built = corner("-C", root, "--now", render_instant(NOW), "build")
    assert (built.code, built.err.splitlines()) == (0, [f"corner: {doubt}" for doubt in doubts])


def test_drafts_that_wait_by_an_author_that_corner_toml_no_longer_has_are_said(
    workspace: Workspace, server: FaultServer
) -> None:
    first, second = (write_draft(workspace, f"SAMPLE {n}", author="small") for n in "12")
    write_draft(workspace, "SAMPLE 3")
    assert "  authors: " not in doctor(workspace.folders.root).out
    toml = workspace.folders.root / "corner.toml"
    toml.write_text(toml.read_text("utf-8").replace("[authors.small]", "[authors.tiny]"), encoding="utf-8")
    assert line(doctor(workspace.folders.root), "authors") == (
        f"look  authors: corner.toml: no [authors.small], whose 2 drafts wait (found {first}, {second}). Write it again"
        " as it was: until then none of them can be approved."
    )


def test_a_theme_that_is_not_there_is_said(root: Path, server: FaultServer) -> None:
    path = root / "corner.toml"
    path.write_text(path.read_text("utf-8").replace('tag = "corner', 'theme = "none"\ntag = "corner'), encoding="utf-8")
    assert re.search(r"^stop  theme: .*'none'", doctor(root).out, re.MULTILINE)


def test_a_source_that_is_not_there_or_gives_nothing_is_worth_a_look(root: Path, server: FaultServer) -> None:
    feed = root / "news.xml"
    said = doctor(root)
    assert line(said, "source feed news.xml") == "well  source feed news.xml: 2 documents"
    feed.write_text(re.sub("<item>.*</item>", "", feed.read_text("utf-8"), flags=re.DOTALL), encoding="utf-8")
    assert line(doctor(root), "source feed news.xml") == (
        "look  source feed news.xml: news.xml: the feed has no items. See whether it is still kept up."
    )
    feed.unlink()
    (root / "updates").rename(root / "elsewhere")
    said = doctor(root)
    assert said.code == 0
    assert line(said, "source feed news.xml") == (
        "look  source feed news.xml: news.xml: this file is missing, so nothing is in context. Save a feed there, each"
        " week anew; or correct 'path' in corner.toml, or give a 'url'."
    )
    assert line(said, "source folder updates") == (
        "look  source folder updates: updates: this folder does not exist, so nothing is in context. Make it, and put"
        " .md or .txt files there; or correct 'path' in corner.toml."
    )


@pytest.mark.parametrize(("now", "state"), [("2026-12-21T08:00:00Z", "well"), ("2026-12-22T08:00:00Z", "look")])
def test_a_feed_whose_newest_item_is_old_is_no_news(root: Path, server: FaultServer, now: str, state: str) -> None:
    said = line(corner("-C", root, "--now", now, "doctor"), "source feed news.xml")
    assert said.startswith(f"{state}  ")
    if state == "look":
        assert said.endswith(
            "news.xml: the newest item is too old to be news (expected at most 30 days, found Sat 21 Nov 2026). See"
            " whether the feed is kept up, and by what its file is renewed."
        )


def test_the_age_of_a_feed_that_tells_no_dates_is_not_guessed(root: Path, server: FaultServer) -> None:
    feed = root / "news.xml"
    for dates in ("", "<pubDate>lately</pubDate>"):
        feed.write_text(re.sub("<pubDate>.*</pubDate>", dates, feed.read_text("utf-8")), encoding="utf-8")
        assert line(doctor(root), "source feed news.xml") == "well  source feed news.xml: 2 documents"


def test_what_the_system_refuses_stops_no_other_check(root: Path, server: FaultServer) -> None:
    path = root / "updates" / "a.txt"
    path.write_text("SAMPLE", encoding="utf-8")
    said = sites.corner_without_permission(path, 0, "-C", root, "doctor")
    assert f"stop  source folder updates: {path}: permission denied" in said.stdout
    assert "model of opus-3:" in said.stdout
    assert (said.returncode, said.stderr) == (1, "")


@pytest.mark.parametrize(
    ("command", "is_there"),
    [("sh -c true", True), ("./tell --all", True), ("./updates", False), ("no-such-program ada", False)],
)
def test_a_command_that_cannot_be_started_is_said(
    root: Path, server: FaultServer, command: str, is_there: bool
) -> None:
    (root / "tell").touch(0o755)
    with (root / "corner.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[notify]\ncommand = "{command}"\n[deploy.a]\nkind = "folder"\npath = "a"\nhook = "{command}"\n')
    said = doctor(root)
    assert said.code == 0
    for key in ("[notify] command", "[deploy.a] hook"):
        assert line(said, key) == (
            f"well  {key}: can be started"
            if is_there
            else f"look  {key}: corner.toml: {key}: the command cannot be run: no such program (found {command})."
            " Install it, or write where it is."
        )


def test_sources_are_gathered(root: Path, server: FaultServer) -> None:
    said = doctor(root)
    assert re.match(r"well  source folder updates: \d documents", line(said, "source folder updates"))
    toml = (root / "corner.toml").read_text("utf-8")
    for on_error, state in (("skip", "look"), ("fail", "stop")):
        source = f'{{ kind = "page", url = "{server.url}/", on_error = "{on_error}" }}'
        changed = re.sub(r'sources = \[\{ kind = "folder".*\]', f"sources = [{source}]", toml)
        (root / "corner.toml").write_text(changed, encoding="utf-8")
        server.then(faults.server_error())
        assert line(doctor(root), f"source page {server.url}/").startswith(f"{state}  source page {server.url}/: ")


def git(root: Path, *args: str) -> None:
    subprocess.run(["git", *args], cwd=root, check=True, capture_output=True)


def test_git_must_not_take_drafts_and_owed_commits_are_said(root: Path, server: FaultServer) -> None:
    assert "well  git: this folder is no git work tree; none is needed" in doctor(root).out
    git(root, "init", "-q")
    toml = root / "corner.toml"
    (root / ".gitignore").write_text("/drafts/\n")
    assert "well  git: [git] commit is false: nothing is committed" in doctor(root).out
    (root / ".gitignore").unlink()
    toml.write_text(toml.read_text("utf-8").replace("commit = false", "commit = true"), encoding="utf-8")
    said = doctor(root)
    assert said.code == 1
    assert (
        "what nobody has approved could be committed: git does not ignore drafts/. Write a line '/drafts/' in"
        in said.out
    )
    (root / ".gitignore").write_text("/drafts/\n")
    assert "well  git: all that was decided is committed" in doctor(root).out
    publish_entry(reopen(root))
    said = doctor(root)
    assert (said.code, line(said, "git")[:5]) == (0, "look ")
    assert "of the record not committed yet, such as content/" in said.out


# --- counting ---------------------------------------------------------------------------------------------------------


def dry_run(root: Path, *more: str) -> Said:
    return corner("-C", root, "--now", render_instant(NOW), "generate", "--dry-run", *more)


def test_tokens_are_counted_by_the_api_only_if_it_is_asked(root: Path, server: FaultServer) -> None:
    server.otherwise = faults.says({"input_tokens": 1234})
    assert "counted" not in dry_run(root, "--mode", "minimal").out
    assert server.requests == []

    said = dry_run(root, "--mode", "minimal", "--count-tokens")

    assert "(counted by the author's API: 1,234 tokens)\n" in said.out
    (asked,) = server.requests
    assert (asked.path, sorted(asked.body)) == ("/v1/messages/count_tokens", ["messages", "model"])
    assert reopen(root).ledger().records == ()


@pytest.mark.parametrize("behaviour", [faults.not_found(), faults.says({}), faults.html_answer()])
def test_where_nobody_counts_the_estimates_stand_and_it_is_asked_once(
    root: Path, server: FaultServer, behaviour: Behaviour
) -> None:
    server.otherwise = behaviour

    said = dry_run(root, "--count-tokens")

    assert said.code == 0
    assert said.err.startswith("tokens are not counted, the estimates stand: ")
    assert len(server.requests) == 1
    assert said.out.count("(about ") > 1


def test_counting_goes_with_a_dry_run(root: Path) -> None:
    said = corner("-C", root, "generate", "--count-tokens")
    assert said.err == "corner: --count-tokens goes with --dry-run. A round counts what is really used.\n"

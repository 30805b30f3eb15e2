"""Deploying ends with exactly the built site at its target, whatever the target is and wherever it was cut short."""

from __future__ import annotations

import errno
import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from builders import approve as approve_draft
from builders import change, make_workspace, publish_entry, reopen, withdraw, write_draft
from claudes_corner.deploy.files import read_site
from claudes_corner.deploy.hook import missing_program
from claudes_corner.deploy.sending import deploy, read_receipt
from claudes_corner.disk import locked
from claudes_corner.errors import BuildError, DeployError, WorkspaceError
from claudes_corner.settings import S3Target
from claudes_corner.site.builder import build
from claudes_corner.site.marker import MARKER
from claudes_corner.workspace import Workspace
from commands import SRC, corner
from keys import make_key
from sites import corner_without_permission, files
from static_server import serving
from targets import FolderPlace, Place, StorePlace, ssh_server, store_server

AT = "2026-11-25T10:00:00Z"
SITE = "https://192.0.2.7/"  # nobody's either, but no placeholder
PLACEHOLDER = (
    "corner: corner.toml: [site] base_url: no reader can reach this address, and feeds keep the links that went out"
    " (found 'https://corner.example/'). Write where the site will be served, then deploy."
)
KINDS = ["folder", "rsync", "s3"]


@pytest.fixture(scope="session")
def ssh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with ssh_server(tmp_path_factory.mktemp("ssh")) as command:
        yield command


@pytest.fixture(scope="session")
def store() -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch, store_server() as url:
        for name, value in {
            "ACCESS_KEY_ID": "SAMPLE",
            "SECRET_ACCESS_KEY": "SAMPLE",
            "DEFAULT_REGION": "eu-west-1",
        }.items():
            patch.setenv(f"AWS_{name}", value)
        yield url


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A target of the kind that the test is run with."""
    if request.param == "s3":
        found = StorePlace(request.getfixturevalue("store"))
        region = {"LocationConstraint": "eu-west-1"}
        found.client.create_bucket(Bucket="corner-example", CreateBucketConfiguration=region)
        yield found
        found.clear()
    elif request.param == "rsync":
        to = tmp_path / "remote" / "www"
        yield FolderPlace(to, f'kind = "rsync"\nto = "127.0.0.1:{to}"\nssh = "{request.getfixturevalue("ssh")}"')
    else:
        yield FolderPlace(tmp_path / "www")


every_kind = pytest.mark.parametrize("place", KINDS, indirect=True)
a_folder = pytest.mark.parametrize("place", ["folder"], indirect=True)


def newsletter(root: Path, place: Place, more: str = "") -> Workspace:
    """Make a newsletter with two entries and this target, and build it."""
    workspace = make_workspace(root)
    path = root / "corner.toml"
    settings = path.read_text().replace("https://corner.example/", SITE)
    path.write_text(f"{settings}\n[deploy.live]\n{place.toml}\n{more}\n")
    publish_entry(workspace, "# SAMPLE: Of Tides\n\nSAMPLE text.", draft_id="2026-11-11-minimal-0001", tags=("sea",))
    publish_entry(workspace, "# SAMPLE: Of Ebbs\n\nSAMPLE text.", draft_id="2026-11-18-minimal-0002")
    build(workspace)
    return reopen(root)


def move_on(workspace: Workspace) -> None:
    """Withdraw an entry, take the only tag away, publish another, and build."""
    withdraw(workspace, "2026-11-18-minimal-0002")
    change(workspace, "2026-11-11-minimal-0001", tags=())
    publish_entry(workspace, "# SAMPLE: Of Floods\n\nSAMPLE text.", draft_id="2026-11-25-minimal-0003")
    build(workspace)


def fetch(url: str) -> bytes:
    """Ask for an address, as a reader without compression does."""
    with urllib.request.urlopen(url) as answer:
        body = answer.read()
    return gzip.decompress(body) if answer.headers["Content-Encoding"] == "gzip" else body


def send(workspace: Workspace, **options: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    sent = deploy(workspace, "live", AT, os.environ, **options)
    return sent.sent, sent.removed


@every_kind
def test_a_deploy_ends_with_the_built_site_and_a_second_one_sends_nothing(place: Place, tmp_path: Path) -> None:
    workspace = newsletter(tmp_path / "n", place)
    assert send(workspace, dry_run=True)[0] == send(workspace)[0]
    assert place.holds() == files(workspace.folders.site)
    assert send(workspace) == ((), ())


@every_kind
def test_only_what_differs_is_sent_and_only_what_is_ours_and_gone_is_removed(place: Place, tmp_path: Path) -> None:
    workspace = newsletter(tmp_path / "n", place)
    send(workspace)
    place.put("strangers/own.html", b"not ours")
    before = files(workspace.folders.site)
    move_on(workspace)
    after = files(workspace.folders.site)
    sent, removed = send(workspace)
    assert set(sent) == {path for path in after if after[path] != before.get(path)} - {MARKER}
    assert removed == tuple(path for path in before if path not in after) != ()
    assert place.holds() == after | {"strangers/own.html": b"not ours"}


@a_folder
def test_nothing_is_written_where_a_link_in_the_folder_leads(place: FolderPlace, tmp_path: Path) -> None:
    workspace = newsletter(tmp_path / "n", place)
    send(workspace)
    essays, elsewhere = tmp_path / "www/essays", tmp_path / "elsewhere"
    essays.rename(elsewhere)
    essays.symlink_to(elsewhere)
    theirs = files(elsewhere)
    move_on(workspace)
    with pytest.raises(BuildError, match=r"www/essays: this folder of the site is a link to another place\. Remove"):
        send(workspace)
    assert files(elsewhere) == theirs


@pytest.mark.parametrize("place", ["folder", "s3"], indirect=True)
def test_a_file_that_somebody_changed_at_the_target_is_put_right(place: Place, tmp_path: Path) -> None:
    workspace = newsletter(tmp_path / "n", place)
    send(workspace)
    content = place.holds()["index.html"]
    place.put("index.html", content[:-1] + b" ")  # as long as before
    assert send(workspace) == (("index.html",), ())
    assert place.holds() == files(workspace.folders.site)


@every_kind
def test_a_place_that_holds_something_else_is_refused(place: Place, tmp_path: Path) -> None:
    workspace = newsletter(tmp_path / "n", place)
    place.put("thesis.txt", b"years of work")
    with pytest.raises(DeployError, match=r"did not send, so nothing in it is touched \(.*thesis.txt\). Name another"):
        send(workspace)
    assert place.holds() == {"thesis.txt": b"years of work"}


@pytest.mark.parametrize(("place", "moments"), [("folder", 7), ("rsync", 2), ("s3", 3)], indirect=["place"])
def test_a_deploy_that_is_killed_anywhere_is_finished_by_the_next_one(
    place: Place, moments: int, tmp_path: Path
) -> None:
    """Two sites take turns, so that each deploy has something to send, to change and to remove."""
    workspace = newsletter(tmp_path / "n", place, 'hook = "tee -a told.txt"')
    site, other = workspace.folders.site, tmp_path / "other"
    shutil.copytree(site, other)
    send(workspace)
    move_on(workspace)
    workspace = reopen(workspace.folders.root)
    told = workspace.folders.root / "told.txt"
    steps = int(killed_at(workspace, 0).stdout)
    assert place.holds() == files(site)
    for stop_at in range(steps // moments - 1, steps * 9 // 10, steps // moments):
        for one, two in ((site, tmp_path / "spare"), (other, site), (tmp_path / "spare", other)):
            one.rename(two)
        told.unlink(missing_ok=True)
        before = place.holds()
        assert killed_at(workspace, stop_at).returncode == -9, f"killed at step {stop_at} of {steps}"
        receipt = read_receipt(workspace, "live")
        if place.holds() != before:
            assert receipt
            assert not receipt.is_complete or place.holds() == files(site)
        with locked(workspace.folders.receipts):
            pass  # rsync goes on for a moment when we are killed, and holds the lock
        send(workspace)
        assert place.holds() == files(site), f"killed at step {stop_at} of {steps}"
        changed = {path for path in {**before, **files(site)} if before.get(path) != files(site).get(path)} - {MARKER}
        assert {url(path) for path in changed} <= set(told.read_text().splitlines()), "the hook is told of all of it"
        assert send(workspace) == ((), ())


def killed_at(workspace: Workspace, step: int) -> subprocess.CompletedProcess[str]:
    """Deploy in a process of its own that is killed at a step; 0: it is not, and says how many there are."""
    script = Path(__file__).with_name("killed_deploy.py")
    command = [sys.executable, str(script), str(workspace.folders.root), str(step)]
    environ = {**os.environ, "PYTHONPATH": str(SRC)}
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=60)


def url(path: str) -> str:
    return f"{SITE}{path.removesuffix('index.html')}"


@every_kind
def test_two_deploys_at_once_are_refused(place: Place, tmp_path: Path) -> None:
    workspace = newsletter(tmp_path / "n", place)
    workspace.folders.receipts.mkdir()
    with locked(workspace.folders.receipts), pytest.raises(WorkspaceError, match="another deploy is under way: wait"):
        send(workspace)
    assert place.holds() == {}


@a_folder
def test_what_links_goes_after_what_it_links_to(place: Place, tmp_path: Path) -> None:
    sent, _ = send(newsletter(tmp_path / "n", place))
    order = ["assets/style", "essays/", "index.html", "archive/index.html", "feed.xml", "ledger.jsonl"]
    found = [min(i for i, path in enumerate(sent) if path.startswith(name)) for name in order]
    assert found[0] < found[1] < min(found[2:4]) <= max(found[2:4]) < min(found[4:])
    last_entry = max(i for i, path in enumerate(sent) if path.startswith("essays/"))
    assert last_entry < min(found[2:])


@pytest.mark.parametrize("place", ["rsync"], indirect=True)  # two folders to send from
def test_a_server_that_serves_compressed_variants_gets_them_beside_each_text(place: Place, tmp_path: Path) -> None:
    workspace = newsletter(tmp_path / "n", place, "compress = true")
    send(workspace)
    move_on(workspace)
    send(workspace)
    site, held = files(workspace.folders.site), place.holds()
    variants = {path.removesuffix(".gz"): gzip.decompress(raw) for path, raw in held.items() if path.endswith(".gz")}
    texts = {".css", ".html", ".js", ".json", ".jsonl", ".svg", ".txt", ".xml"}
    assert variants == {path: raw for path, raw in site.items() if Path(path).suffix in texts}
    assert {path for path in held if not path.endswith(".gz")} == set(site)
    shutil.rmtree(workspace.folders.cache / "compressed")
    assert send(workspace) == ((), ())
    for damaged in ("", "[]", '{"index.html.gz": [7, null]}', '{"index.html.gz": ' + "[" * 100_000):
        (workspace.folders.cache / "compressed/.corner-made.json").write_text(damaged)
        assert send(workspace) == ((), ())


@pytest.mark.parametrize("place", ["s3"], indirect=True)
def test_a_store_is_told_what_each_file_is_and_how_long_it_keeps(place: StorePlace, tmp_path: Path) -> None:
    expected = {
        "essays/sample-of-tides/index.html": ("text/html; charset=utf-8", "public, max-age=60"),
        "essays/sample-of-tides/essay.txt": ("text/plain; charset=utf-8", "public, max-age=60"),
        "feed.xml": ("application/rss+xml; charset=utf-8", "public, max-age=60"),
        "atom.xml": ("application/atom+xml; charset=utf-8", "public, max-age=60"),
        "feed.json": ("application/feed+json; charset=utf-8", "public, max-age=60"),
        "sitemap.xml": ("application/xml", "public, max-age=60"),
        "assets/literata.woff2": ("font/woff2", "public, max-age=86400"),
        "assets/style-": ("text/css; charset=utf-8", "public, max-age=31536000, immutable"),
    }
    workspace = newsletter(tmp_path / "n", place)
    send(workspace)
    paths = {name: next(path for path in files(workspace.folders.site) if path.startswith(name)) for name in expected}
    heads = {name: place.head(path) for name, path in paths.items()}
    assert {name: (head["ContentType"], head["CacheControl"]) for name, head in heads.items()} == expected


@pytest.mark.parametrize("place", ["s3"], indirect=True)
def test_other_headers_send_everything_again_once(place: StorePlace, tmp_path: Path) -> None:
    workspace = newsletter(tmp_path / "n", place)
    sent, _ = send(workspace)
    path = workspace.folders.root / "corner.toml"
    path.write_text(f"{path.read_text()}max_age_seconds = 5\n")
    assert send(reopen(workspace.folders.root))[0] == sent
    assert place.head("index.html")["CacheControl"] == "public, max-age=5"
    assert send(reopen(workspace.folders.root)) == ((), ())


@every_kind
def test_a_target_that_cannot_be_reached_is_said_to_be_so(place: Place, tmp_path: Path) -> None:
    workspace = newsletter(tmp_path / "n", place)
    settings = workspace.config.deploy["live"]
    path = workspace.folders.root / "corner.toml"
    if isinstance(settings, S3Target):
        old, new, said = "corner-example", "no-such-bucket", "NoSuchBucket: The specified bucket does not exist"
    elif isinstance(place, FolderPlace) and "rsync" in place.toml:
        old, new, said = "ssh -F none", "ssh -F none -p 1", "rsync failed: .*: Connection refused"
    else:
        old, new, said = str(place.root), f"{tmp_path}/file/www", "(?i)not a directory"  # type: ignore[attr-defined]
        (tmp_path / "file").touch()
    path.write_text(path.read_text().replace(old, new))
    said_by = corner("-C", workspace.folders.root, "deploy", "live")
    assert said_by.code == 1
    assert re.search(said, said_by.err), said_by.err


@a_folder
def test_what_an_earlier_command_left_undone_is_finished_and_till_then_all_say_the_same(
    place: Place, tmp_path: Path
) -> None:
    workspace = newsletter(tmp_path / "n", place)
    root, draft_id = workspace.folders.root, write_draft(workspace)
    path, unfinished = root / f"drafts/{draft_id}.md", root / ".corner/unfinished"
    unfinished.mkdir(parents=True, exist_ok=True)
    path.rename(unfinished / path.name)
    fix = "The next command that writes looks for it and puts it there; if it finds none, copy it from a backup."
    assert f"{draft_id}: a file of it is not where the record says. {fix}\n" in corner("-C", root, "status").err
    foreseen = corner("-C", root, "deploy", "live", "--dry-run")
    what = "cannot be read: no such file or directory"
    assert (foreseen.code, f"note: drafts/{draft_id}.md: {what}. {fix}\n" in foreseen.out) == (0, True)
    assert not path.exists()
    assert corner("-C", root, "deploy", "live").code == 0
    assert path.exists()
    assert "not where" not in corner("-C", root, "status").err


@a_folder
def test_the_hook_is_told_each_changed_address_once_and_again_if_it_failed(place: Place, tmp_path: Path) -> None:
    workspace = newsletter(tmp_path / "n", place, "hook = \"sh -c 'cat >> told.txt; test -e well'\"")
    told, root = workspace.folders.root / "told.txt", workspace.folders.root
    said = corner("-C", root, "deploy", "live")
    assert said.code == 1
    assert "corner: corner.toml: [deploy.live] hook: the command failed with exit code 1 (found sh -c" in said.err
    assert "It is told again the next time." in said.err
    assert place.holds() == files(workspace.folders.site), "the site is there all the same"
    first = told.read_text()
    (root / "well").touch()
    assert corner("-C", root, "deploy", "live").code == 0
    assert told.read_text() == first * 2
    assert f"{SITE}\n" in first
    assert f"{SITE}essays/sample-of-tides/essay.txt\n" in first
    assert corner("-C", root, "deploy", "live").code == 0
    assert told.read_text() == first * 2


@a_folder
def test_a_newsletter_with_a_problem_goes_nowhere(place: Place, tmp_path: Path) -> None:
    workspace = newsletter(tmp_path / "n", place)
    (workspace.folders.drafts / "transcripts" / "2026-11-11-minimal-0001.json").write_bytes(b"{}")
    said = corner("-C", workspace.folders.root, "deploy", "live")
    assert said.code == 1
    assert said.err.endswith("corner: nothing was sent: 1 problem found. See: corner verify.\n")
    assert place.holds() == {}


@a_folder
def test_a_built_page_that_somebody_changed_goes_nowhere(place: Place, tmp_path: Path) -> None:
    """Even if its size and time hide it from the build, and the last deploy found it sound."""
    workspace = newsletter(tmp_path / "n", place)
    assert corner("-C", workspace.folders.root, "deploy", "live").code == 0
    before = place.holds()
    page = workspace.folders.site / "essays/sample-of-tides/essay.txt"
    status = page.stat()
    page.write_bytes(page.read_bytes().replace(b"SAMPLE text", b"SAMPLE hack"))
    os.utime(page, ns=(status.st_atime_ns, status.st_mtime_ns))
    said = corner("-C", workspace.folders.root, "deploy", "live")
    assert said.code == 1
    assert "corner: site/essays/sample-of-tides/essay.txt: " in said.err
    assert "nothing was sent: " in said.err
    assert place.holds() == before


@a_folder
@pytest.mark.parametrize("compress", ["true", "false"])
def test_a_dry_run_counts_and_names_what_the_deploy_sends(place: Place, tmp_path: Path, compress: str) -> None:
    workspace = newsletter(tmp_path / "n", place, f"compress = {compress}")
    root = workspace.folders.root
    assert corner("-C", root, "key", make_key(tmp_path / "key")).code == 0
    for _ in range(2):
        dry = corner("-C", root, "deploy", "live", "--dry-run").out
        assert not list(workspace.folders.checkpoints.glob("*.txt")) or "0 to send, 0 to remove" in dry
        said = corner("-C", root, "deploy", "live").out
        counts = next(line for line in said.splitlines() if line.startswith("live: "))
        assert dry.splitlines()[-1] == counts.replace("sent", "to send").replace("removed", "to remove")


@a_folder
def test_the_command_builds_sends_and_says_what_it_did(place: Place, tmp_path: Path) -> None:
    workspace = newsletter(tmp_path / "n", place)
    shutil.rmtree(workspace.folders.site)
    dry = corner("-C", workspace.folders.root, "deploy", "live", "--dry-run").out.splitlines()
    assert "would send feed.xml" in dry
    assert place.holds() == {}
    said = corner("-C", workspace.folders.root, "deploy", "live", "--now", AT).out.splitlines()
    count = len(files(workspace.folders.site)) - 1
    assert dry[-1] == f"live: {count} to send, 0 to remove, 0 unchanged", "with what seals the site as it goes out"
    assert {"would send checkpoint.txt", "would send checkpoints.txt"} <= set(dry)
    assert said[1:] == [
        f"live: {count} sent, 0 removed, 0 unchanged",
        f"  checked: every file of the site is at {tmp_path}/www",
    ]
    receipt = json.loads((workspace.folders.root / "drafts/receipts/live.json").read_bytes())
    assert (receipt["at"], receipt["is_complete"], receipt["files"]) == (AT, True, count)
    sums = subprocess.run(
        "find . -type f ! -name .corner-site | sed 's#^./##' | LC_ALL=C sort | xargs sha256sum | sha256sum",
        shell=True, cwd=tmp_path / "www", capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert f"sha256:{sums.stdout.split()[0]}" == receipt["tree_sha256"]


@a_folder
def test_a_key_that_is_chosen_after_a_deploy_signs_what_went_out(place: Place, tmp_path: Path) -> None:
    root = newsletter(tmp_path / "n", place).folders.root
    key = make_key(tmp_path / "key")
    for call in (("deploy", "live"), ("key", key)):
        assert corner("-C", root, *call).code == 0
    dry = corner("-C", root, "deploy", "live", "--dry-run")
    assert (dry.code, dry.out.splitlines()[1:3]) == (0, ["would send allowed_signers", "would send checkpoint.txt.sig"])
    assert corner("-C", root, "deploy", "live").code == 0
    assert corner("verify", root / "site", "--key", f"{key}.pub").code == 0
    assert {"allowed_signers", "checkpoint.txt.sig"} <= place.holds().keys()
    (root / "content/checkpoints/000001.txt.sig").write_text("SAMPLE of no signature")
    assert "the checkpoint is not signed by a key in allowed_signers" in corner("-C", root, "deploy", "live").err


@a_folder
def test_another_key_and_none_at_all_go_out_though_nothing_else_changed(place: Place, tmp_path: Path) -> None:
    root = newsletter(tmp_path / "n", place).folders.root
    for number in (1, 2):
        key = make_key(tmp_path / str(number))
        assert corner("-C", root, "key", key).code == 0
        dry = corner("-C", root, "deploy", "live", "--dry-run")
        assert {"would send allowed_signers", "would send checkpoint.txt", "would send checkpoint.txt.sig"} <= set(
            dry.out.splitlines()
        )
        assert corner("-C", root, "deploy", "live").code == 0
        assert corner("verify", tmp_path / "www", "--key", f"{key}.pub").code == 0
        assert f"number: {number}\n".encode() in place.holds()["checkpoint.txt"]
    (root / "content/checkpoints/allowed_signers").unlink()
    assert corner("-C", root, "deploy", "live").code == 0
    assert place.holds().keys().isdisjoint({"allowed_signers", "checkpoint.txt.sig"})
    assert "who made the checkpoint: it is not signed" in corner("verify", tmp_path / "www").out


@a_folder
def test_who_may_not_write_is_told_all_the_same_that_readers_have_the_newest(place: Place, tmp_path: Path) -> None:
    workspace = newsletter(tmp_path / "n", place, "compress = true")
    assert corner("-C", workspace.folders.root, "deploy").code == 0
    memory = workspace.folders.cache / "compressed" / ".corner-made.json"
    said = corner_without_permission(memory, 0o444, "-C", workspace.folders.root, "status")
    assert (said.returncode, said.stderr, "corner deploy" in said.stdout) == (0, "", False)


@a_folder
def test_a_hook_that_failed_and_is_gone_is_owed_nothing(place: Place, tmp_path: Path) -> None:
    workspace = newsletter(tmp_path / "n", place, 'hook = "false"')
    root, path = workspace.folders.root, workspace.folders.root / "corner.toml"
    assert corner("-C", root, "deploy").code == 1
    path.write_text(path.read_text().replace('hook = "false"', ""))
    assert corner("-C", root, "deploy").code == 0
    assert "next: corner deploy" not in corner("-C", root, "status").out
    assert corner("-C", root, "week", "--deploy", "live").out.splitlines()[-1] == "not sent: live has it all"


@a_folder
def test_a_hook_of_blanks_is_said_to_be_none(place: Place, tmp_path: Path) -> None:
    workspace = newsletter(tmp_path / "n", place, 'hook = "  "')
    said = corner("-C", workspace.folders.root, "deploy")
    assert said.code == 1
    assert "[deploy.live] hook: the command is blank. Write one" in said.err
    where, root = "[deploy.live] hook", workspace.folders.root
    assert missing_program("  ", where=where, root=root, environ=os.environ)


@a_folder
def test_a_disk_that_fails_within_a_file_of_the_site_is_explained(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = newsletter(tmp_path / "n", place)

    def fail(_path: Path) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr("claudes_corner.disk.Path.read_bytes", fail)
    with pytest.raises(DeployError, match=r"site/\.corner-site: the built site is not whole: input/output error"):
        read_site(workspace.folders.site)


@a_folder
def test_a_receipt_that_is_damaged_is_none(place: Place, tmp_path: Path) -> None:
    workspace = newsletter(tmp_path / "n", place)
    workspace.folders.receipts.mkdir(parents=True)
    for damaged in (b"", b"{}", b'{"place": "x", "new": ' + b"[" * 100_000):
        (workspace.folders.receipts / "live.json").write_bytes(damaged)
        assert read_receipt(workspace, "live") is None


@a_folder
def test_what_is_withdrawn_is_gone_everywhere_with_the_next_deploy(place: Place, tmp_path: Path) -> None:
    """Page, raw text, transcript, feeds, archive and search of the site that is being served."""
    workspace = newsletter(tmp_path / "n", place)
    root, words = workspace.folders.root, b"Of Ebbs"
    corner("-C", root, "deploy", "live")
    page = "essays/sample-of-ebbs/"
    raw, lists = (page, f"{page}essay.txt", f"{page}transcript.json"), ("", "archive/2026/", "search/2026.json")
    feeds = ("feed.xml", "atom.xml", "feed.json", "modes/minimal/feed.xml")
    with serving(tmp_path / "www") as url:
        assert all(words in fetch(url + path) for path in (*raw, *lists, *feeds))
        said = corner("-C", root, "withdraw", "2026-11-18-minimal-0002", "--reason", "SAMPLE reason", "--by", "ada")
        assert said.out.endswith("next: corner deploy live\n      readers there have an older site\n")
        assert (said.code, corner("-C", root, "deploy", "live").code) == (0, 0)
        assert all(words not in fetch(url + path) for path in (*raw, *lists, *feeds))
        assert all(b"SAMPLE reason" in fetch(url + path) for path in (*raw, *feeds))
    assert not [path for path, content in place.holds().items() if words in content]


OTHER_TAG = "other.example,2026"


def retag(root: Path, tag: str = OTHER_TAG) -> Workspace:
    """Give a newsletter another `[site] tag`, as is possible until anything is on record."""
    path = root / "corner.toml"
    path.write_text(path.read_text("utf-8").replace("corner.example,2026", tag), encoding="utf-8")
    return reopen(root)


@every_kind
def test_another_newsletters_site_is_refused_and_untouched(place: Place, tmp_path: Path) -> None:
    send(newsletter(tmp_path / "n", place))
    before = place.holds()
    other = tmp_path / "other"
    make_workspace(other)
    with (other / "corner.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n[deploy.live]\n{place.toml}\n")
    toml = (other / "corner.toml").read_text("utf-8").replace("https://corner.example/", SITE)
    (other / "corner.toml").write_text(toml, encoding="utf-8")
    workspace = retag(other)
    build(workspace)
    for options in ({}, {"dry_run": True}):
        with pytest.raises(DeployError) as refused:
            send(workspace, **options)
        assert str(refused.value).endswith(
            ": this is another newsletter's site, so nothing in it is touched (expected [site] tag 'other.example,2026',"
            " found 'corner.example,2026'). Choose another place; or empty this one, if it is only from before [site]"
            " tag was changed."
        )
    assert place.holds() == before


@pytest.mark.parametrize("place", ["folder", "rsync"], indirect=True)  # a store's marker also has metadata
def test_a_place_that_was_marked_before_markers_named_a_newsletter_is_ours_and_marked_anew(
    place: Place, tmp_path: Path
) -> None:
    workspace = newsletter(tmp_path / "n", place)
    send(workspace)
    marked = place.holds()[MARKER]
    told = json.loads(marked)
    assert told.pop("newsletter") == "corner.example,2026"
    place.put(MARKER, json.dumps(told).encode())
    assert send(workspace) == ((), ())
    assert place.holds()[MARKER] == marked


@a_folder
def test_a_target_that_was_emptied_takes_a_newsletter_whose_tag_was_changed(place: FolderPlace, tmp_path: Path) -> None:
    make_workspace(tmp_path / "n")
    with (tmp_path / "n/corner.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n[deploy.live]\n{place.toml}\n")
    workspace = reopen(tmp_path / "n")
    build(workspace)
    send(workspace)
    workspace = retag(tmp_path / "n")
    build(workspace)  # its own site/ is its own, whatever it was built under
    with pytest.raises(DeployError, match="another newsletter's site"):
        send(workspace)
    shutil.rmtree(tmp_path / "www")
    send(workspace)
    assert json.loads(place.holds()[MARKER])["newsletter"] == OTHER_TAG


@a_folder
def test_a_target_need_not_be_named_if_there_is_only_one(place: Place, tmp_path: Path) -> None:
    root = newsletter(tmp_path / "n", place).folders.root
    said = corner("-C", root, "deploy")
    assert (said.code, said.err) == (0, "")
    assert "\nlive: " in said.out
    with (root / "corner.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[deploy.far]\nkind = "folder"\npath = "{tmp_path / "far"}"\n')
    said = corner("-C", root, "deploy")
    assert (said.code, said.out, said.err) == (2, "",
        "corner: corner.toml: there are several targets. Say which: corner deploy far or corner deploy live.\n",
    )  # fmt: skip
    toml = (root / "corner.toml").read_text("utf-8")
    (root / "corner.toml").write_text(toml.partition("[deploy.live]")[0], encoding="utf-8")
    said = corner("-C", root, "deploy")
    assert (said.code, said.err) == (
        2, "corner: corner.toml: there is no target. Add one: a table [deploy.live], say.\n"
    )  # fmt: skip


@a_folder
def test_a_target_that_is_not_there_is_answered_with_those_that_are(place: Place, tmp_path: Path) -> None:
    workspace = newsletter(tmp_path / "n", place)
    said = corner("-C", workspace.folders.root, "deploy", "lvie")
    assert (said.code, said.err) == (
        2, "corner: corner.toml: there is no target 'lvie' (expected one of: live). Did you mean 'live'?\n"
    )  # fmt: skip


@pytest.mark.parametrize(
    "toml", ['kind = "rsync"\nto = "nobody@192.0.2.7:/srv/www/"', 'kind = "s3"\nbucket = "corner-example"']
)
@pytest.mark.parametrize("call", ["deploy live", "deploy live --dry-run", "publish --yes --by ada --deploy live"])
def test_a_site_whose_address_is_a_placeholder_goes_nowhere_else(tmp_path: Path, toml: str, call: str) -> None:
    workspace = make_workspace(tmp_path / "n")
    with (tmp_path / "n/corner.toml").open("a", encoding="utf-8") as config:
        config.write(f"\n[deploy.live]\n{toml}\n")
    approve_draft(workspace, write_draft(workspace, "# SAMPLE: Of Moons\n\nSAMPLE text."), date="2026-11-25T09:00:00Z")
    said = corner("-C", tmp_path / "n", "--now", AT, *call.split())
    assert (said.code, said.out, said.err) == (1, "", f"{PLACEHOLDER}\n")
    assert workspace.ledger().records[-1].event == "approved"


@pytest.mark.parametrize(
    ("kind", "key", "place"),
    [
        ("rsync", "to", "deploy@www.example:/srv/www/"),
        ("rsync", "to", "rsync://example.org/corner/"),
        ("s3", "endpoint", "https://store.example:9000/"),
    ],
)
@pytest.mark.parametrize("call", ["deploy live", "week --deploy live"])
def test_a_target_that_is_only_an_examples_is_said_before_anything_is_done(
    tmp_path: Path, kind: str, key: str, place: str, call: str
) -> None:
    workspace = make_workspace(tmp_path / "n")
    path = tmp_path / "n/corner.toml"
    text = path.read_text("utf-8").replace("https://corner.example/", SITE)
    bucket = 'bucket = "letter"\n' if kind == "s3" else ""
    path.write_text(f'{text}\n[deploy.live]\nkind = "{kind}"\n{bucket}{key} = "{place}"\n', encoding="utf-8")
    said = corner("-C", tmp_path / "n", "--now", AT, *call.split())
    expected = (
        f"corner: corner.toml: [deploy.live] {key}: this is an example's name, and nothing can be sent there"
        f" (found {place!r}). Write where the site is to go.\n"
    )
    assert said == (1, "", expected)
    assert not workspace.ledger().records
    assert not workspace.folders.site.exists()
    told = corner("-C", tmp_path / "n", "--now", AT, "doctor").out
    assert expected.replace("corner: ", "look  target live: ", 1) in told


@a_folder
def test_a_placeholder_for_an_address_is_said_with_each_trial_in_a_folder(place: Place, tmp_path: Path) -> None:
    workspace = newsletter(tmp_path / "n", place)
    said = corner("-C", workspace.folders.root, "deploy", "live")
    assert (said.code, said.err) == (0, "")
    path = workspace.folders.root / "corner.toml"
    path.write_text(path.read_text("utf-8").replace(SITE, "https://corner.example/"), encoding="utf-8")
    said = corner("-C", workspace.folders.root, "deploy", "live")
    assert (said.code, said.err) == (0, f"{PLACEHOLDER}\n")


@pytest.mark.parametrize("path", ["site", "content/www", ".corner"])
def test_a_newsletters_own_folders_are_no_target(tmp_path: Path, path: str) -> None:
    workspace = newsletter(tmp_path / "n", FolderPlace(tmp_path / "n" / path))
    said = corner("-C", workspace.folders.root, "deploy", "live")
    assert (said.code, said.err.count("the newsletter's own folder is no target")) == (1, 1)
    assert not (tmp_path / "n/content/www").exists()


def test_a_folder_in_nobodys_home_is_no_target(tmp_path: Path) -> None:
    workspace = newsletter(tmp_path / "n", FolderPlace(Path("~nobody-of-that-name/www")))
    said = corner("-C", workspace.folders.root, "deploy", "live")
    assert (said.code, said.err) == (
        1,
        "corner: ~nobody-of-that-name/www: nobody with this name has a home on this machine\n",
    )


@a_folder
def test_publish_decides_builds_verifies_and_sends_in_one(place: Place, tmp_path: Path) -> None:
    workspace = newsletter(tmp_path / "n", place)
    approve_draft(workspace, write_draft(workspace, "# SAMPLE: Of Moons\n\nSAMPLE text."), date="2026-11-25T09:00:00Z")
    said = corner("-C", workspace.folders.root, "publish", "--yes", "--by", "ada", "--deploy", "live", "--now", AT)
    assert said.code == 0, said
    assert b"Of Moons" in place.holds()["feed.xml"]
    assert "checked: every file of the site is at" in said.out


@a_folder
def test_publish_with_an_unknown_target_publishes_nothing(place: Place, tmp_path: Path) -> None:
    workspace = newsletter(tmp_path / "n", place)
    approve_draft(workspace, write_draft(workspace, "# SAMPLE: Of Moons\n\nSAMPLE text."), date="2026-11-25T09:00:00Z")
    assert (
        corner("-C", workspace.folders.root, "publish", "--yes", "--by", "ada", "--deploy", "x", "--now", AT).code == 2
    )
    assert workspace.ledger().records[-1].event == "approved"

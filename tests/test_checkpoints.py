"""A site that goes out is fixed by SHA256SUMS and a checkpoint, which a shell can follow, and which may be signed."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given as for_any
from hypothesis import strategies as st

import keys
from builders import publish_entry, reopen, tree
from claudes_corner.checkpoints import Checkpoint, check_history, parse_checkpoints, read_checkpoints
from claudes_corner.errors import BuildError, LedgerError
from claudes_corner.signing import SigningError, find_signer, is_signed, public_keys, signer
from claudes_corner.site import sums
from claudes_corner.site.builder import build
from claudes_corner.site.marker import MARKER
from claudes_corner.site.sums import SEALS, SIGNATURE, make_checkpoint
from claudes_corner.text import EMPTY_DIGEST, digest
from claudes_corner.workspace import Workspace
from commands import corner
from sites import files

ENVIRON = keys.surroundings()


@pytest.fixture
def built(workspace: Workspace) -> Workspace:
    publish_entry(workspace, "# Tides\n\nIt comes back.", slug="tides")
    build(workspace)
    return workspace


SUMMED = st.dictionaries(st.text(" aé", min_size=1, max_size=3), st.binary(min_size=32, max_size=32))


@for_any(SUMMED, SUMMED, st.sets(st.integers(0, 9)), st.sampled_from([0, 1, 100]))
def test_sums_that_are_brought_up_to_date_are_those_that_are_made_anew(
    before: dict[str, bytes], new: dict[str, bytes], removed: set[int], few: int
) -> None:
    now = {path: sha256 for place, (path, sha256) in enumerate((before | new).items()) if place not in removed}
    changed = {path: sha256 for path, sha256 in new.items() if path in now}

    def listed(files: dict[str, bytes]) -> bytes:
        return "".join(f"{files[path].hex()}  {path}\n" for path in sorted(files)).encode()

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sums, "_FEW", few)
        assert sums.sums_of(listed(before), changed, now.keys()) == listed(now)


def shell(folder: Path, script: str) -> str:
    done = subprocess.run(["sh", "-euc", script], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# --- SHA256SUMS -------------------------------------------------------------------------------------------------------


def test_sha256sum_accepts_the_site_and_every_file_of_it_is_listed(built: Workspace) -> None:
    site = built.folders.site
    shell(site, "sha256sum --check --strict --quiet SHA256SUMS")
    listed = [line.split("  ", 1)[1] for line in (site / "SHA256SUMS").read_text().splitlines()]
    assert listed == sorted(set(files(site)) - {*SEALS, MARKER})


def test_a_build_that_renders_nothing_anew_gives_the_same_sums(built: Workspace) -> None:
    sums = built.folders.site / "SHA256SUMS"
    before = sums.read_bytes()
    sums.write_bytes(b"somebody was here\n")
    assert build(built).written == ()
    assert sums.read_bytes() == before


# --- checkpoints ------------------------------------------------------------------------------------------------------


def test_a_checkpoint_says_what_a_shell_can_compute(built: Workspace) -> None:
    made = make_checkpoint(built, built.folders.site)
    said = dict(line.partition(": ")[::2] for line in made.checkpoint.text.decode().splitlines()[1:])
    site = built.folders.site
    assert (made.is_new, SIGNATURE in made.seals) == (True, False)
    assert said["newsletter"] == "corner.example,2026"
    assert said["records"] == shell(site, "wc -l < ledger.jsonl")
    assert said["head"] == "sha256:" + shell(site, "tail -n 1 ledger.jsonl | tr -d '\\n' | sha256sum | cut -c -64")
    assert said["sums"] == "sha256:" + shell(site, "sha256sum SHA256SUMS | cut -c -64")
    assert said["at"] == built.ledger().records[-1].at
    assert (said["number"], said["previous"]) == ("1", EMPTY_DIGEST)
    assert (site / "checkpoint.txt").read_bytes() == (site / "checkpoints.txt").read_bytes() == made.checkpoint.text


def test_a_newsletter_without_a_record_has_a_checkpoint_too(workspace: Workspace) -> None:
    build(workspace)
    made = make_checkpoint(workspace, workspace.folders.site).checkpoint
    assert (made.records, made.head, made.at) == (0, EMPTY_DIGEST, "")
    assert read_checkpoints(workspace.folders.content).history == (made,)


def test_what_has_not_changed_needs_no_other_checkpoint(built: Workspace) -> None:
    first = make_checkpoint(built, built.folders.site)
    before = tree(built.folders.root)
    again = make_checkpoint(built, built.folders.site)
    assert (again.checkpoint, again.is_new) == (first.checkpoint, False)
    build(built)
    assert {p: c for p, c in tree(built.folders.root).items() if "cache" not in p} == {
        p: c for p, c in before.items() if "cache" not in p
    }


def test_checkpoints_are_chained_and_all_of_them_served(built: Workspace) -> None:
    site = built.folders.site
    first = make_checkpoint(built, site).checkpoint
    publish_entry(built, "# Ebb\n\nIt goes.")
    build(built)
    assert not (site / "checkpoint.txt").exists(), "it is of another site than this"
    second = make_checkpoint(built, site).checkpoint
    assert (second.number, second.previous) == (2, digest(first.text))
    assert parse_checkpoints((site / "checkpoints.txt").read_bytes(), "x") == (first, second)
    assert (site / "checkpoint.txt").read_bytes() == second.text


def test_a_build_elsewhere_has_the_checkpoints_too(built: Workspace, tmp_path: Path) -> None:
    make_checkpoint(built, built.folders.site)
    build(built, out=tmp_path / "other")
    assert files(tmp_path / "other") == files(built.folders.site)


def test_a_site_of_another_record_gets_none(built: Workspace) -> None:
    (built.folders.site / "ledger.jsonl").write_bytes(b"{}\n")
    with pytest.raises(BuildError) as refused:
        make_checkpoint(built, built.folders.site)
    assert str(refused.value) == (
        "site/ledger.jsonl: the site's record is not this newsletter's. Build it anew: corner build."
    )


def test_a_record_that_does_not_go_on_from_the_last_checkpoint_gets_none(built: Workspace) -> None:
    made = make_checkpoint(built, built.folders.site).checkpoint
    lines = built.folders.ledger.read_bytes().splitlines(keepends=True)
    built.folders.ledger.write_bytes(b"".join(lines[:-1]))
    (built.folders.site / "ledger.jsonl").write_bytes(b"".join(lines[:-1]))
    with pytest.raises(LedgerError) as refused:
        make_checkpoint(built, built.folders.site)
    assert str(refused.value) == (
        f"content/ledger.jsonl: the record is older than checkpoint 1, or is another (found {made.records - 1} records). "
        "Put it back with the rest of content/, from a backup or git."
    )


def test_a_folder_without_sums_gets_none(built: Workspace) -> None:
    (built.folders.site / "SHA256SUMS").unlink()
    with pytest.raises(BuildError) as refused:
        make_checkpoint(built, built.folders.site)
    assert str(refused.value) == (
        "site: the site has no SHA256SUMS: no such file or directory. Build it anew: corner build."
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"claudes-corner checkpoint 2\n", "content/checkpoints/000001.txt:1: this is no checkpoint"),
        (None, "content/checkpoints/000001.txt: this is another checkpoint than its name says"),
    ],
)
def test_a_file_that_is_no_checkpoint_stops_the_build(built: Workspace, content: bytes | None, message: str) -> None:
    made = make_checkpoint(built, built.folders.site).checkpoint
    other = Checkpoint(**{name: getattr(made, name) for name in made.__struct_fields__} | {"number": 7})
    (built.folders.checkpoints / "000001.txt").write_bytes(content or other.text)
    with pytest.raises(LedgerError) as refused:
        build(built)
    assert str(refused.value) == message


@pytest.mark.parametrize("lost", ["000001.txt", "000002.txt"])
def test_a_checkpoint_that_is_lost_stops_everything_that_would_write_history_anew(built: Workspace, lost: str) -> None:
    for word in ("Ebb", "Flood"):
        make_checkpoint(built, built.folders.site)
        publish_entry(built, f"# {word}\n\nSAMPLE.")
        build(built)
    make_checkpoint(built, built.folders.site)
    (built.folders.checkpoints / lost).unlink()
    served = files(built.folders.site)
    message = (
        f"content/checkpoints/{lost}: this checkpoint went out, and is missing here. Put it back, from a backup or git."
    )
    for write in (build, lambda built: make_checkpoint(built, built.folders.site)):
        with pytest.raises(LedgerError) as refused:
            write(reopen(built.folders.root))
        assert str(refused.value) == message
    assert corner("-C", built.folders.root, "verify").err == f"corner: {message}\n"
    assert files(built.folders.site) == served


def test_a_signature_alone_tells_that_its_checkpoint_is_lost(built: Workspace) -> None:
    make_checkpoint(built, built.folders.site)
    (built.folders.checkpoints / "000001.txt").rename(built.folders.checkpoints / "000001.txt.sig")
    with pytest.raises(LedgerError, match=r"000001\.txt: this checkpoint went out, and is missing here"):
        read_checkpoints(built.folders.content)


@pytest.mark.parametrize("at", ["", "2020-01-01T00:00:00Z"])
def test_a_checkpoint_of_another_time_than_its_last_record_is_named(built: Workspace, at: str) -> None:
    made = make_checkpoint(built, built.folders.site).checkpoint
    record, last = built.ledger_bytes(), built.ledger().records[-1]
    (found,) = check_history((msgspec.structs.replace(made, at=at),), record, made.tag, "checkpoints.txt")
    assert str(found).startswith(
        f"checkpoints.txt, checkpoint 1: record {last.seq} was made at another time than this says (expected {last.at}"
    )


def test_a_record_is_taken_apart_once_however_many_checkpoints_a_site_serves() -> None:
    """Both sizes are a stranger's: their product kept the verifier busy for minutes."""
    record = b"x" * 20_000_000 + b"\n" * 1_000_000
    said = {"tag": "corner.example,2026", "sums": EMPTY_DIGEST, "at": ""}
    history, previous, head = [], EMPTY_DIGEST, digest(record.split(b"\n", 1)[0])
    for number in range(1, 3_001):
        history.append(Checkpoint(number=number, records=1, head=head, previous=previous, **said))
        previous = digest(history[-1].text)
    assert list(check_history(tuple(history), record, "corner.example,2026", "checkpoints.txt")) == []


# --- signatures -------------------------------------------------------------------------------------------------------


def test_a_signed_checkpoint_is_verified_by_ssh_keygen_as_the_docs_say(built: Workspace, tmp_path: Path) -> None:
    key, site = keys.make_key(tmp_path / "key"), built.folders.site
    said = corner("-C", built.folders.root, "key", key)
    assert said.code == 0
    assert said.out == (
        "checkpoints are signed from now on; content/checkpoints/allowed_signers tells readers with which key\n"
    )
    signed = make_checkpoint(built, site, find_signer(built.folders, ENVIRON))
    assert SIGNATURE in signed.seals
    verify = "ssh-keygen -Y verify -f allowed_signers -I corner.example -n claudes-corner -s checkpoint.txt.sig"
    assert "Good" in shell(site, f"{verify} < checkpoint.txt")
    public = key.with_suffix(".pub").read_bytes()
    signature = (site / "checkpoint.txt.sig").read_bytes()
    assert is_signed(signed.checkpoint.text, signature, public, ENVIRON)
    assert not is_signed(signed.checkpoint.text + b" ", signature, public, ENVIRON)
    other = keys.make_key(tmp_path / "other").with_suffix(".pub").read_bytes()
    assert not is_signed(signed.checkpoint.text, signature, other, ENVIRON)
    assert corner("-C", built.folders.root, "key").out == (site / "allowed_signers").read_text()


def test_an_unsigned_checkpoint_is_signed_when_there_is_a_key(built: Workspace, tmp_path: Path) -> None:
    unsigned = make_checkpoint(built, built.folders.site)
    corner("-C", built.folders.root, "key", keys.make_key(tmp_path / "key"))
    signed = make_checkpoint(built, built.folders.site, find_signer(built.folders, ENVIRON))
    assert (signed.checkpoint, signed.is_new, SIGNATURE in signed.seals) == (unsigned.checkpoint, False, True)


def test_another_key_signs_a_checkpoint_of_its_own_though_nothing_else_changed(
    built: Workspace, tmp_path: Path
) -> None:
    first, second = (keys.make_key(tmp_path / name) for name in ("first", "second"))
    corner("-C", built.folders.root, "key", first)
    old = make_checkpoint(built, built.folders.site, find_signer(built.folders, ENVIRON))
    corner("-C", built.folders.root, "key", second)
    for is_new in (True, False):
        build(built)
        new = make_checkpoint(built, built.folders.site, find_signer(built.folders, ENVIRON))
        assert (new.checkpoint.number, new.checkpoint.previous) == (2, digest(old.checkpoint.text))
        assert (new.checkpoint.sums, new.is_new) == (old.checkpoint.sums, is_new)
    for made, key in ((old, first), (new, second)):
        signature = (built.folders.checkpoints / f"00000{made.checkpoint.number}.txt.sig").read_bytes()
        assert is_signed(made.checkpoint.text, signature, key.with_suffix(".pub").read_bytes(), ENVIRON)


def test_a_build_under_a_key_that_has_signed_nothing_yet_is_of_no_checkpoint(built: Workspace, tmp_path: Path) -> None:
    site, root = built.folders.site, built.folders.root
    make_checkpoint(built, site)
    corner("-C", root, "key", keys.make_key(tmp_path / "key"))
    build(built)
    said = corner("verify", site)
    assert said.code == 0
    assert "whether the site is as it went out: it has no checkpoint (a deploy makes one, signed if there" in said.out
    make_checkpoint(built, site, find_signer(built.folders, ENVIRON))
    publish_entry(built, "# Ebb\n\nIt goes.")
    build(built)
    make_checkpoint(built, site, find_signer(built.folders, ENVIRON))
    (built.folders.checkpoints / "000002.txt.sig").unlink()  # the key has signed before: somebody took this away
    build(built)
    assert "checkpoint.txt.sig: the checkpoint is not signed, though there is a key" in corner("verify", site).err


def test_the_end_of_signing_is_said_until_something_has_gone_out_unsigned(built: Workspace, tmp_path: Path) -> None:
    root, keys_file = built.folders.root, built.folders.checkpoints / "allowed_signers"
    with (root / "corner.toml").open("a") as settings:
        settings.write(f'\n[deploy.live]\nkind = "folder"\npath = "{tmp_path / "www"}"\n')
    corner("-C", root, "key", keys.make_key(tmp_path / "key"))
    says = (
        "content/checkpoints/allowed_signers: the newest checkpoint is signed, and what goes out from now on is not: "
        "no key is here any more. Put it back, from git or a backup, or run: corner key FILE. "
    )
    assert says not in corner("-C", root, "deploy").err
    assert says not in corner("-C", root, "doctor").out
    keys_file.unlink()
    assert f"look  signing: {says}" in corner("-C", root, "doctor").out
    assert f"corner: {says}" in corner("-C", root, "status").err
    assert says in json.loads(corner("-C", root, "status", "--json").out)["status"]["problems"][0]
    kept = (built.folders.checkpoints / "000001.txt").rename(tmp_path / "000001.txt")
    said = corner("-C", root, "status")
    assert (said.code, "000001.txt: this checkpoint went out, and is missing here" in said.err) == (0, True)
    kept.rename(built.folders.checkpoints / "000001.txt")
    publish_entry(built, "# Ebb\n\nIt goes.")
    said = corner("-C", root, "deploy")
    assert (said.code, says in said.err) == (0, True)
    assert says not in corner("-C", root, "doctor").out
    publish_entry(built, "# Flood\n\nIt comes.")
    assert says not in corner("-C", root, "deploy").err


def test_a_damaged_signature_is_told_where_the_newsletter_is_verified(built: Workspace, tmp_path: Path) -> None:
    root, site = built.folders.root, built.folders.site
    corner("-C", root, "key", keys.make_key(tmp_path / "key"))
    make_checkpoint(built, site, find_signer(built.folders, ENVIRON))
    assert corner("-C", root, "verify").code == 0
    damaged = built.folders.checkpoints / "000001.txt.sig"
    damaged.write_text("damaged\n")
    assert corner("-C", root, "verify").err == (
        "corner: content/checkpoints/000001.txt.sig: the checkpoint is not signed by a key in allowed_signers, or its "
        "signature is damaged. Put it back, from a backup or git; or remove it, and the next deploy signs anew.\n"
    )
    damaged.unlink()
    build(built)
    make_checkpoint(built, site, find_signer(built.folders, ENVIRON))
    for key in ("", "new"):  # a new key signs a checkpoint of its own, and the old one's signature stays
        if key:
            corner("-C", root, "key", keys.make_key(tmp_path / key))
        assert corner("-C", root, "verify").code == 0


def test_a_key_behind_a_hash_or_in_a_comment_signs_nothing(tmp_path: Path) -> None:
    """As `ssh-keygen` reads `allowed_signers`: so a key is revoked by a stroke."""
    revoked, other = (keys.make_key(tmp_path / name) for name in ("revoked", "other"))
    old, new = (key.with_suffix(".pub").read_bytes().strip() for key in (revoked, other))
    signature = signer(revoked, ENVIRON)(b"SAMPLE")
    assert is_signed(b"SAMPLE", signature, b"corner.example " + old + b"\n", ENVIRON)
    for hidden in (b"# revoked: " + old, b" \t#corner.example " + old, b"corner.example " + new + b" was " + old):
        allowed = hidden + b"\ncorner.example " + new + b"\n"
        assert not is_signed(b"SAMPLE", signature, allowed, ENVIRON)
        assert set(public_keys(allowed)) == set(public_keys(new))


@contextlib.contextmanager
def agent() -> Iterator[dict[str, str]]:
    said = subprocess.run(["ssh-agent", "-s"], check=True, capture_output=True, text=True).stdout
    told = dict(part.split("=", 1) for part in said.replace("\n", ";").split(";") if part.startswith("SSH_"))
    try:
        yield keys.surroundings(**told)
    finally:
        os.kill(int(told["SSH_AGENT_PID"]), 15)


def test_a_key_with_a_passphrase_never_waits_for_anybody_and_an_agent_can_hold_it(
    built: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = keys.make_key(tmp_path / "key", passphrase="correct horse")
    refused = corner("-C", built.folders.root, "key", key)
    assert refused.code == 1
    assert refused.err.startswith(f"corner: {key}: nothing could be signed with this key: ")
    assert refused.err.endswith(f"If the key has a passphrase, give it to the agent first: ssh-add {key}.\n")
    assert not built.folders.checkpoints.exists()
    askpass = tmp_path / "askpass"
    askpass.write_text("#!/bin/sh\necho correct horse\n")
    askpass.chmod(0o755)
    with agent() as environ:
        told = {**environ, "SSH_ASKPASS": str(askpass), "SSH_ASKPASS_REQUIRE": "force"}
        subprocess.run(["ssh-add", "-q", str(key)], env=told, check=True, stdin=subprocess.DEVNULL)
        root = built.folders.root
        monkeypatch.setenv("SSH_AUTH_SOCK", environ["SSH_AUTH_SOCK"])
        assert corner("-C", root, "key", f"{key}.pub").code == 0
        assert SIGNATURE in make_checkpoint(built, built.folders.site, find_signer(built.folders, environ)).seals
    (built.folders.checkpoints / "000001.txt.sig").unlink()
    with pytest.raises(SigningError):
        make_checkpoint(built, built.folders.site, find_signer(built.folders, ENVIRON))


def test_a_key_that_readers_do_not_know_signs_nothing(built: Workspace, tmp_path: Path) -> None:
    key = keys.make_key(tmp_path / "key")
    corner("-C", built.folders.root, "key", key)
    built.folders.signing_key.write_text(f"{keys.make_key(tmp_path / 'other')}\n")
    with pytest.raises(SigningError) as refused:
        make_checkpoint(built, built.folders.site, find_signer(built.folders, ENVIRON))
    other = tmp_path / "other"
    assert str(refused.value) == (
        f"{other}: this key is not the one that readers know. Publish it: corner key {other}."
    )
    assert read_checkpoints(built.folders.content).history == ()


def test_a_machine_that_does_not_know_the_key_says_so(built: Workspace, tmp_path: Path) -> None:
    assert find_signer(built.folders, ENVIRON) is None
    corner("-C", built.folders.root, "key", keys.make_key(tmp_path / "key"))
    built.folders.signing_key.unlink()
    with pytest.raises(SigningError) as refused:
        find_signer(reopen(built.folders.root).folders, ENVIRON)
    assert str(refused.value) == (
        "content/checkpoints/allowed_signers: checkpoints are to be signed, and this machine does not know the key. "
        "Run: corner key FILE."
    )


def test_the_private_key_stays_outside(built: Workspace, tmp_path: Path) -> None:
    inside = keys.make_key(built.folders.root / "key")
    refused = corner("-C", built.folders.root, "key", inside)
    assert (refused.code, refused.err) == (
        1,
        f"corner: {inside}: the key lies in the newsletter's folder. "
        "Keep it where nothing is ever published: in ~/.ssh.\n",
    )
    key = keys.make_key(tmp_path / "key")
    corner("-C", built.folders.root, "key", key)
    secret = key.read_text().splitlines()[2]
    inside.unlink()
    assert [path for path, content in tree(built.folders.root).items() if secret.encode() in content] == []


def test_corner_key_says_what_is_wrong_and_what_is_so(built: Workspace, tmp_path: Path) -> None:
    assert corner("-C", built.folders.root, "key").out.startswith("checkpoints are not signed; that is up to you")
    key = keys.make_key(tmp_path / "key")
    key.with_suffix(".pub").unlink()
    assert corner("-C", built.folders.root, "key", key).err == (
        f"corner: {key}.pub: there is no public key beside this one. Make it: ssh-keygen -y -f {key} > {key}.pub.\n"
    )

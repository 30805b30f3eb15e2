"""A key with a form that can be found goes through every command, and is found nowhere but in the request's header."""

from __future__ import annotations

from pathlib import Path

import pytest

import fault_server as faults
import keys
from builders import make_workspace, reopen
from claudes_corner.cli.commands import COMMANDS
from claudes_corner.text import digest
from commands import Said, corner, ended, process, wait_for
from fault_server import FaultServer, Wire
from rounds import KEY

SERVERS = {"serve": (), "desk": ("--by", "ada")}  # they stay until they are stopped
OTHERWISE = {"demo"}  # needs no key, and brings its own model


def _author(wire: Wire) -> None:
    faults.answer("# Tides\n\nThe tide comes back.")(wire)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in ("ANTHROPIC_API_KEY", "CORNER_SMALL_KEY"):
        monkeypatch.setenv(variable, KEY)
    monkeypatch.chdir(tmp_path)
    return make_workspace(tmp_path / "letter").folders.root


def test_the_key_is_in_no_file_and_no_output_of_any_command(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: dict[str, list[Said]] = {}

    def call(name: str, *args: str | Path, typed: str = "") -> Said:
        said.setdefault(name, []).append(corner("-C", root, "--now", "2026-11-22T18:00:00Z", name, *args, typed=typed))
        return said[name][-1]

    with FaultServer() as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        server.then(faults.echoes_the_key())
        server.otherwise = _author
        call("generate", "--author", "opus-3", "--mode", "minimal")
        call("generate", "--author", "opus-3", "--mode", "minimal", "--count", "3")
        waiting = [s for s in reopen(root).ledger().standings.values() if s.written]
        assert len(waiting) >= 3
        first, second, third = (draft.id for draft in waiting[:3])
        prefix = digest("# Tides\n\nThe tide comes back.")[7:19]
        call("approve", first, "--digest", prefix, "--by", "ada", "--date", "2026-11-18")
        call("approve", second, "--digest", prefix, "--by", "ada", "--date", "2026-12-02", "--slug", "other")
        call("retract", second, "--by", "ada")
        call("veto", second, "--digest", prefix, "--criterion", "privacy", "--reason", "so", "--by", "ben")
        call("set-aside", third, "--digest", prefix, "--reason", "so", "--by", "ada")
        call("restore", third, "--by", "ada")
        call("change", first, "--slug", "tides", "--by", "ada")
        for part in ((), ("--prompt",), ("--transcript",), ("--raw",)):
            call("show", first, *part)
        call("build")
        call("key", keys.make_key(tmp_path / "signing" / "key"))
        call("verify")
        call("verify", root / "site")
        call("export", "--private", tmp_path / "all.tar")
        call("import", tmp_path / "all.tar", tmp_path / "again")
        call("withdraw", first, "--reason", "so", "--by", "ada")
        for name in COMMANDS:  # those that are left, and all once more with nothing said
            if name not in {*SERVERS, *OTHERWISE}:
                call(name)
        for name, options in SERVERS.items():
            with process("-C", root, name, "--port", "0", *options) as running:
                wait_for(running.stdout, "http://")
                running.terminate()
                said[name] = [ended(running)]
        asked = [request.headers for request in server.requests]

    assert any(KEY in (headers.get("authorization", "") + headers.get("x-api-key", "")) for headers in asked)
    assert set(said) | OTHERWISE == set(COMMANDS)
    succeeded = {name for name, calls in said.items() if any(one.code == 0 for one in calls)}
    assert succeeded >= {
        "approve",
        "build",
        "change",
        "export",
        "generate",
        "import",
        "key",
        "set-aside",
        "veto",
        "verify",
    }
    assert [(name, one) for name, calls in said.items() for one in calls if KEY in one.all] == []
    held = [path for path in tmp_path.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]
    assert held == []

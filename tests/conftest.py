"""What every test stands on: a fixed instant, a newsletter in a temporary folder, no network, nobody's own settings."""

from __future__ import annotations

import datetime as dt
import gc
import ipaddress
import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))  # so that tests share `builders` and `documents`

import quick
from builders import NOW, make_workspace, reopen
from claudes_corner.workspace import Workspace
from fault_server import FaultServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser

GOLDEN = Path(__file__).parent / "golden"
KEPT = {"CORNER_GGUF", "CORNER_CHROMIUM"}  # where the embedded model's weights and the browser are

settings.register_profile("suite", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("suite")  # `--hypothesis-profile=default` looks for new examples instead


class OffLoopbackError(BaseException):
    """A test tried to reach the network. No ordinary exception: nothing may take it for a network that is down."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the one flag that renews golden files."""
    parser.addoption("--update-golden", action="store_true", help="write what is found as the new golden files")


def pytest_configure(config: pytest.Config) -> None:
    """Be quick; all that follows, and each process that a test starts, lives in memory."""
    quick.live_in_memory()
    quick.compile_templates_once()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what takes long begin first: else one process would wait for another that began it last."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Let nobody look for garbage among what all tests are made of."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def now() -> dt.datetime:
    """A Sunday evening: 2026-11-22T18:00:00Z."""
    return NOW


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """An empty newsletter: editors ada, ben and eva; authors opus-3 and small; four modes; two criteria."""
    return make_workspace(tmp_path / "newsletter")


@pytest.fixture
def root(workspace: Workspace) -> Path:
    """The newsletter's folder."""
    return workspace.folders.root


@pytest.fixture(scope="session")
def beginning(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The newsletter that every edit of `edits.py` can be made to; nobody changes it but in a copy."""
    from edits import make_beginning

    return make_beginning(tmp_path_factory.mktemp("beginning") / "newsletter")


@pytest.fixture
def copy(beginning: Path, tmp_path: Path) -> Workspace:
    """Such a copy."""
    shutil.copytree(beginning, tmp_path / "newsletter")
    return reopen(tmp_path / "newsletter")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    """A server where the commands look for the author, and the key it wants."""
    from rounds import KEY  # with the author's SDK, which most tests do without

    with FaultServer() as server:
        monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium; without one the tests fail."""
    from browsers import chromium  # with Playwright, which most tests do without

    with chromium() as browser:
        yield browser


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, bytes | str], None]:
    """Compare with a golden file, `golden("site/feed.xml", found)`; `--update-golden` writes it instead."""

    def compare(name: str, found: bytes | str) -> None:
        path, raw = GOLDEN / name, found.encode() if isinstance(found, str) else found
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(raw)
        assert path.is_file(), f"there is no golden file {name}: pytest --update-golden writes it"
        assert path.read_bytes().decode() == raw.decode(), f"{name} is not the golden one"

    return compare


@pytest.fixture(autouse=True, scope="session")
def own_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give tests a home of their own: no keys, no git identity, no settings of whoever runs them.

    Only the cache of downloads stays: the browser, the embedded model's weights.
    """
    home = tmp_path_factory.mktemp("home")
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("ANTHROPIC_", "CORNER_", "GIT_", "XDG_")) and name not in KEPT:
                patch.delenv(name)
        patch.delenv("EMAIL", raising=False)
        patch.setenv("HOME", str(home))
        patch.setenv("XDG_CACHE_HOME", cache)
        patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        if sys.platform == "darwin":  # Playwright looks elsewhere there
            patch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(Path.home() / "Library/Caches/ms-playwright"))
        yield


@pytest.fixture(autouse=True, scope="session")
def no_waiting_for_disks() -> Iterator[None]:
    """Let `fsync` and `sync` return at once: no test cuts the power, and waiting for disks is most of what tests would do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _descriptor: None)
        patch.setattr(os, "sync", lambda: None)
        yield


@pytest.fixture(autouse=True, scope="session")
def only_loopback() -> Iterator[None]:
    """Fail any test that connects to, or looks up, anything but this machine."""

    def guarded(original: Callable[..., Any]) -> Callable[..., Any]:
        def connect(self: socket.socket, address: Any) -> Any:
            if self.family in {socket.AF_INET, socket.AF_INET6}:
                _refuse_off_loopback(address[0])
            return original(self, address)

        return connect

    look_up = socket.getaddrinfo

    def look_up_here(host: Any, *args: Any, **options: Any) -> Any:
        _refuse_off_loopback(host)
        return look_up(host, *args, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded(socket.socket.connect))
        patch.setattr(socket.socket, "connect_ex", guarded(socket.socket.connect_ex))
        patch.setattr(socket, "getaddrinfo", look_up_here)
        yield


def _refuse_off_loopback(host: bytes | str | None) -> None:
    name = host.decode() if isinstance(host, bytes) else host or "localhost"
    if name.endswith(".invalid"):  # RFC 2606: no such name can ever be found
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    try:
        is_here = ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        is_here = name == "localhost"
    if not is_here:
        message = f"a test tried to reach {name}: no network but loopback"
        raise OffLoopbackError(message)

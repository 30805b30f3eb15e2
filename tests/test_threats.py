"""The table of docs/threat-model.md: each attacker, each tampering, and what `corner verify` says; every cell is run.

It is run by somebody who remembers that all was sound before: whoever remembers nothing looks at no less.

`pytest tests/test_threats.py --update-golden` writes what is found into the table; look at the difference.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import keys
import tamperings
from builders import reopen
from claudes_corner.errors import CornerError, Problem
from claudes_corner.verify.folders import verify_workspace
from claudes_corner.verify.places import Folder
from claudes_corner.verify.seals import Known
from claudes_corner.verify.site import verify_site
from sites import files
from tamperings import SEALS_THEMSELVES, TAMPERINGS, WHOLE_SITES, World

DOC = Path(__file__).parents[1] / "docs" / "threat-model.md"
ROWS = (*TAMPERINGS, *SEALS_THEMSELVES, *WHOLE_SITES)
# No build removes what no build has written.
ADDED = {"an entry added", "a forged `.gz` laid beside the page, which servers send in its place"}
FORGED = "the whole history written anew with another word"
NOT_SEEN = "**cannot be seen**"
PUT_RIGHT = "the next build puts it right"
_GENERAL = ("the file is not the one in", "the files are others than", "is not among those served")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return tamperings.make_world(tmp_path_factory.mktemp("threats"))


def found(site: Path, world: World, *, since: bytes = b"") -> tuple[Problem, ...]:
    key = world.key.with_suffix(".pub").read_bytes()
    return verify_site(Folder(site), Known(key, since, keys.surroundings()), remembered=world.sound).problems


def say(problems: tuple[Problem, ...]) -> str:
    """Say the most telling problem in a cell of the table."""
    telling = [problem for problem in problems if not problem.what.startswith(_GENERAL)] or problems
    where = f"`{telling[0].where}`: " if telling[0].where else ""
    return where + telling[0].what.replace("|", "\\|")


def judge(site: Path, world: World) -> str:
    if problems := found(site, world):
        return say(problems)
    kept = found(site, world, since=world.since)
    return f"{NOT_SEEN}; with `--since`: {say(kept)}" if kept else NOT_SEEN


def by_host(name: str, world: World, folder: Path) -> str:
    """Whoever serves the site and has no key: changes files and lists them anew."""
    site = Path(shutil.copytree(world.root / "site", folder / "site"))
    tamper(name, world)(site)
    if name in TAMPERINGS:
        tamperings.list_anew(site)
    if name == FORGED:
        tamperings.sign_with_another_key(site, published=True)
    return judge(site, world)


def by_owner(name: str, world: World, folder: Path) -> str:
    """Whoever has the key as well: lists anew and signs anew."""
    site = Path(shutil.copytree(world.root / "site", folder / "site"))
    tamper(name, world)(site)
    if name in TAMPERINGS:
        tamperings.list_anew(site)
        tamperings.sign_anew(site, world.key, (world.root / "content/ledger.jsonl").read_bytes())
    return judge(site, world)


def by_editor(name: str, world: World, folder: Path) -> str:
    """Whoever can write into the newsletter's folder; then it is checked, built and sent out by somebody with the key.

    What the next build puts right leaves nothing behind, so it is done to the newsletter itself.
    """
    root, before = world.root, files(world.root / "site")
    tamper(name, world)(root / "site")
    if is_spoilt := files(root / "site").get("ledger.jsonl") != before["ledger.jsonl"] or name in ADDED:
        root = Path(shutil.copytree(root, folder / "newsletter"))
        shutil.copyfile(root / "site/ledger.jsonl", root / "content/ledger.jsonl")
        tamperings.take_site(world.root / "site", before)
    try:
        workspace = reopen(root)
        if problems := verify_workspace(workspace, remembered=world.sound).problems:
            return say(problems)
        tamperings.send_out(workspace, world.key)
    except CornerError as error:
        return say(error.problems)
    assert is_spoilt or files(root / "site") == before
    return judge(root / "site", world) if is_spoilt else PUT_RIGHT


def tamper(name: str, world: World) -> tamperings.Tamper:
    return WHOLE_SITES[name](world) if name in WHOLE_SITES else (TAMPERINGS | SEALS_THEMSELVES)[name]


def row_in_docs(name: str) -> str:
    return next((line for line in DOC.read_text("utf-8").splitlines() if line.startswith(f"| {name} | ")), "")


@pytest.mark.parametrize("name", ROWS)
def test_every_cell_of_the_table_is_what_verify_says(
    name: str, world: World, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    cells = [by(name, world, tmp_path / by.__name__) for by in (by_host, by_owner, by_editor)]
    row = f"| {name} | {' | '.join(cells)} |"
    if request.config.getoption("--update-golden"):
        text = DOC.read_text("utf-8")
        old = row_in_docs(name)
        DOC.write_text(
            text.replace(old, row) if old else text.replace("\n<!-- end -->", f"{row}\n\n<!-- end -->", 1), "utf-8"
        )
    assert row_in_docs(name) == row


def test_the_table_has_exactly_these_rows_and_what_cannot_be_seen_is_what_we_say_it_is() -> None:
    lines = DOC.read_text("utf-8").partition("<!-- table -->")[2].partition("<!-- end -->")[0].strip().splitlines()[2:]
    assert [line.split(" | ")[0].removeprefix("| ") for line in lines] == list(ROWS)
    assert len(lines) >= 20


def test_what_nobody_touched_is_well(world: World) -> None:
    assert found(world.root / "site", world, since=world.since) == ()
    assert found(world.earlier, world) == found(world.forged, world) == ()

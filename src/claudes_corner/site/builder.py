"""The builder: reads, plans, renders what is stale, and writes what differs.

Owns the order of a build: everything is checked and rendered before the first byte is written, so a build that fails
leaves the site as it was. Equal content gives equal bytes, whatever the clock, the locale or the last build.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from functools import cache
from importlib.metadata import version
from pathlib import Path

import msgspec

from claudes_corner.checkpoints import Kept, read_checkpoints
from claudes_corner.disk import locked
from claudes_corner.errors import BuildError, Problem, ThemeError
from claudes_corner.site.content import Content, read_content
from claudes_corner.site.output import Output
from claudes_corner.site.page import Order, Page
from claudes_corner.site.pages import SiteMap
from claudes_corner.site.pictures import find_painter
from claudes_corner.site.plan import Fact, Plan, declared, make_plan
from claudes_corner.site.present import Presenter
from claudes_corner.site.sums import SEALS, seals_of
from claudes_corner.site.theme import Theme, find_theme
from claudes_corner.text import digest
from claudes_corner.workspace import Workspace

_ORDERS: tuple[Order, ...] = ("asset", "page", "list", "feed")


class Built(msgspec.Struct, frozen=True):
    """What a build did, or would do."""

    written: tuple[str, ...]
    unchanged: int
    removed: tuple[str, ...]
    strangers: tuple[str, ...]  # files in the folder that are not ours
    reasons: tuple[tuple[str, str], ...]  # stale paths, and why
    entries: int


class _Facts(msgspec.Struct):
    """The memory of a build."""

    program: str  # which program it was: another one may render otherwise
    pages: dict[str, Fact]


def build(
    workspace: Workspace,
    *,
    out: Path | None = None,
    base_url: str | None = None,
    full: bool = False,
    dry_run: bool = False,
    report: Callable[[int, int], None] = lambda _done, _all: None,
) -> Built:
    """Bring a site's folder up to date.

    Args:
        workspace: The newsletter.
        out: The folder; `site/` if not given. It must be new, empty or ours.
        base_url: Where the site will be served; the config's if not given.
        full: Forget what the last build knew.
        dry_run: Only say what would be done.
        report: Is told how many pages of how many are rendered.

    Raises:
        BuildError: Something published is not what the record says, two pages want one place, or the folder is not
            ours. The site is as it was.
        ThemeError: The theme is missing or fails.
    """
    config, folders = workspace.config, workspace.folders
    root, base_url = out or folders.site, base_url or config.site.base_url
    memories = folders.cache / "builds"
    memory = memories / f"{digest(str(root.resolve()))[7:23]}.json"
    if not dry_run:
        memories.mkdir(parents=True, exist_ok=True)
    with nullcontext() if dry_run else locked(memories):  # one build at a time, whoever else builds
        output = Output(root, folders.relative(root) if root.is_relative_to(folders.root) else str(root))
        content, kept = read_content(workspace), read_checkpoints(folders.content)
        compiled = None if dry_run else folders.cache / "jinja2"
        theme = Theme(find_theme(folders.root, config.site.theme), base_url, config.site.disclaimer, compiled)
        painter = find_painter(folders.root, config.site, folders.cache / "pictures")
        pages = tuple(SiteMap(config, content, theme, Presenter(config, base_url, content), base_url, painter).pages())
        facts = {} if full else _recall(memory)
        plan = make_plan(pages, facts, output.present(page.path for page in pages), output.owned - {*SEALS})
        if not dry_run:
            rendered = _render(plan, report)
            digests = {page.path: facts[page.path].sha256 for page in plan.unchanged}
            digests |= {path: digest(made) for path, made in rendered.items()}
            return _write(output, plan, rendered, content, memory, digests, kept)
    reasons = tuple((stale.page.path, stale.why) for stale in plan.stale)
    return Built((), len(plan.unchanged), plan.removed, (), reasons, len(content.entries))


def _render(plan: Plan, report: Callable[[int, int], None]) -> dict[str, bytes]:
    """Render every stale page, before anything is written."""
    rendered = {}
    for done, stale in enumerate(plan.stale):
        report(done, len(plan.stale))
        try:
            rendered[stale.page.path] = stale.page.render()
        except (BuildError, ThemeError) as error:
            problems = [msgspec.structs.replace(p, what=f"{stale.page.path}: {p.what}") for p in error.problems]
            raise type(error)(*problems) from None
    report(len(plan.stale), len(plan.stale))
    return rendered


def _write(
    output: Output,
    plan: Plan,
    rendered: dict[str, bytes],
    content: Content,
    memory: Path,
    digests: dict[str, str],
    kept: Kept,
) -> Built:
    """Write what differs: first what is linked to, then what links, feeds last; then remove what is gone, and seal."""
    pages = [stale.page for stale in plan.stale] + list(plan.unchanged)
    seals = seals_of(digests, kept)
    paths = [*(page.path for page in pages), *seals]
    written: list[str] = []
    try:
        output.claim(paths)
        for order in _ORDERS:
            paths_in_order = [stale.page.path for stale in plan.stale if stale.page.order == order]
            written += [path for path in paths_in_order if output.write(path, rendered[path])]
        for path, content_of in seals.items():
            output.write(path, content_of)
        gone = (*plan.removed, *(path for path in SEALS if path not in seals))
        removed = tuple(path for path in gone if output.remove(path))
        output.finish(paths)
    except OSError as error:
        what = f"the site could not be written: {(error.strerror or str(error)).lower()}"
        where = str(error.filename or output.root).replace(str(output.root), output.name, 1)
        raise BuildError(Problem(what, where, fix="Build again: it takes up where this one stopped.")) from None
    _remember(memory, pages, output, digests)
    return Built(
        written=tuple(written),
        unchanged=len(pages) - len(written),
        removed=removed,
        strangers=output.strangers(paths),
        reasons=tuple((stale.page.path, stale.why) for stale in plan.stale),
        entries=len(content.entries),
    )


def _recall(memory: Path) -> dict[str, Fact]:
    """Read what the last build knew. Memory that is damaged, or another version's, is no memory."""
    try:
        facts = msgspec.json.decode(memory.read_bytes(), type=_Facts)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return facts.pages if facts.program == _program() else {}


@cache
def _program() -> str:
    """Tell this program from any other: its own files as they are, and the libraries that make bytes."""
    files = sorted(Path(__file__).parents[1].rglob("*.py"))
    own = [(path.name, (status := path.stat()).st_size, status.st_mtime_ns) for path in files]
    libraries = [(name, version(name)) for name in ("feedgen", "jinja2", "lxml", "markdown-it-py", "mdit-py-plugins")]
    return digest(repr((own, libraries)))


def _remember(memory: Path, pages: list[Page], output: Output, digests: dict[str, str]) -> None:
    present = output.present(page.path for page in pages)
    facts = {
        page.path: Fact(declared(page), *present[page.path], digests[page.path])
        for page in pages
        if page.path in present
    }
    temporary = memory.with_suffix(".new")
    temporary.write_bytes(msgspec.json.encode(_Facts(_program(), facts)))
    temporary.replace(memory)

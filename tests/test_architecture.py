"""The house: who may import whom, where the world is touched, and how long things may be.

Read from the source with `ast`: nothing is imported but in the last test.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "claudes_corner"
LINES_OF_A_MODULE = 300
LINES_OF_A_FUNCTION = 50

GROUND_FLOOR = {
    *("errors", "text", "schedule", "settings", "config", "front", "markup", "rules", "ledger", "standing", "lawful"),
    *("transcript", "templating", "cut", "fetch", "disk", "contradictions", "checkpoints", "root", "addresses"),
    "yaml_block",
}
DESK = (
    "folders",
    "setback",
    "letters",
    "signing",
    "writer",
    "workspace",
    "git",
    "archive",
    "moving",
)  # each stands on the ones before it
STAGES = {"generation", "review", "site"}
READERS = {"verify", "deploy"}
BELOW_STAGES = {*GROUND_FLOOR, *DESK}
EVERYTHING_BUT_CLI = {*BELOW_STAGES, *STAGES, *READERS}

# Each room, and the rooms it may import from besides itself.
MAY_IMPORT = {
    **dict.fromkeys(GROUND_FLOOR, GROUND_FLOOR),
    **{room: {*GROUND_FLOOR, *DESK[:place]} for place, room in enumerate(DESK)},
    **dict.fromkeys(STAGES, BELOW_STAGES),
    **dict.fromkeys(READERS, EVERYTHING_BUT_CLI),
    "cli": EVERYTHING_BUT_CLI,
    "__init__": set(),
}

# Third-party packages that more than one room may import.
ANYWHERE = {"msgspec", "click", "rich"}
SHARED = {"httpx2": {"fetch", "generation"}}  # in generation as the SDK's transport, with its exceptions
CORE = {
    *("anthropic", "click", "feedgen", "jinja2", "markdown-it-py", "mdit-py-plugins", "msgspec"),
    *("python-frontmatter", "python-slugify", "pyyaml", "rfc8785", "rich", "tenacity", "tzdata", "watchdog"),
}
EXTRAS = {
    "deploy": {"boto3"},
    "desk": {"starlette", "uvicorn"},
    "embedded": {"xllamacpp"},
    "pictures": {"pillow"},
    "sources": {"feedparser", "httpx2", "readability-lxml"},
}
DISTRIBUTIONS = {  # whose name is not the one that is imported; a package's own parts count as the package
    "botocore": "boto3",
    "frontmatter": "python-frontmatter",
    "yaml": "pyyaml",
    "PIL": "pillow",
    "slugify": "python-slugify",
    "readability": "readability-lxml",
    "markdown_it": "markdown-it-py",
    "markupsafe": "jinja2",
    "mdit_py_plugins": "mdit-py-plugins",
}

# What touches the world, by module. Only cli/ may, and these, for these reasons.
WORLD = {
    "builtins": {"print", "input", "exit", "quit", "breakpoint"},
    "sys": {"exit", "stdin", "stdout", "stderr", "argv"},
    "os": {"environ", "environb", "getenv", "putenv", "_exit"},
    "time": {"time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "localtime", "gmtime", "sleep"},
    "datetime": {"now", "utcnow", "today"},
}
A_PROGRAM_OF_ITS_OWN = {"generation/embedded_child.py"}
MAY_TOUCH = {
    "generation/weights.py": {"os.environ"},  # handed on to pip, which knows a person's index and proxy from it
}
MAY_DEFAULT_TO_THE_CLOCK = {"generation/author.py", "site/watching.py"}  # as an argument's default, no more


class Module(NamedTuple):
    """A file of the package."""

    path: str  # relative to the package
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        """The folder it is in, or itself on the ground floor."""
        return self.path.split("/")[0].removesuffix(".py")


@cache
def modules() -> tuple[Module, ...]:
    """Read the whole package."""
    files = ((path, path.read_text("utf-8")) for path in sorted(PACKAGE.rglob("*.py")))
    return tuple(Module(path.relative_to(PACKAGE).as_posix(), text, ast.parse(text, path)) for path, text in files)


def imports(module: Module) -> Iterator[tuple[str, ...]]:
    """Yield what a module imports, wherever in it, as the parts of dotted names."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (tuple(name.name.split(".")) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module.path}:{node.lineno}: imports are absolute"
            parts = tuple(str(node.module).split("."))
            yield from ((*parts, name.name) for name in node.names)


def rooms_imported(module: Module) -> set[str]:
    own = (parts[1] for parts in imports(module) if parts[0] == "claudes_corner" and len(parts) > 1)
    return {part for part in own if (PACKAGE / part).is_dir() or (PACKAGE / f"{part}.py").is_file()}


def third_party(module: Module) -> set[str]:
    return {parts[0] for parts in imports(module)} - sys.stdlib_module_names - {"claudes_corner"}


def default_values(tree: ast.AST) -> set[ast.AST]:
    """Find every node that stands in an argument's default."""
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)]
    defaults = (value for f in functions for value in (*f.args.defaults, *f.args.kw_defaults) if value is not None)
    return {node for value in defaults for node in ast.walk(value)}


def touches(module: Module) -> Iterator[tuple[int, str]]:
    """Yield each place where a module touches the world: its line, and what it touches."""
    spared = default_values(module.tree) if module.path in MAY_DEFAULT_TO_THE_CLOCK else set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name) and node.id in WORLD["builtins"]:
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute):
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
            owner = "datetime" if owner == "date" else owner
            is_spared = node in spared and f"{owner}.{node.attr}" == "time.monotonic"
            if node.attr in WORLD.get(owner, ()) and not is_spared:
                yield node.lineno, f"{owner}.{node.attr}"
        elif isinstance(node, ast.ImportFrom) and node.module in WORLD:
            yield from (
                (node.lineno, f"{node.module}.{name.name}") for name in node.names if name.name in WORLD[node.module]
            )


def test_every_module_has_its_place_in_the_house() -> None:
    assert {module.room for module in modules()} <= set(MAY_IMPORT), "give the new room its place in MAY_IMPORT"


def test_a_room_imports_only_from_the_floors_below_it() -> None:
    found = [(module.path, rooms_imported(module) - {module.room} - MAY_IMPORT[module.room]) for module in modules()]
    assert [(path, rooms) for path, rooms in found if rooms] == []


def test_each_third_party_package_is_imported_in_one_room_only() -> None:
    rooms: dict[str, set[str]] = {}
    for module in modules():
        for package in third_party(module) - ANYWHERE:
            rooms.setdefault(package, set()).add(module.room)
    assert {package: found for package, found in rooms.items() if len(found) > 1} == SHARED


def test_the_sdk_is_imported_by_the_author_alone() -> None:
    assert [module.path for module in modules() if "anthropic" in third_party(module)] == ["generation/author.py"]


def test_only_the_command_line_prints_exits_and_reads_clock_and_environment() -> None:
    found = [
        f"{module.path}:{line}: {what}"
        for module in modules()
        if module.room != "cli" and module.path not in A_PROGRAM_OF_ITS_OWN
        for line, what in touches(module)
        if what not in MAY_TOUCH.get(module.path, ())
    ]
    assert found == []


def test_a_program_of_its_own_imports_nothing_of_ours() -> None:
    assert [m.path for m in modules() if m.path in A_PROGRAM_OF_ITS_OWN and rooms_imported(m)] == []


def test_a_module_fits_in_a_head() -> None:
    assert [m.path for m in modules() if m.text.count("\n") > LINES_OF_A_MODULE] == []


def test_a_function_fits_on_a_screen() -> None:
    functions = [
        (f"{module.path}:{node.lineno}: {node.name}", (node.end_lineno or node.lineno) - node.lineno + 1)
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert [(name, lines) for name, lines in functions if lines > LINES_OF_A_FUNCTION] == []


def test_a_module_says_what_it_is() -> None:
    assert [m.path for m in modules() if not ast.get_docstring(m.tree)] == []


def project() -> dict[str, object]:
    table: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return table


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[^A-Za-z0-9._-]", requirement)[0].lower() for requirement in requirements}


def test_the_dependencies_are_the_designs() -> None:
    assert names(project()["dependencies"]) == CORE
    assert {extra: names(wanted) for extra, wanted in project()["optional-dependencies"].items()} == EXTRAS


def test_what_is_given_away_as_source_holds_nothing_of_tests() -> None:
    built = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]
    for path in built["sdist"]["include"]:
        assert path.startswith("/"), "a name alone stands for each file and folder of that name"
        assert (ROOT / path[1:]).exists()


def test_what_runs_the_embedded_model_is_pinned_exactly() -> None:
    (requirement,) = project()["optional-dependencies"]["embedded"]
    assert re.fullmatch(r"xllamacpp==[0-9.]+", requirement)


def test_what_is_imported_is_declared_and_what_is_declared_is_imported() -> None:
    imported = {DISTRIBUTIONS.get(name, name) for module in modules() for name in third_party(module)}
    declared = CORE.union(*EXTRAS.values())
    assert imported == declared - {"tzdata"}, "tzdata holds the time zones of machines that have none"


def test_the_command_line_starts_without_what_only_some_commands_need() -> None:
    heavy = ["anthropic", "feedgen", "feedparser", "httpx2", "markdown_it", "rich", "watchdog", "xllamacpp"]
    heavy += ["readability", "PIL", "boto3", "starlette", "uvicorn"]
    code = f"import claudes_corner.cli, sys; print(*[name for name in {heavy} if name in sys.modules])"
    path = os.pathsep.join([str(PACKAGE.parent), os.environ.get("PYTHONPATH", "")])
    environ = {**os.environ, "PYTHONPATH": path}
    found = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True)
    assert found.stdout.split() == []

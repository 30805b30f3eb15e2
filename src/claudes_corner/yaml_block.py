"""A block of YAML, read and written: front matter as others may have written it.

Owns what YAML may do here: every scalar is a string, so that `no` and `1.10` stay what they are, and what no front
matter needs is refused before anything is made of it. Its third-party imports are PyYAML and python-frontmatter, the
latter to write alone: its own splitting strips texts and drops malformed blocks silently.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from claudes_corner.errors import Problem, TextError

MOST_CHARACTERS = 1_000_000  # a title alone may be as long as an answer
MOST_DEEP = 20  # lists and mappings within one another: some thousands take more than the stack has
_QUOTE = "A value with a colon, or one that begins with a sign, must stand in quotation marks."
_WIDE = 1 << 30  # YAML folds long values at a width; a title stays on its line


def load_block(block: str, where: str) -> dict[Any, Any]:
    """Read a block of any keys.

    Raises:
        TextError: It is no YAML or no mapping, or has what no front matter needs: anchors, aliases, boundless depth.
    """
    import yaml

    if len(block) > MOST_CHARACTERS:
        expected, found = (f"{count:,} characters" for count in (MOST_CHARACTERS, len(block)))
        raise TextError(Problem("the front matter is too long", f"{where}:1", f"at most {expected}", found))
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        _check_events(yaml.parse(block, Loader=loader), where)
        values: Any = _handler().load(block, Loader=loader) if block.strip() else {}
    except yaml.MarkedYAMLError as error:
        line = (error.problem_mark.line if error.problem_mark else 0) + 2
        what = f"not valid YAML: {error.problem or error.context}"
        raise TextError(Problem(what, f"{where}:{line}", fix=_QUOTE)) from None
    except yaml.YAMLError as error:
        raise TextError(Problem(f"not valid YAML: {error}".split("\n")[0], f"{where}:2")) from None
    if not isinstance(values, dict):
        raise TextError(Problem("the front matter is no mapping", f"{where}:2", expected="lines of 'key: value'"))
    return values


def _check_events(events: Any, where: str) -> None:
    """Refuse what can be more than it looks like: a few aliases of aliases stand for more than any memory holds."""
    import yaml

    depth = 0
    for event in events:
        at = f"{where}:{event.start_mark.line + 2}"
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MOST_DEEP:
            raise TextError(Problem(f"lists or mappings lie more than {MOST_DEEP} deep in one another", at))
        if anchor := getattr(event, "anchor", None):
            found = f"{'*' if isinstance(event, yaml.AliasEvent) else '&'}{anchor}"
            raise TextError(Problem("front matter can have no YAML anchor or alias", at, found=repr(found), fix=_QUOTE))


def dump_block(values: Mapping[str, Any]) -> str:
    """Write a block: its keys in their order, each value that is no list on its line."""
    # The end mark keeps `export` from stripping white space that belongs to the last value.
    block = _handler().export(dict(values), sort_keys=False, width=_WIDE, explicit_end=True)
    return str(block.removesuffix("\n..."))


@cache
def _handler() -> Any:
    from frontmatter.default_handlers import YAMLHandler

    return YAMLHandler()

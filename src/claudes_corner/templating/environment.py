"""Jinja2, set up so that what is the same on every page is worked out once, when a template is compiled.

Owns how templates are compiled, and how that is kept. It stands apart from `templating`, since nothing imports jinja2
where nothing is stale.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.parser import Parser


class FoldingEnvironment(jinja2.Environment):
    """An environment that reads calls of its functions as filters, which Jinja2 folds where they are given constants.

    Where it cannot, it calls a filter straight away; of a function it asks at each call what else it wants to be given.

    Args:
        functions: What templates may call. Each gives the same for the same arguments, as long as `known` is the same.
        known: Stands for what the functions know beside their arguments.
        cache: Where compiled templates are kept; None: nowhere.
        options: Jinja2's own.
    """

    def __init__(
        self, *, functions: Mapping[str, Callable[..., Any]], known: str, cache: Path | None, **options: Any
    ) -> None:
        kept = _Kept(str(cache), known) if cache else None
        super().__init__(bytecode_cache=kept, auto_reload=False, **options)  # a build is over in a moment
        self.known = known
        self.globals.update(functions)
        self.filters.update(functions)
        self._functions = frozenset(functions)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Let templates without globals of their own share the environment's, for which Jinja2 makes chains of maps."""
        return self.globals if d is None else super().make_globals(d)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        parser = _Parser(self, source, name, filename, self._functions)
        template = parser.parse()
        return template if parser.named.isdisjoint(self._functions) else super()._parse(source, name, filename)


class _Parser(Parser):
    """Reads calls of functions as filters, and notes the names that a template itself gives: they may be the same."""

    def __init__(
        self,
        environment: jinja2.Environment,
        source: str,
        name: str | None,
        filename: str | None,
        functions: frozenset[str],
    ) -> None:
        super().__init__(environment, source, name, filename)
        self.named: set[str] = set()
        self._functions = functions

    def parse_call(self, node: nodes.Expr) -> Any:
        """Read a call; of a function, as a filter of its first argument."""
        call = super().parse_call(node)
        if not (isinstance(node, nodes.Name) and node.name in self._functions and call.args):
            return call
        value, *args = call.args
        return nodes.Filter(value, node.name, args, call.kwargs, call.dyn_args, call.dyn_kwargs, lineno=call.lineno)

    def parse_assign_target(self, *args: Any, **options: Any) -> Any:
        """Read what something is assigned to: by `set`, `for`, `with`, a macro or an import."""
        target = super().parse_assign_target(*args, **options)
        self.named |= {name.name for name in (target, *target.find_all(nodes.Name)) if isinstance(name, nodes.Name)}
        return target


class _Kept(jinja2.FileSystemBytecodeCache):
    """Compiled templates; each counts for its source and for what was folded into it."""

    def __init__(self, folder: str, known: str) -> None:
        super().__init__(folder)
        self._known = known

    def get_source_checksum(self, source: str) -> str:
        """Tell a template's source, and what is folded into it, from any other."""
        return sha256(f"{self._known}\n{source}".encode()).hexdigest()

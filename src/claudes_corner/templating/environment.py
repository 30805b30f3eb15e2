"""Jinja2, set up for a theme: strict, escaping, and so that a template is compiled once in its life.

Owns how templates are compiled, and where that is kept. It stands apart from the room's front, since nothing imports
jinja2 where nothing is stale.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, MutableMapping
from contextlib import suppress
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.bccache import Bucket
from jinja2.compiler import CodeGenerator
from jinja2.parser import Parser
from jinja2.utils import missing
from markupsafe import escape

from claudes_corner.templating import is_hidden

_COMPILER = f"{jinja2.__version__} {sha256(Path(__file__).read_bytes()).hexdigest()} ".encode()


class MissingNameError(jinja2.UndefinedError):
    """A template uses what is not there: a name, or a part of something that has no such part."""

    def __init__(self, owner: object, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name
        self.is_part = owner is not missing
        self.owner = owner


class _Undefined(jinja2.StrictUndefined):
    """Says what is not there so that it can be told which name was probably meant."""

    __slots__ = ()

    def __init__(
        self, hint: str | None = None, obj: Any = missing, name: str | None = None, exc: Any = jinja2.UndefinedError
    ) -> None:
        super().__init__(hint, obj, name, exc if hint else partial(MissingNameError, obj, name))  # type: ignore[arg-type]


class _Generator(CodeGenerator):
    """Lets pages print what is escaped as the plain string that it becomes; Jinja2 marks each as safe before."""

    def _output_child_pre(self, node: nodes.Expr, frame: Any, finalize: Any) -> None:
        is_plain = frame.eval_ctx.autoescape and not frame.eval_ctx.volatile and finalize.src is None
        if is_plain:
            self.write("environment.printed(")
        else:
            super()._output_child_pre(node, frame, finalize)


class Environment(jinja2.Environment):
    """An environment whose compiled templates know nothing of a site, and may serve them all.

    It reads calls of its functions as filters: of a function, Jinja2 asks at each call what else it wants to be given.

    Args:
        folders: Where templates are, and where what is compiled of them is kept, or None; the first that has one wins.
        functions: What templates may call.
        filters: What they may put values through.
    """

    code_generator_class = _Generator

    def __init__(
        self,
        folders: Mapping[Path, Path | None],
        functions: Mapping[str, Callable[..., Any]],
        filters: Mapping[str, Callable[..., Any]],
    ) -> None:
        super().__init__(
            loader=_Seen([str(folder) for folder in folders], followlinks=True),
            bytecode_cache=_Compiled(folders),
            autoescape=True,
            undefined=_Undefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            auto_reload=False,  # files are looked at once, since a build is over in a moment
        )
        called = {name: _not_folded(function) for name, function in functions.items()}
        self.globals.update(called)
        self.filters.update({**called, **filters})
        self._functions = frozenset(functions)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Let templates without globals of their own share the environment's, for which Jinja2 makes chains of maps."""
        return self.globals if d is None else super().make_globals(d)

    @staticmethod
    def printed(value: object) -> str:
        """Escape a value, as `markupsafe.escape` does."""
        if type(value) is not str:
            return escape(value)
        plain = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return plain.replace("'", "&#39;").replace('"', "&#34;")

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        parser = _Parser(self, source, name, filename, self._functions)
        template = parser.parse()
        return template if parser.named.isdisjoint(self._functions) else super()._parse(source, name, filename)


class _Seen(jinja2.FileSystemLoader):
    """Finds no template that a theme does not count among its own: nobody would see it change."""

    def get_source(self, environment: jinja2.Environment, template: str) -> Any:
        """Read a template."""
        if is_hidden(template):
            raise jinja2.TemplateNotFound(template)
        return super().get_source(environment, template)


class _Parser(Parser):
    """Reads calls of functions as filters, and notes the names that a template itself gives: they may be the same."""

    def __init__(
        self,
        environment: Environment,
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


class _Compiled(jinja2.FileSystemBytecodeCache):
    """Where what is compiled of each folder's templates is kept; nothing depends on that it is."""

    def __init__(self, folders: Mapping[Path, Path | None]) -> None:
        super().__init__(os.devnull, f"%s.{sys.implementation.cache_tag}.template")
        self._places = {str(folder): place for folder, place in folders.items()}
        for place in {*filter(None, folders.values())}:
            with suppress(OSError):
                place.mkdir(parents=True, exist_ok=True)

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """Tell the file where a template is kept."""
        folder = (filename or "").removesuffix(f"/{name}")
        encodable = (filename or "").encode(errors="backslashreplace").decode()  # a folder's name may be no UTF-8
        return f"{self._places.get(folder) or self.directory}/{super().get_cache_key(name, encodable)}"

    def get_source_checksum(self, source: str) -> str:
        """Tell a template, as it is compiled here, from any other."""
        return sha256(_COMPILER + source.encode()).hexdigest()

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what is kept."""
        with suppress(OSError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        with suppress(OSError):
            super().dump_bytecode(bucket)


def _not_folded(function: Callable[..., Any]) -> Callable[..., Any]:
    """Keep Jinja2 from calling a function while it compiles: what it gives is one site's."""

    @jinja2.pass_context
    def call(_context: object, *args: Any, **options: Any) -> Any:
        return function(*args, **options)

    return call

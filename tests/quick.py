"""What lets tests be quick, and changes nothing that they state."""

from __future__ import annotations

import functools
import gc
import importlib
import os
import pkgutil
import shutil
import tempfile
from pathlib import Path
from types import CodeType
from typing import Any

import jinja2

import claudes_corner

_MEMORY = Path("/dev/shm")
_ROOM = 2 << 30  # bytes: what all tests write is a quarter of that, and goes with each that passes


def live_in_memory() -> None:
    """Let temporary folders be in memory where there is room, unless somebody has said where: no test is about the disk."""
    is_fit = _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and not os.statvfs(_MEMORY).f_flag & os.ST_NOEXEC
    if is_fit and "TMPDIR" not in os.environ and shutil.disk_usage(_MEMORY).free > _ROOM:
        os.environ["TMPDIR"], tempfile.tempdir = str(_MEMORY), None


def compile_templates_once() -> None:
    """Let this process compile each template once, not once for each newsletter; what newsletters keep stays their own."""
    compile_one, known = jinja2.Environment.compile, {}

    @functools.wraps(compile_one)
    def compile_unless_known(
        environment: jinja2.Environment, source: Any, *names: Any, **options: Any
    ) -> CodeType | str:
        makes = (
            environment.autoescape,
            environment.trim_blocks,
            environment.lstrip_blocks,
            *sorted(environment.filters),
        )
        key = (source, names, *options.items(), makes)
        if key not in known:
            known[key] = compile_one(environment, source, *names, **options)
        return known[key]

    jinja2.Environment.compile = compile_unless_known  # type: ignore[method-assign]


def import_all() -> None:
    """Import what commands import when they need it: once, and in none of the children that this process will fork."""
    for module in pkgutil.walk_packages(claudes_corner.__path__, "claudes_corner."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    importlib.import_module("anthropic")
    gc.collect()
    gc.freeze()  # no child looks through all that for garbage

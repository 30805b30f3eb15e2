"""What follows from other things, worked out once for as long as these are the same.

Owns nothing but that: whoever builds a site again and again would work out most of it anew each time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Value = TypeVar("Value")


class Once:
    """Values by name, each with all that it follows from; one of each name is kept."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[object, Any]] = {}

    def of(self, name: str, made_of: object, make: Callable[[], Value]) -> Value:
        """Tell a value: the one that was made before, if what it is made of is equal.

        Args:
            name: Which value.
            made_of: All that it follows from; the very same objects are equal without a look into them.
            make: Works it out.
        """
        kept = self._kept.get(name)
        if kept is None or kept[0] != made_of:
            kept = self._kept[name] = made_of, make()
        value: Value = kept[1]
        return value

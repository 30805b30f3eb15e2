"""`past-entries`: the author's last published entries in context, whole, newest last; before the first, none."""

from claudes_corner.generation.modes.brief import Mode, ask_once

MODE = Mode(ask_once)

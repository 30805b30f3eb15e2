"""`updates`: texts that the editors pass on, such as news of Anthropic, in context; skipped when there are none."""

from claudes_corner.generation.modes.brief import Mode, ask_once

MODE = Mode(ask_once, needs_documents=True)

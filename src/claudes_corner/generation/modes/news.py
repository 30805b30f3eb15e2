"""`news`: headlines and summaries of the week in context; skipped when there are none."""

from claudes_corner.generation.modes.brief import Mode, ask_once

MODE = Mode(ask_once, needs_documents=True)

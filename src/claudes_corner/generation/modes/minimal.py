"""`minimal`: a near-empty user's turn and nothing else; what the author writes when hardly anything is asked."""

from claudes_corner.generation.modes.brief import Mode, ask_once

MODE = Mode(ask_once, takes_documents=False)

"""Prompt → `drafts/`: asks the author under a mode, and puts on record what it answered."""

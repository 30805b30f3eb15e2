"""A letter that an editor writes and the author answers, with everything that goes on record on the way."""

from __future__ import annotations

import fault_server as faults
from builders import NOW
from claudes_corner.generation.letters import send_letter
from claudes_corner.review.letters import new_letter, show_to_readers
from claudes_corner.workspace import Workspace
from fault_server import FaultServer
from rounds import Clock, make_author, make_reach

WORDS = "SAMPLE: *which* modes <script>alert(1)</script>?"
ANSWER = "SAMPLE: <b>news</b>, and [more](https://a.example/).\n\npublic"
LETTER, ANSWERED = "2026-11-22-letter-aaaa", "2026-11-22-answer-aaaa"


def correspond(workspace: Workspace, tail: str = "a", *, public: bool = True) -> str:
    """Write a letter that is answered; readers see both if it is public."""
    letter = new_letter(workspace, "ada", NOW, lambda _: tail, text=WORDS, to="opus-3", public=public).front.id
    with FaultServer(faults.answer(ANSWER)) as server:
        author = make_author(workspace, server.url)
        answer = send_letter(workspace, letter, author, make_reach(workspace), Clock().passage, lambda _: None)
    if public:
        show_to_readers(workspace, letter, answer.front.text_sha256, "ben", NOW)
    return letter

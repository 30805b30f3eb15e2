"""The keys of a review in the terminal: what each is for, how it is offered, and what may be typed for it.

Owns their names and explanations. What they do is told in `terminal.py`.
"""

from __future__ import annotations

KEYS = {  # by key: what it does, how it is offered, and what that means
    "a": ("approve", "[a]pprove", "it may go out; asks where and when, and shows all of it"),
    "v": ("veto", "[v]eto", "by a published criterion: a hold, or the end of its way"),
    "s": ("set-aside", "[s]et aside", "not chosen, without a veto; the reason is public"),
    "r": ("retract", "[r]etract your verdict", "as if you had not given it"),
    "b": ("restore", "[b]ring back", "it waits for a verdict again"),
    "l": ("publish", "[l]et it go live", "its date has come"),
    "c": ("compare", "[c]ompare", "beside another draft of its edition"),
    "w": ("note", "[w]rite a note", "only editors see it"),
    "p": ("prompt", "[p]rompt", "the exact requests, as they were sent"),
    "t": ("text", "[t]ext as it is", "its Markdown, as the author wrote it"),
    "n": ("next", "[n]ext", "decides nothing here; Enter does the same"),
    "q": ("quit", "[q]uit", "the end; what was decided stands"),
}
WORDS = {  # by what may be typed: a key, its name, or its label's first word or all of it
    typed: name
    for key, (name, label, _) in KEYS.items()
    for words in [label.replace("[", "").replace("]", "")]
    for typed in (key, name, words.split()[0], words)
}

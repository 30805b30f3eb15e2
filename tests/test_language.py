"""The language of a text, by its letters."""

from __future__ import annotations

import pytest

from claudes_corner.site.language import has_right_to_left, is_right_to_left, language_of


@pytest.mark.parametrize(
    ("text", "site", "language"),
    [
        ("The tide does not argue.", "en", ""),
        ("Ça ne dit rien.", "en", ""),
        ("", "en", ""),
        ("1986.", "en", ""),
        ("הגאות אינה מתווכחת, and a word", "en", "he"),
        ("הגאות אינה מתווכחת", "he-IL", ""),
        ("潮は岸と争わない。", "en", "ja"),
        ("海水不與岸爭辯。", "en", "zh"),
        ("조수는 해안과 다투지 않는다.", "en", "ko"),
        ("Прилив не спорит", "en", "und-Cyrl"),
        ("Прилив не спорит", "uk", ""),
        ("المد لا يجادل", "en", "und-Arab"),
        ("The tide", "ja", ""),
    ],
)
def test_a_script_tells_what_it_can(text: str, site: str, language: str) -> None:
    assert language_of(text, site) == language


@pytest.mark.parametrize(
    ("text", "has_any", "is_most"),
    [
        ("The tide does not argue.", False, False),
        ("“Ça ne dit rien” — Прилив, 潮は岸と争わない。", False, False),
        ("The word שָׁלוֹם alone.", True, False),
        ("הגאות אינה מתווכחת, and a word", True, True),
        ("المد لا يجادل", True, True),
    ],
)
def test_letters_tell_whether_a_text_runs_from_right_to_left(text: str, has_any: bool, is_most: bool) -> None:
    assert (has_right_to_left(text), is_right_to_left(text)) == (has_any, is_most)

"""The plan of a build: what is stale and why, what goes, and which pages want one place."""

from __future__ import annotations

import pytest

from claudes_corner.errors import BuildError
from claudes_corner.site.page import Input, Page, path_of
from claudes_corner.site.plan import Fact, declared, make_plan


def page(path: str = "index.html", **inputs: str) -> Page:
    made_of = tuple(Input(kind, "it", digest) for kind, digest in inputs.items())
    return Page(path, "page", made_of, lambda: b"")


def fact(of: Page) -> Fact:
    return Fact(declared(of), 7, 1)


BUILT = page(text="a", config="b")


@pytest.mark.parametrize(
    ("now", "facts", "present", "why"),
    [
        (BUILT, {"index.html": fact(BUILT)}, {"index.html": (7, 1)}, ""),
        (BUILT, {}, {}, "it was never built"),
        (BUILT, {}, {"index.html": (7, 1)}, "nothing is known about how it was built"),
        (BUILT, {"index.html": fact(BUILT)}, {}, "its file is missing"),
        (BUILT, {"index.html": fact(BUILT)}, {"index.html": (8, 1)}, "its file was changed by someone else"),
        (BUILT, {"index.html": fact(BUILT)}, {"index.html": (7, 2)}, "its file was changed by someone else"),
        (page(text="c", config="b"), {"index.html": fact(BUILT)}, {"index.html": (7, 1)}, "text: it changed"),
        (page(text="c", config="d"), {"index.html": fact(BUILT)}, {}, "text: it changed, and 1 more"),
        (page(text="a"), {"index.html": fact(BUILT)}, {"index.html": (7, 1)}, "config: it changed"),
        (page(text="a", config="b", record="c"), {"index.html": fact(BUILT)}, {}, "record: it changed"),
    ],
)
def test_a_page_is_stale_for_a_reason(
    now: Page, facts: dict[str, Fact], present: dict[str, tuple[int, int]], why: str
) -> None:
    plan = make_plan([now], facts, present, owned=["index.html"])
    assert [stale.why for stale in plan.stale] == ([why] if why else [])
    assert list(plan.unchanged) == ([] if why else [now])
    assert plan.removed == ()


def test_what_was_built_and_is_no_longer_a_page_goes() -> None:
    plan = make_plan([BUILT], {}, {}, owned=["b/index.html", "index.html", "a/index.html"])
    assert plan.removed == ("a/index.html", "b/index.html")


def test_pages_that_want_one_place_are_all_named() -> None:
    rivals = [Page("a/index.html", "page", (Input("text", name, ""),), lambda: b"") for name in ("x", "y", "z")]
    others = [Page("b/index.html", "page", (Input("text", name, ""),), lambda: b"") for name in ("v", "w")]
    with pytest.raises(BuildError) as caught:
        make_plan([*rivals, page(), *others], {}, {}, owned=[])
    assert str(caught.value).split("\n") == [
        "a/index.html: 3 pages want this place (found x; y; z). Rename one of them.",
        "b/index.html: 2 pages want this place (found v; w). Rename one of them.",
    ]


@pytest.mark.parametrize(
    ("route", "path"),
    [("/", "index.html"), ("/archive/", "archive/index.html"), ("/feed.xml", "feed.xml"), ("/404.html", "404.html")],
)
def test_a_route_has_one_file(route: str, path: str) -> None:
    assert path_of(route) == path

"""The plan of a build: what is stale and why, what goes, and which pages want one place."""

from __future__ import annotations

import time

import pytest

from claudes_corner.errors import BuildError
from claudes_corner.site.memory import Bundle, Done, Kept, Part
from claudes_corner.site.output import DAMAGED, MISSING
from claudes_corner.site.page import Input, Page, Promises, Volume, path_of
from claudes_corner.site.plan import ALONE, make_plan


def page(path: str = "index.html", **inputs: str) -> Page:
    made_of = tuple(Input(kind, "it", digest) for kind, digest in inputs.items())
    return Page(path, "page", made_of, lambda: b"")


def kept(of: Page) -> Kept:
    (stale,) = make_plan([of], {}, {}, lambda _path: False, owned=[]).stale
    return Done(of.path, "page", "", True, True, 7, 1, b"").kept(stale.key, stale.inputs)


def volume(key: bytes, *promises: Promises) -> Volume:
    return Volume("a year", key, lambda: promises)


BUILT = page(text="a", config="b")


@pytest.mark.parametrize(
    ("now", "is_known", "damage", "exists", "why"),
    [
        (BUILT, True, "", True, ""),
        (BUILT, False, "", False, "it was never built"),
        (BUILT, False, "", True, "nothing is known about how it was built"),
        (BUILT, True, MISSING, False, "its file is missing"),
        (BUILT, True, DAMAGED, True, "its file was changed by someone else"),
        (page(text="c", config="b"), True, "", True, "text: it changed"),
        (page(text="c", config="d"), True, "", True, "text: it changed, and 1 more"),
        (page(text="a"), True, "", True, "it is made of other things than before"),
        (page(text="a", config="b", record="c"), True, "", True, "it is made of other things than before"),
        (page(text="a", config="long enough: b"), True, "", True, "config: it changed"),
        (page(text="a", record="b"), True, "", True, "it is made of other things than before"),
    ],
)
@pytest.mark.parametrize("is_bundled", [False, True])
def test_a_page_is_stale_for_a_reason(
    now: Page, is_known: bool, damage: str, exists: bool, why: str, is_bundled: bool
) -> None:
    part, name = ("a year", "an entry") if is_bundled else (ALONE, ALONE)
    known = {part: Part.of(b"before", {name: Bundle(b"before", [kept(BUILT)])})} if is_known else {}
    key = b"now" if why else b"before"
    promised = volume(key, Promises(name, key, lambda: [now])) if is_bundled else now
    wrong = {"index.html": damage} if damage else {}
    plan = make_plan([promised], known, wrong, lambda _path: exists, owned=["index.html"])
    assert [stale.why for stale in plan.stale] == ([why] if why else [])
    assert plan.fresh == (not why)
    assert plan.removed == ()


def test_pages_that_are_promised_together_are_looked_at_only_if_something_about_them_changed() -> None:
    other = page("other.html", text="a")
    bundles = {"an entry": Bundle(b"before", [kept(BUILT)]), "another": Bundle(b"before", [kept(other)])}
    known, looked = {"a year": Part.of(b"before", bundles)}, []

    def look(name: str, key: bytes, of: Page) -> Promises:
        return Promises(name, key, lambda: looked.append(name) or [of])

    same = (look("an entry", b"before", BUILT), look("another", b"before", other))
    assert (
        make_plan([volume(b"before", *same)], known, {}, lambda _path: True, owned=["index.html", "other.html"]).whole
        == known
    )
    assert looked == []
    plan = make_plan(
        [volume(b"before", *same)],
        known,
        {"index.html": MISSING},
        lambda _path: True,
        owned=["index.html", "other.html"],
    )
    assert (looked, [stale.path for stale in plan.stale], plan.fresh) == (["an entry"], ["index.html"], 1)
    changed = look("another", b"now", page("other.html", text="b"))
    plan = make_plan(
        [volume(b"now", same[0], changed)], known, {}, lambda _path: True, owned=["index.html", "other.html"]
    )
    assert (looked[1:], [stale.path for stale in plan.stale], plan.fresh) == (["another"], ["other.html"], 1)


def test_what_somebody_else_put_where_a_page_is_to_be_is_named_and_not_what_is_ours() -> None:
    pages = [page(), page("icon"), page("about/index.html")]
    with pytest.raises(BuildError) as caught:
        make_plan(pages, {}, {}, lambda _path: True, owned=["index.html", "icon/of-ours.svg"])
    assert str(caught.value) == (
        "about/index.html: somebody put this where a page of the site is to be. Move it elsewhere, and build again."
    )
    assert len(make_plan(pages, {}, {}, lambda _path: False, owned=[]).stale) == 3


def test_very_many_files_of_somebody_else_are_named_at_once() -> None:
    pages, ours = ([page(f"{kind}/{n}/index.html") for n in range(10_000)] for kind in ("new", "old"))
    began = time.process_time()
    with pytest.raises(BuildError) as caught:
        make_plan(pages, {}, {}, lambda _path: True, owned=[one.path for one in ours])
    assert len(caught.value.problems) == len(pages)
    assert time.process_time() - began < 5  # a look at each pair takes five times as long


def test_what_was_built_and_is_no_longer_a_page_goes() -> None:
    plan = make_plan([BUILT], {}, {}, lambda _path: True, owned=["b/index.html", "index.html", "a/index.html"])
    assert plan.removed == ("a/index.html", "b/index.html")


def test_pages_that_want_one_place_are_all_named() -> None:
    rivals = [Page("a/index.html", "page", (Input("text", name, ""),), lambda: b"") for name in ("x", "y")]
    others = [Page("b/index.html", "page", (Input("text", name, ""),), lambda: b"") for name in ("v", "w")]
    known = {"a year": Part.of(b"", {"z": Bundle(b"", [kept(rivals[0])])})}
    unopened = volume(b"")
    with pytest.raises(BuildError) as caught:
        make_plan([unopened, *rivals, page(), *others], known, {}, lambda _path: True, owned=[])
    assert str(caught.value).split("\n") == [
        "a/index.html: 3 pages want this place (found z; x; y). Rename one of them.",
        "b/index.html: 2 pages want this place (found v; w). Rename one of them.",
    ]


@pytest.mark.parametrize(
    ("route", "path"),
    [("/", "index.html"), ("/archive/", "archive/index.html"), ("/feed.xml", "feed.xml"), ("/404.html", "404.html")],
)
def test_a_route_has_one_file(route: str, path: str) -> None:
    assert path_of(route) == path

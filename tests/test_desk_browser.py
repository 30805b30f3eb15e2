"""The review desk in a real browser: with keys alone, without JavaScript, and with texts and pages that mean harm."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

import sites
from builders import EDITION, NOW, approve, publish_entry, write_draft
from claudes_corner.site.builder import build
from claudes_corner.workspace import Workspace
from desks import Guest, at_desk
from web_server import WebServer, page

pytestmark = pytest.mark.browser
SOON = dt.datetime(2026, 11, 25, 10, tzinfo=dt.UTC)  # an hour after the slot: what is approved goes live at once
IDS = tuple(f"{EDITION}-minimal-000{number}" for number in range(1, 7))
WAIT_SECONDS = 30
BARE = "rgba(0, 0, 0, 0)"  # the background of a page without style


@pytest.fixture
def six(workspace: Workspace) -> Workspace:
    """Six drafts of one edition."""
    for number, draft_id in enumerate(IDS, 1):
        write_draft(workspace, f"# Draft {number}\n\n" + "SAMPLE. It comes back. " * 400, draft_id=draft_id)
    return workspace


@contextlib.contextmanager
def open_page(browser: Browser, guest: Guest, *, scripts: bool = True) -> Iterator[Page]:
    """Open a browser of its own at the desk's link; it lets go of the desk before that closes."""
    context = browser.new_context(java_script_enabled=scripts)
    opened = context.new_page()
    opened.set_default_timeout(WAIT_SECONDS * 1000)
    opened.goto(guest.link)
    expect(opened.locator("body")).to_have_class("week")
    if scripts:
        expect(opened.locator("html")).to_have_class("keyed")
    yield opened
    context.close()


def arrive(at: Page, title: str) -> None:
    """Wait until a draft is there, and listens to keys."""
    expect(at.locator("h1")).to_have_text(title)
    expect(at.locator("html")).to_have_class("keyed")


def status(workspace: Workspace, number: int) -> str:
    return workspace.ledger().standings[IDS[number - 1]].status


def press(at: Page, *keys: str) -> None:
    for key in keys:
        at.keyboard.press(key)


def tab_to(at: Page, target: Locator) -> None:
    """Press Tab until something has the focus, as somebody without a mouse does."""
    element = target.element_handle()
    for _ in range(150):
        if element.evaluate("element => element === document.activeElement"):
            return
        at.keyboard.press("Tab")
    pytest.fail("Tab does not lead there")


def published_slugs(workspace: Workspace) -> set[str]:
    build(workspace)
    return {path.parent.name for path in (workspace.folders.site / "essays").glob("*/essay.txt")}


# --- decisions --------------------------------------------------------------------------------------------------------


def test_with_keys_alone_an_editor_compares_approves_vetoes_sets_aside_and_restores(
    six: Workspace, browser: Browser
) -> None:
    with at_desk(six, now=SOON) as guest, open_page(browser, guest) as desk:
        press(desk, "j", "x", "j", "x", "c")
        expect(desk.locator("iframe")).to_have_count(2)
        for number in (0, 1):
            text = desk.frame_locator("iframe").nth(number).locator(".essay")
            expect(text).to_contain_text("SAMPLE. It comes back.")

        press(desk, "1")
        arrive(desk, "Draft 1")
        press(desk, "a", "Enter")
        expect(desk.locator(".said")).to_contain_text(f"{IDS[0]}: approved and published at /essays/draft-1/")

        arrive(desk, "Draft 2")
        press(desk, "v", "Space", "Tab")
        desk.keyboard.type("It names a neighbour.")
        press(desk, "Tab", "Enter")
        expect(desk.locator(".said")).to_contain_text(f"{IDS[1]}: on hold by Ada Byron")

        arrive(desk, "Draft 3")
        press(desk, "s", "Enter")  # the reason is proposed, since another draft of this edition was chosen
        expect(desk.locator(".said")).to_contain_text(f"{IDS[2]}: set aside")

        arrive(desk, "Draft 4")
        press(desk, "u")
        arrive(desk, "Wed 2 Dec 2026")
        rows = desk.locator("[data-row]")
        press(desk, *["j"] * (1 + rows.all_text_contents().index("Draft 3")), "Enter")
        arrive(desk, "Draft 3")
        press(desk, "r", "Enter")
        expect(desk.locator(".said")).to_contain_text(f"{IDS[2]}: waits for a verdict")
    with at_desk(six, "ben", now=SOON) as guest, open_page(browser, guest) as desk:
        press(desk, "n")
        arrive(desk, "Draft 2")
        press(desk, "v", "Space", "Tab")
        desk.keyboard.type("It does.")
        press(desk, "Tab", "Enter")
        expect(desk.locator(".said")).to_contain_text(f"{IDS[1]}: vetoed")
    assert [status(six, number) for number in range(1, 7)] == ["published", "vetoed", *["waiting"] * 4]
    assert published_slugs(six) == {"draft-1"}


def test_without_javascript_the_same_is_done_with_tab_and_enter(six: Workspace, browser: Browser) -> None:
    with at_desk(six, now=SOON) as guest, open_page(browser, guest, scripts=False) as desk:
        for number in (0, 1):
            tab_to(desk, desk.locator(".pick input").nth(number))
            press(desk, "Space")
        tab_to(desk, desk.get_by_role("button", name="Compare those picked"))
        press(desk, "Enter")
        expect(desk.frame_locator("iframe").nth(1).locator("h1")).to_have_text("Draft 2")

        tab_to(desk, desk.get_by_role("link", name=f"Decide on {IDS[0]}"))
        press(desk, "Enter")
        tab_to(desk, desk.get_by_role("button", name="Approve"))
        press(desk, "Enter")
        expect(desk.locator(".said")).to_contain_text(f"{IDS[0]}: approved and published")

        decide(desk, "Veto", "It names a neighbour.", choice="privacy")
        expect(desk.locator(".said")).to_contain_text(f"{IDS[1]}: on hold by Ada Byron")
        decide(desk, "Set aside", " after all")
        expect(desk.locator(".said")).to_contain_text(f"{IDS[2]}: set aside")

        desk.goto(f"{guest.origin}/list/set-aside")
        tab_to(desk, desk.get_by_role("link", name="Draft 3"))
        press(desk, "Enter")
        tab_to(desk, desk.get_by_role("button", name="Bring it back"))
        press(desk, "Enter")
        expect(desk.locator(".said")).to_contain_text(f"{IDS[2]}: waits for a verdict")
    with at_desk(six, "ben", now=SOON) as guest, open_page(browser, guest, scripts=False) as desk:
        tab_to(desk, desk.get_by_role("link", name="Read the next"))
        press(desk, "Enter")
        decide(desk, "Veto", "It does.", choice="privacy")
        expect(desk.locator(".said")).to_contain_text(f"{IDS[1]}: vetoed")
    assert [status(six, number) for number in range(1, 7)] == ["published", "vetoed", *["waiting"] * 4]
    assert published_slugs(six) == {"draft-1"}


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without JavaScript"])
def test_a_date_that_has_passed_is_confirmed_by_a_button_of_its_own(
    six: Workspace, browser: Browser, *, scripts: bool
) -> None:
    with at_desk(six) as guest, open_page(browser, guest, scripts=scripts) as desk:
        desk.goto(f"{guest.origin}/drafts/{IDS[0]}")
        desk.get_by_label("Goes live").fill("2026-11-01")
        desk.get_by_role("button", name="Approve").press("Enter")
        expect(desk.get_by_role("alert")).to_contain_text("Sun 1 Nov 2026 has passed")
        desk.get_by_label("Goes live").press("Enter")  # which sends the form by its first button, and so asks again
        expect(desk.get_by_role("alert")).to_contain_text("Sun 1 Nov 2026 has passed")
        assert status(six, 1) == "waiting"
        confirms = desk.get_by_role("button", name="Approve with this date")
        assert desk.get_by_label("Goes live").input_value() == "2026-11-01"
        tab_to(desk, confirms)
        press(desk, "Enter")
        expect(desk.locator(".said")).to_contain_text("next: corner build; readers see only then what was published")
    assert status(six, 1) == "published"


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without JavaScript"])
def test_an_entry_is_moved_and_withdrawn_with_the_keyboard(
    workspace: Workspace, browser: Browser, *, scripts: bool
) -> None:
    publish_entry(workspace, "# Draft 1\n\n" + "SAMPLE. It comes back. " * 400, draft_id=IDS[0], slug="draft-1")
    why = "It retells a book."
    with at_desk(workspace, now=SOON) as guest, open_page(browser, guest, scripts=scripts) as desk:
        desk.set_viewport_size({"width": 390, "height": 844})
        desk.goto(f"{guest.origin}/drafts/{IDS[0]}")
        foot = desk.get_by_role("navigation", name="To the decision")
        foot.get_by_role("link", name="Move or tag").press("Enter")
        desk.get_by_label("Tags").fill("sea")
        desk.get_by_label("Slug").fill("ebb")
        desk.get_by_label("Slug").press("Enter")
        expect(desk.locator(".said")).to_contain_text(f"{IDS[0]}: changed; it is at /essays/ebb/")

        foot.get_by_role("link", name="Withdraw").press("Enter")
        reason = desk.get_by_label("Reason, for readers")
        expect(desk.locator("#withdraw")).to_be_in_viewport(ratio=1)
        reason.fill(why)
        tab_to(desk, desk.get_by_role("button", name="Withdraw it …"))
        press(desk, "Enter")
        desk.get_by_role("link", name="To the form").press("Enter")
        assert reason.input_value() == why
        expect(reason).to_have_accessible_description(f"Readers will see, for good: {why}")
        assert status(workspace, 1) == "published"
        tab_to(desk, desk.get_by_role("button", name="Withdraw it for good"))
        press(desk, "Enter")
        expect(desk.locator(".said")).to_contain_text(f"{IDS[0]}: withdrawn; a tombstone takes its place")
        assert desk.evaluate("document.documentElement.scrollWidth") <= 390
    assert status(workspace, 1) == "withdrawn"
    assert published_slugs(workspace) == {"draft-1", "ebb"}, "essay.txt says there that it was withdrawn"


def test_going_back_to_a_form_that_was_refused_sends_nothing_again(workspace: Workspace, browser: Browser) -> None:
    publish_entry(workspace, "# Draft 1\n\nSAMPLE.", draft_id=IDS[0], slug="draft-1")
    with at_desk(workspace, now=SOON) as guest, open_page(browser, guest) as desk:
        desk.goto(f"{guest.origin}/drafts/{IDS[0]}")
        press(desk, "t")
        desk.get_by_label("Slug").fill("No Slug")
        desk.get_by_label("Slug").press("Enter")
        expect(desk.locator(".said")).to_contain_text("'No Slug' is no slug")
        desk.get_by_label("Slug").fill("ebb")
        desk.get_by_label("Slug").press("Enter")
        expect(desk.locator(".said")).to_contain_text("it is at /essays/ebb/")
        asked: list[str] = []
        desk.on("request", lambda request: asked.append(request.method))
        desk.go_back()
        arrive(desk, "Draft 1")
        expect(desk.get_by_role("alert")).to_have_count(0)
        desk.reload()
        arrive(desk, "Draft 1")
        assert set(asked) == {"GET"}


def decide(desk: Page, name: str, reason: str, *, choice: str = "") -> None:
    """Open a form that is folded up, fill it in and send it, with the keyboard."""
    form = desk.locator("details", has=desk.locator("summary", has_text=name)).first
    tab_to(desk, form.locator("summary"))
    press(desk, "Enter")
    if choice:
        tab_to(desk, form.locator(f"input[value={choice}]"))
        press(desk, "Space")
    tab_to(desk, form.locator("[name=reason]"))
    desk.keyboard.type(reason)
    tab_to(desk, form.get_by_role("button"))
    press(desk, "Enter")


def test_a_frame_is_as_tall_as_its_text_and_keys_pressed_in_it_count(six: Workspace, browser: Browser) -> None:
    with at_desk(six) as guest, open_page(browser, guest) as desk:
        press(desk, "n")
        inside = desk.frame_locator("iframe.sheet").locator("html")
        desk.wait_for_function("() => document.querySelector('iframe.sheet').clientHeight > 2000")
        assert inside.evaluate("e => e.scrollHeight - e.clientHeight") <= 0
        desk.frame_locator("iframe.sheet").locator("h1").click()
        press(desk, "a")
        expect(desk.get_by_role("button", name="Approve")).to_be_focused()


def test_whoever_has_read_a_part_goes_on_there_in_a_window_of_another_width(six: Workspace, browser: Browser) -> None:
    read = "() => (frame => -frame.top / frame.height)(document.querySelector('iframe.sheet').getBoundingClientRect())"
    with at_desk(six) as guest, open_page(browser, guest) as desk:
        desk.set_viewport_size({"width": 1280, "height": 900})
        desk.goto(f"{guest.origin}/drafts/{IDS[0]}")
        desk.wait_for_function("() => document.querySelector('iframe.sheet').clientHeight > 2000")
        desk.evaluate("scrollTo(0, 2500)")
        part, height = desk.evaluate(read), desk.locator("iframe.sheet").evaluate("e => e.clientHeight")
        desk.set_viewport_size({"width": 390, "height": 900})
        desk.wait_for_function(f"() => document.querySelector('iframe.sheet').clientHeight > {height}")
        assert desk.evaluate(read) == pytest.approx(part, abs=0.05)


def test_at_four_times_the_size_no_bar_stands_before_the_text(six: Workspace, browser: Browser) -> None:
    with at_desk(six) as guest, open_page(browser, guest) as desk:
        desk.set_viewport_size({"width": 320, "height": 256})
        desk.goto(f"{guest.origin}/drafts/{IDS[0]}")
        expect(desk.get_by_role("button", name="Keys")).to_be_visible()
        desk.wait_for_function("() => document.querySelector('iframe.sheet').clientHeight > 2000")
        desk.evaluate("scrollTo(0, 1000)")
        for bar in (".bar", ".verdicts"):
            expect(desk.locator(bar)).not_to_be_in_viewport()
        assert desk.evaluate("document.documentElement.scrollWidth") == 320


def test_many_drafts_beside_one_another_can_be_read_and_only_the_first_nine_have_keys(
    workspace: Workspace, browser: Browser
) -> None:
    ids = [f"{EDITION}-minimal-00{number}" for number in range(10, 22)]
    for draft_id in ids:
        write_draft(workspace, "# A title of some length\n\nSAMPLE.", draft_id=draft_id)
    with at_desk(workspace) as guest, open_page(browser, guest) as desk:
        desk.set_viewport_size({"width": 1280, "height": 800})
        desk.goto(f"{guest.origin}/compare?" + "&".join(f"id={draft_id}" for draft_id in ids))
        assert desk.locator("iframe").last.evaluate("e => e.clientWidth") >= 190
        expect(desk.locator(".beside kbd")).to_have_text([str(number) for number in range(1, 10)])


def test_where_the_system_sets_all_colours_one_can_see_which_view_is_open(six: Workspace, browser: Browser) -> None:
    with at_desk(six) as guest, open_page(browser, guest) as desk:
        desk.emulate_media(forced_colors="active")
        desk.goto(f"{guest.origin}/drafts/{IDS[0]}")
        lines = [
            desk.get_by_role("link", name=name).evaluate("e => getComputedStyle(e).borderBlockEndColor")
            for name in ("Page", "Feed item")
        ]
        assert lines[0] != lines[1]


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without JavaScript"])
def test_what_decides_is_in_sight_while_a_text_is_read(six: Workspace, browser: Browser, *, scripts: bool) -> None:
    with at_desk(six) as guest, open_page(browser, guest, scripts=scripts) as desk:
        desk.set_viewport_size({"width": 1280, "height": 900})
        desk.goto(f"{guest.origin}/drafts/{IDS[0]}")
        folds = [desk.locator("summary", has_text=name) for name in ("Set aside", "Veto")]
        for one in (desk.get_by_role("button", name="Approve"), *folds, desk.locator("#checks")):
            expect(one).to_be_in_viewport(ratio=1)
        desk.set_viewport_size({"width": 390, "height": 844})
        desk.goto(f"{guest.origin}/drafts/{IDS[0]}")
        foot = desk.get_by_role("navigation", name="To the decision")
        for name in ("Approve", "Set aside", "Veto"):
            expect(foot.get_by_role("link", name=name)).to_be_in_viewport(ratio=1)
        foot.get_by_role("link", name="Veto").click()
        expect(desk.locator("#veto fieldset")).to_be_in_viewport(ratio=1)
        expect(foot).not_to_be_in_viewport()
    assert status(six, 1) == "waiting"


def test_a_form_that_unfolds_is_whole_in_sight_and_folds_the_other(six: Workspace, browser: Browser) -> None:
    with at_desk(six) as guest, open_page(browser, guest) as desk:
        desk.set_viewport_size({"width": 1280, "height": 700})
        press(desk, "n")
        arrive(desk, "Draft 1")
        press(desk, "s")
        expect(desk.locator("#set-aside")).to_be_in_viewport(ratio=1)
        press(desk, "Escape", "v")
        expect(desk.locator("#veto")).to_be_in_viewport(ratio=1)
        expect(desk.locator("#set-aside")).to_be_hidden()


def test_a_key_shows_the_page_in_the_colours_that_it_does_not_have(six: Workspace, browser: Browser) -> None:
    with at_desk(six) as guest, open_page(browser, guest) as desk:
        desk.emulate_media(color_scheme="dark")
        press(desk, "n")
        arrive(desk, "Draft 1")
        expect(desk.get_by_role("link", name="Dark")).to_be_hidden()
        press(desk, "d")
        expect(desk.frame_locator("iframe.sheet").locator("html")).to_have_attribute("data-theme", "light")
        expect(desk.get_by_role("link", name="Dark")).to_be_visible()


@pytest.mark.parametrize("kind", ["feed", "essay"])
def test_one_rule_stands_before_footnotes_in_a_frame(workspace: Workspace, browser: Browser, kind: str) -> None:
    write_draft(workspace, "# SAMPLE\n\nSAMPLE text[^1].\n\n[^1]: A note", draft_id=IDS[0])
    with at_desk(workspace) as guest, open_page(browser, guest) as desk:
        desk.goto(f"{guest.origin}/drafts/{IDS[0]}/frame/{kind}")
        expect(desk.locator("hr.notes")).to_have_css("border-top-width", "1px")
        expect(desk.locator("ol.notes > li")).to_have_css("border-top-width", "0px")


def test_keys_can_be_listed_and_switched_off(six: Workspace, browser: Browser) -> None:
    with at_desk(six) as guest, open_page(browser, guest) as desk:
        press(desk, "n")
        arrive(desk, "Draft 1")
        press(desk, "?")
        keys = desk.get_by_role("dialog")
        expect(keys).to_contain_text("approve, as proposed")
        keys.get_by_role("checkbox", name="Single keys work").uncheck()
        press(desk, "Escape")
        expect(keys).to_be_hidden()
        press(desk, "a")
        expect(desk.get_by_role("button", name="Approve")).not_to_be_focused()
        desk.reload()
        press(desk, "u", "Tab")
        expect(desk.locator("h1")).to_have_text("Draft 1")


def test_only_keys_that_do_something_are_listed(six: Workspace, browser: Browser) -> None:
    approve(six, IDS[0])
    write_draft(six, "# Alone\n\nSAMPLE", draft_id="2026-11-18-minimal-0000", edition="2026-11-18")
    for now, path, there, absent in (
        (NOW, "/", "read the next draft", "what may go live"),
        (SOON, "/", "what may go live", "read the next draft"),
        (NOW, f"/drafts/{IDS[0]}?as=text", "compare with others", "light or dark"),
        (NOW, "/drafts/2026-11-18-minimal-0000", "light or dark", "compare with others"),
    ):
        with at_desk(six, now=now) as guest, open_page(browser, guest) as desk:
            desk.goto(f"{guest.origin}{path}")
            press(desk, "?")
            expect(desk.get_by_role("dialog")).to_contain_text(there)
            expect(desk.get_by_role("dialog")).not_to_contain_text(absent)


def test_an_edition_of_one_draft_is_in_the_way_of_no_key(six: Workspace, browser: Browser) -> None:
    write_draft(six, "# Alone\n\nSAMPLE", draft_id="2026-11-18-minimal-0000", edition="2026-11-18")
    with at_desk(six) as guest, open_page(browser, guest) as desk:
        for first in ([], ["j"]):
            press(desk, *first, "c")
            expect(desk.locator("h1")).to_have_text("Wed 25 Nov 2026")
            expect(desk.locator("iframe")).to_have_count(4)
            desk.goto(guest.origin)
            expect(desk.locator("html")).to_have_class("keyed")


def test_from_the_box_of_a_draft_a_key_leads_to_the_next_draft(six: Workspace, browser: Browser) -> None:
    with at_desk(six) as guest, open_page(browser, guest) as desk:
        desk.locator(".pick input").nth(2).focus()
        press(desk, "j")
        expect(desk.get_by_role("link", name="Draft 4")).to_be_focused()


def test_the_list_of_keys_is_read_from_its_head_and_leads_back_to_where_one_was(
    six: Workspace, browser: Browser
) -> None:
    with at_desk(six) as guest, open_page(browser, guest) as desk:
        press(desk, "n")
        arrive(desk, "Draft 1")
        for width in (1280, 390):
            desk.set_viewport_size({"width": width, "height": 844})
            desk.frame_locator("iframe.sheet").locator("h1").click()
            press(desk, "?")
            expect(desk.get_by_role("heading", name="Keys")).to_be_focused()
            press(desk, "Escape")
            expect(desk.locator("iframe.sheet")).to_be_focused()


def test_the_preview_is_dark_or_light_and_as_wide_as_is_asked_for(six: Workspace, browser: Browser) -> None:
    with at_desk(six) as guest, open_page(browser, guest) as desk:
        desk.set_viewport_size({"width": 1280, "height": 900})
        press(desk, "n")
        body = desk.frame_locator("iframe.sheet").locator("body")
        expect(body).not_to_have_css("background-color", BARE)  # its style has come
        light = body.evaluate("e => getComputedStyle(e).backgroundColor")
        assert body.evaluate("() => matchMedia('(min-width: 58rem)').matches"), "the theme at desktop width"
        press(desk, "d")
        expect(desk.get_by_role("link", name="Light")).to_be_visible()
        expect(body).not_to_have_css("background-color", re.compile(f"{re.escape(BARE)}|{re.escape(light)}"))
        press(desk, "m")
        expect(desk.get_by_role("link", name="Desktop width")).to_be_visible()
        assert body.evaluate("() => innerWidth") == 390


# --- what means harm --------------------------------------------------------------------------------------------------

HARM = f"""{sites.HOSTILE}

</textarea></pre></iframe></div><form action="/drafts/{IDS[0]}/approve" method="post"><button autofocus>x</button></form>
<base href="https://attacker.example/"><meta http-equiv="refresh" content="0;url=https://attacker.example/">
<svg onload=alert(2)><iframe srcdoc="<script>alert(3)</script>"></iframe><link rel=stylesheet href=https://attacker.example/a.css>
\u202eesrever\u202c \u2066isolated"""


def test_a_text_full_of_scripts_and_forms_runs_nothing_sends_nothing_and_loads_nothing(
    workspace: Workspace, browser: Browser
) -> None:
    hostile = write_draft(workspace, HARM, title='"><img src=x onerror=alert(4)>\u202e', draft_id=IDS[0])
    other = write_draft(workspace, "# Other", draft_id=IDS[1])
    before = len(workspace.ledger().records)
    with at_desk(workspace) as guest, open_page(browser, guest) as desk:
        wrong: list[str] = []
        browsing = desk.context
        browsing.on("dialog", lambda dialog: (wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        browsing.on("weberror", lambda error: wrong.append(str(error.error)))
        browsing.on("request", lambda r: None if r.url.startswith(guest.origin) else wrong.append(r.url))
        browsing.on("console", lambda line: wrong.append(line.text) if "Content Security Policy" in line.text else None)
        at = f"/drafts/{hostile}"
        paths = [
            "/",
            at,
            *(f"{at}?as={part}" for part in ("feed", "text", "making")),
            f"/compare?id={hostile}&id={other}",
            *(f"{at}/frame/{kind}" for kind in ("page", "feed", "essay")),
        ]
        tabs = [browsing.new_page() for _ in paths]  # each stays open while the others are looked at
        for tab, path in zip(tabs, paths, strict=True):
            tab.goto(guest.origin + path)
        for tab in tabs:
            tab.wait_for_load_state("networkidle")
            for frame in tab.frames:
                assert frame.url.startswith(guest.origin)
                assert (
                    frame.locator("form:not([action^='/drafts/'], [action='/compare'], [method=dialog])").count() == 0
                )
                assert (
                    frame.locator("base[href], meta[http-equiv=refresh], svg, iframe[srcdoc], [onerror]").count() == 0
                )
        assert wrong == []
        desk.goto(f"{guest.origin}{at}")
        assert "\u202e" not in desk.locator("body").inner_text()
    assert len(workspace.ledger().records) == before


def test_a_page_of_another_port_can_do_nothing_with_an_editors_session(six: Workspace, browser: Browser) -> None:
    """Cookies know no ports: such a page is of the same site, and its requests carry the session."""
    before = len(six.ledger().records)
    with at_desk(six) as guest, open_page(browser, guest) as desk, WebServer() as elsewhere:
        fields = "".join(f'<input name="{n}" value="{v}">' for n, v in guest_form(guest).items())
        form = f'<form method="post" action="{guest.origin}/drafts/{IDS[0]}/approve">{fields}<button>go</button></form>'
        framed = f'<iframe src="{guest.origin}/"></iframe>'
        elsewhere.pages["/"] = page(f"<!doctype html>{form}{framed}".encode(), content_type="text/html")
        desk.goto(f"{elsewhere.url}/")
        desk.wait_for_load_state("networkidle")
        assert desk.frames[1].url == "chrome-error://chromewebdata/", "the desk can be framed by nobody"
        read = "url => fetch(url, {credentials: 'include'}).then(answer => answer.text(), () => 'refused')"
        assert desk.evaluate(read, f"{guest.origin}/") == "refused"
        desk.get_by_role("button", name="go").click()
        expect(desk.locator("h1")).to_have_text("This was not sent from the desk.")
    assert len(six.ledger().records) == before


def guest_form(guest: Guest) -> dict[str, str]:
    """Pretend that the seal of a form has leaked; the link is used up, so no form can be read here."""
    return {"seal": "a.b", "digest": "sha256:" + "0" * 64}

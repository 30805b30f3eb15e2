"""The review desk: who gets in, what it shows, and what its forms do."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

import fault_server as faults
import sites
from builders import (
    EDITION,
    NEWSLETTER,
    NOW,
    TEXT,
    document,
    expire,
    make_workspace,
    publish_entry,
    reopen,
    write_draft,
)
from claudes_corner import ledger
from claudes_corner.errors import CornerError, UsageError
from claudes_corner.review.decisions import approve, veto
from claudes_corner.review.desk.access import Access, Guard
from claudes_corner.review.reading import add_note, read_notes
from claudes_corner.site.builder import build
from claudes_corner.text import digest
from claudes_corner.workspace import Workspace
from commands import corner
from correspondence import correspond
from desks import SECONDS, Guest, at_desk, key_of
from fault_server import FaultServer
from rounds import KEY

TIDES, NEWS, THIRD = f"{EDITION}-minimal-k3v9", f"{EDITION}-news-0000", f"{EDITION}-minimal-0003"
LATER = dt.datetime(2026, 11, 25, 9, tzinfo=dt.UTC)
PAGES = ("/", "/list/waiting", f"/drafts/{TIDES}", f"/compare?id={TIDES}&id={NEWS}", f"/drafts/{TIDES}/frame/page")


@pytest.fixture
def drafts(workspace: Workspace) -> Workspace:
    """Three drafts of one edition."""
    write_draft(workspace, TEXT, draft_id=TIDES, title="On Tides")
    write_draft(workspace, "# The News\n\nof the day", draft_id=NEWS, mode="news")
    write_draft(workspace, "# Third\n\nand last", draft_id=THIRD)
    return workspace


@pytest.fixture
def stranger(drafts: Workspace) -> Iterator[Guest]:
    with at_desk(drafts) as guest:
        yield guest


@pytest.fixture
def ada(stranger: Guest) -> Guest:
    stranger.sign_in()
    return stranger


def status(workspace: Workspace, draft_id: str = TIDES) -> str:
    return workspace.ledger().standings[draft_id].status


def lines(workspace: Workspace) -> int:
    return len(workspace.ledger().records)


# --- the door ---------------------------------------------------------------------------------------------------------


def test_the_link_signs_in_once_and_leads_to_the_week(stranger: Guest) -> None:
    answer = stranger.sign_in()

    assert (answer.status, answer.headers["location"]) == (303, "/")
    port = stranger.origin.rpartition(":")[2]
    cookie, *attributes = answer.headers["set-cookie"].split("; ")
    assert cookie.startswith(f"corner-desk-{port}=")
    assert sorted(attributes) == ["HttpOnly", "Path=/", "SameSite=strict"]
    assert stranger.ask("/").status == 200
    assert stranger.sign_in().headers["location"] == "/", "the browser that has used it may use it again"

    another = Guest(stranger.link)
    refused = another.sign_in()
    assert (refused.status, another.cookie) == (403, "")
    assert refused.text.endswith(
        "You are not signed in. Open the link that was printed when the desk started. It works once: for another, "
        "start the desk again."
    )


def test_without_a_session_nothing_is_shown(stranger: Guest) -> None:
    name = f"corner-desk-{stranger.origin.rpartition(':')[2]}"
    for cookie in ("", f"{name}=", f"{name}={'A' * 43}", f"{name}={key_of(stranger.link)}"):
        for path in (*PAGES, f"/drafts/{TIDES}/approve", "/nothing", "/sign-in", "/sign-in?key=", "/sign-in?key=x"):
            stranger.cookie = cookie
            answer = stranger.ask(path)
            assert answer.status == 403, (path, cookie)
            assert "Tides" not in answer.body


def test_a_session_of_another_desk_is_none_here(drafts: Workspace, ada: Guest) -> None:
    with at_desk(drafts) as other:
        name = f"corner-desk-{other.origin.rpartition(':')[2]}"
        other.cookie = f"{name}={ada.cookie.partition('=')[2]}"
        assert other.ask("/").status == 403


def test_a_foreign_host_is_refused_even_with_a_session(ada: Guest) -> None:
    port = ada.origin.rpartition(":")[2]
    for path in ("/", "/static/desk.css", "/sign-in?key=x"):
        for host in ("attacker.example", f"attacker.example:{port}", "127.0.0.1", f"127.0.0.1.nip.io:{port}", "", None):
            assert ada.ask(path, Host=host).status in {400, 403}, host
    assert ada.ask("/", Host=f"localhost:{port}").status == 200


def test_what_another_origin_sends_is_refused(drafts: Workspace, ada: Guest) -> None:
    before, form = lines(drafts), ada.form(TIDES, "approve")
    foreign: tuple[dict[str, str | None], ...] = (
        {"Origin": "https://attacker.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": None},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Origin": None, "Sec_Fetch_Site": "none"},
    )
    for headers in foreign:
        answer = ada.send(TIDES, "approve", form, **headers)
        assert answer.status == 403, headers
        assert "This was not sent from the desk." in answer.text
    assert lines(drafts) == before


def test_a_form_needs_the_seal_that_was_made_for_it_in_this_session(drafts: Workspace, ada: Guest) -> None:
    before, form = lines(drafts), ada.form(TIDES, "approve")
    seals = {
        "none": "",
        "half": form["seal"].partition(".")[0],
        "another act's": ada.form(TIDES, "note")["seal"],
        "another draft's": ada.form(NEWS, "approve")["seal"],
        "made up": "A" * 43 + "." + "0" * 64,
        "no ASCII": "ü.ü",
    }
    with at_desk(drafts) as other:
        other.sign_in()
        seals["another desk's"] = other.form(TIDES, "approve")["seal"]
    for whose, seal in seals.items():
        assert ada.send(TIDES, "approve", {**form, "seal": seal}).status == 403, whose
    assert ada.send(TIDES, "approve", {key: value for key, value in form.items() if key != "seal"}).status == 403
    assert lines(drafts) == before
    assert ada.send(TIDES, "approve", form).status == 303


def test_a_session_that_has_ended_leaves_no_seal_that_works(drafts: Workspace) -> None:
    with at_desk(drafts) as first:
        first.sign_in()
        form = first.form(TIDES, "approve")
    before = lines(drafts)
    with at_desk(drafts) as second:
        second.sign_in()
        assert second.send(TIDES, "approve", form).status == 403
    assert lines(drafts) == before


def test_every_answer_has_the_strict_headers(ada: Guest) -> None:
    for path in (*PAGES[:4], "/static/desk.js", "/nothing"):
        headers = ada.ask(path).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; ")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize("kind", ["page", "feed", "essay"])
def test_a_frame_of_a_draft_has_a_policy_of_its_own_that_runs_nothing(ada: Guest, kind: str) -> None:
    answer = ada.ask(f"/drafts/{TIDES}/frame/{kind}")
    assert answer.status == 200
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-same-origin; default-src 'none'; style-src 'self'; ")
    assert not {"script-src", "allow-scripts", "allow-forms"} & set(policy.replace(";", " ").split())
    assert "form-action 'none'" in policy


def test_the_themes_files_need_no_cookie_and_no_other_origin_may_use_them(stranger: Guest, ada: Guest) -> None:
    page = ada.ask(f"/drafts/{TIDES}/frame/page").body
    style = page.partition('<link rel="stylesheet" href="')[2].partition('"')[0]
    assert style.startswith("/theme/assets/style-")
    ada.cookie = ""
    for path in (style, "/theme/assets/literata.woff2"):
        answer = ada.ask(path, Origin="null")
        assert (answer.status, "access-control-allow-origin" in answer.headers) == (200, False)
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"


def test_nothing_outside_is_served(ada: Guest) -> None:
    for path in (
        *("/theme/assets/../../corner.toml", "/theme/assets/..%2f..%2fcorner.toml", "/theme/corner.toml"),
        *("/static/../app.py", "/static/..%2fapp.py", "/static/%2e%2e/app.py", "/static//etc/passwd"),
        *("/drafts/..%2f..%2fcorner.toml", "/drafts/../corner.toml", "/corner.toml", "/drafts/%2e%2e/frame/page"),
        *(f"/drafts/{TIDES}/frame/..%2f..%2f{TIDES}.json", f"/drafts/{TIDES}.json", "//etc/passwd", "/drafts/a%00b"),
    ):
        answer = ada.ask(path)
        assert answer.status in {404, 405, 409}, path
        assert "[site]" not in answer.body
        assert "def " not in answer.body


def test_a_form_of_any_length_is_not_read_to_its_end(drafts: Workspace, ada: Guest) -> None:
    form = ada.form(TIDES, "note")
    assert ada.send(TIDES, "note", {**form, "note": "x" * 70_000}).status == 413
    assert read_notes(drafts, TIDES) == ()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "corner.example"])
def test_it_refuses_to_be_reached_by_others_without_a_proxy(drafts: Workspace, host: str) -> None:
    with pytest.raises(CornerError) as refused, at_desk(drafts, host=host):
        pass
    assert str(refused.value) == (
        f"the desk keeps no passwords, and {host} can be reached by others (expected 127.0.0.1, or a proxy in "
        "corner.toml). Use it through an SSH tunnel (ssh -L), or name the proxy that signs people in under [desk]."
    )


def test_a_port_that_is_taken_is_said(drafts: Workspace) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = corner("-C", drafts.folders.root, "desk", "--by", "ada", "--port", str(port))
    assert (said.code, said.out) == (1, "")
    expected = f"corner: port {port} of 127.0.0.1 cannot be used: address already in use. Choose another with --port.\n"
    assert said.err == expected


def test_who_works_at_the_desk_must_be_told_if_it_cannot_be_known(drafts: Workspace) -> None:
    with pytest.raises(UsageError, match="who decides"), at_desk(drafts, None):
        pass


# --- behind a proxy ---------------------------------------------------------------------------------------------------

PROXY = '\n[desk]\nproxy = "{address}"\nheader = "X-Signed-In"\nurl = "{url}"\n'
FROM_PROXY = {"Host": "desk.corner.example", "Origin": "https://desk.corner.example"}


def behind(
    tmp_path_factory: pytest.TempPathFactory, address: str, url: str = "https://desk.corner.example/"
) -> Workspace:
    toml = (NEWSLETTER / "corner.toml").read_text("utf-8") + PROXY.format(address=address, url=url)
    workspace = make_workspace(tmp_path_factory.mktemp("proxied") / "newsletter", toml=toml)
    write_draft(workspace, TEXT, draft_id=TIDES)
    return workspace


@pytest.mark.parametrize("name", ["ada", "ada@corner.example", "ADA@corner.example"])
def test_behind_a_proxy_its_header_gives_the_editor(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    workspace = behind(tmp_path_factory, "127.0.0.1")
    with at_desk(workspace, None, port=free_port()) as guest:
        assert guest.link == "https://desk.corner.example/"
        guest.headers = {**FROM_PROXY, "X-Signed-In": name}
        assert "You are Ada Byron" in guest.ask("/").text
        guest.decide(TIDES, "approve")
        assert guest.ask("/sign-in?key=").status == 404
    assert workspace.ledger().standings[TIDES].approved_by == ("ada",)


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://Desk.Corner.Example:443/", "https://desk.corner.example"),
        ("http://desk.corner.example:80/", "http://desk.corner.example"),
    ],
)
def test_the_desks_address_may_be_written_otherwise_than_browsers_send_it(
    tmp_path_factory: pytest.TempPathFactory, written: str, origin: str
) -> None:
    workspace = behind(tmp_path_factory, "127.0.0.1", written)
    with at_desk(workspace, None, port=free_port()) as guest:
        guest.headers = {"Host": "desk.corner.example", "Origin": origin, "X-Signed-In": "ada"}
        assert guest.ask("/").status == 200
        assert "noted" in guest.decide(TIDES, "note", note="SAMPLE").text


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_the_link_signs_in_at_a_desk_whose_port_goes_without_saying(host: str) -> None:
    def never(*_: object) -> NoReturn:
        raise AssertionError

    access = Access((f"http://{host}",), editor="ada")
    guard = Guard(never, access, config=never, token=lambda: "SAMPLE", refuse=never)
    path, _, query = guard.link.removeprefix(f"http://{host}").partition("?")
    answers = []

    async def send(message: Any) -> None:
        answers.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode()}
    asyncio.run(guard({**scope, "headers": [(b"host", host.encode())]}, never, send))
    assert answers[0]["status"] == 303
    assert dict(answers[0]["headers"])[b"set-cookie"].startswith(b"corner-desk-80=SAMPLE;")


def test_behind_a_proxy_nobody_comes_in_without_its_word(tmp_path_factory: pytest.TempPathFactory) -> None:
    workspace = behind(tmp_path_factory, "127.0.0.1")
    with at_desk(workspace, None, port=free_port()) as guest:
        for name in (None, "", "mallory", "nobody@corner.example", "ada, ben"):
            refused = guest.ask("/", **FROM_PROXY, X_Signed_In=name)
            assert refused.status == 403
            assert "The proxy must send X-Signed-In with the id or e-mail of an editor" in refused.text
        foreign = guest.ask(
            f"/drafts/{TIDES}/approve", "POST", **{**FROM_PROXY, "Origin": "https://corner.example"}, X_Signed_In="ada"
        )
        assert "This was not sent from the desk." in foreign.text
        assert guest.ask("/", X_Signed_In="ada", Host="127.0.0.1").status == 403


@pytest.mark.parametrize("name", ["ada", "ada@corner.example"])
def test_behind_a_proxy_settings_that_are_broken_are_said_to_editors_alone(
    tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    workspace = behind(tmp_path_factory, "127.0.0.1")
    with at_desk(workspace, None, port=free_port()) as guest:
        assert guest.ask("/", **FROM_PROXY, X_Signed_In=name).status == 200
        with (workspace.folders.root / "corner.toml").open("a", encoding="utf-8") as file:
            file.write("\n[[[")
        said = guest.ask("/", **FROM_PROXY, X_Signed_In=name)
        assert (said.status, "Not valid TOML" in said.text) == (409, True)
        refused = guest.ask("/", **FROM_PROXY, X_Signed_In="mallory")
        assert (refused.status, "Not valid TOML" in refused.text) == (403, False)


def test_whoever_is_no_editor_any_more_is_a_stranger_at_the_desk(drafts: Workspace, ada: Guest) -> None:
    form, path, before = ada.form(TIDES, "approve"), drafts.folders.root / "corner.toml", lines(drafts)
    path.write_text(re.sub(r"\[editors\.ada\]\n(?:.+\n)*", "", path.read_text("utf-8")), encoding="utf-8")
    for answer in (ada.ask("/"), ada.send(TIDES, "approve", form)):
        assert answer.status == 403
        assert "You are not signed in." in answer.text
    assert lines(drafts) == before


def test_the_desk_of_a_newsletter_without_settings_says_so_and_shows_no_other(drafts: Workspace, ada: Guest) -> None:
    make_workspace(drafts.folders.root.parent)  # a newsletter that it lies in
    path = drafts.folders.root / "corner.toml"
    kept = path.rename(path.with_name("kept.toml"))
    said = ada.ask("/")
    assert (said.status, "Cannot be read: no such file or directory. corner.toml." in said.text) == (409, True)
    kept.rename(path)
    assert ada.ask("/").status == 200


def test_a_header_from_any_other_address_than_the_proxys_is_no_word_of_its(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    workspace = behind(tmp_path_factory, "192.0.2.7")
    with at_desk(workspace, None, port=free_port()) as guest:
        refused = guest.ask("/", **FROM_PROXY, X_Signed_In="ada", X_Forwarded_For="192.0.2.7")
    assert refused.status == 403
    assert "The desk answers its proxy only. Found: 127.0.0.1. Open https://desk.corner.example." in refused.text


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


# --- what is shown ----------------------------------------------------------------------------------------------------


def test_the_week_says_the_one_next_thing_and_lists_what_waits_by_edition(ada: Guest) -> None:
    page = ada.ask("/").text
    assert "3 waiting for a verdict. Read the next" in page
    assert "On Tides Minimal prompt 17 words new" in page
    assert page.index("On Tides") < page.index("The News") < page.index("Third")
    assert "Wed 25 Nov 2026, 09:00 Europe/London free" in page


def test_a_draft_without_a_title_goes_by_the_words_that_it_begins_with(drafts: Workspace, ada: Guest) -> None:
    untitled = write_draft(drafts, "SAMPLE: the <b>tide</b>\ngoes out " + "and out " * 20)
    unspaced = write_draft(drafts, "潮" * 90)
    one = '<q class="untitled">SAMPLE: the &lt;b&gt;tide&lt;/b&gt; goes out and out and out and out…</q>'
    for path in ("/", "/list/waiting", f"/compare?id={TIDES}&id={untitled}"):
        body = ada.ask(path).body
        assert one in body
        assert "Without a title" not in body
    assert f'<q class="untitled">{"潮" * 59}…</q>' in ada.ask("/").body
    ada.decide(untitled, "approve")
    ada.decide(unspaced, "set-aside", reason="another was chosen")
    page = ada.ask("/")
    assert "Europe/London SAMPLE: the <b>tide</b> goes" in page.text, "in its slot"
    assert page.text.index("Last decided") < page.text.index("潮")


def test_another_process_decides_and_the_desk_knows_at_once(drafts: Workspace, ada: Guest) -> None:
    assert "3 waiting" in ada.ask("/").text
    other = reopen(drafts.folders.root)
    approve(other, NEWS, other.ledger().standings[NEWS].text_sha256, "ben", NOW)
    page = ada.ask("/").text
    assert "2 waiting" in page
    assert "Wed 25 Nov 2026, 09:00 Europe/London The News" in page


def test_settings_that_change_count_from_the_next_page_on(drafts: Workspace, ada: Guest) -> None:
    toml = drafts.folders.root / "corner.toml"
    toml.write_text(toml.read_text("utf-8").replace('code = "harm"', 'code = "danger"'), encoding="utf-8")
    assert 'value="danger"' in ada.ask(f"/drafts/{TIDES}").body
    toml.write_text(toml.read_text("utf-8").replace("[review]", "[reviews]"), encoding="utf-8")
    refused = ada.ask("/")
    assert refused.status == 409
    assert "Unknown key 'reviews'." in refused.text


def test_a_draft_is_shown_with_its_page_its_digest_and_what_stands_out(drafts: Workspace) -> None:
    for number in range(6):
        publish_entry(
            drafts, f"# {number}\n\nThe tide does not argue with the shore. {'word ' * 40}", slug=f"e{number}"
        )
    odd = write_draft(
        drafts,
        f"# Odd\n\n{TEXT} <b>\u202e</b> [a](https://a.example/) ![b](https://b.example/b.png)",
        stop_reason="max_tokens",
    )
    with at_desk(drafts) as ada:
        ada.sign_in()
        page = ada.ask(f"/drafts/{odd}")
    assert drafts.ledger().standings[odd].text_sha256 in page.body
    for said in (
        "Stands out: cut at the token limit: the text may end in the middle",
        "the last 6 entries have 49 to 49, half of them 49 or more",
        "Stands out: 1 unusual character U+202E right-to-left override, 1 time",
        "Stands out: 2 links https://a.example/ https://b.example/b.png",
        "Stands out: 1 image asked for; the page links to it and loads nothing https://b.example/b.png",
        "Stands out: 2 HTML tags, shown to readers as typed <b> </b>",
        "Stands out: 1 sentence stands in past entries, word for word",
        "The tide does not argue with the shore.",
    ):
        assert said in page.text


def test_a_link_to_itself_among_the_themes_files_takes_no_page_from_the_frame(drafts: Workspace, ada: Guest) -> None:
    static = drafts.folders.root / "themes/corner/static"
    static.mkdir(parents=True)
    (static / "lost.css").symlink_to("lost.css")
    assert ada.ask(f"/drafts/{TIDES}/frame/page").status == 200


def test_the_page_in_the_frame_is_the_themes_with_the_text_as_it_is(ada: Guest) -> None:
    page = ada.ask(f"/drafts/{TIDES}/frame/page").body
    assert '<h1 dir="auto">On Tides</h1>' in page
    assert "The tide does not argue with the shore." in page
    assert "25 November 2026" in page
    assert "Anthropic does not necessarily endorse its claims." in page
    assert '<html data-theme="dark" ' in ada.ask(f"/drafts/{TIDES}/frame/page?scheme=dark").body
    assert "<script" not in page, "it could not run"
    assert "data-theme" not in ada.ask(f"/drafts/{TIDES}/frame/page?scheme=%22x").body


def test_the_page_in_the_frame_follows_a_theme_whose_files_lie_behind_a_link(
    ada: Guest, drafts: Workspace, tmp_path: Path
) -> None:
    static, shared = drafts.folders.root / "themes/corner/static", tmp_path / "shared"
    shared.mkdir()
    static.parent.mkdir(parents=True, exist_ok=True)
    static.symlink_to(shared)
    for style in ("a {}", "b { top: 0 }"):
        (shared / "style.css").write_text(style)
        assert f"style-{digest(style)[7:17]}.css" in ada.ask(f"/drafts/{TIDES}/frame/page").body


@pytest.mark.parametrize("theme", ["corner", "plain"])
@pytest.mark.parametrize("has_more", [True, False], ids=["with notes and letters", "without"])
def test_the_frame_around_the_page_is_the_one_that_readers_will_see(
    workspace: Workspace, theme: str, *, has_more: bool
) -> None:
    toml = workspace.folders.root / "corner.toml"
    toml.write_text(toml.read_text("utf-8").replace("[site]", f'[site]\ntheme = "{theme}"'), encoding="utf-8")
    workspace = reopen(workspace.folders.root)
    write_draft(workspace, draft_id=TIDES, title="On Tides")
    if has_more:
        correspond(workspace)
        note = "---\ntitle: SAMPLE\ndate: 2026-11-20\nby: ada\n---\n\nSAMPLE note.\n"
        (workspace.folders.notes / "a-note.md").write_text(note, encoding="utf-8")
    with at_desk(workspace) as guest:
        guest.sign_in()
        preview = guest.ask(f"/drafts/{TIDES}/frame/page").body.replace('"/theme/', '"/')
    approve(workspace, TIDES, digest(TEXT), "ada", LATER)
    build(workspace)
    page = (workspace.folders.site / "essays/on-tides/index.html").read_text("utf-8")
    for part in ("header", "footer"):
        frame = re.compile(rf"<{part}.*?</{part}>", re.DOTALL).findall
        assert frame(preview) == frame(page)
    footer = page.rpartition("<footer")[2]
    assert [f'<a href="/{name}/">' in footer for name in ("notes", "letters")] == [has_more, has_more]


def test_the_feed_item_is_the_one_that_would_go_out(ada: Guest) -> None:
    page = ada.ask(f"/drafts/{TIDES}?as=feed").text
    assert "Title On Tides" in page
    assert "Link https://corner.example/essays/on-tides/" in page
    frame = ada.ask(f"/drafts/{TIDES}/frame/feed").body
    assert "How this was made" in frame


def test_how_it_was_made_is_shown_whole_with_a_mark_on_what_readers_will_not_see(workspace: Workspace) -> None:
    secret = document("A headline. It is not ours.", source="feed", title="A headline", disclosure="hash-only")
    open_ = document("A letter. It may be shown.", title="A letter")
    write_draft(workspace, TEXT, draft_id=NEWS, mode="news", context=[secret, open_])
    with at_desk(workspace) as ada:
        ada.sign_in()
        page = ada.ask(f"/drafts/{NEWS}?as=making")
    marked = page.body.partition('<details class="withheld">')[2].partition("</details>")[0]
    assert "A headline. It is not ours." in marked
    assert page.body.count('class="withheld"') == 1
    for said in (
        "A letter. It may be shown.",
        "max_tokens 4096",
        "req_011CTest",
        "12 tokens in",
        "end_turn",
        "No system prompt.",
    ):
        assert said in page.text
    written = workspace.ledger().standings[NEWS].written
    for sha256 in (written.text_sha256, written.front_sha256, written.transcript_sha256, written.public_sha256):
        assert sha256 in page.body


def test_how_it_was_made_tells_what_each_request_was_for(workspace: Workspace) -> None:
    write_draft(workspace, "SAMPLE text.", draft_id=TIDES, title="SAMPLE", earlier=["SAMPLE before it."])
    write_draft(workspace, "SAMPLE text.", draft_id=THIRD, title="SAMPLE ")  # which is not what the answer says
    with at_desk(workspace) as ada:
        ada.sign_in()
        made = [ada.ask(f"/drafts/{draft_id}?as=making").text for draft_id in (TIDES, THIRD)]
    for said in ("Request 1 an answer before the text", "Request 2 the text", "Request 3 the title"):
        assert said in made[0]
    assert "Request 2 no title: its answer could not be one" in made[1]


def test_drafts_of_one_edition_stand_side_by_side_and_no_others(drafts: Workspace, ada: Guest) -> None:
    page = ada.ask(f"/compare?id={TIDES}&id={NEWS}")
    assert page.text.index("On Tides Minimal prompt 17 words") < page.text.index("The News News 5 words")
    assert page.body.count("<iframe") == 2
    for query in (f"id={TIDES}", f"id={TIDES}&id={TIDES}", ""):
        refused = ada.ask(f"/compare?{query}")
        assert refused.status == 409
        assert "These cannot be compared." in refused.text


def test_what_the_author_chose_is_said_and_read_first(drafts: Workspace, ada: Guest) -> None:
    known = drafts.ledger().standings
    among = tuple(known[draft_id].text_sha256 for draft_id in (TIDES, NEWS, THIRD))
    fields = {"edition": EDITION, "text_sha256": among[1], "among": among, "choice": "2026-11-25-choice-0000"}
    with drafts.writing() as pen:
        pen.record(ledger.Chose, at="2026-11-22T18:00:00Z", id=NEWS, **fields, transcript_sha256=digest(b"{}"))
    assert f'href="/drafts/{NEWS}" data-key="n"' in ada.ask("/").body
    said = "The author chose it among its 3 drafts."
    assert [said in ada.ask(f"/drafts/{draft_id}").text for draft_id in (NEWS, TIDES)] == [True, False]


def test_what_waits_has_one_order_at_the_desk_and_in_every_command(workspace: Workspace) -> None:
    editions = ("2026-12-02", EDITION, "2026-11-18", EDITION, "2026-11-18")
    late, second, first, chosen, old = (write_draft(workspace, f"{n}.", edition=e) for n, e in enumerate(editions))
    sha256 = workspace.ledger().standings[chosen].text_sha256
    fields = {"edition": EDITION, "text_sha256": sha256, "among": (sha256,), "choice": f"{EDITION}-choice-0000"}
    with workspace.writing() as pen:
        pen.record(ledger.Chose, at="2026-11-22T18:00:00Z", id=chosen, **fields, transcript_sha256=digest(b"{}"))
    order = [first, old, chosen, second, late]

    def listed(text: str) -> list[str]:
        return list(dict.fromkeys(re.findall(r"2026-\d\d-\d\d-minimal-\w{4}\b", text)))

    root, at = workspace.folders.root, ("--now", "2026-11-22T18:00:00Z")
    assert listed(corner("-C", root, "drafts").out) == order
    assert listed(corner("-C", root, *at, "status").out.partition("waits:")[2]) == order
    assert listed(corner("-C", root, *at, "review", "--by", "ada", typed="n\n" * 5).out) == order
    with at_desk(workspace) as ada:
        ada.sign_in()
        assert listed(ada.ask("/list/waiting").body) == order
        assert listed(ada.ask("/").body.partition('id="waiting"')[2]) == order


def test_lists_reach_every_draft_by_where_it_stands(drafts: Workspace, ada: Guest) -> None:
    expire(drafts, THIRD)
    assert "Third" in ada.ask("/list/expired").text
    assert "Third" not in ada.ask("/list/waiting").text
    assert ada.ask("/list/nowhere").status == 404
    for page in ("2", "-1", "x", "9" * 50, "9" * 5_000):
        answer = ada.ask(f"/list/waiting?page={page}")
        assert (answer.status, NEWS in answer.body) == (200, True), "beyond the last page is the last page"


def test_a_draft_whose_file_was_changed_is_not_shown_as_if_it_were_whole(drafts: Workspace, ada: Guest) -> None:
    path = drafts.folders.drafts / f"{TIDES}.md"
    path.write_bytes(path.read_bytes().replace(b"argue", b"arque"))
    week = ada.ask("/")
    assert "the text was changed after it was recorded" in week.text
    answer = ada.ask(f"/drafts/{TIDES}")
    assert answer.status == 409
    assert "The text was changed after it was recorded." in answer.text
    assert "arque" not in answer.body


def test_a_draft_that_cannot_be_read_is_named_by_its_id_and_not_said_to_have_no_title(
    drafts: Workspace, ada: Guest
) -> None:
    approve(drafts, TIDES, drafts.ledger().standings[TIDES].text_sha256, "ben", NOW)
    path = drafts.folders.text(drafts.ledger().standings[TIDES])
    path.write_bytes(path.read_bytes().replace(b"argue", b"arque"))
    slots = ada.ask("/").body.partition('<ol class="slots">')[2].partition("</ol>")[0]
    assert f'dir="auto">{TIDES}</a>' in slots
    beside = ada.ask(f"/compare?id={TIDES}&id={NEWS}")
    assert beside.text.count("the text was changed after it was recorded") == 1
    assert beside.body.count("<iframe") == 1
    assert "0 words" not in beside.text
    with at_desk(drafts, now=LATER) as later:
        later.sign_in()
        due = later.ask("/").body.partition('id="due"')[2].partition("</section>")[0]
    assert f'dir="auto">{TIDES}</a>' in due


# --- what forms do ----------------------------------------------------------------------------------------------------


def test_an_approval_is_the_editors_for_that_text_and_leads_to_the_next_draft(drafts: Workspace, ada: Guest) -> None:
    page = ada.decide(TIDES, "approve", tags="sea, time")

    standing = drafts.ledger().standings[TIDES]
    assert (standing.status, standing.approved_by, standing.slug) == ("approved", ("ada",), "on-tides")
    assert (standing.date, standing.tags) == ("2026-11-25T09:00:00Z", ("sea", "time"))
    assert f"{TIDES}: approved; goes live on Wed 25 Nov 2026, 09:00 Europe/London by corner publish" in page.text
    assert f"<title>{NEWS}" in page.body
    assert "approved; goes live" not in ada.ask("/").text, "it is said once"


def test_a_form_that_is_sent_twice_decides_once_and_answers_the_same(drafts: Workspace, ada: Guest) -> None:
    form, before = {**ada.form(TIDES, "set-aside"), "reason": "another was chosen"}, lines(drafts)
    answers: list[tuple[int, str]] = []

    def send() -> None:
        answer = ada.send(TIDES, "set-aside", form)
        answers.append((answer.status, answer.headers.get("location", "")))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [(303, f"/drafts/{NEWS}")] * 4
    assert lines(drafts) == before + 1


def test_a_verdict_on_another_text_than_the_one_shown_is_refused(drafts: Workspace, ada: Guest) -> None:
    form, before = ada.form(TIDES, "approve"), lines(drafts)
    other = ada.send(TIDES, "approve", {**form, "digest": "sha256:" + "0" * 64})
    assert other.status == 409
    assert "is not the text that you read" in other.text
    path = drafts.folders.drafts / f"{TIDES}.md"
    path.write_bytes(path.read_bytes().replace(b"argue", b"arque"))
    changed = ada.send(TIDES, "approve", form)
    assert changed.status == 409
    assert "The text was changed after it was recorded." in changed.text
    assert lines(drafts) == before


def test_what_was_typed_stays_when_a_form_is_refused(drafts: Workspace, ada: Guest) -> None:
    page = ada.decide(TIDES, "approve", slug="No Slug", tags="sea", date="2026-12-09")
    assert page.status == 409
    assert "'No Slug' is no slug (expected lower-case letters, digits and single hyphens)" in page.text
    for typed in ("No Slug", "sea", "2026-12-09"):
        assert f'value="{typed}"' in page.body
    refused = ada.decide(TIDES, "veto", criterion="taste", reason="</textarea><script>alert(1)</script>")
    assert "a veto names a published criterion, and 'taste' is none" in refused.text
    assert "&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt;</textarea>" in refused.body
    assert status(drafts) == "waiting"


def test_a_refusal_leads_to_its_form_where_there_is_one(drafts: Workspace, ada: Guest) -> None:
    refused = [
        ada.decide(TIDES, act, **typed) for act, typed in (("note", {"note": " "}), ("set-aside", {"reason": ""}))
    ]
    for act, page in zip(("note", "set-aside"), refused, strict=True):
        assert f'<a href="#{act}">To the form</a>' in page.body
        assert f'id="{act}"' in page.body
    form = ada.form(TIDES, "approve")
    ada.decide(TIDES, "set-aside", reason="another was chosen")
    too_late = ada.send(TIDES, "approve", form)
    assert (too_late.status, "To the form" in too_late.text) == (409, False)


def test_of_two_editors_the_second_gets_a_clear_answer(drafts: Workspace, ada: Guest) -> None:
    form = ada.form(TIDES, "set-aside")
    other = reopen(drafts.folders.root)
    approve(other, TIDES, other.ledger().standings[TIDES].text_sha256, "ben", NOW)
    late = ada.send(TIDES, "set-aside", {**form, "reason": "not chosen"})
    assert late.status == 409
    assert f"draft '{TIDES}' is approved already and waits for its date" in late.text
    assert status(drafts) == "approved"


def test_a_slot_that_is_taken_is_said_and_the_next_one_proposed(drafts: Workspace, ada: Guest) -> None:
    ada.decide(TIDES, "approve")
    page = ada.ask(f"/drafts/{NEWS}")
    assert f"The slot of Wed 25 Nov 2026, 09:00 Europe/London is taken by {TIDES}" in page.text
    assert ada.form(NEWS, "approve")["date"] == "2026-12-02"
    ada.decide(NEWS, "approve")
    assert drafts.ledger().standings[NEWS].date == "2026-12-02T09:00:00Z"


def test_two_vetoes_by_two_editors_end_a_drafts_way_and_can_be_taken_back(drafts: Workspace, ada: Guest) -> None:
    held = ada.decide(TIDES, "veto", criterion="privacy", reason="It names a neighbour.")
    assert f"{TIDES}: on hold by Ada Byron" in held.text
    with at_desk(drafts, "ben") as ben:
        ben.sign_in()
        assert f'href="/drafts/{TIDES}" data-key="n"' in ben.ask("/").body, "a held draft is what the other reads next"
        assert "It names a neighbour." not in ben.ask(f"/drafts/{TIDES}").body
        vetoed = ben.decide(TIDES, "veto", criterion="privacy", reason="It does.")
        assert f"{TIDES}: vetoed" in vetoed.text
        assert status(drafts) == "vetoed"
        ben.decide(TIDES, "retract")
    assert status(drafts) == "waiting"


def test_with_a_veto_the_author_can_be_written_to_in_one_step(
    drafts: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    reason = "It names a neighbour."
    with FaultServer() as server, at_desk(drafts) as ada:
        monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        server.otherwise = faults.answer("SAMPLE: I see.")
        ada.sign_in()
        page = ada.decide(TIDES, "veto", criterion="privacy", reason=reason, letter="1")
        assert f"{TIDES}: on hold by Ada Byron" in page.text
        assert "the letter to the author is on its way" in page.text
        for thread in threading.enumerate():
            if thread.name == "letter":
                thread.join(SECONDS)
        told = page.text + ada.ask("/").text  # perhaps it was there at once
        assert "answered, and on record; read it: corner letter show" in told
        assert reason in server.requests[0].raw.decode()
        beside = ada.ask(f"/drafts/{TIDES}").text.partition("Letters about it")[2]
        assert "To the author, from Ada Byron" in beside
        assert "SAMPLE: I see." in beside.partition("The author’s answer")[2]

        server.otherwise = faults.unauthorized()
        page = ada.decide(NEWS, "veto", criterion="privacy", reason=reason, letter="1")
        for thread in threading.enumerate():
            if thread.name == "letter":
                thread.join(SECONDS)
        assert "the key" in page.text + ada.ask("/").text
    assert status(drafts, NEWS) == "waiting"
    assert drafts.ledger().standings[NEWS].holds[0].editor == "ada", "the veto stands, whatever becomes of the letter"


def test_what_was_set_aside_or_has_expired_can_be_brought_back(drafts: Workspace, ada: Guest) -> None:
    ada.decide(TIDES, "set-aside", reason="another was chosen")
    assert drafts.ledger().standings[TIDES].reason == "another was chosen"
    assert "Set aside: another was chosen" in ada.ask(f"/drafts/{TIDES}").text.replace("Set-aside", "Set aside")
    expire(drafts, THIRD)
    for draft_id in (TIDES, THIRD):
        ada.decide(draft_id, "restore")
        assert status(drafts, draft_id) == "waiting"


def test_what_is_due_goes_live_by_a_persons_act(drafts: Workspace, ada: Guest) -> None:
    ada.decide(TIDES, "approve")
    with at_desk(drafts, "ben", now=LATER) as ben:
        ben.sign_in()
        assert "Approved, and due" in ben.ask("/").text
        assert "Due since Wed 25 Nov 2026, 09:00 Europe/London" in ben.ask(f"/drafts/{TIDES}").text
        settings = drafts.folders.root / "corner.toml"
        before = settings.read_text("utf-8")
        settings.write_text(before.replace("approvals = 1", "approvals = 2  # from now on"), encoding="utf-8")
        assert "Was to go live on Wed 25 Nov 2026, 09:00 Europe/London" in ben.ask(f"/drafts/{TIDES}").text
        settings.write_text(before, encoding="utf-8")
        page = ben.decide(TIDES, "publish")
    assert f"{TIDES}: approved and published at /essays/on-tides/" in page.text
    assert [one.by for one in drafts.ledger().about(TIDES) if isinstance(one, ledger.Published)] == ["ben"]
    assert "next: corner build; readers see only then what was published" in page.text


def test_an_entry_is_live_since_it_was_published_whatever_its_date_is(drafts: Workspace) -> None:
    with at_desk(drafts, now=LATER + dt.timedelta(hours=1)) as ada:
        ada.sign_in()
        ada.decide(TIDES, "approve")
        since = "Live since Wed 25 Nov 2026, 10:00 Europe/London"
        assert f"{since}, at /essays/on-tides/" in ada.ask(f"/drafts/{TIDES}").text
        root = drafts.folders.root
        moved = ("--date", "2026-11-27", "--now", "2026-11-28T09:00:00Z", "--by", "ada")
        assert corner("-C", root, "change", TIDES, *moved).code == 0
        said = f"{since}, dated Fri 27 Nov 2026, 09:00 Europe/London, at /essays/on-tides/"
        assert said in ada.ask(f"/drafts/{TIDES}").text


def test_the_desk_says_to_which_targets_what_it_published_is_still_to_be_sent(drafts: Workspace) -> None:
    with (drafts.folders.root / "corner.toml").open("a", encoding="utf-8") as file:
        file.write('\n[deploy.a]\nkind = "folder"\npath = "a"\n[deploy.b]\nkind = "folder"\npath = "b"\n')
    with at_desk(reopen(drafts.folders.root), now=LATER) as ada:
        ada.sign_in()
        page = ada.decide(TIDES, "approve")
        assert "next: corner deploy a and corner deploy b; readers see only then what was published" in page.text
        assert "readers see only" not in ada.decide(NEWS, "set-aside", reason="another was chosen").text


def test_notes_are_between_editors_and_decide_nothing(drafts: Workspace, ada: Guest) -> None:
    before = lines(drafts)
    page = ada.decide(TIDES, "note", note="Look at <the> last line\u202e.")
    assert r"Sun 22 Nov 2026, 18:00 Europe/London, ada: Look at <the> last line\u202e." in page.text
    assert lines(drafts) == before
    assert ada.decide(TIDES, "note", note=" ").status == 409


def test_a_note_that_somebody_wrote_by_hand_is_shown_and_kept_as_it_is(drafts: Workspace, ada: Guest) -> None:
    path = drafts.folders.note(TIDES)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"caf\xe9, in another encoding\n\nand a last line without its end")
    assert ada.decide(TIDES, "note", note="One more.").status == 200
    by_hand, last, own = read_notes(drafts, TIDES)
    assert (by_hand, last) == (r"caf\xe9, in another encoding", "and a last line without its end")
    assert own.endswith("ada: One more.")
    assert path.read_bytes().startswith(b"caf\xe9, in another encoding\n\nand a last line without its end\n2026")
    with pytest.raises(CornerError, match="the note holds a character that is no text"):
        add_note(drafts, TIDES, "ada", NOW, "half of one: \udcff")


def test_what_nobody_may_do_has_no_form_and_is_refused_all_the_same(drafts: Workspace, ada: Guest) -> None:
    with pytest.raises(AssertionError, match="cannot be sent to publish"):
        ada.form(TIDES, "publish")
    form = ada.form(TIDES, "note")
    for act in ("edit", "title", "text", "withdraw", "frame"):
        assert ada.send(TIDES, act, form).status in {403, 404, 405}, act
    for method in ("PUT", "DELETE", "PATCH"):
        assert ada.ask(f"/drafts/{TIDES}", method, Origin=ada.origin).status == 405


def test_a_hostile_text_stands_on_the_desk_as_text_alone(workspace: Workspace) -> None:
    hostile = f"{sites.HOSTILE}\n\n</textarea></pre></iframe><form action=/x><script>x</script>"
    draft_id = write_draft(workspace, hostile, title='"><script>alert(1)</script>', mode="news")
    veto(
        workspace,
        draft_id,
        workspace.ledger().standings[draft_id].text_sha256,
        "ben",
        NOW,
        criterion="harm",
        reason="x",
        salt="0",
    )
    with at_desk(workspace) as ada:
        ada.sign_in()
        shown = ["/", f"/drafts/{draft_id}", *(f"/drafts/{draft_id}?as={part}" for part in ("feed", "text", "making"))]
        for path in (*shown, *(f"/drafts/{draft_id}/frame/{kind}" for kind in ("page", "feed", "essay"))):
            page = ada.ask(path).body
            scripts = page.count("<script")
            assert scripts == page.count("<script src=") + page.count('<script type="application/ld+json"'), path
            assert "onerror=alert" not in page.replace("&lt;img src=x onerror=alert(1)&gt;", ""), path
            assert "<form action=/x" not in page, path
            assert "\u202e" not in page or "/frame/" in path, path
            assert "\x1b" not in page or "/frame/" in path, path


def test_a_desk_in_a_newsletter_without_entries_or_drafts_says_what_to_do(workspace: Workspace) -> None:
    with at_desk(workspace) as ada:
        ada.sign_in()
        said = f"Edition {EDITION} has no draft yet; corner doctor tells what a first round needs. corner generate"
        assert said in ada.ask("/").text


def test_an_unknown_address_is_not_said_to_be_found(ada: Guest) -> None:
    answer = ada.ask("/nope")
    assert answer.status == 404
    assert "Not found. /nope. Back to the week" in answer.text


def test_an_unknown_draft_is_said(ada: Guest) -> None:
    answer = ada.ask("/drafts/2026-11-25-minimal-zzzz")
    assert answer.status == 409
    assert "There is no draft or entry '2026-11-25-minimal-zzzz'." in answer.text


@pytest.mark.parametrize(
    ("date", "says"),
    [
        ("2026-11-01", "Sun 1 Nov 2026 has passed: it would go live as soon as it is approved."),
        ("2028-11-25", "Sat 25 Nov 2028 is more than a year ahead."),
    ],
)
def test_a_date_that_may_be_mistyped_is_asked_about_before_it_counts(
    drafts: Workspace, ada: Guest, date: str, says: str
) -> None:
    before = lines(drafts)
    asked = ada.decide(TIDES, "approve", date=date, slug="tides", tags="sea")
    assert asked.status == 409
    assert f"{says} Nothing is decided yet." in asked.text
    assert lines(drafts) == before
    for typed in (date, "tides", "sea"):
        assert f'value="{typed}"' in asked.body, "the form is as it was filled in"
    confirms = re.search(r'<button name="meant" value="([^"]*)">Approve with this date</button>', asked.body)
    assert confirms
    another = ada.decide(TIDES, "approve", date="2026-10-01", meant=confirms[1])
    assert "Thu 1 Oct 2026 has passed" in another.text, "another date than the one that was confirmed"
    assert lines(drafts) == before

    ada.decide(TIDES, "approve", date=date, slug="tides", meant=confirms[1])

    standing = drafts.ledger().standings[TIDES]
    assert (standing.date[:10], standing.slug) == (date, "tides")
    assert standing.status == ("published" if date < EDITION else "approved")


@pytest.mark.parametrize(("now", "day"), [(NOW, "2026-11-25"), (NOW + dt.timedelta(days=28), "2026-12-23")])
def test_a_date_is_explained_by_the_next_slots_day(drafts: Workspace, now: dt.datetime, day: str) -> None:
    with at_desk(drafts, now=now) as ada:
        ada.sign_in()
        said = f"Else a day, such as {day} , or with its hour: {day} 18:30 ."
        assert said in ada.ask(f"/drafts/{TIDES}").text


def test_a_draft_on_hold_says_what_it_needs(drafts: Workspace, ada: Guest) -> None:
    assert "It needs" not in ada.ask(f"/drafts/{TIDES}").text
    ada.decide(TIDES, "veto", criterion="harm", reason="SAMPLE: because")
    page = ada.ask(f"/drafts/{TIDES}").text
    assert "Ada Byron has vetoed it: harm. It needs 2 more approvals; 1 more veto would end its way." in page
    assert "new held by Ada Byron" in ada.ask("/").text


def test_the_approval_of_an_editor_who_has_left_is_said_not_to_count(drafts: Workspace) -> None:
    path = drafts.folders.root / "corner.toml"
    path.write_text(path.read_text().replace("approvals = 1", "approvals = 2"))
    approve(reopen(drafts.folders.root), TIDES, digest(TEXT), "ben", NOW)
    path.write_text(re.sub(r"\[editors\.ben\]\n(?:.+\n)*", "", path.read_text()))
    with at_desk(reopen(drafts.folders.root)) as ada:
        ada.sign_in()
        page = ada.ask(f"/drafts/{TIDES}").text
    assert "has approved it, and is no editor any more: it no longer counts. It needs 2 more approvals." in page


def test_no_slot_is_called_or_offered_as_free_whose_edition_has_its_entry(drafts: Workspace, ada: Guest) -> None:
    early = publish_entry(drafts, "# Early\n\nSAMPLE", edition="2026-12-02", date="2026-11-20T09:00:00Z")
    ada.decide(TIDES, "approve")

    slots = ada.ask("/").text.partition("Slots ")[2].partition(" Approved, and to come")[0]

    assert slots == (
        "Wed 25 Nov 2026, 09:00 Europe/London On Tides "
        "Wed 2 Dec 2026, 09:00 Europe/London Early published Fri 20 Nov 2026, 09:00 Europe/London "
        "Wed 9 Dec 2026, 09:00 Europe/London free"
    )
    assert ada.form(NEWS, "approve")["date"] == "2026-12-09"
    late = write_draft(drafts, "# Late\n\nSAMPLE", edition="2026-12-02")
    assert f"This edition has its entry: {early} ." in ada.ask(f"/drafts/{late}").text
    ada.decide(late, "approve")
    assert drafts.ledger().standings[late].date == "2026-12-02T09:00:00Z", "it may be shared all the same"

"""The built site: what stands on its pages, what they lead to, and what must stand on none."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import sites
from builders import change, make_workspace, publish_entry, reopen
from claudes_corner.markup import render_essay
from claudes_corner.site.builder import build
from claudes_corner.site.characters import shown
from claudes_corner.site.marker import MARKER
from claudes_corner.workspace import Entry, Workspace
from conftest import GOLDEN
from sites import Html, files, html_pages, is_text

BASE_URL = "https://corner.example/"
DISCLAIMER = "Claude does not speak for Anthropic, and Anthropic does not necessarily endorse its claims."
ESSAYS = {
    "on-tides-moons": "2025-12-31-minimal-ta01",
    "of-titles-names": "2026-10-21-minimal-ta02",
    "2026-10-28": "2026-10-28-minimal-ta03",
    "without-an-end": "2026-11-04-minimal-ta04",
    "ebb": "2026-11-11-minimal-ta05",
    "hostile": "2026-11-11-minimal-ta06",
    "hebrew": "2026-11-11-minimal-ta07",
    "japanese": "2026-11-11-minimal-ta08",
    "the-week": "2026-11-18-news-ta09",
    "again": "2026-11-18-past-entries-ta10",
}
WITHDRAWN = "taken-back"
HOSTILE = "essays/hostile"


@pytest.fixture(scope="module")
def newsletter(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A newsletter with one of everything, built."""
    workspace = sites.make_newsletter(tmp_path_factory.mktemp("whole") / "newsletter")
    build(workspace)
    return workspace


@pytest.fixture(scope="module")
def site(newsletter: Workspace) -> Path:
    return newsletter.folders.site


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Html]:
    return html_pages(site)


def entries(workspace: Workspace) -> dict[str, Entry]:
    """Read all published entries, by slug."""
    known = workspace.ledger()
    read = [workspace.read_entry(s) for s in known.standings.values() if s.status == "published"]
    return {entry.front.slug: entry for entry in read}


# --- the whole --------------------------------------------------------------------------------------------------------


def test_the_site_of_a_whole_newsletter_is_the_golden_one(
    site: Path, golden: Callable[[str, bytes | str], None], request: pytest.FixtureRequest
) -> None:
    found = {path: content for path, content in files(site).items() if is_text(path)}
    kept = GOLDEN / "site"
    if request.config.getoption("--update-golden"):
        for path in set(files(kept)) - set(found):
            (kept / path).unlink()
    else:
        assert set(found) == set(files(kept)), "the golden site has other files: pytest --update-golden renews it"
    for path, content in found.items():
        golden(f"site/{path}", content)


def test_a_site_has_exactly_the_routes_that_are_promised(site: Path) -> None:
    essays = {
        f"essays/{slug}/{name}"
        for slug in (*ESSAYS, WITHDRAWN)
        for name in ("index.html", "making/index.html", "essay.txt", "transcript.json")
    }
    modes = {
        f"modes/{mode}/{name}"
        for mode in ("minimal", "past-entries", "news", "updates")
        for name in ("index.html", "feed.xml")
    }
    records = ("record/", "record/2025/", "record/2026/")
    folders = ("", "archive/", "archive/2025/", "archive/2026/", *records, "check/", "search/")
    lists = {f"{folder}index.html" for folder in (*folders, "tags/sea/", "tags/time/")} | modes
    slugs = ("notes", "notes/welcome", "notes/a-change", "about", "how-we-review", "subscribe")
    editors = {f"{folder}/index.html" for folder in slugs}
    feeds = {"feed.xml", "atom.xml", "feed.json", "notes/feed.xml"}
    found_by = {"search/2025.json", "search/2026.json"}
    other = {"404.html", "ledger.jsonl", "SHA256SUMS", "sitemap.xml", "robots.txt", MARKER} | feeds | found_by
    rules = {path for path in files(site) if re.fullmatch(r"record/rules/[0-9a-f]{16}\.json", path)}
    assert len(rules) == 1
    found = {path for path in files(site) if not path.startswith("assets/")}
    assert found == essays | lists | editors | other | rules


def test_the_marker_lists_exactly_the_files_that_are_there(site: Path) -> None:
    assert json.loads((site / MARKER).read_bytes())["files"] == sorted(set(files(site)) - {MARKER})


@pytest.mark.parametrize("base_url", [BASE_URL, "https://other.example/a/corner/"])
def test_every_link_anchor_and_asset_leads_to_something_under_the_base_url(
    newsletter: Workspace, tmp_path: Path, base_url: str
) -> None:
    build(newsletter, out=tmp_path / "site", base_url=base_url)
    assert sites.broken_links(tmp_path / "site", base_url) == []
    for path, content in files(tmp_path / "site").items():
        if path.endswith((".html", "feed.xml")) and base_url != BASE_URL:
            assert BASE_URL.encode() not in content.replace(b"https://corner.example/essays/on-tides-moons/", b""), path


def test_pages_load_nothing_from_elsewhere_and_hold_no_script_or_style_of_their_own(pages: dict[str, Html]) -> None:
    for path, page in pages.items():
        loaded = [a for tag, a in page.addresses() if tag not in {"a", "form", "link"}]
        loaded += [link["href"] for link in page.all("link") if link["rel"] in {"stylesheet", "preload", "icon"}]
        assert all(address.startswith("/assets/") for address in loaded), path
        scripts = [script for script in page.all("script") if script.get("type") != "application/ld+json"]
        assert all("src" in script for script in scripts), path
        assert not page.all("style"), path
        assert not [a for _, attributes in page.elements for a in attributes if a == "style" or a.startswith("on")], (
            path
        )


def test_every_page_has_a_strict_content_security_policy_before_anything_it_loads(pages: dict[str, Html]) -> None:
    for path, page in pages.items():
        equivs = [a.get("http-equiv") for _, a in page.elements]
        policy = next(a["content"] for _, a in page.elements if a.get("http-equiv") == "Content-Security-Policy")
        assert "default-src 'none'" in policy, path
        assert "unsafe" not in policy, path
        first_loaded = next(i for i, (tag, _) in enumerate(page.elements) if tag in {"link", "script"})
        assert equivs.index("Content-Security-Policy") < first_loaded, path


def test_every_page_says_that_the_model_does_not_speak_for_anthropic(pages: dict[str, Html]) -> None:
    assert [path for path, page in pages.items() if DISCLAIMER not in page.text] == []


def test_every_page_has_one_first_heading_a_language_and_no_id_twice(pages: dict[str, Html]) -> None:
    for path, page in pages.items():
        assert len(page.all("h1")) == 1, path
        assert page.all("html") == [{"lang": "en"}], path
        assert len(page.ids) == len(set(page.ids)), path


def test_every_page_names_its_own_address(pages: dict[str, Html]) -> None:
    for path, page in pages.items():
        canonical = [link["href"] for link in page.all("link") if link["rel"] == "canonical"]
        assert canonical == ([] if path == "404.html" else [sites.url_of(path, BASE_URL)])


# --- an entry ---------------------------------------------------------------------------------------------------------


def test_essay_txt_is_the_text_whose_digest_is_on_record(newsletter: Workspace, site: Path) -> None:
    found = entries(newsletter)
    assert {slug: entry.front.id for slug, entry in found.items()} == ESSAYS
    for slug, entry in found.items():
        content = (site / "essays" / slug / "essay.txt").read_bytes()
        assert f"sha256:{hashlib.sha256(content).hexdigest()}" == entry.standing.written.text_sha256
        assert content == entry.text.encode()


def test_transcript_json_is_the_public_form_whose_digest_is_on_record(newsletter: Workspace, site: Path) -> None:
    for slug, entry in entries(newsletter).items():
        content = (site / "essays" / slug / "transcript.json").read_bytes()
        assert f"sha256:{hashlib.sha256(content).hexdigest()}" == entry.standing.written.public_sha256


def test_an_entrys_pages_show_both_digests_that_a_reader_can_compute(
    newsletter: Workspace, pages: dict[str, Html]
) -> None:
    for slug, entry in entries(newsletter).items():
        written = entry.standing.written
        assert written.text_sha256 in pages[f"essays/{slug}/index.html"].text
        making = pages[f"essays/{slug}/making/index.html"].text
        for recorded in (written.text_sha256, written.public_sha256, written.transcript_sha256, written.front_sha256):
            assert recorded in making


def test_an_entrys_page_holds_its_text_as_the_markup_rules_render_it(newsletter: Workspace, site: Path) -> None:
    for slug, entry in entries(newsletter).items():
        rendered = render_essay(entry.text, title_is_heading=entry.front.title_by == "heading")
        assert shown(rendered.html) in (site / "essays" / slug / "index.html").read_bytes().decode()


@pytest.mark.parametrize(
    ("slug", "heading", "said"),
    [
        ("on-tides-moons", "On <em>Tides</em> &amp; moons", "The title is the author’s."),
        (
            "of-titles-names",
            "Of Titles, &amp; &#34;Names&#34;",
            "The title is the author’s, asked for after the text was written.",
        ),
        ("2026-10-28", "28 October 2026", "It has no title: the date of its edition stands in its place."),
        ("hebrew", "על הגאות", "The title is the author’s."),
        ("japanese", "潮の満ち引き", "The title is the author’s."),
    ],
)
def test_an_entry_is_headed_by_its_authors_title_and_says_whose_it_is(
    site: Path, pages: dict[str, Html], slug: str, heading: str, said: str
) -> None:
    path = f"essays/{slug}/index.html"
    assert f'<h1 dir="auto">{heading}</h1>' in (site / path).read_text("utf-8")
    assert said in pages[path].text


def test_an_essay_that_was_cut_at_the_limit_says_so_on_both_of_its_pages(pages: dict[str, Html]) -> None:
    cut = {path for path, page in pages.items() if "It was cut at the token limit." in page.text}
    assert cut == {"essays/without-an-end/index.html", "essays/without-an-end/making/index.html"}


def test_a_poem_keeps_its_lines(site: Path) -> None:
    page = (site / "essays/ebb/index.html").read_text("utf-8")
    four, eight = "\u2002" * 4, "\u2002" * 8
    assert (
        f'<p class="verse">The tide goes out<br>\n{four}and takes with it<br>\n{eight}the line where it had been,</p>'
        in page
    )


def test_html_in_a_text_is_shown_as_text(site: Path, pages: dict[str, Html]) -> None:
    page = pages[f"{HOSTILE}/index.html"]
    assert "<script>alert(document.domain)</script><img src=x onerror=alert(1)> & ]]>" in page.text
    assert '<script>alert(1)</script> & "all" <b>that</b>' in page.text
    assert not page.all("img")
    assert not page.all("b") or "Newer" in page.text  # the neighbours' titles are bold; the text's <b> is no tag
    for path in ("index.html", "archive/2026/index.html", f"{HOSTILE}/making/index.html"):
        assert "<script>alert(1)</script>" in pages[path].text


def test_only_web_and_mail_links_of_a_text_are_links(pages: dict[str, Html]) -> None:
    outward = [a for a in pages[f"{HOSTILE}/index.html"].all("a") if ":" in a["href"]]
    assert [a["href"] for a in outward] == [
        "https://images.example/a.png",
        "https://pages.example/?a=1&b=2",
        "mailto:reader@pages.example",
    ]
    assert all(a["rel"] == "noopener" for a in outward)


def test_control_characters_stay_in_the_text_that_is_downloaded(site: Path) -> None:
    content = (site / HOSTILE / "essay.txt").read_bytes()
    assert b"\x07\x1b[31mred\x1b[0m \x00 \xef\xbf\xbe" in content


def test_texts_in_other_scripts_have_a_direction_and_a_summary_in_lists(pages: dict[str, Html]) -> None:
    page = pages["essays/hebrew/index.html"]
    assert [a["dir"] for tag, a in page.elements if tag in {"h1", "p"} and "dir" in a]
    assert {"class": "text", "dir": "auto", "lang": "he"} in page.all("div")
    japanese = pages["essays/japanese/index.html"]
    description = next(meta["content"] for meta in japanese.all("meta") if meta.get("name") == "description")
    assert description.startswith("潮は岸と争わない。")
    assert description.endswith("…")


def test_a_making_page_shows_the_prompt_that_was_sent_and_who_decided(pages: dict[str, Html]) -> None:
    text = pages["essays/the-week/making/index.html"].text
    for told in (
        *("Write an essay about whatever you like.", "claude-3-opus-20240229", "https://api.anthropic.com"),
        *("req_011CTest", "approved by Ada Byron", "published by Ada Byron", "A reader <wrote> to us."),
    ):
        assert told in text


def test_a_context_that_is_not_ours_is_named_by_its_digest_only(site: Path, pages: dict[str, Html]) -> None:
    text = pages["essays/the-week/making/index.html"].text
    recorded = json.loads((site / "essays/the-week/transcript.json").read_bytes())["context"][0]
    assert f"[withheld: {recorded['sha256']}, {recorded['bytes']} bytes]" in text
    assert "text withheld" in text
    assert "https://n.example/1" in [a["href"] for a in pages["essays/the-week/making/index.html"].all("a")]


def test_a_past_entry_in_context_is_named_by_its_own_page(pages: dict[str, Html]) -> None:
    text = pages["essays/again/making/index.html"].text
    assert "[past entry: https://corner.example/essays/on-tides-moons/ sha256:" in text
    assert "does not argue with the shore" not in text


def test_an_entry_counts_the_drafts_that_there_were_when_it_was_approved(pages: dict[str, Html]) -> None:
    assert "It was chosen from 2 drafts of its edition." in pages["essays/again/index.html"].text
    text = pages["essays/the-week/making/index.html"].text
    assert "It was the only draft of its edition by then." in text
    assert "News published Past entries published Minimal prompt withdrawn" in text


def test_no_text_takes_the_name_of_another_model_that_its_author_asks_today(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "letter")
    publish_entry(workspace, "# SAMPLE\n\nText.")
    build(workspace)
    path = workspace.folders.root / "corner.toml"
    path.write_text(path.read_text("utf-8").replace("claude-3-opus-20240229", "another-model"), encoding="utf-8")

    build(reopen(workspace.folders.root))

    page = Html((workspace.folders.site / "essays/sample/index.html").read_bytes())
    assert "Claude Opus 3" not in page.text
    assert "claude-3-opus-20240229" in page.text
    feed = (workspace.folders.site / "feed.xml").read_text("utf-8")
    assert "<dc:creator>claude-3-opus-20240229</dc:creator>" in feed


def test_an_entry_leads_to_the_one_before_and_the_one_after(pages: dict[str, Html]) -> None:
    turns = {a["rel"]: a["href"] for a in pages["essays/without-an-end/index.html"].all("a") if a.get("rel")}
    assert turns == {"prev": "/essays/2026-10-28/", "next": "/essays/ebb/"}


def test_an_entry_of_new_years_eve_stands_in_the_year_of_the_newsletters_own_clock(
    newsletter: Workspace, pages: dict[str, Html], tmp_path: Path
) -> None:
    assert "/essays/on-tides-moons/" in [a for _, a in pages["archive/2025/index.html"].addresses()]
    toml = (newsletter.folders.root / "corner.toml").read_text("utf-8").replace("Europe/London", "Asia/Tokyo")
    workspace = make_workspace(tmp_path / "tokyo", toml=toml)
    publish_entry(workspace, "# Late\n\nText.", date="2025-12-31T23:30:00Z", draft_id="2025-12-31-minimal-ta01")
    build(workspace)
    assert (workspace.folders.site / "archive/2026/index.html").is_file()
    assert not (workspace.folders.site / "archive/2025").exists()


# --- what is in no page -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("canary", sites.UNPUBLISHED)
def test_a_text_that_was_withheld_vetoed_withdrawn_or_not_approved_is_in_no_public_file(
    newsletter: Workspace, site: Path, canary: str
) -> None:
    public = files(newsletter.folders.content) | files(site)
    assert [path for path, content in public.items() if canary.encode() in content] == []
    private = files(newsletter.folders.drafts)
    assert [path for path, content in private.items() if canary.encode() in content], "the canary was never there"


def test_a_text_that_is_approved_but_not_published_is_not_on_the_site(newsletter: Workspace, site: Path) -> None:
    canary = sites.APPROVED
    texts = {path: content for path, content in files(site).items() if path != "ledger.jsonl"}
    assert [path for path, content in texts.items() if canary.encode() in content] == []
    assert [path for path, content in files(newsletter.folders.essays).items() if canary.encode() in content]


# --- lists and editors' own words -------------------------------------------------------------------------------------


def test_home_shows_the_newest_entry_then_up_to_ten_before_it(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "many")
    for number in range(10, 23):
        publish_entry(
            workspace,
            f"# Essay {number}\n\nText.",
            draft_id=f"2026-09-{number}-minimal-0000",
            edition=f"2026-09-{number}",
            date=f"2026-09-{number}T09:00:00Z",
        )
    build(workspace)
    page = Html((workspace.folders.site / "index.html").read_bytes())
    linked = [a["href"] for a in page.all("a") if a["href"].startswith("/essays/")]
    assert list(dict.fromkeys(linked)) == [f"/essays/essay-{number}/" for number in range(22, 11, -1)]
    archive = Html((workspace.folders.site / "archive/index.html").read_bytes())
    listed = [a["href"] for a in archive.all("a") if a["href"].startswith("/essays/")]
    assert listed == [f"/essays/essay-{number}/" for number in range(22, 9, -1)]


def test_a_note_is_marked_as_the_editors_and_links_within_the_site(pages: dict[str, Html]) -> None:
    note = pages["notes/welcome/index.html"]
    assert "The model did not write it." in note.text
    assert "Ada Byron" in note.text
    assert "/how-we-review/" in [a["href"] for a in note.all("a")]
    assert "<b>No tag</b> of ours" in pages["notes/a-change/index.html"].text


def write_notes(workspace: Workspace, count: int) -> None:
    for number in range(count):
        front = f"title: SAMPLE note {number}\ndate: 2026-11-{10 + number}\nby: {('ada', 'ben')[number % 2]}"
        (workspace.folders.notes / f"note-{number}.md").write_text(f"---\n{front}\n---\n\nSAMPLE text.\n")


def test_all_notes_are_listed_as_the_editors_own_words_newest_first(workspace: Workspace) -> None:
    write_notes(workspace, 5)
    build(workspace)
    pages = html_pages(workspace.folders.site)
    page = pages["notes/index.html"]
    assert [to for _, to in page.addresses() if re.fullmatch("/notes/note-./", to)] == [
        f"/notes/note-{number}/" for number in range(4, -1, -1)
    ]
    assert "The model did not write them." in page.text
    assert "SAMPLE note 3 13 November 2026 Ben Okri, editor" in page.text
    feeds = [link["href"] for link in page.all("link") if link.get("rel") == "alternate"]
    assert feeds[0] == "/notes/feed.xml"
    assert "All notes" in pages["index.html"].text
    for path, other in pages.items():
        assert ("a", "/notes/") in other.addresses(), path
    sitemap = (workspace.folders.site / "sitemap.xml").read_text("utf-8")
    assert f"<url><loc>{BASE_URL}notes/</loc><lastmod>2026-11-14T00:00:00Z</lastmod></url>" in sitemap


def test_without_notes_there_is_no_page_of_them_and_no_link_to_one(workspace: Workspace) -> None:
    publish_entry(workspace)
    write_notes(workspace, 1)
    build(workspace)
    (workspace.folders.notes / "note-0.md").unlink()
    build(workspace)
    site = workspace.folders.site
    assert not (site / "notes/index.html").exists()
    for path, page in html_pages(site).items():
        assert ("a", "/notes/") not in page.addresses(), path
    assert "/notes/<" not in (site / "sitemap.xml").read_text("utf-8")


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Europe/London", "Pacific/Kiritimati"])
def test_a_note_dated_by_a_day_shows_that_day_in_every_time_zone(workspace: Workspace, zone: str) -> None:
    toml = workspace.folders.root / "corner.toml"
    toml.write_text(toml.read_text("utf-8").replace("Europe/London", zone), encoding="utf-8")
    for slug, day in (("winter", "2026-11-20"), ("summer", "2026-07-20")):
        (workspace.folders.notes / f"{slug}.md").write_text(f"---\ntitle: A note\ndate: {day}\nby: ada\n---\n\nText.\n")
    build(reopen(workspace.folders.root))
    for slug, words in (("winter", "20 November 2026"), ("summer", "20 July 2026")):
        assert words in Html((workspace.folders.site / "notes" / slug / "index.html").read_bytes()).text


def test_an_editors_temporary_files_are_no_notes(workspace: Workspace) -> None:
    sites.write_pages(workspace)
    (workspace.folders.notes / ".#welcome.md").symlink_to("ada@desk.1234")  # as Emacs locks a file
    (workspace.folders.pages / ".about.md.swp.md").write_bytes(b"\x00")
    assert "notes/welcome/index.html" in build(workspace).written


def test_a_changed_slug_moves_the_entry_and_leaves_pages_that_lead_on_and_its_downloads(workspace: Workspace) -> None:
    draft_id = publish_entry(workspace, "# Tides\n\nText.")
    build(workspace)
    change(workspace, draft_id, slug="ebb")
    built = build(workspace)
    assert "essays/tides/index.html" in built.written
    former, today = (files(workspace.folders.site / "essays" / slug) for slug in ("tides", "ebb"))
    for path, content in former.items():
        assert b"/essays/ebb/" in content if path.endswith(".html") else content == today[path], path
    assert b"Text." not in former["index.html"]
    assert (workspace.folders.site / "essays/ebb/essay.txt").read_bytes() == b"# Tides\n\nText."


# --- nothing at all ---------------------------------------------------------------------------------------------------


def test_an_empty_newsletter_has_a_home_an_archive_a_feed_and_a_page_for_what_is_missing(workspace: Workspace) -> None:
    built = build(workspace)
    site = workspace.folders.site
    assert {path for path in built.written if not path.startswith("assets/")} == {
        *("index.html", "archive/index.html", "404.html", "feed.xml", "atom.xml", "feed.json", "ledger.jsonl"),
        "search/index.html",
        *(
            f"modes/{mode}/{n}"
            for mode in ("minimal", "past-entries", "news", "updates")
            for n in ("index.html", "feed.xml")
        ),
        *("record/index.html", "check/index.html", "how-we-review/index.html", "subscribe/index.html"),
        *("notes/feed.xml", "sitemap.xml", "robots.txt"),
    }
    assert sites.broken_links(site, BASE_URL) == []
    assert (site / "ledger.jsonl").read_bytes() == b""
    for path, page in html_pages(site).items():
        assert DISCLAIMER in page.text, path
    assert "Nothing has been published yet." in html_pages(site)["index.html"].text


def test_a_newsletter_with_nothing_but_its_settings_can_be_built(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "bare")
    for folder in ("content/essays", "content/notes", "content/pages", "content"):
        (workspace.folders.root / folder).rmdir()
    assert "index.html" in build(workspace).written


@pytest.mark.parametrize("state", ["running", "paused", "ended"])
def test_readers_are_told_whether_the_newsletter_goes_on(workspace: Workspace, state: str) -> None:
    toml = workspace.folders.root / "corner.toml"
    toml.write_text(toml.read_text("utf-8").replace("[site]", f'[site]\nstate = "{state}"'), encoding="utf-8")
    build(reopen(workspace.folders.root))
    said = re.findall(r"The newsletter (?:is|has) (\w+)", html_pages(workspace.folders.site)["index.html"].text)
    assert said == [state]


def test_a_demo_says_on_every_page_that_its_texts_are_a_small_models(workspace: Workspace) -> None:
    toml = workspace.folders.root / "corner.toml"
    toml.write_text("demo = true\n" + toml.read_text("utf-8"), encoding="utf-8")
    publish_entry(workspace)
    build(reopen(workspace.folders.root))
    for path, page in html_pages(workspace.folders.site).items():
        assert "by a very small demonstration model, not by Claude" in page.text, path

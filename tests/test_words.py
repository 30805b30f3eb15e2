"""What of a page is compared: only what every browser reads as we do, and of an essay's page every byte of its text.

The texts are samples.
"""

from __future__ import annotations

import pytest

from claudes_corner.verify.words import Words, of_anybody, stands_alone

TEXT = "<p>A sample, <em>whole</em>.</p>\n<hr>\n<p>Its end.</p>\n"
HEADER = '<header class="head"><h1>Sample</h1><p>12 words</p></header>'


@pytest.mark.parametrize(
    "odd",
    [
        *("<!--><p>x</p><!-- -->", "<!---><p>x</p><!-- -->", "<!-- x --!><p>x</p><!-- -->", "<!-- <p>x</p> -->"),
        *("<![if x><p>x</p>]>", "<![CDATA[ ><p>x</p><!-- ]]> -->", "<?x><p>x</p>", "</ p><p>x</p>", "<!x><p>x</p>"),
        *(
            '<p a="><p>x</p>',
            '<p a=">">x</p>',
            '<p a="b"c="d">x</p>',
            "<p\x00>x</p>",
            "<p\xa0hidden>x</p>",
            "< b",
            "<p",
        ),
        *("<script/><p>x</p>", "<script><!-- <script></script>x", "<title><p>x</title>", "<textarea></p></textarea>"),
        *("<plaintext><p>x</p>", "<xmp><p>x</p></xmp>", "<style>"),
    ],
)
def test_what_a_browser_may_read_otherwise_is_not_read_at_all(odd: str) -> None:
    words = Words(f"<article><p>x</p>{odd}</article>")
    assert (words.odd, words.all) == (f"{odd}</article>"[:40], "")


@pytest.mark.parametrize(
    "plain",
    [
        *("<!doctype html>", "<!-- a theme's comment -->", "<br/>", "<img src=/x/y.png alt=''>", "<p a = 'b' c>x</p>"),
        *("<script src='x.js' defer></script>", "<script>a<b</script >", "<style>a{}</style>", "<title>x</title>"),
        *(
            '<svg viewBox="0 0 1 1"><path d="M0"/></svg>',
            "<my-tag x:y=z @b>x</my-tag>",
            "<titled>x</titled>",
            "a > b &lt;",
        ),
    ],
)
def test_what_has_one_meaning_is_read(plain: str) -> None:
    assert Words(f"<p>Sample</p>{plain}<p>End</p>", is_page=False).odd == ""


def test_a_stroke_at_the_end_of_a_tag_means_nothing() -> None:
    assert Words("<h1/>Sample").heading == "Sample"


@pytest.mark.parametrize("piece", ["<!--", "<!-- <p>", '<p a="', "</p", "<script>", "<![", "<"])
def test_two_megabytes_of_beginnings_are_not_taken_apart(piece: str) -> None:
    """They took longer than anybody waits: each was looked for its end, to the end of the page."""
    assert Words(piece * (2_000_000 // len(piece))).odd.startswith(piece)


def test_comments_of_a_copy_end_where_browsers_end_them() -> None:
    found = of_anybody("a<!-->b<!-- c -->d<!--->e<!-- f --!>g<!--[if mso]>h<![endif]-->i<!-- j")
    assert found == "abdegi"
    assert of_anybody("a<![if x]>b<![CDATA[c>d]]>e<![") == "abd]]>e"
    assert of_anybody("<!--" * 500_000) == ""


def test_a_tag_of_a_copy_that_never_ends_is_left_out_with_all_that_follows() -> None:
    assert of_anybody("<p>a < b</p> c < d <b title='e f <i g") == "<p>a < b</p> c < d "


@pytest.mark.parametrize(
    "inner",
    [
        f"\n{HEADER}\n{TEXT}",
        f'{HEADER}<div class="frame">\n<section data-x>\n{TEXT}\n</section></div>\n',
        f"<div>{HEADER}<div>{TEXT}</div></div>",
        f"{TEXT}{HEADER}",
        TEXT,
    ],
)
def test_a_text_stands_alone_in_any_frame_beside_its_header(inner: str) -> None:
    assert stands_alone(f"<main><article lang=en>{inner}</article></main>", TEXT)


@pytest.mark.parametrize(
    "inner",
    [
        f"{HEADER}<header><p>More</p></header>{TEXT}",
        f"{HEADER}{TEXT}<p>More</p>",
        f"{HEADER}<p>More</p>{TEXT}",
        f"{HEADER}{TEXT}<!-- more -->",
        f"{HEADER}{TEXT.replace('<p>', '<p class=unseen>', 1)}",
        f"{HEADER}{TEXT}<template></template>",
        f"{HEADER}{TEXT}</article><article>",
        TEXT.replace("whole", HEADER),
        f"<header>{TEXT}</header>",
        HEADER,
    ],
)
def test_anything_else_beside_it_is_told(inner: str) -> None:
    assert not stands_alone(f"<article>{inner}</article>", TEXT)


def test_a_text_that_is_a_title_alone_has_nothing_beside_its_header() -> None:
    assert stands_alone(f"<article>{HEADER}<div></div></article>", "")
    assert not stands_alone(f"<article>{HEADER}<div>More</div></article>", "")


@pytest.mark.parametrize(
    "inner", ["<div hidden>x</div>", '<p style="x">x</p>', "<div inert>", "<template>x</template>"]
)
def test_what_hides_a_part_of_the_article_is_told(inner: str) -> None:
    assert Words(f"<article>{inner}</article>").hides
    assert not Words(f"{inner}<article>x</article>".replace("template", "p")).hides


@pytest.mark.parametrize("attribute", ["hidden", "style='display: none'", "popover"])
def test_the_article_itself_is_not_hidden(attribute: str) -> None:
    assert Words(f"<article {attribute}>x</article>").hides


HIDDEN = "<span hidden>hidden</span>"


@pytest.mark.parametrize(
    "page",
    [
        *(f"<p>shown {HIDDEN}</p>", "<p style='display: none'>hidden</p>shown", "<div inert>hidden</div>shown"),
        *("<dialog>hidden<p></p></dialog>shown", "<div popover><div>hidden</div>hidden<br></div>shown"),
        "<button hidden><svg><path d='M0'/></svg>hidden</button>shown<input hidden> ",
    ],
)
def test_hidden_words_do_not_count(page: str) -> None:
    assert (Words(page).all, Words(page).odd) == ("shown", "")


@pytest.mark.parametrize("page", ["<span hidden><p></span>x", "<div hidden><table></div>x</table>", "<div hidden></p>"])
def test_where_a_browser_may_go_on_hiding_the_page_is_not_plain(page: str) -> None:
    words = Words(page)
    assert (words.odd[:2], words.all) == ("</", "")


def test_a_stroke_at_the_end_of_a_tag_ends_nothing_that_is_hidden() -> None:
    assert Words("<div hidden><div/></div>x").all == ""


def test_what_a_block_quotes_is_all_that_it_shows() -> None:
    page = f"<pre>\na  b<i>c</i>{HIDDEN}</pre><pre hidden>d</pre><p>e</p><pre></pre>"
    assert Words(page).quoted == {"a bc", ""}


def test_a_disclaimer_that_is_hidden_is_none() -> None:
    assert Words('<p class="disclaimer" hidden>Sample.</p>').disclaimer == ""

"""Where the pages of a site are; those of entries are told by the record."""

LETTERS, NOTES = "/letters/", "/notes/"
NOTES_FEED = f"{NOTES}feed.xml"


def page_route(slug: str) -> str:
    """Tell where a standing page is."""
    return f"/{slug}/"


def note_route(slug: str) -> str:
    """Tell where an editors' note is."""
    return f"{NOTES}{slug}/"


def letter_route(letter_id: str) -> str:
    """Tell where a letter is."""
    return f"{LETTERS}{letter_id}/"


def mode_route(mode: str) -> str:
    """Tell where a mode is."""
    return f"/modes/{mode}/"


def mode_feed_route(mode: str) -> str:
    """Tell where a mode has its feed."""
    return f"{mode_route(mode)}feed.xml"


def tag_route(tag: str) -> str:
    """Tell where a tag is."""
    return f"/tags/{tag}/"


def sheet_route(route: str, number: int) -> str:
    """Tell where a sheet of a long list is; the first holds the oldest entries."""
    return f"{route}{number}/"


def year_route(year: int) -> str:
    """Tell where a year of the archive is."""
    return f"/archive/{year}/"


def archive_route(number: int) -> str:
    """Tell where an archive of the feed is; the first holds the oldest entries."""
    return f"/feeds/{number}.xml"


def record_route(year: int) -> str:
    """Tell where a year of the record is."""
    return f"/record/{year}/"


def rules_route(sha256: str) -> str:
    """Tell where the text is that a `rules` record names."""
    return f"/record/rules/{sha256.removeprefix('sha256:')[:16]}.json"

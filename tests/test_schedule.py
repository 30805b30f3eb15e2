"""Slots and instants: the weekly date of an edition, through every change of the clocks."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as st

from claudes_corner.schedule import WEEKDAYS, Slots, is_edition, is_instant, parse_instant, render_instant

LONDON = Slots("Europe/London", "wednesday", 9)
NEW_YORK = Slots("America/New_York", "wednesday", 9)


def at(text: str) -> dt.datetime:
    return parse_instant(text)


def test_the_next_slot_names_the_edition(now: dt.datetime) -> None:
    assert LONDON.edition(now) == "2026-11-25"


@pytest.mark.parametrize(
    ("now", "edition"),
    [
        ("2026-11-25T08:59:59Z", "2026-11-25"),
        ("2026-11-25T09:00:00Z", "2026-11-25"),
        ("2026-11-25T09:00:01Z", "2026-12-02"),
        ("2026-11-26T00:00:00Z", "2026-12-02"),
    ],
    ids=["a second before", "the slot itself", "a second after", "the day after"],
)
def test_the_slot_itself_still_belongs_to_its_edition(now: str, edition: str) -> None:
    assert LONDON.edition(at(now)) == edition


@pytest.mark.parametrize(
    ("slots", "edition", "instant"),
    [
        (LONDON, "2026-10-21", "2026-10-21T08:00:00Z"),
        (LONDON, "2026-10-28", "2026-10-28T09:00:00Z"),
        (LONDON, "2027-03-24", "2027-03-24T09:00:00Z"),
        (LONDON, "2027-03-31", "2027-03-31T08:00:00Z"),
        (NEW_YORK, "2026-10-28", "2026-10-28T13:00:00Z"),
        (NEW_YORK, "2026-11-04", "2026-11-04T14:00:00Z"),
        (NEW_YORK, "2027-03-10", "2027-03-10T14:00:00Z"),
        (NEW_YORK, "2027-03-17", "2027-03-17T13:00:00Z"),
    ],
)
def test_nine_in_the_morning_stays_nine_when_the_clocks_change(slots: Slots, edition: str, instant: str) -> None:
    assert slots.at(edition) == at(instant)


@pytest.mark.parametrize(
    ("slots", "edition", "instant"),
    [
        (Slots("Europe/London", "sunday", 1), "2027-03-28", "2027-03-28T01:00:00Z"),
        (Slots("America/New_York", "sunday", 2), "2027-03-14", "2027-03-14T07:00:00Z"),
    ],
    ids=["London, 01:00 is skipped", "New York, 02:00 is skipped"],
)
def test_an_hour_in_the_gap_is_the_first_after_it(slots: Slots, edition: str, instant: str) -> None:
    assert slots.at(edition) == at(instant)
    assert slots.edition(at(instant)) == edition
    assert slots.edition(at(instant) + dt.timedelta(seconds=1)) != edition


@pytest.mark.parametrize(
    ("slots", "edition", "instant"),
    [
        (Slots("Europe/London", "sunday", 1), "2026-10-25", "2026-10-25T00:00:00Z"),
        (Slots("America/New_York", "sunday", 1), "2026-11-01", "2026-11-01T05:00:00Z"),
    ],
    ids=["London, 01:00 comes twice", "New York, 01:00 comes twice"],
)
def test_an_hour_that_comes_twice_is_the_first(slots: Slots, edition: str, instant: str) -> None:
    assert slots.at(edition) == at(instant)
    assert slots.edition(at(instant)) == edition
    assert slots.edition(at(instant) + dt.timedelta(seconds=1)) != edition


@pytest.mark.parametrize(
    ("timezone", "now", "edition"),
    [
        ("Pacific/Auckland", "2026-11-24T19:59:59Z", "2026-11-25"),
        ("Pacific/Auckland", "2026-11-24T20:00:01Z", "2026-12-02"),
        ("Pacific/Honolulu", "2026-11-26T05:00:00Z", "2026-12-02"),
        ("Pacific/Honolulu", "2026-11-25T18:59:59Z", "2026-11-25"),
    ],
)
def test_an_edition_is_a_local_date(timezone: str, now: str, edition: str) -> None:
    assert Slots(timezone, "wednesday", 9).edition(at(now)) == edition


@for_any(
    st.sampled_from(["Europe/London", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "UTC"]),
    st.sampled_from(WEEKDAYS),
    st.integers(0, 23),
    st.integers(1_577_836_800, 2_208_988_800).map(lambda seconds: dt.datetime.fromtimestamp(seconds, dt.UTC)),
)
def test_the_next_slot_is_never_past_and_never_more_than_a_week_away(
    timezone: str, weekday: str, hour: int, now: dt.datetime
) -> None:
    slots = Slots(timezone, weekday, hour)
    edition = slots.edition(now)
    assert dt.timedelta() <= slots.at(edition) - now <= dt.timedelta(days=7, hours=1)
    assert WEEKDAYS[dt.date.fromisoformat(edition).weekday()] == weekday
    assert slots.edition(slots.at(edition)) == edition


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-25", "2026-11-25T09:00:00Z"),
        ("2026-07-01", "2026-07-01T08:00:00Z"),
        ("2026-11-25T12:30:00Z", "2026-11-25T12:30:00Z"),
        ("2026-11-25T12:30:00+05:30", "2026-11-25T07:00:00Z"),
        ("2026-07-01 18:30", "2026-07-01T17:30:00Z"),
        ("2026-07-01 18:30 Europe/London", "2026-07-01T17:30:00Z"),
        ("2027-03-28 01:30", "2027-03-28T01:30:00Z"),
        ("2026-10-25 01:30", "2026-10-25T00:30:00Z"),
    ],
    ids=[
        *("a day in winter", "a day in summer", "an instant", "an instant with an offset", "a local hour"),
        *("with its zone", "an hour in the gap", "an hour that comes twice"),
    ],
)
def test_editors_may_give_a_day_an_hour_or_an_instant(text: str, instant: str) -> None:
    assert render_instant(LONDON.parse(text)) == instant


@pytest.mark.parametrize(
    "text",
    [
        *("", "tomorrow", "2026-02-30", "2026-11-25T12:30:00", "25.11.2026", "٢٠٢٦-١١-٢٥"),
        *("2026-11-25 24:30", "2026-11-25 9:30", "2026-11-25 18:30 Europe/Berlin", "0999-11-25 18:30"),
    ],
)
def test_what_is_neither_day_nor_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        LONDON.parse(text)


@pytest.mark.parametrize(
    ("instant", "words", "typed"),
    [
        ("2026-12-16T08:00:00Z", "Wed 16 Dec 2026, 09:00 Europe/Berlin", "2026-12-16"),
        ("2026-07-01T07:00:00Z", "Wed 1 Jul 2026, 09:00 Europe/Berlin", "2026-07-01"),
        ("2026-12-31T23:30:00Z", "Fri 1 Jan 2027, 00:30 Europe/Berlin", "2027-01-01 00:30 Europe/Berlin"),
    ],
    ids=["winter", "summer", "another day"],
)
def test_for_people_an_instant_is_local_with_its_zone(instant: str, words: str, typed: str) -> None:
    berlin = Slots("Europe/Berlin", "wednesday", 9)
    assert berlin.words(instant) == berlin.words(parse_instant(instant)) == words
    assert berlin.typed(parse_instant(instant)) == typed
    assert berlin.parse(typed) == parse_instant(instant)


def test_an_instant_is_written_in_utc_to_the_second() -> None:
    instant = dt.datetime(2026, 11, 25, 12, 30, 15, 999_999, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    assert render_instant(instant) == "2026-11-25T10:30:15Z"
    assert parse_instant("2026-11-25T10:30:15Z") == dt.datetime(2026, 11, 25, 10, 30, 15, tzinfo=dt.UTC)


@pytest.mark.parametrize("text", ["2026-11-25", "2024-02-29"])
def test_a_calendar_date_names_an_edition(text: str) -> None:
    assert is_edition(text)


@pytest.mark.parametrize(
    "text", ["2026-02-29", "2026-13-01", "20261125", "2026-11-25\n", "2026-W48-3", "٢٠٢٦-١١-٢٥", ""]
)
def test_anything_else_names_none(text: str) -> None:
    assert not is_edition(text)


@pytest.mark.parametrize(
    "text",
    [
        *("0001-01-01T00:00:00Z", "0999-12-31T23:59:59Z", "9999-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00"),
        *("1000-01-01T00:00:00+01:00", "9998-12-31T23:00:00-01:00", "0001-01-01T00:00:00+14:00"),
    ],
)
def test_an_instant_of_a_year_that_no_zone_can_reckon_with_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="of the years 1000 to 9998"):
        parse_instant(text)


@pytest.mark.parametrize(
    ("text", "zone", "found"),
    [
        ("9998-12-31", "Asia/Tokyo", "9998-12-30T19:00:00Z"),
        ("9998-12-31", "America/New_York", "9998-12-31T09:00:00Z"),
        ("1000-01-01", "Asia/Tokyo", ""),
        ("1000-01-02", "Asia/Tokyo", "1000-01-01T18:41:01Z"),
        ("0001-01-01", "America/New_York", ""),
        ("9999-12-31", "Asia/Tokyo", ""),
    ],
)
def test_a_day_that_an_editor_gives_can_be_put_on_record_or_is_refused(text: str, zone: str, found: str) -> None:
    slots = Slots(zone, "wednesday", 4)
    if found:
        assert render_instant(slots.parse(text)) == found
        assert is_instant(found)
    else:
        with pytest.raises(ValueError, match=r"years|offset"):
            slots.parse(text)


@pytest.mark.parametrize(
    "text", ["2026-11-25", "2026-11-25T09:00:00+00:00", "2026-02-30T09:00:00Z", "20261125T090000Z", ""]
)
def test_an_instant_has_one_form(text: str) -> None:
    assert not is_instant(text)
    assert is_instant("2026-11-25T09:00:00Z")

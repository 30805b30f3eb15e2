"""Time as the newsletter counts it: instants, and the weekly slots of editions.

Owns how an instant is written on record (RFC 3339, UTC, whole seconds, `Z`) and for people (local, with its zone),
which years count, and which slot comes next. Never asks a clock: `now` is always an argument.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from zoneinfo import ZoneInfo

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAYS = tuple(name[:3].capitalize() for name in WEEKDAYS)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_LOCAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_FIRST, _LAST = 1000, 9998  # years that have four digits and can be reckoned with, whatever the time zone
YEARS = f"of the years {_FIRST} to {_LAST}"
MOMENT = dt.timedelta(minutes=5)  # that a command may take, from its time to its record
_WEEK = dt.timedelta(days=7)


@lru_cache(maxsize=256)  # an entry's pages write the same few again and again
def render_instant(instant: dt.datetime) -> str:
    """Write an aware instant as RFC 3339 in UTC, to the second: `2026-11-25T09:00:00Z`."""
    return f"{instant.astimezone(dt.UTC).isoformat()[:19]}Z"


def parse_instant(text: str) -> dt.datetime:
    """Read an RFC 3339 instant with any offset.

    Raises:
        ValueError: It is no instant, has no offset, or is of a year that does not count.
    """
    instant = dt.datetime.fromisoformat(text)
    if instant.tzinfo is None:
        message = f"{text!r} has no offset from UTC"
        raise ValueError(message)
    return in_utc(instant)


def in_utc(instant: dt.datetime) -> dt.datetime:
    """Bring an aware instant into UTC, in which it is put on record.

    Raises:
        ValueError: It is of a year that does not count, here or there.
    """
    if _FIRST <= instant.year <= _LAST and _FIRST <= (found := instant.astimezone(dt.UTC)).year <= _LAST:
        return found
    message = f"{instant} is not {YEARS}"
    raise ValueError(message)


def is_instant(text: str) -> bool:
    """Answer whether a text is an instant in the one form in which they are written."""
    try:
        return bool(_INSTANT.fullmatch(text)) and _FIRST <= dt.datetime.fromisoformat(text).year <= _LAST
    except ValueError:
        return False


def render_day(day: dt.date) -> str:
    """Write a day for people: `Wed 25 Nov 2026`. By hand: no locale is asked."""
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"


class Slots:
    """The weekly slots of a newsletter: one local weekday and hour.

    An hour that a change to summer time skips is the first one after it; an hour that comes twice is the first of the
    two (PEP 495, `fold=0`).
    """

    def __init__(self, timezone: str, weekday: str, hour: int) -> None:
        self._zone = ZoneInfo(timezone)
        self._weekday = WEEKDAYS.index(weekday)
        self._time = dt.time(hour)

    def at(self, edition: str) -> dt.datetime:
        """Tell the instant of an edition's slot.

        It need not fall on the weekday: editors may pick any day.
        """
        # A round trip through UTC moves an hour that does not exist to the one after the gap.
        return dt.datetime.combine(dt.date.fromisoformat(edition), self._time, self._zone).astimezone(dt.UTC)

    def day(self, instant: dt.datetime) -> dt.date:
        """Tell the local day that an instant is on."""
        return instant.astimezone(self._zone).date()

    def words(self, instant: dt.datetime | str) -> str:
        """Write an instant for people, in the newsletter's time: `Wed 25 Nov 2026, 09:00 Europe/London`."""
        local = (parse_instant(instant) if isinstance(instant, str) else instant).astimezone(self._zone)
        return f"{render_day(local)}, {local:%H:%M} {self._zone.key}"

    def typed(self, instant: dt.datetime) -> str:
        """Write an instant as an editor would type it, for `parse`: as a day, if it is that day's slot.

        Else to the minute, in the newsletter's time: `2026-11-25 18:30 Europe/London`.
        """
        local = instant.astimezone(self._zone)
        day = local.date().isoformat()
        return day if self.at(day) == instant else f"{day} {local:%H:%M} {self._zone.key}"

    def edition(self, now: dt.datetime) -> str:
        """Name the next edition: the local date of the first slot that is not before `now`."""
        today = self.day(now)
        day = today + dt.timedelta(days=(self._weekday - today.weekday()) % 7)
        edition = day.isoformat()
        return edition if self.at(edition) >= now else (day + _WEEK).isoformat()

    @staticmethod
    def weeks_on(edition: str, weeks: int) -> str:
        """Name the edition so many weeks later; by days, since a change to summer time makes weeks of other lengths."""
        return (dt.date.fromisoformat(edition) + weeks * _WEEK).isoformat()

    def around(self, edition: str) -> tuple[str, str]:
        """Name the slots nearest to a day, before and after it; both are the day itself if it is one."""
        day = dt.date.fromisoformat(edition)
        since = dt.timedelta(days=(day.weekday() - self._weekday) % 7)
        return (day - since).isoformat(), (day - since + (_WEEK if since else since)).isoformat()

    def parse(self, text: str) -> dt.datetime:
        """Read what an editor gives as a date: a local day (then the slot's hour counts), with an hour or without.

        An RFC 3339 instant does as well.

        Raises:
            ValueError: It is none of them, or of a year that does not count.
        """
        if is_edition(text):
            return in_utc(self.at(text))
        local = text.removesuffix(f" {self._zone.key}")
        if _LOCAL.fullmatch(local):
            return in_utc(dt.datetime.fromisoformat(local).replace(tzinfo=self._zone))
        return parse_instant(text)


def is_edition(text: str) -> bool:
    """Answer whether a text is a calendar date, as editions are named."""
    try:
        is_date = bool(_DATE.fullmatch(text)) and dt.date.fromisoformat(text).isoformat() == text
        return is_date and _FIRST <= int(text[:4]) <= _LAST
    except ValueError:
        return False

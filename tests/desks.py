"""A desk in this process, and somebody who talks to it as a browser would, or as one should not."""

from __future__ import annotations

import contextlib
import datetime as dt
import http.client
import re
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

from builders import NOW
from claudes_corner.cli.desk import desk_of
from claudes_corner.cli.session import Session
from claudes_corner.workspace import Workspace

SECONDS = 30


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: str

    @property
    def text(self) -> str:
        """What can be read on the page."""
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", self.body)).split())


class Guest:
    """Somebody at the desk's door; `sign_in` makes them an editor."""

    def __init__(self, link: str, port: int = 0) -> None:
        self.link = link
        self.headers: dict[str, str] = {}  # of every request
        parts = urlsplit(link)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self._address = ("127.0.0.1", port or parts.port)
        self.cookie = ""

    def ask(self, path: str, method: str = "GET", body: str = "", **headers: str | None) -> Answer:
        """Send one request, its path exactly as given; a header that is None is left out."""
        given = {"Cookie": self.cookie or None, "Host": urlsplit(self.origin).netloc, **self.headers, **headers}
        if method == "POST":
            given = {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.origin, **given}
            given["Content-Length"] = str(len(body.encode()))
        connection = http.client.HTTPConnection(*self._address, timeout=SECONDS)
        try:
            connection.putrequest(method, path, skip_host=True)
            for name, value in given.items():
                if value is not None:
                    connection.putheader(name.replace("_", "-"), value)
            connection.endheaders(body.encode())
            response = connection.getresponse()
            headers_now = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, headers_now, response.read().decode("utf-8", "replace"))
        finally:
            connection.close()

    def sign_in(self) -> Answer:
        """Open the link, and keep the cookie."""
        answer = self.ask(self.link.removeprefix(self.origin))
        self.cookie = answer.headers.get("set-cookie", "").partition(";")[0] or self.cookie
        return answer

    def form(self, draft_id: str, act: str) -> dict[str, str]:
        """Read the fields of a form as the draft's page has them."""
        page = self.ask(f"/drafts/{draft_id}").body
        found = re.search(rf'<form method="post" action="/drafts/{draft_id}/{act}".*?</form>', page, re.DOTALL)
        assert found, f"{draft_id} cannot be sent to {act}"
        fields = re.findall(r'<input(?! type="radio")[^>]*name="([^"]*)"[^>]*?value="([^"]*)"', found[0])
        return {name: unescape(value) for name, value in fields}

    def send(self, draft_id: str, act: str, fields: dict[str, str], **headers: str | None) -> Answer:
        """Send a form."""
        return self.ask(f"/drafts/{draft_id}/{act}", "POST", urlencode(fields), **headers)

    def decide(self, draft_id: str, act: str, **typed: str) -> Answer:
        """Open a draft, fill a form in, send it, and go where it leads."""
        sent = self.send(draft_id, act, {**self.form(draft_id, act), **typed})
        return self.ask(sent.headers["location"]) if sent.status == 303 else sent


@contextlib.contextmanager
def at_desk(
    workspace: Workspace, editor: str | None = "ada", *, host: str = "127.0.0.1", port: int = 0, now: dt.datetime = NOW
) -> Iterator[Guest]:
    """Open a desk; whoever comes is not signed in yet."""
    session = Session()
    session.fixed_now, session.workspace, session.by = now, workspace, editor
    with desk_of(session, host, port) as link:
        yield Guest(link, port)


def key_of(link: str) -> str:
    return parse_qs(urlsplit(link).query)["key"][0]

"""The door of the desk: its port, who may come in, from where, and which requests may change something.

Owns the refusal to open a port to strangers, the sign-in by one-time link, the session cookie, the trust in a proxy,
the Host allow-list, the check of origins, the seals on forms, and the headers of every answer. It keeps no passwords
and knows no page. The model's texts are shown in frames of their own policy only; see `FRAME_POLICY`.

Source: OWASP Cross-Site Request Forgery Prevention Cheat Sheet; W3C Fetch Metadata; RFC 6265bis (SameSite).
"""

from __future__ import annotations

import hmac
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from urllib.parse import urlsplit

import msgspec
import uvicorn
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from claudes_corner.addresses import is_loopback
from claudes_corner.errors import CornerError, Problem
from claudes_corner.review.decisions import editor_with
from claudes_corner.settings import Config

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# A draft's frame runs nothing, sends nothing and goes nowhere. It is of the desk's origin so that the desk can measure
# it and hear keys pressed in it; that gives nothing to a document in which no script can ever run.
FRAME_POLICY = (
    "sandbox allow-same-origin; default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
_HEADERS = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with none at all, a form's Origin would be null
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_OPEN = ("/static/", "/theme/")  # nothing of a newsletter is in there but its theme
SIGN_IN = "/sign-in"
_KEPT_ANSWERS = 500
_GRACE_SECONDS = 2


class Access(msgspec.Struct, frozen=True):
    """Where the desk is, and whom it trusts."""

    origins: tuple[str, ...]  # as browsers name them: `http://127.0.0.1:8421`; the Host header must be one of theirs
    editor: str = ""  # who signs in by the link; empty: a proxy says who comes
    proxy: str = ""  # the only address that requests may come from; empty: there is no proxy
    header: str = ""  # the proxy's, with an editor's id or e-mail


class Visitor:
    """An editor at the desk: what seals their forms, and what they are to be told next."""

    def __init__(self, editor: str, token: Callable[[], str]) -> None:
        self.editor = editor
        self.notices: list[str] = []
        self.answers: dict[str, str] = {}  # where a form that was sent led to, so that sending it twice does no more
        self._secret = token()
        self._token = token

    def keep_answer(self, sent: str, led_to: str) -> None:
        """Remember where a form led to, by the digest of what was sent."""
        while len(self.answers) >= _KEPT_ANSWERS:
            self.answers.pop(next(iter(self.answers)))
        self.answers[sent] = led_to

    def seal(self, what: str) -> str:
        """Make the token of one form; `what` names what it does, and to which draft."""
        nonce = self._token()
        return f"{nonce}.{self._sign(nonce, what)}"

    def has_sealed(self, what: str, seal: str) -> bool:
        """Answer whether a form's token was made for this, in this session."""
        nonce, _, signature = seal.partition(".")
        return hmac.compare_digest(signature.encode(), self._sign(nonce, what).encode())

    def _sign(self, nonce: str, what: str) -> str:
        return hmac.digest(self._secret.encode(), f"{nonce} {what}".encode(), "sha256").hex()


class Guard:
    """Lets in whom `Access` allows, and puts the same headers on every answer."""

    def __init__(
        self,
        app: ASGIApp,
        access: Access,
        *,
        config: Callable[[], Config],
        token: Callable[[], str],
        refuse: Callable[[Problem], Response],
    ) -> None:
        self._app = app
        self._access = access
        self._config = config
        self._token = token
        self._refuse = refuse
        self._visitors: dict[str, Visitor] = {}  # by session, or behind a proxy by editor, and by what it says
        self._key = "" if access.proxy else token()
        self._cookie = f"corner-desk-{urlsplit(access.origins[0]).port or 80}"  # cookies know no ports

    @property
    def link(self) -> str:
        """The address to open first: a link that signs in once, or the proxy's."""
        origin = self._access.origins[0]
        return f"{origin}{SIGN_IN}?key={self._key}" if self._key else f"{origin}/"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""

        async def send_with_headers(message: Message) -> None:
            """Send an answer with the headers that every answer has, unless it has its own."""
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                message["headers"] = headers.raw
            await send(message)

        answer = self._stop(Request(scope, receive))
        await (answer or self._app)(scope, receive, send_with_headers)

    def _stop(self, request: Request) -> Response | None:
        """Refuse a request, sign somebody in, or let them pass: None."""
        if problem := self._misdirected(request):
            return self._refuse(problem)
        is_reading = request.method in {"GET", "HEAD"}
        if is_reading and request.url.path.startswith(_OPEN):
            return None
        if request.url.path == SIGN_IN and request.method == "GET" and not self._access.proxy:
            return self._sign_in(request)
        visitor = self._proxied(request) if self._access.proxy else self._known(request)
        if visitor is None:
            return self._refuse(self._stranger())
        if not is_reading and (problem := self._foreign(request)):
            return self._refuse(problem)
        request.scope["visitor"] = visitor
        return None

    def _misdirected(self, request: Request) -> Problem | None:
        """Refuse a Host that is not ours (DNS rebinding), and behind a proxy every other address."""
        hosts = [origin.partition("://")[2] for origin in self._access.origins]
        named = request.headers.getlist("host")
        if len(named) != 1 or named[0].lower() not in hosts:
            return Problem("the desk is not at this address", expected=hosts[0], found=" and ".join(named) or "none")
        peer = request.client.host if request.client else ""
        if self._access.proxy and peer != self._access.proxy:
            return Problem("the desk answers its proxy only", found=peer, fix=f"Open {self._access.origins[0]}.")
        return None

    def _sign_in(self, request: Request) -> Response:
        given = request.query_params.get("key", "")
        if not self._key or not hmac.compare_digest(given.encode(), self._key.encode()):
            if self._known(request):  # the link again, in the browser that has used it
                return RedirectResponse("/", HTTPStatus.SEE_OTHER)
            return self._refuse(self._stranger())
        self._key, session = "", self._token()
        self._visitors[session] = Visitor(self._access.editor, self._token)
        answer = RedirectResponse("/", HTTPStatus.SEE_OTHER)
        answer.set_cookie(self._cookie, session, httponly=True, samesite="strict", path="/")
        return answer

    def _known(self, request: Request) -> Visitor | None:
        """Find who has signed in, if they are an editor still; while the settings are broken, each page says so."""
        visitor = self._visitors.get(request.cookies.get(self._cookie, ""))
        with suppress(CornerError):
            return visitor if visitor and visitor.editor in self._config().editors else None
        return visitor

    def _proxied(self, request: Request) -> Visitor | None:
        """Find the editor whom the proxy names, by id or e-mail; more than one header is none."""
        said = request.headers.getlist(self._access.header)
        name = said[0].strip() if len(said) == 1 else ""
        try:
            config = self._config()
        except CornerError:  # what is wrong is for editors alone to read
            return self._visitors.get(name)
        editor = name if name in config.editors else editor_with(config, name)
        if not editor:
            return None
        visitor = self._visitors.get(editor) or Visitor(editor, self._token)
        self._visitors |= {editor: visitor, name: visitor}
        return visitor

    def _stranger(self) -> Problem:
        if self._access.proxy:
            fix = f"The proxy must send {self._access.header} with the id or e-mail of an editor in corner.toml."
            return Problem("the desk does not know who you are", fix=fix)
        fix = "Open the link that was printed when the desk started. It works once: for another, start the desk again."
        return Problem("you are not signed in", fix=fix)

    def _foreign(self, request: Request) -> Problem | None:
        """Refuse what another site, or another port of this machine, has sent in an editor's name."""
        site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
        is_ours = site in {None, "same-origin"} and origin in {None, *self._access.origins}
        if is_ours and (site or origin):
            return None
        return Problem("this was not sent from the desk", expected=self._access.origins[0], found=origin or "no origin")


def open_door(config: Config, host: str, port: int, editor: Callable[[], str]) -> tuple[socket.socket, Access]:
    """Take a port, and say who may come in by it.

    `editor` tells who works at a desk without a proxy.

    Raises:
        CornerError: The host is not this machine's own and no proxy signs people in, or the port is taken.
    """
    proxy = config.desk
    if not proxy.proxy and not is_loopback(host):
        what = f"the desk keeps no passwords, and {host} can be reached by others"
        fix = "Use it through an SSH tunnel (ssh -L), or name the proxy that signs people in under [desk]."
        raise CornerError(Problem(what, expected="127.0.0.1, or a proxy in corner.toml", fix=fix))
    who = "" if proxy.proxy else editor()
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        door = socket.create_server((host, port), family=family)
    except OSError as error:
        what = f"port {port} of {host} cannot be used: {os.strerror(error.errno or 0).lower()}"
        raise CornerError(Problem(what, fix="Choose another with --port.")) from None
    if proxy.proxy:
        return door, Access((_origin(proxy.url),), proxy=proxy.proxy, header=proxy.header)
    names = dict.fromkeys((f"[{host}]" if ":" in host else host, "localhost", "127.0.0.1"))
    return door, Access(tuple(_origin(f"http://{name}:{door.getsockname()[1]}") for name in names), editor=who)


def _origin(address: str) -> str:
    """Name where an address leads to as browsers do: in lower case, and without the port that goes without saying."""
    url = urlsplit(address.lower())
    return f"{url.scheme}://{url.netloc.removesuffix({'http': ':80', 'https': ':443'}[url.scheme])}"


@contextmanager
def answering(app: ASGIApp, door: socket.socket) -> Iterator[None]:
    """Let an app answer while the block lasts, in a thread of its own."""
    settings = uvicorn.Config(
        app,
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # the address that a request comes from is a fact, not a header
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    server = uvicorn.Server(settings)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
        door.close()

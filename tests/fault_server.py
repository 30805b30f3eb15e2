"""A real HTTP server on loopback that speaks the Messages API, and fails in every way an API can.

    with FaultServer(overloaded(), answer("An essay.")) as server:
        ...  # the first request is told 529, the second gets the essay

Each request takes the next behaviour of the script; when that has run out, `server.otherwise` answers. A behaviour is a
function of the `Wire` it speaks on. What takes for ever ends when the client goes away, or when the server is closed.
"""

from __future__ import annotations

import contextlib
import gzip
import itertools
import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

Event = tuple[str, dict[str, Any]]
TICK_SECONDS = 0.02  # between the bytes of what is slow
REQUEST_ID = "req_fault_server"


@dataclass(frozen=True)
class Received:
    """One request as it arrived."""

    path: str
    headers: Mapping[str, str]  # names in lower case
    raw: bytes

    @property
    def body(self) -> dict[str, Any]:
        return json.loads(self.raw)


class Wire:
    """The server's end of one request, for a behaviour to speak on."""

    def __init__(self, handler: BaseHTTPRequestHandler, received: Received, closing: threading.Event) -> None:
        self._handler = handler
        self._closing = closing
        self.received = received

    @property
    def model(self) -> str:
        return str(self.received.body.get("model"))

    def head(self, status: int, headers: Mapping[str, str]) -> None:
        self._handler.send_response_only(status)
        for name, value in {"request-id": REQUEST_ID, "connection": "close", **headers}.items():
            self._handler.send_header(name, value)
        self._handler.end_headers()

    def reply(self, status: int, body: bytes, **headers: str) -> None:
        """Answer without a stream."""
        kind = {"content-type": "application/json", "content-length": str(len(body))}
        self.head(status, {**kind, **{name.replace("_", "-"): value for name, value in headers.items()}})
        self._handler.wfile.write(body)

    def begin(self, content_type: str = "text/event-stream; charset=utf-8") -> None:
        """Start a chunked stream, so that its end can be told from a cut."""
        self.head(200, {"content-type": content_type, "transfer-encoding": "chunked"})

    def write(self, body: bytes) -> None:
        self._handler.wfile.write(b"%x\r\n%s\r\n" % (len(body), body))
        self._handler.wfile.flush()

    def events(self, events: Iterable[Event]) -> None:
        for name, content in events:
            self.write(sse(name, content))

    def end(self) -> None:
        self._handler.wfile.write(b"0\r\n\r\n")

    def reset(self) -> None:
        """Drop the connection with a TCP reset."""
        self._handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._handler.connection.close()

    def hold(self) -> None:
        """Say nothing until the client goes away or the server is closed."""
        with contextlib.suppress(OSError):
            while not self._closing.is_set():
                self._handler.connection.settimeout(TICK_SECONDS)
                with contextlib.suppress(TimeoutError):
                    if not self._handler.connection.recv(1):
                        return

    def ticks(self) -> Iterator[int]:
        """Count, slowly, until the server is closed."""
        for number in itertools.count():
            if self._closing.wait(TICK_SECONDS):
                return
            yield number

    def is_open(self) -> bool:
        return not self._closing.is_set()


Behaviour = Callable[[Wire], None]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        received = Received(self.path, headers, raw)
        self.close_connection = True
        with contextlib.suppress(OSError):  # the client went away: its right
            self.server.faults.take(received)(Wire(self, received, self.server.faults.closing))
            self.wfile.flush()

    do_GET = do_POST  # noqa: N815  (its name is http.server's)

    def finish(self) -> None:
        with contextlib.suppress(OSError):
            super().finish()

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # closing waits for every handler, so no test leaves one behind
    faults: FaultServer


class FaultServer:
    """The server, listening while the `with` block lasts; it records every request.

    Args:
        script: What to do with the first request, the second, …
    """

    def __init__(self, *script: Behaviour) -> None:
        self._script = deque(script)
        self._lock = threading.Lock()
        self.otherwise: Behaviour = answer("An answer that no script asked for.")
        self.requests: list[Received] = []
        self.closing = threading.Event()

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.faults = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": TICK_SECONDS})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def then(self, *behaviours: Behaviour) -> None:
        """Add to the script."""
        with self._lock:
            self._script.extend(behaviours)

    def take(self, received: Received) -> Behaviour:
        with self._lock:
            self.requests.append(received)
            return self._script.popleft() if self._script else self.otherwise


@contextlib.contextmanager
def closed_port() -> Iterator[str]:
    """A URL where nobody listens: connections are refused while the block lasts, as the port is bound but not open."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


# The parts of an answer, for behaviours to break.


def sse(name: str, content: object) -> bytes:
    return f"event: {name}\ndata: {json.dumps(content)}\n\n".encode()


def start(model: str, *, input_tokens: int = 12, **more: Any) -> Event:
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": []}
    message |= {"stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": input_tokens, "output_tokens": 1}}
    return "message_start", {"type": "message_start", "message": {**message, **more}}


def block_start(index: int = 0, **block: Any) -> Event:
    block = block or {"type": "text", "text": ""}
    return "content_block_start", {"type": "content_block_start", "index": index, "content_block": block}


def delta(text: str, index: int = 0) -> Event:
    return block_delta(index, type="text_delta", text=text)


def block_delta(index: int, **delta: Any) -> Event:
    return "content_block_delta", {"type": "content_block_delta", "index": index, "delta": delta}


def block_stop(index: int = 0) -> Event:
    return "content_block_stop", {"type": "content_block_stop", "index": index}


def end(
    stop_reason: str | None = "end_turn", *, output_tokens: int = 34, also: Mapping[str, Any] | None = None
) -> Event:
    change = {"stop_reason": stop_reason, "stop_sequence": None, **(also or {})}
    return "message_delta", {"type": "message_delta", "delta": change, "usage": {"output_tokens": output_tokens}}


def stop() -> Event:
    return "message_stop", {"type": "message_stop"}


def ping() -> Event:
    return "ping", {"type": "ping"}


def pieces(text: str, size: int = 7) -> list[Event]:
    return [delta(text[at : at + size]) for at in range(0, len(text), size)]


# Behaviours that answer.


def answer(
    text: str,
    *,
    model: str | None = None,
    stop_reason: str | None = "end_turn",
    size: int = 7,
    input_tokens: int = 12,
    output_tokens: int = 34,
    also: Mapping[str, Any] | None = None,
) -> Behaviour:
    """A whole answer, from the model that was asked unless another is given; `also` goes into its last change."""

    def behave(wire: Wire) -> None:
        wire.begin()
        wire.events([start(model or wire.model, input_tokens=input_tokens), ping(), block_start()])
        wire.events(pieces(text, size))
        wire.events([block_stop(), end(stop_reason, output_tokens=output_tokens, also=also), stop()])
        wire.end()

    return behave


def stream(*events: Event, is_whole: bool = True) -> Behaviour:
    """Exactly these events after the message's start, then the end of the stream."""

    def behave(wire: Wire) -> None:
        wire.begin()
        wire.events([start(wire.model), *events])
        if is_whole:
            wire.end()

    return behave


def max_tokens(text: str) -> Behaviour:
    return answer(text, stop_reason="max_tokens")


def refusal(text: str = "") -> Behaviour:
    details = {"type": "refusal", "category": "general_harms", "explanation": None}
    return answer(text, stop_reason="refusal", also={"stop_details": details})


def wrong_model(text: str) -> Behaviour:
    return answer(text, model="another-model-20990101")


def empty() -> Behaviour:
    return stream(end(), stop())


def blank() -> Behaviour:
    return answer(" \n\r\n ")


def stop_sequence_called_end_turn(text: str) -> Behaviour:
    """What llama.cpp says when it met a stop sequence."""
    return answer(text, also={"stop_sequence": "###"})


def lingering(text: str) -> Behaviour:
    """A whole message on a connection that then does not end."""

    def behave(wire: Wire) -> None:
        wire.begin()
        wire.events([start(wire.model), block_start(), *pieces(text), block_stop(), end(), stop()])
        wire.hold()

    return behave


# Behaviours that refuse before anything is written.


def status(code: int, kind: str, message: str = "So it is.", **headers: str) -> Behaviour:
    body = {"type": "error", "error": {"type": kind, "message": message}, "request_id": REQUEST_ID}
    return lambda wire: wire.reply(code, json.dumps(body).encode(), **headers)


def unauthorized() -> Behaviour:
    return status(401, "authentication_error", "invalid x-api-key")


def forbidden() -> Behaviour:
    return status(403, "permission_error")


def not_found() -> Behaviour:
    return status(404, "not_found_error", "model: claude-3-opus-20240229")


def request_timeout() -> Behaviour:
    return status(408, "timeout_error")


def conflict() -> Behaviour:
    return status(409, "conflict_error")


def too_large() -> Behaviour:
    return status(413, "request_too_large")


def rate_limited(retry_after: str | None = None) -> Behaviour:
    return status(429, "rate_limit_error", **({"retry_after": retry_after} if retry_after is not None else {}))


def server_error(code: int = 500) -> Behaviour:
    return status(code, "api_error")


def html_error(code: int) -> Behaviour:
    return lambda wire: wire.reply(code, b"<html><h1>Bad Gateway</h1></html>", content_type="text/html")


def overloaded() -> Behaviour:
    return status(529, "overloaded_error")


def too_much_context() -> Behaviour:
    """llama.cpp's refusal of a long prompt."""
    body = {"error": {"code": 400, "message": "request (7830 tokens) exceeds the available size (4096 tokens)"}}
    body["error"] |= {"type": "exceed_context_size_error", "n_prompt_tokens": 7830, "n_ctx": 4096}
    return lambda wire: wire.reply(400, json.dumps(body).encode())


def echoes_the_key() -> Behaviour:
    """An endpoint, or a proxy before it, that repeats the request's headers in its complaint."""

    def behave(wire: Wire) -> None:
        status(400, "invalid_request_error", f"bad header: {wire.received.headers['authorization']}")(wire)

    return behave


def no_stream(body: bytes, content_type: str) -> Behaviour:
    return lambda wire: wire.reply(200, body, content_type=content_type)


def json_answer() -> Behaviour:
    return no_stream(json.dumps(start("any")[1]["message"]).encode(), "application/json")


def empty_json_answer() -> Behaviour:
    return no_stream(b"{}", "application/json")


def says(content: object, **headers: str) -> Behaviour:
    """Answer with some JSON, as the small questions are answered."""
    return lambda wire: wire.reply(200, json.dumps(content).encode(), **{"content-type": "application/json", **headers})


def html_answer() -> Behaviour:
    return no_stream(b"<!doctype html><p>Please log in.</p>", "text/html")


def compressed(text: str) -> Behaviour:
    body = b"".join(sse(*event) for event in pieces(text))
    return lambda wire: wire.reply(200, gzip.compress(body), content_type="text/event-stream", content_encoding="gzip")


def reset() -> Behaviour:
    return Wire.reset


def hang() -> Behaviour:
    return Wire.hold


def hung_up() -> Behaviour:
    """The connection closes without a word."""
    return lambda wire: None


def header_drip() -> Behaviour:
    """A head that never ends, byte by byte."""

    def behave(wire: Wire) -> None:
        wire._handler.wfile.write(b"HTTP/1.1 200 OK\r\nx-drip: ")
        for _ in wire.ticks():
            wire._handler.wfile.write(b".")

    return behave


# Behaviours that break in the middle.


def writes(text: str, *steps: Behaviour) -> Behaviour:
    """The beginning of an answer with this text, then these steps one after the other."""

    def behave(wire: Wire) -> None:
        wire.begin()
        wire.events([start(wire.model), block_start(), *pieces(text)])
        for step in steps:
            step(wire)

    return behave


def cut(text: str) -> Behaviour:
    """The connection closes in the middle of the chunked body."""
    return writes(text)


def closed_tidily(text: str) -> Behaviour:
    """The HTTP answer is complete; the message is not."""
    return writes(text, Wire.end)


def stall(text: str) -> Behaviour:
    return writes(text, Wire.hold)


def endless_pings(text: str = "") -> Behaviour:
    def ping_on(wire: Wire) -> None:
        for _ in wire.ticks():
            wire.events([ping()])

    return writes(text, ping_on)


def slow_drip(letter: str = "a") -> Behaviour:
    def drip(wire: Wire) -> None:
        for _ in wire.ticks():
            wire.events([delta(letter)])

    return writes("", drip)


def error_event(text: str, kind: str = "overloaded_error") -> Behaviour:
    error = {"type": "error", "error": {"type": kind, "message": "Not now."}}
    return writes(text, lambda wire: wire.events([("error", error)]), Wire.end)


def malformed_event(text: str, raw: bytes = b"event: content_block_delta\ndata: {oops\n\n") -> Behaviour:
    return writes(text, lambda wire: wire.write(raw), Wire.end)


def invalid_utf8(text: str) -> Behaviour:
    return malformed_event(text, sse(*delta("MARK")).replace(b"MARK", b"\xff\xfe"))


def deeply_nested(text: str) -> Behaviour:
    return malformed_event(text, b"event: message_delta\ndata: " + b"[" * 100_000 + b"\n\n")


def lone_surrogate(text: str) -> Behaviour:
    return answer(f"{text}\ud83d")


def endless_line(sent: list[int]) -> Behaviour:
    """A line that never ends; `sent` is told of every piece that left."""

    def write_on(wire: Wire) -> None:
        wire.write(b"event: content_block_delta\ndata: ")
        while wire.is_open():
            wire.write(b"a" * 65536)
            sent.append(65536)

    return writes("", write_on)


def endless_text() -> Behaviour:
    def write_on(wire: Wire) -> None:
        piece = sse(*delta("a" * 65536))
        while wire.is_open():
            wire.write(piece)

    return writes("", write_on)

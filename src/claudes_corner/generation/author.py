"""One author's API: a request goes out through the real SDK; a whole, checked answer comes back, or the reason why not.

Owns the request, and is the only module that imports `anthropic`. `line.py` has the connection, `answer.py` the order
of a stream, `failures.py` the words. Knows nothing of retries, of the record or of drafts.

What leaves is what is on record: the body, the author's key, and the headers that `line.py` allows. The SDK would add
what it finds by itself (`ANTHROPIC_AUTH_TOKEN`, a profile on disk, `ANTHROPIC_CUSTOM_HEADERS`); none of it is sent. A
beta header can put another model in the author's place, and a demonstration's server must see no real key.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import anthropic
import httpx2
from anthropic.types import Message, RawMessageStreamEvent

from claudes_corner.addresses import is_loopback
from claudes_corner.errors import AuthorError, Problem
from claudes_corner.generation.answer import Answer
from claudes_corner.generation.exchange import Completion, ModelFacts, Progress, Report
from claudes_corner.generation.failures import AGAIN, NO_ROUTE, AskCancelled, AskError, malformed, retry_after, statuses
from claudes_corner.generation.line import Line, parse_url
from claudes_corner.schedule import render_instant
from claudes_corner.settings import AuthorSettings
from claudes_corner.text import visible

API_URL = "https://api.anthropic.com"
CONNECT_SECONDS = 10.0
LOOK_UP_SECONDS = 15.0  # for what is not an essay
STALL_SECONDS = 120.0  # the API and llama.cpp ping more often; a server that loads its model first says nothing
LINGER_SECONDS = 1.0  # for the connection to end after the message has
REPORTS_A_SECOND = 4
CHARACTERS_A_TOKEN = 4  # roughly, in English; only for what is shown while an answer streams

_EVENTS = {"message_start", "message_delta", "message_stop", "error"}
_EVENTS |= {"content_block_start", "content_block_delta", "content_block_stop"}
_RETRYABLE = {408, 409, 429}
_NO_ROUTES = {404, 405, 501}
_FAILED = 500  # and above: the server's own failures
_TOO_MUCH_CONTEXT = re.compile(r"prompt is too long|exceed_context|context (size|limit|window|length)", re.IGNORECASE)
_certificates = functools.cache(httpx2.create_ssl_context)  # reading them takes longer than a request


class Author:
    """One author's API, streaming. One request is one HTTP request on a connection of its own, never repeated.

    Args:
        settings: Which model, and the variable its key comes from (to be named in messages).
        key: The one credential that is sent; empty, with an empty `key_env`: none is.
        base_url: Where to; None: the SDK's own default. The environment is not asked.
        clock: Tells the time for the record.
        monotonic: Tells the seconds that deadlines count in.
        stall_seconds: How long the endpoint may be silent.

    Raises:
        AuthorError: The key or the URL cannot be one.
    """

    def __init__(
        self,
        settings: AuthorSettings,
        *,
        key: str,
        base_url: str | None,
        clock: Callable[[], dt.datetime],
        monotonic: Callable[[], float] = time.monotonic,
        stall_seconds: float = STALL_SECONDS,
    ) -> None:
        # A character that no header can carry would bring the whole key into the HTTP library's message.
        variable = settings.key_variable
        if variable and not re.fullmatch(r"[!-~]+", key):
            what = f"the key in {variable} is empty, or holds white space or characters that no key has"
            raise AuthorError(Problem(what, fix=f"Set {variable} to the key alone."))
        self._key_name = f"the key in {variable}" if variable else "a request without a key"
        self._model = settings.model
        self._key = key
        self._url = parse_url(base_url or API_URL)
        self._clock = clock
        self._monotonic = monotonic
        self._stall_seconds = stall_seconds
        self._lines: set[Line] = set()  # of the requests that are under way
        self._is_cancelled = False

    @property
    def endpoint(self) -> str:
        """The base URL that requests go to. It holds no credentials: a URL with some is refused."""
        return str(self._url)

    @property
    def sdk(self) -> str:
        """The SDK and its version, for the transcript."""
        return f"anthropic {anthropic.__version__}"

    def cancel(self) -> None:
        """End at once every request that is under way, and all that come after; called from another thread."""
        self._is_cancelled = True
        for line in tuple(self._lines):
            line.cut_in(0)

    def ask(self, body: Mapping[str, Any], report: Report, *, deadline_at: float) -> Completion:
        """Send one request and wait for its whole answer.

        The body leaves as it is, but for `stream`; `report` is told how far the answer is, never what it says.

        Raises:
            AskError: There is no answer that counts. It says why, and keeps the text that had arrived.
            AskCancelled: Ctrl-C, or `cancel`. It keeps the text, too.
        """
        answer, line = Answer(), Line(self._key)
        started_at = render_instant(self._clock())
        try:
            report(Progress("asking"))
            with line:
                self._lines.add(line)
                line.cut_in(0 if self._is_cancelled else deadline_at - self._monotonic())
                request_id = self._receive(body, report, answer, line)
            completion = answer.complete(body["model"], request_id, started_at, render_instant(self._clock()))
            report(Progress("writing", completion.output_tokens))
        except KeyboardInterrupt:
            raise AskCancelled(answer.partial) from None
        except AskError as error:
            broken = error
        except (anthropic.AnthropicError, httpx2.HTTPError) as error:
            broken = self._explain(error, body["model"])
        else:
            return completion
        finally:
            self._lines.discard(line)
        if self._is_cancelled:
            raise AskCancelled(answer.partial)
        if line.is_late and not answer.is_whole:
            fix = "Raise the author's `deadline_seconds`, or try again."
            broken = AskError("deadline", "the time for an answer was up", fix)
        broken.partial = answer.partial
        raise broken  # out here, so that the SDK's error, which holds the request and its key, is not even its context

    def _receive(self, body: Mapping[str, Any], report: Report, answer: Answer, line: Line) -> str | None:
        """Send the request and take in its answer; return the API's name for the request."""
        with self._client(line) as client:
            # Not `messages.create`: it takes only arguments it knows, and warns of old models in words for developers.
            # Not `messages.stream`: it drops unknown fields, and takes a stream that stops anywhere for a whole one.
            response = client.post(
                "/v1/messages",
                body={**body, "stream": True},
                cast_to=Message,
                stream=True,
                stream_cls=anthropic.Stream[RawMessageStreamEvent],
            ).response
            self._take_in(response, body["model"], report, answer, line)
            return response.headers.get("request-id") or None

    def describe(self) -> ModelFacts:
        """Ask the endpoint about the author's model, and what time it is there.

        Raises:
            AskError: It does not answer, or not about this model to this key.
        """
        model = self._model
        said, headers = self._look_up(
            "models", lambda client: client.get(f"/v1/models/{model}", cast_to=httpx2.Response)
        )
        dates = {name: str(said.get(name) or "")[:10] for name in ("deprecated_at", "retires_at")}
        return ModelFacts(str(said.get("lifecycle") or ""), **dates, server_date=headers.get("date", ""))

    def count_tokens(self, body: Mapping[str, Any]) -> int:
        """Let the endpoint count a request's input tokens; the request's words leave for that.

        Raises:
            AskError: It does not answer, or cannot count.
        """
        path = "/v1/messages/count_tokens"
        counted = {name: value for name, value in body.items() if name in {"model", "system", "messages"}}
        said, _ = self._look_up("tokens", lambda client: client.post(path, body=counted, cast_to=httpx2.Response))
        if not isinstance(tokens := said.get("input_tokens"), int):
            raise AskError("malformed", f"{self.endpoint} cannot count tokens", "Do without --count-tokens.")
        return tokens

    def _look_up(
        self, about: str, send: Callable[[anthropic.Anthropic], httpx2.Response]
    ) -> tuple[dict[str, Any], httpx2.Headers]:
        """Send a request whose answer is small and comes at once."""
        line = Line(self._key)
        broken = AskError("malformed", f"{self.endpoint} is no Messages API", "Check `base_url`.")
        try:
            with line:
                line.cut_in(LOOK_UP_SECONDS)
                with self._client(line) as client:
                    response = send(client)
            if isinstance(said := response.json(), dict):
                return said, response.headers
        except (anthropic.AnthropicError, httpx2.HTTPError) as error:
            broken = self._explain(error, self._model)
            if _is_no_route(error, self._model):
                broken = AskError(NO_ROUTE, f"{self.endpoint} tells nothing of {about}", "")
        except AskError as error:  # the answer does not end
            broken = error
        except ValueError:
            pass  # no JSON, no UTF-8
        if line.is_late:
            broken = AskError("deadline", f"{self.endpoint} did not answer in {LOOK_UP_SECONDS:g} seconds", AGAIN)
        raise broken

    def _client(self, line: Line) -> anthropic.Anthropic:
        http_client = httpx2.Client(
            verify=_certificates(),
            trust_env=not is_loopback(self._url.host),  # a proxy is for the world outside
            event_hooks={"request": [line.prepare], "response": [line.measure]},
        )
        return anthropic.Anthropic(
            api_key=self._key or "none",  # the SDK demands one; `line.py` sends ours, or nothing
            base_url=self.endpoint,
            timeout=httpx2.Timeout(self._stall_seconds, connect=CONNECT_SECONDS),
            max_retries=0,
            http_client=http_client,
            open_telemetry={"traces": False, "propagation": False},  # what nobody has approved stays here
        )

    def _take_in(self, response: httpx2.Response, model: str, report: Report, answer: Answer, line: Line) -> None:
        report_at = self._monotonic()
        try:
            for name, event in _events(response):
                if name == "error":
                    raise self._refusal(event.get("error"), model, response.headers)
                answer.take(name, event)
                if answer.is_whole:
                    line.cut_in(LINGER_SECONDS)
                elif answer.characters and self._monotonic() >= report_at:
                    report_at = self._monotonic() + 1 / REPORTS_A_SECOND
                    report(Progress("writing", answer.characters // CHARACTERS_A_TOKEN))
        except httpx2.HTTPError:
            if not answer.is_whole:
                raise
        kind = response.headers.get("content-type", "nothing").partition(";")[0]
        if not answer.has_begun and kind != "text/event-stream":
            what = f"{self.endpoint} did not answer with a stream"
            fix = "Check `base_url`: it must be the root of a Messages API."
            raise AskError("not-a-stream", what, fix, expected="text/event-stream", found=self._quote(kind))
        if not answer.is_whole:
            raise AskError("cut-off", "the answer ended before it was whole", AGAIN, retryable=True)

    def _explain(self, error: anthropic.AnthropicError | httpx2.HTTPError, model: str) -> AskError:
        if isinstance(error, anthropic.APIStatusError):
            said = {"type": error.type, "message": error.api_message}
            return self._refusal(said, model, error.response.headers, error.status_code)
        cause = error.__cause__ if isinstance(error, anthropic.APIConnectionError) else error
        if isinstance(cause, httpx2.TimeoutException) and not isinstance(cause, httpx2.ConnectTimeout):
            what = f"{self.endpoint} was silent for {self._stall_seconds:g} seconds"
            return AskError("stalled", what, AGAIN, retryable=True)
        if isinstance(error, httpx2.HTTPError):
            return AskError("cut-off", "the connection broke in the middle of the answer", AGAIN, retryable=True)
        fix = "Check `base_url` and the network, or try again in a little while."
        found = self._quote(cause)
        return AskError("connection", f"{self.endpoint} cannot be reached", fix, found=found, retryable=True)

    def _refusal(self, said: object, model: str, headers: httpx2.Headers, status: int | None = None) -> AskError:
        """Explain an error that the endpoint names: by its status or, inside a stream, by its type alone."""
        kind, message = (said.get("type"), said.get("message")) if isinstance(said, dict) else (None, None)
        meanings = statuses(model, self.endpoint, self._key_name)
        if status is None or kind == "overloaded_error":
            status = next((code for code, (named, *_) in meanings.items() if named == kind), _FAILED)
        failed = ("", "server-error", f"{self.endpoint} failed with status {status}", AGAIN)
        other = ("", f"http-{status}", f"{self.endpoint} answered with status {status}", "Check `base_url`.")
        _, cause, what, fix = meanings.get(status, failed if status >= _FAILED else other)
        if cause == "bad-request" and _TOO_MUCH_CONTEXT.search(f"{kind} {message}"):
            cause, what, fix = "exceeds-context", f"the prompt is too long for {model}", "Give the mode less context."
        is_retryable = (status in _RETRYABLE or status >= _FAILED) and headers.get("x-should-retry") != "false"
        wait = retry_after(headers, self._clock())
        found = self._quote(message or "")
        return AskError(cause, what, fix, found=found, retryable=is_retryable, retry_after_seconds=wait)

    def _quote(self, said: object) -> str:
        """Shorten what came from outside to one safe line, without the key, should an endpoint repeat it."""
        words = str(said).replace(self._key, "[key]") if self._key else str(said)
        return " ".join(visible(words).split())[:200]


def _is_no_route(error: Exception, model: str) -> bool:
    """Answer whether an endpoint has no such address, as one that only writes; a 404 may be about the model instead."""
    status, said = (error.status_code, error.api_message) if isinstance(error, anthropic.APIStatusError) else (0, "")
    return status in _NO_ROUTES and model not in str(said)


def _events(response: httpx2.Response) -> Iterator[tuple[str, dict[str, Any]]]:
    """Read the events that make a message. All others are passed over, as the API's rules ask."""
    try:
        for event in anthropic.Stream.raw_events(response):
            if event.event in _EVENTS:
                content = event.json()
                if not isinstance(content, dict) or content.get("type", event.event) != event.event:
                    raise malformed(f"{event.event} with the content of another")
                yield event.event, content
    except (ValueError, RecursionError):  # no JSON, no UTF-8, or nested without end
        raise malformed("an event that cannot be read") from None

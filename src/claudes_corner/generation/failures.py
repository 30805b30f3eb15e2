"""How a request to an author ends without an answer: what each failure is called, and what to do about it.

Owns the exceptions, causes and words. Knows nothing of connections or streams.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import math
from collections.abc import Mapping

from claudes_corner.errors import AuthorError, Problem

OPUS_3 = "claude-3-opus-20240229"
AGAIN = "Try again in a little while."
NO_ROUTE = "no-route"  # of what is asked beside essays, which not every endpoint answers


class AskError(AuthorError):
    """A request that brought no complete answer.

    Args:
        cause: The record's word for it: `authentication`, `overloaded`, `cut-off`, …
        what: What happened, in words an editor understands; `fix`, `expected` and `found` as in `Problem`.
        retryable: Whether the same request may succeed a little later.
        retry_after_seconds: What the server asked to wait, not yet bounded; None if it did not say.
    """

    def __init__(
        self,
        cause: str,
        what: str,
        fix: str,
        *,
        expected: str = "",
        found: str = "",
        retryable: bool = False,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(Problem(what, expected=expected, found=found, fix=fix))
        self.cause = cause
        self.partial = ""  # the text that had arrived; never a draft
        self.retryable = retryable
        self.retry_after_seconds = retry_after_seconds


class AskCancelled(KeyboardInterrupt):
    """A person stopped the request with Ctrl-C; what had arrived is kept."""

    def __init__(self, partial: str = "") -> None:
        super().__init__()
        self.partial = partial


def malformed(found: str) -> AskError:
    """Say that a stream is not what it should be."""
    what = "the answer is no stream of the Messages API, or was damaged on its way"
    fix = "Try again; if it stays so, check what answers at `base_url`."
    return AskError("malformed", what, fix, found=found, retryable=True)


def statuses(model: str, endpoint: str, key: str) -> dict[int, tuple[str, str, str, str]]:
    """Say for each status: the error type that means the same inside a stream, the cause, what happened, what to do."""
    by_request = "Access to Claude 3 Opus is by request only: ask Anthropic. " if model == OPUS_3 else ""
    access = f"{by_request}Check `model` and `base_url`, and what the key may use."
    less, settings = "Give the mode less context.", "Read it with --dry-run, and check the author's settings."
    refused = f"{endpoint} refused the request"
    return {
        400: ("invalid_request_error", "bad-request", refused, settings),
        401: ("authentication_error", "authentication", f"{key} was refused", f"Set one that {endpoint} accepts."),
        402: ("billing_error", "payment", f"the account of {key} cannot pay", "See to its billing."),
        403: ("permission_error", "permission", f"{key} may not use {model}", access),
        404: ("not_found_error", "model-not-found", f"{endpoint} does not know {model}", access),
        408: ("timeout_error", "request-timeout", f"{endpoint} waited too long for the request", AGAIN),
        409: ("conflict_error", "conflict", f"{endpoint} met a conflict with another request", AGAIN),
        413: ("request_too_large", "too-large", f"the request is larger than {endpoint} takes", less),
        422: ("", "bad-request", refused, settings),
        429: ("rate_limit_error", "rate-limited", f"{endpoint} takes no more requests for now", AGAIN),
        529: ("overloaded_error", "overloaded", f"{endpoint} is overloaded", AGAIN),
    }


def retry_after(headers: Mapping[str, str], now: dt.datetime) -> float | None:
    """Read how long the endpoint asks to wait: seconds, or until a date.

    Source: RFC 9110 §10.2.3.
    """
    said = headers.get("retry-after", "")
    try:
        seconds = float(said)
    except ValueError:
        try:
            seconds = (email.utils.parsedate_to_datetime(said) - now).total_seconds()
        except (ValueError, TypeError, OverflowError):  # no date, or one without a zone, or of one there cannot be
            return None
    return max(seconds, 0.0) if math.isfinite(seconds) else None

"""What every failure of an author's API is called, and what to do about it.

Owns causes and words. Knows nothing of connections or streams.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import math
from collections.abc import Mapping
from typing import Any

from claudes_corner.errors import Problem
from claudes_corner.generation.exchange import AskError

OPUS_3 = "claude-3-opus-20240229"
AGAIN = "Try again in a little while."


def failure(cause: str, what: str, fix: str, *, expected: str = "", found: str = "", **more: Any) -> AskError:
    """Make an error; `more` says whether and when to ask again."""
    return AskError(Problem(what, expected=expected, found=found, fix=fix), cause=cause, **more)


def malformed(found: str) -> AskError:
    """Say that a stream is not what it should be."""
    what = "the answer is no stream of the Messages API, or was damaged on its way"
    fix = "Try again; if it stays so, check what answers at `base_url`."
    return failure("malformed", what, fix, found=found, retryable=True)


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
        except (ValueError, TypeError):  # no date, or one without a zone
            return None
    return max(seconds, 0.0) if math.isfinite(seconds) else None

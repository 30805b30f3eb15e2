"""What a round costs: tokens estimated before they are sent, prices, and the purse that ends a round in time.

Owns the estimate and the budget. Estimates are on the high side, so that a budget is kept and a context fits. Asks
nobody.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import msgspec

from claudes_corner.errors import CornerError, Problem
from claudes_corner.settings import AuthorSettings, Generation

BYTES_A_TOKEN = 3  # English has about four and a half, other scripts fewer
TOKENS_A_TURN = 8  # for what frames it
MILLION = 1_000_000


class OverBudgetError(CornerError):
    """The next request could cost more than is left of the round's budget; it was not sent."""


class Spent(msgspec.Struct, frozen=True):
    """Tokens, and what they cost."""

    input_tokens: int = 0
    output_tokens: int = 0
    usd: float = 0.0  # 0 where no price is known

    def __add__(self, other: Spent) -> Spent:
        return Spent(
            self.input_tokens + other.input_tokens, self.output_tokens + other.output_tokens, self.usd + other.usd
        )

    @property
    def tokens(self) -> int:
        """Input and output together."""
        return self.input_tokens + self.output_tokens


def estimate_tokens(text: str) -> int:
    """Estimate how many tokens a text has, on the high side."""
    return -(-len(text.encode("utf-8", "surrogatepass")) // BYTES_A_TOKEN)


def estimate_input_tokens(body: Mapping[str, Any]) -> int:
    """Estimate how many input tokens a request's body has, on the high side."""
    texts = [block["text"] for turn in body["messages"] for block in turn["content"]]
    turns = (len(body["messages"]) + ("system" in body)) * TOKENS_A_TURN
    return sum(map(estimate_tokens, (*texts, body.get("system", "")))) + turns


def price(settings: AuthorSettings, input_tokens: int, output_tokens: int) -> Spent:
    """Price some tokens."""
    per_input, per_output = settings.usd_per_million_input_tokens, settings.usd_per_million_output_tokens
    usd = ((per_input or 0) * input_tokens + (per_output or 0) * output_tokens) / MILLION
    return Spent(input_tokens, output_tokens, usd)


class Purse:
    """What a round may still spend; the requests that are under way at the same time share it."""

    def __init__(self, settings: AuthorSettings, limits: Generation) -> None:
        self._settings = settings
        self._limits = limits
        self._lock = threading.Lock()
        self._spent = Spent()

    def reserve(self, body: Mapping[str, Any]) -> Spent:
        """Set aside what a request can cost at most.

        Raises:
            OverBudgetError: That much is not left.
        """
        worst = price(self._settings, estimate_input_tokens(body), int(body["max_tokens"]))
        with self._lock:
            total = self._spent + worst
            usd, tokens = self._limits.budget_usd, self._limits.budget_tokens
            if usd is not None and total.usd > usd:
                raise _over(f"{usd:.2f} USD", f"{total.usd:.2f} USD", "budget_usd")
            if tokens is not None and total.tokens > tokens:
                raise _over(f"{tokens:,} tokens", f"{total.tokens:,} tokens", "budget_tokens")
            self._spent = total
        return worst

    def settle(self, reserved: Spent, input_tokens: int, output_tokens: int) -> Spent:
        """Replace what was set aside by what was used; return that."""
        used = price(self._settings, input_tokens, output_tokens)
        with self._lock:
            self._spent += used + Spent(-reserved.input_tokens, -reserved.output_tokens, -reserved.usd)
        return used


def _over(budget: str, total: str, key: str) -> OverBudgetError:
    what = "the round's budget could be exceeded by the next request, so it was not sent"
    fix = f"Raise `{key}`, or go on in another round: corner generate --resume."
    return OverBudgetError(Problem(what, expected=f"at most {budget}", found=f"up to {total}", fix=fix))

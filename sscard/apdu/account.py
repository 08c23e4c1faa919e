"""Account numbers as receipts show them."""

from __future__ import annotations

_HEAD, _TAIL = 6, 4


def masked(account: str) -> str:
    """The first six and the last four digits; of a short number the last four only."""
    head = _HEAD if len(account) > _HEAD + _TAIL else 0
    hidden = max(0, len(account) - head - _TAIL)
    return account[:head] + "*" * hidden + account[head + hidden :]

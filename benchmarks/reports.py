"""How long the report of a large batch takes, on SQLite or PostgreSQL.

    python -m benchmarks.reports [ORDERS] [PATH|URL]

Fills a new ledger (a temporary file unless a place is named), then reads, renders and tables it.
"""

from __future__ import annotations

import io
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sscard.issuance.ledger import reading
from sscard.issuance.order_states import OrderState
from sscard.issuance.reports import batch_document, batch_report, render_batch, write_xlsx
from sscard.issuance.states import CardState
from tests.issuance.reports.history import BATCH, NOON, Ordered, Try, fill, new_ledger

REASONS = ("write: NO_SPACE (6A84)", "authenticate: (6300)", "interrupted half-done")


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print the seconds that the block takes."""
    begun = time.perf_counter()
    yield
    print(f"{what:<10} {time.perf_counter() - begun:6.2f} s")


def order(rng: random.Random) -> Ordered:
    """One order; about one in eighty needs a second card, three in a hundred are under way."""
    place = (f"L{rng.randint(1, 3)}", f"S{rng.randint(1, 4)}", str(rng.randint(1, 15)))
    minute = rng.randrange(3000)
    tries = []
    while rng.random() < 0.012:
        tries.append(Try(CardState.FAILED, rng.choice(REASONS), *place, minute=minute))
    if rng.random() < 0.97:
        tries.append(Try(CardState.ISSUED, "", *place, "B1", place[2], minute + 5))
        return Ordered(OrderState.AUDITED, tuple(tries))
    return Ordered(OrderState.SSSE_DONE, (*tries, Try(CardState.SSSE_DONE, "", *place)))


def measure(orders: int, place: str) -> None:
    """Fill the ledger at ``place`` and report on it."""
    rng = random.Random(1)
    engine = new_ledger(place)
    with timed("filled"):
        fill(engine, [order(rng) for _ in range(orders)])
    with timed("report"), reading(engine) as connection:
        report = batch_report(connection, BATCH, NOON)
    with timed("page"):
        page = render_batch(report)
    with timed("workbook"):
        write_xlsx(io.BytesIO(), batch_document(report))
    print(f"{orders:,} orders, {report.lost_total:,} lost cards, page of {len(page):,} characters")
    engine.dispose()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        measure(
            int(sys.argv[1]) if len(sys.argv) > 1 else 100_000,
            sys.argv[2] if len(sys.argv) > 2 else str(Path(folder) / "ledger.sqlite"),
        )

"""One station of the soak, a process of its own: works while there are cards in its tray."""

from __future__ import annotations

import sys
import time
import traceback
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sscard.cli.station_back import take_back
from sscard.errors import SscardError
from sscard.issuance.floor import Station, posts
from sscard.issuance.ledger import reading
from sscard.issuance.orders import Orders
from tests.issuance.exactly_once import cards
from tests.issuance.exactly_once.cards import Hall
from tests.issuance.exactly_once.office import FIRST, KEYS, TWO
from tests.issuance.exactly_once.stations import Post

#: Seconds that a lease lasts, and that a card needs for one command.
LEASE, COMMAND = 3.0, 0.01


def now() -> datetime:
    """The time, as every computer of the city has it."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Place:
    """Where the station stands."""

    root: Path
    url: str
    kind: str
    number: str

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.number}"

    def work(self) -> None:
        """One start, until the tray is empty or something stops it."""
        hall = Hall(self.root / "cards", now, (self.name,))
        with Orders.open(self.url, KEYS, test_numbers=True) as orders:
            post = Post(orders, hall, now, FIRST, LEASE, self.number)
            desk, craft = post.social() if self.kind == "ssse" else post.bank()
            try:
                out = desk.start(post.readers)
            except posts.StationTaken:  # we are that station, and it died
                take_back(self.name, self.url, None, "op", ())
                return
            for reader in out:
                with desk.book() as book:
                    posts.release(book, f"{self.name}/{reader}", TWO, "looked at")
            shared = post.hall(desk)
            readers = post.loops(craft, shared, self.name)
            try:
                Station(readers, shared, beat=LEASE / 4).run(lambda: None, 0.1)
            finally:
                desk.close(shared.broken)


def known(url: str) -> list[str]:
    """The stations that have worked already."""
    with Orders.open(url, KEYS) as orders, reading(orders.engine) as connection:
        return [post.name for post in posts.posts(connection)]


def main() -> None:
    root, url, kind, number = sys.argv[1:]
    place = Place(Path(root), url, kind, number)
    usual = cards.Chip._reached

    def slowly(self: cards.Chip, *entry: object) -> None:
        usual(self, *entry)  # type: ignore[arg-type]
        time.sleep(COMMAND)

    cards.Chip._reached = slowly  # type: ignore[method-assign]
    tray = place.root / "cards" / place.name / "in"
    tray.mkdir(parents=True, exist_ok=True)
    while True:
        if not any(tray.iterdir()):
            time.sleep(0.05)
            continue
        try:
            place.work()
        except SscardError as error:
            print(f"{place.name}: {type(error).__name__}: {error}"[:300], flush=True)
            time.sleep(0.1)
        except BaseException:
            (place.root / f"bug-{place.name}-{time.monotonic()}").write_text(traceback.format_exc())
            raise


if __name__ == "__main__":
    main()

"""What a directory says beside its ledger, and which differences a crash explains.

The ledger comes last in the order of steps, so it may lag by one step of one card.  What lags
further is an older copy of it: with that, numbers would be given a second time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from sscard.errors import LedgerError
from sscard.issuance.card_images import Images, Kind
from sscard.issuance.issued_csv import Listing, Reconciliation
from sscard.issuance.states import LIVE, WENT_OUT, CardState

#: Card numbers that an error message names; the rest is a count.
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Disk:
    """State of every card in the ledger, beside what the lists and ``cards/`` hold."""

    states: Mapping[str, CardState]
    listing: Listing
    images: Images
    certificates: Listing

    @property
    def issued(self) -> frozenset[str]:
        """Cards that the ledger says were issued, also those withdrawn since."""
        return self._those(self.states, *WENT_OUT)

    def require_age(self, ledger: Path) -> None:
        """LedgerError when only a lost or older ledger explains what is on the disk.

        A card has a line or an audited image only behind SSSE_DONE, and until the ledger says
        ISSUED its waiting image is there too.
        """
        listed = self.listing.numbers | self.certificates.numbers
        unknown = (listed | self.images.numbers) - self.states.keys()
        if unknown:
            raise _too_old(ledger, "does not know", unknown)
        made = listed | self.images.of[Kind.AUDITED]
        waiting = self._those(made, CardState.SSSE_DONE) - self.images.of[Kind.WAITING]
        behind = self._those(made, CardState.RESERVED) | waiting
        if behind:
            raise _too_old(ledger, "has not got as far as", behind)

    def finished(self) -> frozenset[str]:
        """Issued cards whose waiting image is still there."""
        return self._those(self.images.of[Kind.WAITING], *WENT_OUT)

    def begun_again(self) -> frozenset[str]:
        """Cards with an audited image that go on from their waiting one all the same."""
        return self._those(self.images.of[Kind.AUDITED], CardState.SSSE_DONE)

    def given_up(self) -> frozenset[str]:
        """Spoiled and failed cards whose image still looks like one to go on from."""
        waiting = self.images.of[Kind.WAITING]
        kept = LIVE | WENT_OUT
        return frozenset(number for number in waiting if self.states[number] not in kept)

    def summary(
        self, dropped: tuple[str, ...], certificates_dropped: tuple[str, ...]
    ) -> Reconciliation:
        """The result, when these lines of both lists are gone."""
        listed = self.issued & {cells[0] for cells in self.listing.complete}
        return Reconciliation(
            kept=len(listed),
            dropped=dropped,
            missing=tuple(sorted(self.issued - listed)),
            images_missing=tuple(sorted(self.issued - self.images.of[Kind.AUDITED])),
            certificates_dropped=certificates_dropped,
        )

    def _those(self, numbers: Collection[str], *states: CardState) -> frozenset[str]:
        return frozenset(number for number in numbers if self.states[number] in states)


def _too_old(ledger: Path, what: str, numbers: Collection[str]) -> LedgerError:
    named = ", ".join(sorted(numbers)[:_NAMED])
    more = f" and {len(numbers) - _NAMED} more" if len(numbers) > _NAMED else ""
    return LedgerError(
        f"ledger {ledger} is missing or older than the lists and cards/ beside it: it {what} "
        f"{named}{more}.  Nothing was changed: put the newest ledger back"
    )

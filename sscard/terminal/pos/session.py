"""What a terminal knows while one transaction runs: the card's data and its own results."""

from __future__ import annotations

from dataclasses import dataclass, field

from sscard.apdu.cvm import CVMResults, Method, Result
from sscard.apdu.tsi import TSI
from sscard.apdu.tvr import TVR
from sscard.keys.certificates.dynamic import PublicKey
from sscard.terminal.pos.card_data import CardData, ECash
from sscard.terminal.pos.configuration import Application, Terminal
from sscard.terminal.pos.transaction import Surroundings, Transaction

NO_RESULTS, NO_STEPS = TVR(0), TSI(0)
NO_CVM_RESULTS = CVMResults(Method.NOT_PERFORMED, 0, Result.UNKNOWN)


@dataclass(slots=True)
class Session:
    """One transaction with one card.  It changes from step to step and is thrown away at the end.

    ``asked`` are the values that the PDOL and CDOLs asked for, one after the other, which CDA
    signs; ``card_key`` is there as soon as a certificate gave one, ``ecash`` when the card pays
    with it.
    """

    terminal: Terminal
    transaction: Transaction
    around: Surroundings = field(repr=False)
    application: Application
    card: CardData
    asked: bytes = field(default=b"", repr=False)
    tvr: TVR = NO_RESULTS
    tsi: TSI = NO_STEPS
    cvm: CVMResults = NO_CVM_RESULTS
    cda: bool = False
    ecash: ECash | None = None
    card_key: PublicKey | None = field(default=None, repr=False)
    extra: dict[int, bytes] = field(default_factory=dict, repr=False)
    pin_block: bytes | None = field(default=None, repr=False)

    def values(self) -> dict[int, bytes]:
        """Everything by tag, as it stands now: the card's, the transaction's, the results."""
        return {
            **self.card.values,
            **self.transaction.values_with(self.terminal, self.application),
            0x82: bytes(self.card.aip),
            0x9F09: self.application.version,
            0x95: bytes(self.tvr),
            0x9B: bytes(self.tsi),
            0x9F34: bytes(self.cvm),
            **self.extra,
        }

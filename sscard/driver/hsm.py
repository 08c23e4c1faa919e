"""The HSM that a driver asks where the PSAM is no help: key stores, one for each suite."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sscard.driver.tables import TEST
from sscard.errors import KeyStoreError
from sscard.keys import SUITES
from sscard.keys.stores import load_social_security
from sscard.keys.stores.service.card_seen import CardSeen
from sscard.keys.stores.service.hsm import Hsm
from sscard.keys.types import NotCopied

#: Where the strings of the steps say which algorithm the card has (ssc 7 [S]).
_IN_BASIC, _IN_OTHERS = 2, 0


class HsmBySuite(NotCopied):
    """Asks the keys of the suite that a step's string names.

    Raises KeyStoreError where there are none, and what they raise.
    """

    def __init__(self, hsms: Mapping[str, Hsm], *, test: bool) -> None:
        """``hsms``: by the two digits of the algorithm; ``test``: some have TEST keys."""
        self._hsms = hsms
        self.test = test

    def read_basic(self, step1: str, /) -> str:
        """Proofs of IRK and RKSSSE."""
        return self._of(step1, _IN_BASIC).read_basic(step1)

    def read(self, card: CardSeen, step1: str, /) -> str:
        """The proof of a read key."""
        return self._of(step1).read(card, step1)

    def write(self, card: CardSeen, step1: str, /) -> str:
        """The proof of an update key."""
        return self._of(step1).write(card, step1)

    def reload_pin(self, card: CardSeen, step1: str, /) -> str:
        """The proof of the PUK."""
        return self._of(step1).reload_pin(card, step1)

    def reload_pin_message(self, card: CardSeen, step2: str, /) -> str:
        """The whole command with the new PIN."""
        return self._of(step2).reload_pin_message(card, step2)

    def unblock_pin(self, card: CardSeen, step1: str, /) -> str:
        """The proof of the PUK."""
        return self._of(step1).unblock_pin(card, step1)

    def unblock_pin_message(self, card: CardSeen, step2: str, /) -> str:
        """The whole command."""
        return self._of(step2).unblock_pin_message(card, step2)

    def debit(self, card: CardSeen, step1: str, /) -> str:
        """Terminal counter, time, MAC1, MAC2, TAC."""
        return self._of(step1).debit(card, step1)

    def _of(self, step: str, place: int = _IN_OTHERS) -> Hsm:
        fields = step.split("|")
        algorithm = fields[place] if len(fields) > place else ""
        if algorithm not in self._hsms:
            raise KeyStoreError(f"hsm: 没有该算法的密钥 no keys for algorithm {algorithm[:2]!r}")
        return self._hsms[algorithm]


def open_hsm(stores: Mapping[str, str], folder: Path) -> HsmBySuite | None:
    """The HSM over these store files, one for each suite; None where there are none.

    A store file may say that the keys are in a token or behind a key service.  Raises
    KeyStoreError, also for a file with keys of another suite.
    """
    if not stores:
        return None
    found, test = {}, False
    for name, file in stores.items():
        suite = SUITES[name]
        store = load_social_security(None if file == TEST else folder / file, suite)
        if store.suite is not suite:
            raise KeyStoreError(f"hsm.{name}: {file} has keys for {store.suite.name}")
        found[f"{suite.algorithm:02X}"] = Hsm(store)
        test = test or store.test
    return HsmBySuite(found, test=test)

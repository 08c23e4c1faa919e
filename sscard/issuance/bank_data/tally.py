"""What became of a file's records, as the ledger knows it, before the file is destroyed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sscard.errors import LedgerError
from sscard.issuance.bank_data.chip_account import chip_account
from sscard.issuance.bank_data.error import BankDataError
from sscard.issuance.bank_data.layout import Layout
from sscard.issuance.bank_data.reader import BankRecord, open_reader
from sscard.issuance.states import CardState
from sscard.keys import BankStore
from sscard.perso.pse_groupings import Instance


@dataclass(frozen=True, slots=True)
class Tally:
    """``issued`` cards; numbers of the records whose card is half-done, and of those without one.

    Nothing here is of a card or a person.
    """

    issued: int
    waiting: tuple[int, ...]
    unissued: tuple[int, ...]

    @property
    def without_card(self) -> tuple[int, ...]:
        """Numbers of all records that made no issued card."""
        return tuple(sorted((*self.waiting, *self.unissued)))

    def require_finished(self, path: Path) -> None:
        """Raises LedgerError, naming records, while some card of this file is still to be made."""
        if self.waiting:
            raise LedgerError(
                f"{path}: half-done cards wait for records {ranges(self.waiting)}; nothing was "
                "destroyed.  Run personalize again"
            )
        if self.unissued:
            raise LedgerError(
                f"{path}: no card was made of records {ranges(self.unissued)}; nothing was "
                "destroyed.  Run personalize again, or destroy them too with --unissued"
            )


def tally(path: Path, layout: Layout, store: BankStore, states: Mapping[str, CardState]) -> Tally:
    """Compare a file with the live cards of a ledger, by account.  Raises BankDataError."""
    sorted_out: dict[CardState | None, list[int]] = {}
    with open_reader(path, layout, store) as reader:
        for record in reader:
            sorted_out.setdefault(_state(record, states), []).append(record.number)
    issued, unissued = sorted_out.pop(CardState.ISSUED, []), sorted_out.pop(None, [])
    waiting = sorted(number for numbers in sorted_out.values() for number in numbers)
    return Tally(len(issued), tuple(waiting), tuple(unissued))


def _state(record: BankRecord, states: Mapping[str, CardState]) -> CardState | None:
    for instance in record.instances:
        number = _number(instance)
        if number in states:
            return states[number]
    return None


def _number(instance: Instance) -> str:
    """The account of an application; nothing for a directory, or for data that made no card."""
    try:
        return chip_account(instance).number
    except BankDataError:
        return ""


def ranges(numbers: Iterable[int]) -> str:
    """Ascending numbers as people write them: 1-3, 7."""
    runs: list[list[int]] = []
    for each in numbers:
        if runs and runs[-1][-1] == each - 1:
            runs[-1][1:] = [each]
        else:
            runs.append([each])
    return ", ".join("-".join(map(str, run)) for run in runs)

"""The internal amount file: what off-line transactions count, and the proof of the last one."""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct
from typing import ClassVar, Final

from sscard.apdu.fixed_layout import FixedLayout
from sscard.apdu.medical_data import Purse
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.environment import Environment
from sscard.dialects.operations import Structure

#: The largest amount and sum, in fen, and the counter that can count no further.
LARGEST: Final = 0xFFFFFFFF
LAST_COUNTER: Final = 0xFFFF


@dataclass(frozen=True, slots=True, repr=False)
class AmountFile(FixedLayout):
    """The whole content of the file (ssc 2.5 [S]; the proof behind it [I]); amounts in fen."""

    LAYOUT: ClassVar[Struct] = Struct(">HHIII2s2sBH4s4s")

    load_counter: int
    purchase_counter: int
    #: CIA, SPIP, SPFP.
    account: int
    self_paid: int
    pool: int
    #: The accounting year of the two sums, 2 packed bytes.
    year: bytes
    #: The day on which an accounting year begins, 2 packed bytes MMDD.
    starting_day: bytes
    #: A ``TransactionType``; 0 while there was no transaction.
    proof_type: int
    proof_counter: int
    proof_mac: bytes
    proof_tac: bytes

    def amount(self, purse: Purse) -> int:
        """One of the three amounts."""
        return {
            Purse.ACCOUNT: self.account,
            Purse.SELF_PAID: self.self_paid,
            Purse.POOL: self.pool,
        }[purse]


INTERNAL_SIZE: Final = AmountFile.LAYOUT.size


def read(env: Environment) -> AmountFile:
    """The amounts of the current directory.  Raises StatusError 6985, 6A82, 6981."""
    at = _address(env)
    return AmountFile.parse(bytes(env.nvm.image[at : at + INTERNAL_SIZE]))


def write(env: Environment, amounts: AmountFile) -> None:
    """Replace them; permanent with everything else the command changes, or not at all."""
    env.nvm.write(_address(env), bytes(amounts))


def _address(env: Environment) -> int:
    files = env.current().by_fid.values()
    internal = next((each for each in files if each.structure is Structure.INTERNAL), None)
    if internal is None:
        raise StatusError(StatusWord.FILE_NOT_FOUND)
    at, size = internal.places[0]
    if size != INTERNAL_SIZE:
        raise StatusError(StatusWord.WRONG_FILE_STRUCTURE)
    return at

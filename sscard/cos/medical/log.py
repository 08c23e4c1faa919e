"""The transaction log of the directory: only the card writes it (ssc 2.5 [S])."""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct
from typing import ClassVar, Final

from sscard.apdu.fixed_layout import FixedLayout
from sscard.apdu.medical_data import TransactionType
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.environment import Environment
from sscard.cos.files import ElementaryFile
from sscard.cos.ssse import records
from sscard.dialects.operations import Structure

LOG_FID: Final = 0xEF08


@dataclass(frozen=True, slots=True, repr=False)
class LogRecord(FixedLayout):
    """One transaction; amounts in fen.  A load has only the first amount."""

    LAYOUT: ClassVar[Struct] = Struct(">Hs6s7sIII")

    counter: int
    #: The digit of the ``TransactionType``, in ASCII.
    type: bytes
    #: Packed, as the command brought them.
    terminal: bytes
    time: bytes
    account: int
    self_paid: int = 0
    pool: int = 0


def digit(type_: TransactionType) -> bytes:
    """How a record says what it is of: an 01."""
    return b"%d" % type_


def find(env: Environment) -> ElementaryFile:
    """The log of the current directory.  Raises StatusError 6A82, 6981."""
    file = env.current().by_fid.get(LOG_FID)
    if file is None:
        raise StatusError(StatusWord.FILE_NOT_FOUND)
    if file.structure is not Structure.CYCLIC or file.places[0][1] != LogRecord.LAYOUT.size:
        raise StatusError(StatusWord.WRONG_FILE_STRUCTURE)
    return file


def append(env: Environment, record: LogRecord) -> None:
    """Add the newest record, whatever the file's update right says.  Raises StatusError 6A82."""
    records.append(env, find(env), bytes(record))

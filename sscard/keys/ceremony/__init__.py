"""Key ceremonies: masters made, divided and put together by several people, and a signed record."""

from __future__ import annotations

from sscard.keys.ceremony.agreement import Agreement, Proposal
from sscard.keys.ceremony.desk import Desk, Opening, open_ceremony
from sscard.keys.ceremony.errors import CeremonyError, RecordDamaged, WrongEntry, WrongParity
from sscard.keys.ceremony.kinds import KINDS, Kind
from sscard.keys.ceremony.label import Form, Label
from sscard.keys.ceremony.people import Person, PersonalPassphrase, enrol
from sscard.keys.ceremony.record import Record, read
from sscard.keys.ceremony.sink import KeySink, KeySource

__all__ = [
    "KINDS",
    "Agreement",
    "CeremonyError",
    "Desk",
    "Form",
    "KeySink",
    "KeySource",
    "Kind",
    "Label",
    "Opening",
    "Person",
    "PersonalPassphrase",
    "Proposal",
    "Record",
    "RecordDamaged",
    "WrongEntry",
    "WrongParity",
    "enrol",
    "open_ceremony",
    "read",
]

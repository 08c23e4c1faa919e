"""How a terminal finds the application: PSE, PPSE and the FCIs (pboc 1.8, 2.2 [H])."""

from __future__ import annotations

from sscard.apdu import tlv
from sscard.apdu.dgi import DGI
from sscard.perso.pse_groupings import Dgi, Instance, objects, record
from sscard.perso.pse_settings import Bank


def directory(bank: Bank) -> Instance:
    """The PSE, whose directory is a record."""
    entry = objects(*_entry(bank), (0x9F12, bank.ascii("preferred_name")))
    sfi = bank.number("pse_directory_sfi")
    fci = objects(
        (0x88, bytes((sfi,))),
        (0x5F2D, bank.ascii("language")),
        (0x9F11, bank.data("code_table")),
    )
    dgis = record(sfi, 1, tlv.encode(0x61, entry)), Dgi(DGI.FCI, tlv.encode(0xA5, fci))
    return Instance("PSE", bank.data("pse_name"), dgis)


def contactless_directory(bank: Bank) -> Instance:
    """The PPSE, whose directory is in its FCI."""
    fci = tlv.encode(0xBF0C, tlv.encode(0x61, objects(*_entry(bank))))
    return Instance("PPSE", bank.data("ppse_name"), (Dgi(DGI.FCI, tlv.encode(0xA5, fci)),))


def fci(bank: Bank) -> Dgi:
    """The application's on the contacts."""
    return Dgi(DGI.FCI, _fci(bank, bank.data("pdol")))


def contactless_fci(bank: Bank) -> Dgi:
    """The application's over the antenna, which asks the terminal for all that it needs."""
    return Dgi(DGI.FCI_CONTACTLESS, _fci(bank, bank.data("contactless_pdol")))


def _entry(bank: Bank) -> tuple[tuple[int, bytes], ...]:
    return (
        (0x4F, bank.data("aid")),
        (0x50, bank.ascii("label")),
        (0x87, bank.data("priority")),
    )


def _fci(bank: Bank, pdol: bytes) -> bytes:
    logs = [(0x9F4D, bank.data("log_entry"))]
    # The card finds its load log here, so it is told where that is only with the log's format.
    if bank.cash and bank.writes("debit", DGI.CARD_DATA):
        logs.append((0xDF4D, bank.data("load_log_entry")))
    content = objects(
        (0x50, bank.ascii("label")),
        (0x87, bank.data("priority")),
        *([(0x9F38, pdol)] if pdol else []),
        (0x5F2D, bank.ascii("language")),
        (0x9F11, bank.data("code_table")),
        (0x9F12, bank.ascii("preferred_name")),
        (0xBF0C, objects(*logs)),
    )
    return tlv.encode(0xA5, content)

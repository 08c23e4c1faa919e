"""Tracks as the bank has made them, from its data-preparation file."""

from __future__ import annotations

from sscard.issuance.bank_data import open_reader
from sscard.issuance.bank_data.batch import Batch, Entry
from sscard.issuance.face.error import FaceError
from sscard.issuance.face.stripe.listing import StripeLine
from sscard.issuance.face.stripe.tracks import given_tracks

_TRACKS = ("track1", "track2", "track3")
#: The printed verification value.
_CVV2 = "cvv2"


def bank_stripe(batch: Batch, entry: Entry, card_number: str) -> StripeLine:
    """The stripe of one record of a file that was checked.

    Every track must say account and expiry of the chip data.  Raises FaceError naming record and
    track, BankDataError when the file is no longer the one that was checked.
    """
    with open_reader(batch.path, batch.layout, batch.store) as reader:
        values = reader.record_at(entry.record, entry.offset).values
    account = (entry.account.number, entry.account.expiry)
    texts = (str(values.get(name, "")).strip() for name in _TRACKS)
    cvv2 = str(values.get(_CVV2, ""))
    try:
        return StripeLine(card_number, given_tracks(account, *texts), cvv2)
    except FaceError as wrong:
        raise wrong.within(f"{batch.path.name}, record {entry.record}") from None
    except ValueError as wrong:
        raise FaceError(f"{batch.path.name}, record {entry.record}", str(wrong)) from None

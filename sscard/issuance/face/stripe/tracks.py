"""The tracks of one card: made from its account, or given by the bank and compared with it."""

from __future__ import annotations

from dataclasses import dataclass, field

from sscard.errors import MalformedData
from sscard.issuance.accounts import luhn_valid
from sscard.issuance.face.error import FaceError
from sscard.issuance.face.stripe.coding import END
from sscard.issuance.face.stripe.rules import StripeRules, Track1Rules
from sscard.issuance.face.stripe.track1 import Track1
from sscard.issuance.face.stripe.track2 import Track2
from sscard.issuance.face.stripe.track3 import Track3

_NO_TRACK = "stripe"


@dataclass(frozen=True, slots=True)
class StripeAccount:
    """What the bank says of an account.  ``expiry`` is YYMM.

    ``discretionary`` is the bank's own part of tracks 1 and 2, the card's verification value in it;
    ``latin_name`` the holder's name as track 1 has it (``ZHANG/SAN``).
    """

    number: str = field(repr=False)
    expiry: str = field(repr=False)
    service: str
    discretionary: str = field(repr=False)
    latin_name: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Tracks:
    """What the encoder gets; None where the bank writes no such track."""

    track1: Track1 | None
    track2: Track2
    track3: Track3 | None = None

    def texts(self) -> tuple[str, str, str]:
        """The three tracks from sentinel to sentinel, empty where there is none."""
        first, third = self.track1, self.track3
        return (first.text if first else "", self.track2.text, third.text if third else "")


def tracks(account: StripeAccount, rules: StripeRules) -> Tracks:
    """The tracks that ``rules`` ask for.  Raises FaceError naming track and field."""
    if not luhn_valid(account.number):
        raise FaceError(_NO_TRACK, "is no bank card number (check digit, 13-19 digits)")
    dates = (account.expiry, account.service)
    try:
        return Tracks(
            _track1(account, rules.track1) if rules.track1 else None,
            Track2(account.number, *dates, account.discretionary),
            _track3(account, rules.track3.values) if rules.track3 else None,
        )
    except ValueError as wrong:
        raise FaceError(_NO_TRACK, str(wrong)) from None


def given_tracks(
    account: tuple[str, str], track1: str = "", track2: str = "", track3: str = ""
) -> Tracks:
    """Tracks that the bank has made itself, with sentinels or without.

    ``account`` is number and expiry (YYMM), which every track must say.  Raises FaceError naming
    the track.
    """
    try:
        first = Track1.parse(_framed(track1, "%")) if track1 else None
        third = Track3.parse(_framed(track3, ";")) if track3 else None
        found = Tracks(first, Track2.parse(_framed(track2, ";")), third)
    except MalformedData as wrong:
        raise FaceError(_NO_TRACK, str(wrong)) from None
    for number, said in enumerate(_said(found), start=1):
        if said is not None and said != account:
            raise FaceError(_NO_TRACK, f"track {number}: is of another account or expiry")
    return found


def _said(found: Tracks) -> tuple[tuple[str | None, str | None] | None, ...]:
    first, third = found.track1, found.track3
    return (
        (first.number, first.expiry) if first else None,
        (found.track2.number, found.track2.expiry),
        (third.values["number"], third.values["expiry"]) if third else None,
    )


def _framed(text: str, start: str) -> bytes:
    whole = text if text.startswith(start) else f"{start}{text}{END}"
    return whole.encode("latin-1", "replace")


def _track1(account: StripeAccount, rules: Track1Rules) -> Track1:
    if rules.name == "latin" and not account.latin_name:
        raise ValueError("track 1: the name in Latin letters is missing")
    name = account.latin_name if rules.name == "latin" else ""
    return Track1(
        account.number,
        name.ljust(rules.name_width),
        account.expiry,
        account.service,
        account.discretionary,
        rules.format_code,
    )


def _track3(account: StripeAccount, values: dict[str, str]) -> Track3:
    return Track3.of({**values, "number": account.number, "expiry": account.expiry})

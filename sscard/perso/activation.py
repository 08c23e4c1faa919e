"""First contact with a blank chip: is it the lot we expect, open it, give it its final ATR."""

from __future__ import annotations

from sscard.apdu import iso7816
from sscard.apdu.card_identity import belongs, historical_bytes
from sscard.apdu.status import StatusWord
from sscard.channel import ssc
from sscard.dialects import reference
from sscard.dialects.operations import AuthenticateTransport, WriteHistorical
from sscard.errors import NotVerified, SscardError
from sscard.keys import ChipLot, Suite
from sscard.perso.plan import POWER_UP, Plan


class TransportKeyRefused(SscardError):
    """The chip refused the lot's transport key.  No other chip of the lot may be tried."""

    def __init__(self, lot: str, sw: StatusWord) -> None:
        super().__init__(
            f"the chip refused the transport key of lot {lot} ({sw.name}, {sw.value:04X}); the "
            "line stops here, because every further try would use up another chip"
        )


class WrongLot(NotVerified):
    """The chip in the slot is not a blank chip of the expected lot; no key was tried."""

    def __init__(self, lot: str) -> None:
        super().__init__(f"this chip is not a blank chip of lot {lot}: its ATR is another")


def activate(lot: ChipLot, historical: bytes, suite: Suite) -> Plan[None]:
    """Blank chip → open chip whose ATR carries ``historical``.

    The chip is compared with the lot's record before the transport key is tried, because a wrong
    try is counted for good.  Raises WrongLot, TransportKeyRefused, NotVerified.
    """
    answer = (yield POWER_UP).require("power up")
    if historical_bytes(answer) != lot.blank_historical:
        raise WrongLot(lot.name)
    yield from open_factory(lot, suite)
    yield from _write_historical(historical)
    answer = (yield POWER_UP).require("power up with the final ATR")
    if not belongs(answer, historical):
        raise NotVerified("the chip does not answer with the ATR that was written")
    yield from open_factory(lot, suite)


def open_factory(lot: ChipLot, suite: Suite) -> Plan[None]:
    """Show the lot's transport key, once.  Raises TransportKeyRefused: the line must stop."""
    challenge = (yield iso7816.get_challenge(8)).require("challenge for the transport key")
    proof = ssc.authenticate(suite, lot.transport, challenge, challenge)
    command = reference.build(AuthenticateTransport(proof, challenge))
    response = yield command
    if response.sw != StatusWord.OK:  # whatever it is: no second chip may be tried
        raise TransportKeyRefused(lot.name, response.sw)


def _write_historical(historical: bytes) -> Plan[None]:
    command = reference.build(WriteHistorical(historical))
    (yield command).require("write the final ATR")

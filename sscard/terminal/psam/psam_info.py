"""What a terminal reads from its PSAM when it is switched on (ssc 5.3 [S])."""

from __future__ import annotations

from dataclasses import dataclass

from sscard.apdu import atr, iso7816, psam
from sscard.apdu.psam_data import ApplicationInformation, PublicInformation
from sscard.keys import Suite
from sscard.perso.plan import POWER_UP, Plan

_PUBLIC, _TERMINAL, _COUNTER, _NATIONAL = 0x15, 0x16, 0x19, 0x1A


@dataclass(frozen=True, slots=True)
class PsamInfo:
    """A PSAM as it describes itself.  ``counter`` is the next number it gives out."""

    historical: bytes
    suite: Suite
    public: PublicInformation
    #: 终端机编号, 6 packed bytes.
    terminal: bytes
    application: ApplicationInformation
    counter: int


def open_psam(suite: Suite) -> Plan[PsamInfo]:
    """Power up, read, and leave the application of this suite's environment selected.

    Raises StatusError for a PSAM without that environment, MalformedData.
    """
    answer = (yield POWER_UP).require("power up the PSAM")
    environment = iso7816.select(psam.ENVIRONMENTS[suite.name])
    (yield environment).require(f"PSAM: select the environment of {suite.name}")
    public = yield from _read(_PUBLIC, PublicInformation.LAYOUT.size)
    terminal = yield from _read(_TERMINAL, 6)
    (yield iso7816.select(psam.APPLICATION)).require("PSAM: select the application")
    counter = yield from _read(_COUNTER, 4)
    application = yield from _read(_NATIONAL, ApplicationInformation.LAYOUT.size)
    return PsamInfo(
        historical=atr.historical_bytes(answer),
        suite=suite,
        public=PublicInformation.parse(public),
        terminal=terminal,
        application=ApplicationInformation.parse(application),
        counter=int.from_bytes(counter, "big"),
    )


def _read(sfi: int, size: int) -> Plan[bytes]:
    return (yield iso7816.read_binary(size, sfi=sfi)).require(f"PSAM: read EF {sfi:02X}")

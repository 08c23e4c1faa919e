"""Commands as the specification calls them, where the code's word is another."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from sscard.apdu.iso7816 import INS
from sscard.apdu.medical import MedicalINS
from tables.markdown import words

_INTERINDUSTRY: Mapping[INS, str] = MappingProxyType({INS.PIN_CHANGE_UNBLOCK: "PIN CHANGE/UNBLOCK"})

#: Two commands under one instruction byte, by P1 (ssc 5.2 [S]).
_MEDICAL: Mapping[tuple[MedicalINS, int], str] = MappingProxyType(
    {
        (MedicalINS.INITIALIZE, 0x00): "INIT FOR LOAD",
        (MedicalINS.INITIALIZE, 0x01): "INIT FOR PURCHASE",
        (MedicalINS.STARTING_DAY, 0x00): "UPDATE STARTING DAY",
        (MedicalINS.STARTING_DAY, 0x01): "GET STARTING DAY",
    }
)

#: Factory commands and maintenance, by the one word that code, tests and manuals have for them.
FACTORY: Mapping[str, str] = MappingProxyType(
    {
        "AuthenticateTransport": "AUTHENTICATE TRANSPORT",
        "CreateDirectory": "CREATE DIRECTORY",
        "CreateFile": "CREATE FILE",
        "SetFci": "SET FCI",
        "InstallInstance": "INSTALL INSTANCE",
        "DeleteInstance": "DELETE INSTANCE",
        "WriteHistorical": "WRITE HISTORICAL",
        "LoadKey": "LOAD KEY",
        "ReplaceMaster": "REPLACE MASTER",
        "EndPreIssue": "END PRE-ISSUE",
        "ReplaceKey": "REPLACE KEY",
    }
)
_FACTORY_WORD = re.compile("|".join(FACTORY))


def interindustry(ins: int, cla: int | None = None) -> str:
    """The command of an instruction byte outside of class B0."""
    if (cla, ins) == (0x04, INS.STORE_DATA):
        return "APPEND RECORD"
    return _INTERINDUSTRY.get(INS(ins)) or words(INS(ins).name)


def medical(ins: int, p1: int) -> str:
    """The command of class B0 with this P1."""
    return _MEDICAL.get((MedicalINS(ins), p1)) or words(MedicalINS(ins).name)


def spelled(text: str) -> str:
    """The text with every factory command in words."""
    return _FACTORY_WORD.sub(lambda found: FACTORY[found[0]], text)

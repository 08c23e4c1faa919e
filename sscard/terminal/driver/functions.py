"""The functions of the interface by name: what they take (ssc 7 [S]).

The output buffer, the last argument of each C function, is not among the arguments here.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Function(NamedTuple):
    """One exported function: its arguments in order; ``optional`` many at the end may be missing.

    An argument whose name begins with ``i`` is an int, with ``p`` a string.
    """

    name: str
    arguments: tuple[str, ...]
    optional: int = 0

    @property
    def integers(self) -> tuple[bool, ...]:
        """For each argument, whether it is an int and not a string."""
        return tuple(each.startswith("i") for each in self.arguments)


_TYPE, _CARD, _KEY = "iType", "pCardInfo", "pKey"
_ALL = (
    Function("iReadCardBas", (_TYPE,)),
    Function("iReadCardBas_HSM_Step1", (_TYPE,)),
    Function("iReadCardBas_HSM_Step2", (_KEY,)),
    Function("iReadCard", (_TYPE, "iAuthType", _CARD, "pFileAddr")),
    Function("iReadCard_HSM_Step1", (_TYPE, _CARD, "pFileAddr")),
    Function("iReadCard_HSM_Step2", (_KEY,)),
    Function("iWriteCard", (_TYPE, _CARD, "pFileAddr", "pWriteData")),
    Function("iWriteCard_HSM_Step1", (_TYPE, _CARD, "pFileAddr")),
    Function("iWriteCard_HSM_Step2", (_KEY, "pWriteData")),
    Function("iVerifyPIN", (_TYPE, _CARD), optional=1),
    Function("iChangePIN", (_TYPE, _CARD), optional=1),
    Function("iReloadPIN", (_TYPE, _CARD)),
    Function("iReloadPIN_HSM_Step1", (_TYPE, _CARD)),
    Function("iReloadPIN_HSM_Step2", (_KEY,)),
    Function("iReloadPIN_HSM_Step3", (_KEY,)),
    Function("iUnblockPIN", (_TYPE, _CARD)),
    Function("iUnblockPIN_HSM_Step1", (_TYPE, _CARD)),
    Function("iUnblockPIN_HSM_Step2", (_KEY,)),
    Function("iUnblockPIN_HSM_Step3", (_KEY,)),
    Function("iDoDebit", (_TYPE, _CARD, "pPayInfo")),
    Function("iDoDebit_HSM_Step1", (_TYPE, _CARD, "pPayInfo")),
    Function("iDoDebit_HSM_Step2", (_KEY,)),
    Function("iReadDebitRecord", (_TYPE,)),
)
#: By name, in the order of the specification.
FUNCTIONS: Mapping[str, Function] = MappingProxyType({each.name: each for each in _ALL})

"""The functions of the interface by name: what they take (ssc 7 [S]).

iReadSignatureKey, iWriteCA and its two steps are as headers in the field have them (ssc-more 1.5
[1]), the two PKI functions as LD/T 6001.5 has them (ssc-more 1.6 [S]).
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


_TYPE, _CARD, _KEY, _USER = "iType", "pCardInfo", "pKey", "pUserPin"
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
    Function("iReadSignatureKey", (_TYPE,)),
    Function("iWriteCA", (_TYPE, "pQMZS", "pJMZS", "pJMMY", "pGLYPIN", "pZKMY")),
    Function("iWriteCaStep1", (_TYPE, _USER)),
    Function(
        "iWriteCaStep2",
        (
            _USER,
            "pPrivateKey",
            "pEnCert",
            "pSignCert",
            "pOldDevKey",
            "pNewDevKey",
            "pOldAdminPIN",
            "pNewAdminPIN",
        ),
    ),
    Function("PKI_SignData", (_USER, "pInData", _TYPE)),
    Function("PKI_VerifySign", (_USER, "pCert", "pClearText", "pSignature", _TYPE)),
)
#: By name, in the order of the specification.
FUNCTIONS: Mapping[str, Function] = MappingProxyType({each.name: each for each in _ALL})

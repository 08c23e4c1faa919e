"""What must be there when the last STORE DATA says that all is (pboc 1.7 [H])."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from sscard.apdu import afl, aid, capp, dgi, tlv
from sscard.apdu.dgi import DGI
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.pse import check_values, signers
from sscard.cos.pse.grouping import DIRECTORY, PIN_KEY, PIN_PLAIN, RSA_KEY, RSA_PLAIN
from sscard.cos.pse.instance import Instance
from sscard.keys import TDES

_REQUIRED: Mapping[bytes, frozenset[int]] = MappingProxyType(
    {
        aid.PSE: frozenset({DIRECTORY, DGI.FCI}),
        aid.PPSE: frozenset({DGI.FCI}),
        aid.DEBIT: frozenset(
            {
                DGI.FCI,
                DGI.PROCESSING_OPTIONS,
                DGI.KEYS,
                DGI.CHECK_VALUES,
                DGI.PIN_BLOCK,
                DGI.PIN_TRIES,
            }
        ),
    }
)
#: All of them or none.
_SETS: tuple[frozenset[int], ...] = (
    frozenset(RSA_KEY),
    frozenset(PIN_KEY),
    frozenset(RSA_PLAIN),
    frozenset(PIN_PLAIN),
    frozenset({DGI.SM2_PRIVATE, DGI.SM2_PUBLIC}),
    frozenset({DGI.KEYS_SM, DGI.CHECK_VALUES_SM}),
    frozenset({DGI.EXTENDED_FILES, DGI.EXTENDED_KEYS, DGI.EXTENDED_CHECK_VALUES}),
)
_OPTIONS = (
    DGI.PROCESSING_OPTIONS,
    DGI.PROCESSING_OPTIONS_SM,
    DGI.CASH_OPTIONS,
    DGI.CASH_OPTIONS_SM,
    DGI.CONTACTLESS_OPTIONS,
    DGI.CONTACTLESS_OPTIONS_SM,
)
#: What is of no use without the keys for SM4.
_NEED_SM = (
    DGI.PROCESSING_OPTIONS_SM,
    DGI.CASH_OPTIONS_SM,
    DGI.CONTACTLESS_OPTIONS_SM,
    DGI.ISSUER_DATA_SM,
    DGI.SM2_PRIVATE,
)
#: Where a signature lies that was too long for the answer which it belongs to (pboc 1.8 [L]).
VIRTUAL_RECORD = dgi.record(6, 1)


def require(instance: Instance) -> None:
    """Raises StatusError 6A86 where something is missing, 6A80 where keys do not fit together."""
    if not all(_complete(instance)):
        raise StatusError(StatusWord.WRONG_P1P2)
    check_values.require(instance)
    keys = instance.value(DGI.EXTENDED_KEYS) or b""
    if len(capp.files(instance.value(DGI.EXTENDED_FILES) or b"")) * TDES.SIZE != len(keys):
        raise StatusError(StatusWord.WRONG_DATA)
    signers.require(instance)


def _complete(instance: Instance) -> Iterator[bool]:
    yield all(each in instance for each in _REQUIRED[instance.application])
    for together in _SETS:
        yield len({each in instance for each in together}) == 1
    if DGI.KEYS_SM not in instance:
        yield not any(each in instance for each in _NEED_SM)
    for options in _OPTIONS:
        yield from _records(instance, instance.value(options))


def _records(instance: Instance, options: bytes | None) -> Iterator[bool]:
    """Whether each record that these options name is there."""
    if options is None:
        return
    for place in afl.records(tlv.find(options, 0x94) or b""):
        identifier = dgi.record(*place)
        virtual = identifier == VIRTUAL_RECORD and signers.has_signer(instance, sm=False)
        yield virtual or identifier in instance

"""Which data groupings each application takes, and how the form of each is checked.

pboc 1.6 to 1.8 [H].  A wrong form is 6A80, a grouping the application does not have is 6A88.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sscard.apdu import afl, aid, capp, dgi, dol, issuer_data, tlv
from sscard.apdu.dgi import DGI
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.pse import check_values, data_objects
from sscard.cos.pse.instance import Instance
from sscard.errors import MalformedData
from sscard.keys import TDES, des, pin_block
from sscard.keys.sm2_keys import SM2PrivateKey, SM2PublicKey

DIRECTORY = dgi.record(1, 1)
_RECORDS = frozenset(dgi.record(sfi, number) for sfi in range(1, 11) for number in range(1, 0x100))
_LONGEST_RECORD = 254
_KEY_COUNT, _KCV = 3, 3
#: Half a modulus of 768 to 2048 bits.
_PRIMES = range(48, 129)
_MODULI = range(96, 257)

#: The five numbers of an RSA key, in the order p, q, d mod p - 1, d mod q - 1, q⁻¹.
RSA_KEY = (DGI.RSA_P, DGI.RSA_Q, DGI.RSA_DP, DGI.RSA_DQ, DGI.RSA_Q_INVERSE)
PIN_KEY = (DGI.PIN_P, DGI.PIN_Q, DGI.PIN_DP, DGI.PIN_DQ, DGI.PIN_Q_INVERSE)
#: The same as private exponent and modulus, as EMV CPS has them (pboc 1.8 [M]).
RSA_PLAIN = (DGI.RSA_EXPONENT, DGI.RSA_MODULUS)
PIN_PLAIN = (DGI.PIN_EXPONENT, DGI.PIN_MODULUS)
#: Private keys always get padding before they are enciphered, keys and PIN never (pboc 1.6 [H]).
_PADDED = frozenset({*RSA_KEY, *PIN_KEY, *RSA_PLAIN, *PIN_PLAIN, DGI.SM2_PRIVATE, DGI.SM2_PUBLIC})

Check = Callable[[bytes], bool]


def is_record(value: bytes) -> bool:
    """Whether ``value`` may be a record of SFI 1 to 10.  Raises MalformedData."""
    return len(value) <= _LONGEST_RECORD and _template(0x70, value)


def _fci(value: bytes) -> bool:
    # What does not parse would only be found in a transaction.
    list(tlv.parse(tlv.find(value, 0xA5, 0xBF0C) or b""))
    return _template(0xA5, value) and dol.size(tlv.find(value, 0xA5, 0x9F38) or b"") <= 0xFF


def _options(value: bytes) -> bool:
    profile, locator = tlv.find(value, 0x82), tlv.find(value, 0x94)
    return len(profile or b"") == 2 and bool(list(afl.records(locator or b"")))


def _contactless_options(value: bytes) -> bool:
    """They may have a 9F10 of their own (pboc 1.8 [H])."""
    own = tlv.find(value, 0x9F10)
    return _options(value) and (own is None or _issuer_data(own))


def _keys(value: bytes) -> bool:
    return len(value) == _KEY_COUNT * TDES.SIZE


def _check_values(value: bytes) -> bool:
    return len(value) == _KEY_COUNT * _KCV


def _pin_block(value: bytes) -> bool:
    pin_block.parse(value)
    return True


def _tries(value: bytes) -> bool:
    return len(value) == 2 and value[0] <= value[1] and 1 <= value[1] <= 0x0F


def _issuer_data(value: bytes) -> bool:
    issuer_data.Template.parse(value)
    return True


def _prime(value: bytes) -> bool:
    return len(value) in _PRIMES


def _modulus(value: bytes) -> bool:
    return len(value) in _MODULI


def _exponent(value: bytes) -> bool:
    return any(value) and len(value) <= _MODULI[-1]


def _files(value: bytes) -> bool:
    return bool(capp.files(value))


def _sm2_private(value: bytes) -> bool:
    SM2PrivateKey(value)
    return True


def _sm2_public(value: bytes) -> bool:
    SM2PublicKey(value)
    return True


_DEBIT: Mapping[int, Check] = MappingProxyType(
    {
        DGI.FCI: _fci,
        DGI.PROCESSING_OPTIONS: _options,
        DGI.CASH_OPTIONS: _options,
        DGI.ISSUER_DATA: _issuer_data,
        DGI.CARD_DATA: data_objects.right,
        DGI.INTERNAL_DATA: data_objects.right,
        DGI.KEYS: _keys,
        DGI.CHECK_VALUES: _check_values,
        DGI.PIN_BLOCK: _pin_block,
        DGI.PIN_TRIES: _tries,
        **dict.fromkeys((*RSA_KEY, *PIN_KEY), _prime),
        **dict.fromkeys((DGI.RSA_EXPONENT, DGI.PIN_EXPONENT), _exponent),
        **dict.fromkeys((DGI.RSA_MODULUS, DGI.PIN_MODULUS), _modulus),
        **dict.fromkeys(_RECORDS, is_record),
    }
)
#: What only a chip of PBOC 3.0 takes: it has an antenna, and SM2 and SM4.
_DEBIT_3: Mapping[int, Check] = MappingProxyType(
    {
        DGI.FCI_CONTACTLESS: _fci,
        DGI.PROCESSING_OPTIONS_SM: _options,
        DGI.CASH_OPTIONS_SM: _options,
        DGI.CONTACTLESS_OPTIONS: _contactless_options,
        DGI.CONTACTLESS_OPTIONS_SM: _contactless_options,
        DGI.ISSUER_DATA_SM: _issuer_data,
        DGI.KEYS_SM: _keys,
        DGI.CHECK_VALUES_SM: _check_values,
        DGI.EXTENDED_FILES: _files,
        DGI.EXTENDED_KEYS: lambda value: bool(value) and not len(value) % TDES.SIZE,
        DGI.EXTENDED_CHECK_VALUES: lambda value: bool(value) and not len(value) % _KCV,
        DGI.SM2_PRIVATE: _sm2_private,
        DGI.SM2_PUBLIC: _sm2_public,
    }
)
_DIRECTORY: Mapping[int, Check] = MappingProxyType({DIRECTORY: is_record, DGI.FCI: _fci})

#: Application -> what it takes on any chip, and what besides on one with an antenna.
CHECKS: Mapping[bytes, tuple[Mapping[int, Check], Mapping[int, Check]]] = MappingProxyType(
    {
        aid.PSE: (_DIRECTORY, {}),
        aid.PPSE: ({DGI.FCI: _fci}, {}),
        aid.DEBIT: (_DEBIT, _DEBIT_3),
    }
)


def store(instance: Instance, identifier: int, value: bytes) -> None:
    """Check one grouping and keep it.  Raises StatusError 6A88, 6A80, 6A84."""
    always, more = CHECKS[instance.application]
    check = always.get(identifier) or (more.get(identifier) if instance.antenna else None)
    if check is None:
        raise StatusError(StatusWord.KEY_NOT_FOUND)
    try:
        plain = des.unpad80(value) if identifier in _PADDED else value
        right = check(plain)
    except (MalformedData, ValueError):
        right = False
    if not right:
        raise StatusError(StatusWord.WRONG_DATA)
    check_values.compare(instance, identifier, plain)
    instance.store(identifier, plain)


def _template(tag: int, value: bytes) -> bool:
    """Whether ``value`` is this one template, with data objects in it."""
    found = list(tlv.parse(value))
    return [each for each, _ in found] == [tag] and bool(list(tlv.parse(found[0][1])))

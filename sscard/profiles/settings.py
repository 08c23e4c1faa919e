"""The settings that every profile has, and what each of them may be.

A run must not end in the middle for a wrong setting; what only the chip can tell is rehearsed by
the stations.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sscard.apdu import dol
from sscard.errors import MalformedData
from sscard.keys import Pin
from sscard.profiles.substitutes import is_table

#: State byte, ID number and name of the hand-over area (decision 11); one command reads or writes
#: it, with a length of one byte.
_EXCHANGE_SIZES = (53, 255)
#: Bytes of a data object list: two of them stand in one record of at most 255 (ours are 27 long).
_LONGEST_DOL = 96
#: Bytes of data that one command has room for behind tag and length of a PDOL's template.
_MOST_ASKED = 252
#: Bytes of a CVM list: two amounts and 20 rules.
_LONGEST_CVM_LIST = 48
#: Bits of a card's modulus: what OpenSSL makes, and what certificates hold (248 bytes).
_KEY_BOUNDS, _KEY_STEP = (1024, 1984), 64


@dataclass(frozen=True, slots=True)
class Kind:
    """What a setting may be: in words, for whoever wrote another value, and as a question."""

    what: str
    accepts: Callable[[str | int], bool]


def _number(low: int, high: int) -> Kind:
    return Kind(
        f"a number from {low} to {high}",
        lambda value: isinstance(value, int) and low <= value <= high,
    )


def _text(pattern: str, what: str) -> Kind:
    form = re.compile(pattern)
    return Kind(what, lambda value: isinstance(value, str) and form.fullmatch(value) is not None)


def _data(low: int, high: int | None = None, *, step: int = 1) -> Kind:
    sizes = range(low, (high or low) + 1, step)
    count = f"{low} to {high}" if high else f"{low}"
    even = ", an even number" if step == 2 else ""
    return Kind(f"{count} bytes in hexadecimal{even}", lambda value: _size(value) in sizes)


def _dol(shortest: int) -> Kind:
    def accepts(value: str | int) -> bool:
        size = _size(value)
        if size is None or not shortest <= size <= _LONGEST_DOL:
            return False
        try:
            return dol.size(bytes.fromhex(str(value))) <= _MOST_ASKED
        except MalformedData:
            return False

    return Kind(
        f"a list of tags and lengths, {shortest} to {_LONGEST_DOL} bytes in hexadecimal, that asks "
        f"for at most {_MOST_ASKED} bytes",
        accepts,
    )


def _size(value: str | int) -> int | None:
    try:
        return len(bytes.fromhex(value)) if isinstance(value, str) else None
    except ValueError:
        return None


def _pin(longest: int) -> Kind:
    return Kind(
        f"a PIN, {Pin.SHORTEST} to {longest} digits as text",
        lambda value: isinstance(value, str) and len(value) <= longest and _is_pin(value),
    )


def _is_pin(value: str) -> bool:
    try:
        return bool(Pin(value))
    except ValueError:
        return False


def _is_handover_fid(value: str | int) -> bool:
    return isinstance(value, int) and 1 <= value <= 0xFFFF and 1 <= value & 0xFF <= 30


_PIN, _BANK_PIN = _pin(Pin.LONGEST), _pin(Pin.LONGEST_OF_BANK)
_TRIES = _number(1, 15)  # 63Cx has room for one nibble; 0 would be a PIN without a counter
_DIVISION = _text("[0-9]{6}", "a division code, 6 digits as text")
_AID = _data(5, 16)
_LABEL = _text("[ -~]{1,16}", "1 to 16 characters of ASCII")  # code table 01
_NUMERIC = _text("0[0-9]{3}", "3 digits behind a zero, as text")  # n 3 in two bytes
_DIGITS = _number(Pin.SHORTEST, Pin.LONGEST)
_COUNTED_TRIES = _number(0, 15)  # 0 counts none
_YEARS = _number(1, 99)
_BYTE = _number(0, 255)
_FEN = _number(0, 999_999_999_999)  # n 12 in six bytes
_CVM_LIST = _data(10, _LONGEST_CVM_LIST, step=2)
_KEY_BITS = Kind(
    f"a multiple of {_KEY_STEP} from {_KEY_BOUNDS[0]} to {_KEY_BOUNDS[1]}",
    lambda value: (
        isinstance(value, int)
        and _KEY_BOUNDS[0] <= value <= _KEY_BOUNDS[1]
        and not value % _KEY_STEP
    ),
)
_TAGS = _text("[0-9A-F]{2,4}( [0-9A-F]{2,4})*", "tags in hexadecimal, with a space between them")


def _one_of(*words: str) -> Kind:
    return Kind(f"one of {', '.join(words)}", lambda value: value in words)


#: Elements that follow from chip and issuer, whoever gets the card and whenever.
_WITHOUT_HOLDER = ("card_identification_code", "spec_version", "initialization_organization")


def _is_without_holder(value: str | int) -> bool:
    names = value.split(" ") if isinstance(value, str) else [""]
    return len(set(names)) == len(names) and set(names) <= set(_WITHOUT_HOLDER)


_YES_NO, _ON_OFF = _one_of("yes", "no"), _one_of("on", "off")

#: The social security side.  A setting named as an element must also be a value of it.
SETTINGS: Mapping[str, Kind] = MappingProxyType(
    {
        "initial_pin": _PIN,
        "pin_tries": _TRIES,
        "puk_tries": _TRIES,
        "key_versions": _number(1, 3),
        "pin_shortest": _DIGITS,
        "pin_longest": _DIGITS,
        "empty_pin_grants": _YES_NO,
        "external_key_tries": _COUNTED_TRIES,
        "lock_key_tries": _COUNTED_TRIES,
        "validity_on_face": _one_of("printed", "not printed"),
        "validity_years": _YEARS,
        "card_category": _text("[!-~]", "one character of ASCII as text"),
        "spec_version": _text("[ -~]{1,4}", "1 to 4 characters of ASCII"),
        "issuing_division": _DIVISION,
        "initializing_division": _DIVISION,
        "init_organization_sequence": _number(0, 255),
        "exchange_fid": Kind("an FID whose low byte is the SFI, 1 to 30", _is_handover_fid),
        "exchange_size": _number(*_EXCHANGE_SIZES),
        "exchange_kid": _number(0x01, 0x7F),  # 00 is the master key, bit 8 an ADF's own
        "exchange_key": _text("[!-~]+", "the name of a key, ASCII without spaces"),
        "exchange_key_tries": _COUNTED_TRIES,
        "district_letter": _text("[A-Z]", "one capital letter as text"),
        "initial_pin_policy": _one_of("used", "unused"),
        "rare_character_policy": _one_of("return", "substitute", "manual"),
        "rare_character_substitutes": Kind(
            "pairs of a character outside GBK and text in GBK, as 䶮=龑, joined by spaces",
            is_table,
        ),
        "psam_root": _one_of("city", "province"),
        "premade_elements": Kind(
            f"some of {', '.join(_WITHOUT_HOLDER)}, with a space between them", _is_without_holder
        ),
        "premade_handover": _one_of("closed", "never used"),
        "historical_ic_type": _text("lot|[0-9A-F]{2}", "'lot', or one byte in hexadecimal"),
    }
)

#: The financial side; lengths are those of the tags (pboc 1.8, 2, 6).
BANK: Mapping[str, Kind] = MappingProxyType(
    {
        "aid": _AID,
        "bin": _text("[0-9]{6}", "the 6 digits that a bank's account numbers begin with"),
        "pse_name": _AID,
        "pse_directory_sfi": _number(1, 1),  # where the station writes it, DGI 01xx
        "algorithms": _one_of("3des-rsa", "both"),
        "electronic_cash": _ON_OFF,
        "validity_years": _YEARS,
        "label": _LABEL,
        "preferred_name": _LABEL,
        "priority": _data(1),
        "language": _text("([a-z]{2}){1,4}", "1 to 4 languages of two small letters"),
        "code_table": _data(1),
        "pdol": _dol(0),
        "log_entry": _data(2),
        "aip": _data(2),
        "cdol1": _dol(2),
        "cdol2": _dol(2),
        "cvm_list": _CVM_LIST,
        "iac_default": _data(5),
        "iac_denial": _data(5),
        "iac_online": _data(5),
        "usage_control": _data(2),
        "application_version": _data(2),
        "country_code": _NUMERIC,
        "service_code": _NUMERIC,
        # Track 2 ends after 37 digits, 27 of which the longest account number takes up.
        "discretionary_data": _text("[0-9]{1,10}", "1 to 10 digits as text"),
        "offline_pin": _BANK_PIN,
        "premade_holder_name": _data(2, 26),  # tag 5F20; pboc 2.3 [H]
        "pin_try_limit": _TRIES,
        "ddol": _dol(2),
        "card_key_bits": _KEY_BITS,
        "issuer_application_data": _data(8, 10, step=2),
        "currency_code": _NUMERIC,
        "second_currency": _NUMERIC,
        "conversion_factor": _data(4),
        "default_action": _data(2),
        "issuer_authentication": _data(1),
        "log_format": _dol(2),
        "offline_limit_lower": _BYTE,
        "offline_limit_upper": _BYTE,
        "offline_limit_other_currency": _BYTE,
        "offline_limit_other_country": _BYTE,
        "offline_amount_limit": _FEN,
        "offline_amount_upper_limit": _FEN,
        "offline_amount_limit_both": _FEN,
    }
)

#: Of the financial side too, by what asks for them; a card without it may have them all the same.
CONTACTLESS, CASH, SM = "contactless", "electronic cash", "SM2 and SM4"
OPTIONAL_BANK: Mapping[str, Mapping[str, Kind]] = MappingProxyType(
    {
        CONTACTLESS: {
            "ppse_name": _AID,
            "contactless_pdol": _dol(0),
            "contactless_aip": _data(2),
            "card_transaction_qualifiers": _data(2),
            "card_additional_processing": _data(4),
            "card_authentication_data": _data(8),
            "card_cvm_limit": _FEN,
            "online_response": _TAGS,
            "offline_response": _TAGS,
        },
        CASH: {
            "cash_balance": _FEN,
            "cash_limit": _FEN,
            "cash_transaction_limit": _FEN,
            "cash_reset_threshold": _FEN,
            "cash_cvm_list": _CVM_LIST,
            "cash_iac_default": _data(5),
            "cash_iac_denial": _data(5),
            "cash_iac_online": _data(5),
            "cash_authorization_code": _text("[!-~]{6}", "6 characters of ASCII"),
            "load_log_entry": _data(2),
            "load_log_format": _dol(2),
        },
        SM: {
            "sm_issuer_application_data": _data(10),
            "sm_user_id": _data(16),
        },
    }
)

#: What a bank may ask for besides; nothing is written where it does not (pboc 1.8, 2.3 [H, M, L]).
WISHED_BANK: Mapping[str, Kind] = MappingProxyType(
    {
        "product_identification": _data(16),
        "signature_record": _ON_OFF,
        "second_cash_currency": _NUMERIC,
        "second_cash_balance": _FEN,
        "second_cash_limit": _FEN,
        "second_cash_transaction_limit": _FEN,
        "second_cash_reset_threshold": _FEN,
        "second_cash_cvm_limit": _FEN,
    }
)

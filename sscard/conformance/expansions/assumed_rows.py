"""Rows about what a profile assumes: keys, records, files, settings whose facts are unconfirmed."""

from __future__ import annotations

from collections.abc import Iterator

from sscard.conformance.expansions.card_keys import keys
from sscard.conformance.expansions.directories import directories
from sscard.conformance.expansions.file_rows import Row, files
from sscard.conformance.expansions.records import records
from sscard.errors import ProfileError
from sscard.profiles import Profile

#: GET DATA of the debit application: tag, the bank's setting, and how the card writes it.
_OBJECTS = (
    ("9F58", "offline_limit_lower", "byte"),
    ("9F59", "offline_limit_upper", "byte"),
    ("9F5C", "offline_amount_upper_limit", "amount"),
    ("9F68", "card_additional_processing", "bytes"),
    ("9F6B", "card_cvm_limit", "amount"),
    ("9F6D", "cash_reset_threshold", "amount"),
    ("9F77", "cash_limit", "amount"),
    ("9F78", "cash_transaction_limit", "amount"),
    ("9F79", "cash_balance", "amount"),
    ("DF4F", "load_log_format", "bytes"),
)
_AMOUNT_DIGITS = 12


def assumed_keys(profile: Profile) -> Iterator[Row]:
    """The first version of each key whose id rests on one source, on inference or on us."""
    places = frozenset(profile.unconfirmed())
    for row in keys(profile):
        if row["first"] and f"{row['directory']}.{row['key']}" in places:
            yield row


def assumed_records(profile: Profile) -> Iterator[Row]:
    """Each record whose tag or length rests on one source."""
    places = frozenset(profile.unconfirmed())
    for row in records(profile):
        if f"{row['place']}.{row['element']}" in places:
            yield row


def assumed_files(profile: Profile) -> Iterator[Row]:
    """Each file that is there only as far as we know; internal files have a case of their own."""
    places = frozenset(profile.unconfirmed())
    for row in files(profile):
        if row["place"] in places and row["structure"] != "internal":
            yield row


def assumed_directories(profile: Profile) -> Iterator[Row]:
    """Each directory: what its FCI holds beside the name no public text says (ssc 11)."""
    for row in directories(profile):
        if row["kind"] == "adf":
            yield row


def assumed_objects(profile: Profile) -> Iterator[Row]:
    """Data objects of the bank's whose values are our own, as GET DATA should answer them."""
    for tag, setting, form in _OBJECTS:
        if setting in profile.bank:
            value = _written(profile, setting, form)
            said = bytes.fromhex(tag) + bytes((len(value),)) + value
            yield {"tag": tag, "setting": setting, "value": said}


def assumed_settings(profile: Profile) -> Iterator[Row]:
    """One row with the numbers that settings assume, as a card shows them."""
    yield {
        "puk_left": f"63C{max(profile.setting('puk_tries').number - 1, 0):X}",
        "tries": f"63C{profile.setting('pin_tries').number:X}",
        "key_left": _counted(profile.setting("external_key_tries").number),
        "grants": "9000" if profile.setting("empty_pin_grants").text == "yes" else "6982",
        "cash": "9000" if profile.bank_setting("electronic_cash").text == "on" else "6A88",
        "exchange_size": profile.setting("exchange_size").number,
        "exchange_last": profile.setting("exchange_size").number - 1,
        "exchange_sfi": 0x80 | profile.setting("exchange_fid").number & 0x1F,
        "division": bytes.fromhex(profile.setting("issuing_division").text),
        "organization": _organization(profile),
    }


def assumed_versions(profile: Profile) -> Iterator[Row]:
    """Versions 1 to 3 of the IRK: which of them cards have is the region's (ssc 12)."""
    last = profile.setting("key_versions").number
    for version in (1, 2, 3):
        yield {"version": version, "expected": "9000" if version <= last else "6A88"}


def _counted(tries: int) -> str:
    """A wrong proof of a key with so many tries; 63CF where none are counted (assumed)."""
    return f"63C{tries - 1:X}" if tries else "63CF"


def _organization(profile: Profile) -> bytes:
    """The end of the initialization organization number: two divisions, sequence (ssc 2.9)."""
    divisions = profile.setting("issuing_division").text
    divisions += profile.setting("initializing_division").text
    sequence = profile.setting("init_organization_sequence")
    return bytes.fromhex(f"{divisions}{int(str(sequence.value)):02d}")


def _written(profile: Profile, setting: str, form: str) -> bytes:
    said = profile.bank_setting(setting)
    match form:
        case "bytes":
            return said.data
        case "byte":
            return bytes((said.number,))
        case "amount":
            return bytes.fromhex(f"{said.number:0{_AMOUNT_DIGITS}d}")
        case _:
            raise ProfileError(f"{setting}: no form {form}")

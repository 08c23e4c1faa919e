"""Records of the debit application without those of signatures (pboc 1.8 [H]).

How tags are spread over the records is assumed, and only here.
"""

from __future__ import annotations

from datetime import date

from sscard.perso.pse_account import BankAccount
from sscard.perso.pse_groupings import Dgi, objects, record
from sscard.perso.pse_settings import Bank
from sscard.profiles import split_name

#: The record whose contents the issuer signs, by SFI and number, and the one for electronic cash.
SIGNED, CASH_SIGNED = (3, 1), (3, 2)

_NAME_SIZE = 26  # tag 5F20; pboc 2.3 [H]
_EXTENDED_SIZE = 45  # tag 9F0B; pboc 2.3 [H]
_LONGEST_NAME = 50  # what tags 09 and 4E of the other application hold
_CITIZEN_CARD = b"\0"  # tag 9F62: 居民身份证; pboc 2.3 [H]


def track(bank: Bank, account: BankAccount, name: str) -> Dgi:
    """DGI 0101: 57, 9F1F, 5F20, and 9F63 where the bank asks for it."""
    discretionary = bank.text("discretionary_data")
    service = bank.text("service_code")[-3:]  # n 3 in two bytes
    track2 = packed(f"{account.number}D{account.expiry}{service}{discretionary}")
    content = [
        (0x57, track2),
        (0x9F1F, discretionary.encode("ascii")),
        (0x5F20, holder_name(name)),
    ]
    if bank.asks("product_identification"):
        content.append((0x9F63, bank.data("product_identification")))
    return record(1, 1, objects(*content))


def holder(name: str, id_number: str) -> Dgi | None:
    """DGI 0102: 9F0B where the name is longer than 5F20, 9F61, 9F62; None for nobody's number.

    5F20 is not repeated: a terminal refuses a card that says the same thing twice (EMV Book 3,
    10.2 [G]).
    """
    if not id_number:
        return None
    whole, _ = split_name(name, room=_EXTENDED_SIZE, more=_LONGEST_NAME, element="9F0B")
    extended = whole.encode("gbk")
    long = [(0x9F0B, extended)] if len(extended) > _NAME_SIZE else []
    number = id_number.encode("ascii")
    return record(1, 2, objects(*long, (0x9F61, number), (0x9F62, _CITIZEN_CARD)))


def holder_name(name: str) -> bytes:
    """Tag 5F20: 2 to 26 bytes, never cut inside a character (pboc 2.3 [H]; GBK assumed).

    Raises FieldError for a character outside GBK.
    """
    first, _ = split_name(name, room=_NAME_SIZE, more=_LONGEST_NAME, element="5F20")
    return first.encode("gbk").ljust(2)


def risk_management(bank: Bank) -> Dgi:
    """DGI 0201: 8C, 8D."""
    return record(2, 1, objects((0x8C, bank.data("cdol1")), (0x8D, bank.data("cdol2"))))


def application(bank: Bank, account: BankAccount, effective: date) -> Dgi:
    """DGI 0301, the one that is signed."""
    return record(*SIGNED, _application(bank, account, effective))


def cash_application(bank: Bank, account: BankAccount, effective: date) -> Dgi | None:
    """DGI 0302, which electronic cash has instead: its own CVM list and action codes (pboc 6.1).

    None for a card that keeps none.
    """
    if not bank.cash:
        return None
    return record(*CASH_SIGNED, _application(bank, account, effective, "cash_"))


def _application(bank: Bank, account: BankAccount, effective: date, kind: str = "") -> bytes:
    return objects(
        (0x5A, packed(account.number)),
        (0x5F24, bytes.fromhex(account.last_day)),
        (0x5F25, bytes.fromhex(f"{effective:%y%m%d}")),
        (0x5F34, bytes.fromhex(account.psn)),
        (0x9F07, bank.data("usage_control")),
        (0x8E, bank.data(f"{kind}cvm_list")),
        (0x9F0D, bank.data(f"{kind}iac_default")),
        (0x9F0E, bank.data(f"{kind}iac_denial")),
        (0x9F0F, bank.data(f"{kind}iac_online")),
        (0x5F28, bank.data("country_code")),
        (0x9F08, bank.data("application_version")),
    )


def contactless(bank: Bank) -> Dgi | None:
    """DGI 0401, which electronic cash and qPBOC have for themselves: 9F69, 9F74.

    9F69 is static: what the profile says goes into every signature, no number is made per tap.
    """
    related = [(0x9F69, bank.data("card_authentication_data"))] if bank.contactless else []
    code = [(0x9F74, bank.ascii("cash_authorization_code"))] if bank.cash else []
    content = objects(*related, *code)
    return record(4, 1, content) if content else None


def packed(digits: str) -> bytes:
    """Digits, two to a byte, the last filled with F."""
    return bytes.fromhex(digits + "F" * (len(digits) % 2))

"""Data objects outside records: limits, counters, electronic cash, qPBOC (pboc 1.8, 2.3 [H])."""

from __future__ import annotations

from sscard.apdu.dgi import DGI
from sscard.perso.pse_groupings import Dgi, objects
from sscard.perso.pse_settings import Bank

#: Our own: in which order the tags of a contactless answer come, going on line and approving.
ONLINE_ORDER, OFFLINE_ORDER = 0xDF7E, 0xDF7F
_NONE_YET = bytes(2)


def card_data(bank: Bank) -> Dgi:
    """DGI 0D01: what GET DATA gives and PUT DATA changes."""
    limits = (
        (0x9F53, bank.byte("offline_limit_other_currency")),
        (0x9F54, bank.amount("offline_amount_limit")),
        (0x9F58, bank.byte("offline_limit_lower")),
        (0x9F59, bank.byte("offline_limit_upper")),
        (0x9F5C, bank.amount("offline_amount_upper_limit")),
        (0x9F72, bank.byte("offline_limit_other_country")),
        (0x9F73, bank.data("conversion_factor")),
        (0x9F75, bank.amount("offline_amount_limit_both")),
        (0x9F4F, bank.data("log_format")),
    )
    more = (*_cash(bank), *_second_cash(bank), *_contactless(bank))
    return Dgi(DGI.CARD_DATA, objects(*limits, *more))


def internal_data(bank: Bank) -> Dgi:
    """DGI 0E01: what PUT DATA does not change."""
    currency = (
        (0x9F51, bank.data("currency_code")),
        (0x9F52, bank.data("default_action")),
        (0x9F56, bank.data("issuer_authentication")),
        (0x9F57, bank.data("country_code")),
        (0x9F76, bank.data("second_currency")),
        (0x9F36, _NONE_YET),
        (0x9F13, _NONE_YET),
    )
    orders = (
        (
            (ONLINE_ORDER, bank.tags("online_response")),
            (OFFLINE_ORDER, bank.tags("offline_response")),
        )
        if bank.contactless
        else ()
    )
    return Dgi(DGI.INTERNAL_DATA, objects(*currency, *orders))


def issuer_data(bank: Bank) -> Dgi:
    """DGI 9200: 9F10 before the first transaction."""
    return Dgi(DGI.ISSUER_DATA, bank.data("issuer_application_data"))


def sm_issuer_data(bank: Bank) -> Dgi:
    """DGI 9201: the same for SM4."""
    return Dgi(DGI.ISSUER_DATA_SM, bank.data("sm_issuer_application_data"))


def _cash(bank: Bank) -> tuple[tuple[int, bytes], ...]:
    if not bank.cash:
        return ()
    return (
        (0xDF4F, bank.data("load_log_format")),
        (0x9F77, bank.amount("cash_limit")),
        (0x9F78, bank.amount("cash_transaction_limit")),
        (0x9F79, bank.amount("cash_balance")),
        (0x9F6D, bank.amount("cash_reset_threshold")),
    )


def _second_cash(bank: Bank) -> tuple[tuple[int, bytes], ...]:
    """Electronic cash in a second currency (pboc 1.8, 2.3 [M]); which tag is which is assumed.

    They stand in the order of 9F6D, 9F77, 9F78 and 9F79, and PUT DATA writes all but the first, as
    it does with 9F51.
    """
    if not bank.asks("second_cash_currency"):
        return ()
    return (
        (0xDF71, bank.data("second_cash_currency")),
        (0xDF72, bank.amount("second_cash_cvm_limit")),
        (0xDF76, bank.amount("second_cash_reset_threshold")),
        (0xDF77, bank.amount("second_cash_limit")),
        (0xDF78, bank.amount("second_cash_transaction_limit")),
        (0xDF79, bank.amount("second_cash_balance")),
    )


def _contactless(bank: Bank) -> tuple[tuple[int, bytes], ...]:
    if not bank.contactless:
        return ()
    available = bank.amount("cash_balance") if bank.cash else bytes(6)
    return (
        (0x9F6B, bank.amount("card_cvm_limit")),
        (0x9F6C, bank.data("card_transaction_qualifiers")),
        (0x9F5D, available),
        (0x9F68, bank.data("card_additional_processing")),
    )

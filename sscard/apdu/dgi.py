"""Identifiers of the data groupings that are no records (pboc 1.8 [H])."""

from __future__ import annotations

from enum import IntEnum, unique


@unique
class DGI(IntEnum):
    """Those of the debit application and of the PSE; a record's is its SFI and number.

    What ends in ``_SM`` is for transactions with SM4 and SM2.
    """

    CARD_DATA = 0x0D01  # data objects for GET DATA and PUT DATA
    INTERNAL_DATA = 0x0E01  # data objects for GET DATA, or for the card alone
    KEYS = 0x8000  # UDK-AC, UDK-MAC, UDK-ENC; enciphered
    PIN_BLOCK = 0x8010  # enciphered
    EXTENDED_KEYS = 0x8020  # that open the files of A001, in their order; enciphered
    RSA_EXPONENT = 0x8101  # with 8103 instead of 8201 to 8205; enciphered (EMV CPS)
    PIN_EXPONENT = 0x8102  # with 8104 instead of 8301 to 8305; enciphered
    RSA_MODULUS = 0x8103  # enciphered
    PIN_MODULUS = 0x8104  # enciphered
    RSA_Q_INVERSE = 0x8201  # enciphered like the four that follow
    RSA_DQ = 0x8202
    RSA_DP = 0x8203
    RSA_Q = 0x8204
    RSA_P = 0x8205
    PIN_Q_INVERSE = 0x8301  # of the key under which PINs come; enciphered like the four that follow
    PIN_DQ = 0x8302
    PIN_DP = 0x8303
    PIN_Q = 0x8304
    PIN_P = 0x8305
    KEYS_SM = 0x8400  # as 8000; enciphered
    SM2_PRIVATE = 0x8501  # d; enciphered
    SM2_PUBLIC = 0x8502  # X and Y; enciphered
    CHECK_VALUES = 0x9000  # of the three keys
    PIN_TRIES = 0x9010  # counter and limit
    EXTENDED_CHECK_VALUES = 0x9020  # of the keys in 8020
    FCI = 0x9102  # template A5, contact
    FCI_CONTACTLESS = 0x9103
    PROCESSING_OPTIONS = 0x9104  # 82 and 94, contact
    PROCESSING_OPTIONS_SM = 0x9105
    ISSUER_DATA = 0x9200  # 9F10 before the first transaction
    ISSUER_DATA_SM = 0x9201
    CASH_OPTIONS = 0x9203  # 82 and 94 of electronic cash
    CASH_OPTIONS_SM = 0x9204
    CONTACTLESS_OPTIONS = 0x9207  # 82 and 94 of qPBOC
    CONTACTLESS_OPTIONS_SM = 0x9208
    CHECK_VALUES_SM = 0x9400
    EXTENDED_FILES = 0xA001  # files of extended applications


def record(sfi: int, number: int) -> int:
    """The identifier of a record's grouping."""
    return sfi << 8 | number


def secret(identifier: int) -> bool:
    """Whether a grouping is enciphered where nobody says which are (pboc 1.6, 1.8 [H])."""
    return identifier >> 12 == 8

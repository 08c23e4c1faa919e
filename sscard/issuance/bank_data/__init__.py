"""Bank data-preparation files (个人化数据文件): read in a stream, checked, purged."""

from __future__ import annotations

from sscard.issuance.bank_data.error import BankDataError
from sscard.issuance.bank_data.layout import Layout, load_layout
from sscard.issuance.bank_data.reader import BankRecord, Reader, Summary, check, open_reader
from sscard.issuance.bank_data.writer import Sealer, write

__all__ = [
    "BankDataError",
    "BankRecord",
    "Layout",
    "Reader",
    "Sealer",
    "Summary",
    "check",
    "load_layout",
    "open_reader",
    "write",
]

"""Sheets of paper: receipts, hand-overs, labels and tables as HTML that needs no network."""

from __future__ import annotations

from sscard.issuance.sheets.destroyed import Destroyed, destruction_sheet
from sscard.issuance.sheets.fees import FeeKind, FeeLine, fee_sheet
from sscard.issuance.sheets.hand_over import HandedOver, HandOver, hand_over_sheet
from sscard.issuance.sheets.labels import BoxLabel, label_sheet
from sscard.issuance.sheets.privacy import Numbers
from sscard.issuance.sheets.progress import RegionProgress, progress_sheet
from sscard.issuance.sheets.receipts import Receipt, UnitReceipts, receipt_sheet
from sscard.issuance.sheets.returned import Returned, returned_sheet
from sscard.issuance.sheets.stock import StockLine, stock_sheet

__all__ = [
    "BoxLabel",
    "Destroyed",
    "FeeKind",
    "FeeLine",
    "HandOver",
    "HandedOver",
    "Numbers",
    "Receipt",
    "RegionProgress",
    "Returned",
    "StockLine",
    "UnitReceipts",
    "destruction_sheet",
    "fee_sheet",
    "hand_over_sheet",
    "label_sheet",
    "progress_sheet",
    "receipt_sheet",
    "returned_sheet",
    "stock_sheet",
]

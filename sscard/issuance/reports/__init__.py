"""Reports on a ledger: batches, yield, stock, fees, progress, one card; without people in them."""

from sscard.issuance.reports.batch import BatchReport
from sscard.issuance.reports.batch_queries import batch_report, head, reconcile
from sscard.issuance.reports.batch_sheets import batch_document
from sscard.issuance.reports.page import render_batch, render_tables, write_page
from sscard.issuance.reports.reconciliation import Reconciliation
from sscard.issuance.reports.settlement import Period, Settlement, settle
from sscard.issuance.reports.sheet import Report, Sheet
from sscard.issuance.reports.tables import as_json, write_csv, write_xlsx

__all__ = [
    "BatchReport",
    "Period",
    "Reconciliation",
    "Report",
    "Settlement",
    "Sheet",
    "as_json",
    "batch_document",
    "batch_report",
    "head",
    "reconcile",
    "render_batch",
    "render_tables",
    "settle",
    "write_csv",
    "write_page",
    "write_xlsx",
]

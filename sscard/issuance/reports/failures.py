"""What cards were lost to, in a batch or the whole ledger, and what lots and stations yield."""

from __future__ import annotations

from sqlalchemy import Connection

from sscard.issuance.reports import card_queries
from sscard.issuance.reports.sheet import Column, Fact, Report
from sscard.issuance.reports.yield_sheets import loss_sheet, yield_sheet
from sscard.issuance.reports.yields import By, losses, overall, yields


def failures_document(connection: Connection, batch: str | None) -> Report:
    """Causes and yields; all in two queries' time, whatever the size of the ledger."""
    made = tuple(card_queries.made(connection, card_queries.of_batch(batch)))
    each = tuple(found for by in By for found in yields(made, by))
    facts = (Fact(Column("batch", "批次", "batch", "id"), batch),)
    sheets = (loss_sheet(losses(made)), yield_sheet(overall(made), each))
    return Report("failures", "失败原因和合格率", "Failures and yield", facts, sheets)

"""Reasons, states, exit codes and columns of the production line."""

from __future__ import annotations

from sscard.cli import ending
from sscard.issuance import certificates_csv, issued_csv, rejects, states
from sscard.issuance.exchange import Code, Fault, load_list_layout, packaged_layouts
from sscard.issuance.reasons import Reason
from tables.markdown import table


def ledger_states() -> str:
    """The life of a card in the ledger."""
    rows = [
        (
            before.name,
            before.value,
            ", ".join(sorted(each.name for each in following)) or "final",
        )
        for before, following in states.TRANSITIONS.items()
    ]
    return table(("state", "what is true then", "may become"), rows)


def list_layouts() -> str:
    """Layouts of lists between the parties."""
    found = [load_list_layout(name) for name in packaged_layouts()]
    rows = [
        (
            f"`{each.name}`",
            each.title_zh,
            each.title_en,
            f"{each.shape.form}, {each.encoding}",
            each.source,
            each.mark,
        )
        for each in found
    ]
    return table(("layout", "清单", "list", "form", "source", "mark"), rows)


def list_codes() -> str:
    """What is wrong with a line or a field of a list."""
    rows = [(f"`{code.value}`", code.zh, code.en) for code in Code]
    return table(("code", "原因", "reason"), rows)


def list_faults() -> str:
    """What is wrong with a whole file, its seal or its envelope."""
    rows = [(f"`{fault.value}`", fault.zh, fault.en) for fault in Fault]
    return table(("code", "原因", "reason"), rows)


def reasons() -> str:
    """Why a record goes back."""
    rows = [(f"`{reason.value}`", reason.zh, reason.en) for reason in Reason]
    return table(("code", "原因", "reason"), rows)


def exit_codes() -> str:
    """How a command ends."""
    rows = [
        (
            str(ending.DONE),
            "done: every eligible person has an audited card, every record is sound",
        ),
        (
            str(ending.NOT_FOR_EVERYBODY),
            "done, but some cards failed or wait, or some records go back",
        ),
        (
            str(ending.CONFIGURATION),
            "usage or configuration, or the line stopped; the message says what and where",
        ),
        (str(ending.INTERRUPTED), "interrupted by Ctrl-C; nothing is lost, run it again"),
    ]
    return table(("exit code", "meaning"), rows)


def output_columns() -> str:
    """The columns of the two lists that a run writes."""
    found = {
        "issued.csv": issued_csv.COLUMNS,
        "certificates.csv": certificates_csv.COLUMNS,
        "rejects.csv": rejects.COLUMNS,
    }
    rows = [(f"`{name}`", ", ".join(f"`{each}`" for each in head)) for name, head in found.items()]
    return table(("file", "columns"), rows)

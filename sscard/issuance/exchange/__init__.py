"""Lists between office, factory, integrator and bank: laid out by data, read whole or not."""

from __future__ import annotations

from sscard.issuance.exchange.entry import Limits
from sscard.issuance.exchange.fault import Fault
from sscard.issuance.exchange.finding import Code, Finding, ListError
from sscard.issuance.exchange.layout import ListLayout, load_list_layout, packaged_layouts
from sscard.issuance.exchange.making import make_list
from sscard.issuance.exchange.reading import Checked, Record, Source, check_list
from sscard.issuance.exchange.seal import read_seal, seal_signed, seal_with_mac
from sscard.issuance.exchange.writing import Written, encode, write_list

__all__ = [
    "Checked",
    "Code",
    "Fault",
    "Finding",
    "Limits",
    "ListError",
    "ListLayout",
    "Record",
    "Source",
    "Written",
    "check_list",
    "encode",
    "load_list_layout",
    "make_list",
    "packaged_layouts",
    "read_seal",
    "seal_signed",
    "seal_with_mac",
    "write_list",
]

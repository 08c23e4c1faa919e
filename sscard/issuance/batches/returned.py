"""The list of records that go back (未制卡数据), as it is written where a list comes in."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from sscard.issuance.batches.fields import FieldMap, Values
from sscard.issuance.exchange import ListLayout, Written, load_list_layout, write_list

LAYOUT = "returned-records"


def write_returned(
    path: Path, returned: Collection[Values], layout: ListLayout | None = None
) -> Written:
    """Write records that go back, in the order of their rows.  Raises ListError, OSError."""
    fields = FieldMap.of(layout or load_list_layout(LAYOUT))
    fields.require_writable()
    return write_list(path, fields.layout, [fields.record(each) for each in returned])

"""Facts of orders written as a list: the same facts make the same bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import BinaryIO

from sscard.issuance.batches.fields import FieldMap, Values
from sscard.issuance.exchange import ListLayout, Written, encode


def write_facts(
    file: BinaryIO, layout: ListLayout, orders: Collection[Values], header: Values, *, name: str
) -> Written:
    """Write the facts of orders to ``file``; ``name`` is what messages call it.

    Raises ProfileError for a layout that asks for what no order has, and ListError naming record
    and field of everything that does not fit: what was written is of no use then.
    """
    fields = FieldMap.of(layout)
    fields.require_writable()
    records = [fields.record(each) for each in orders]
    digest, size = hashlib.sha256(), 0
    for piece in encode(layout, records, fields.header(header), name=name):
        digest.update(piece)
        size += len(piece)
        file.write(piece)
    return Written(len(records), size, digest.digest())

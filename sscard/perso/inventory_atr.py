"""What an answer to reset says, as a part of a card's inventory."""

from __future__ import annotations

from dataclasses import replace

from sscard.apdu.atr import HISTORICAL_SIZE
from sscard.apdu.card_identity import historical_bytes
from sscard.errors import MalformedData
from sscard.perso.inventory_elements import division_name
from sscard.perso.node import Node, unreadable

#: The historical bytes (ssc 6 [S]): name, first, last (from 1), Chinese, English.
_HISTORICAL = (
    ("T1-T2", 1, 2, "芯片提供方注册号", "registered chip provider"),
    ("T3-T5", 3, 5, "芯片与COS", "chip and COS"),
    ("T6-T7", 6, 7, "卡商注册号", "registered card maker"),
    ("T8-T9", 8, 9, "行政区划前四位", "division, first four digits"),
    ("TA-TD", 10, 13, "芯片序列号", "chip serial number"),
)


def answer_to_reset(raw: bytes) -> Node:
    """The answer with the meaning of its historical bytes; a note where it has no meaning here."""
    node = Node("atr", "ATR", "", "复位应答", "answer to reset", raw.hex().upper(), raw=raw)
    try:
        historical = historical_bytes(raw)
    except MalformedData as error:
        return replace(node, note=unreadable(error))
    if len(historical) != HISTORICAL_SIZE:
        return replace(node, note=f"{len(historical)} 个历史字节 historical bytes, not 13")
    return replace(node, children=tuple(_part(historical, *row) for row in _HISTORICAL))


def _part(historical: bytes, name: str, first: int, last: int, zh: str, en: str) -> Node:
    raw = historical[first - 1 : last]
    meaning = division_name(f"{raw.hex()}00") if name == "T8-T9" else ""
    return Node("part", name, zh=zh, en=en, value=raw.hex().upper(), meaning=meaning, raw=raw)

"""One card as facts and tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

from sscard.issuance.layers import LayerRecord
from sscard.issuance.reports import words
from sscard.issuance.reports.card import CardTrace
from sscard.issuance.reports.sheet import Cell, Column, Fact, Kind, Report, Sheet
from sscard.issuance.reports.step_sheet import step_sheet

_Named = tuple[str, str, str, Kind]
#: What a card's row tells, beside its states; names are those of the ledger's columns.
_CARD: tuple[_Named, ...] = (
    ("card_number", "卡号", "card number", "id"),
    ("state", "状态", "state", "text"),
    ("reason", "原因", "reason", "text"),
    ("batch_number", "批次", "batch", "id"),
    ("serial", "卡片序列号", "serial", "hash"),
    ("number_source", "卡号来源", "number from", "text"),
    ("account_source", "账户来源", "account from", "text"),
    ("chip_lot", "芯片批号", "chip lot", "code"),
    ("cos_version", "COS 版本", "COS version", "code"),
    ("blank_atr", "初始 ATR", "ATR as delivered", "hash"),
    ("atr", "ATR", "ATR", "hash"),
    ("uid", "UID", "UID", "hash"),
    ("card_id_code", "卡识别码", "card identification code", "hash"),
    ("body", "卡体", "body", "code"),
    ("operator", "操作员", "operator", "text"),
    ("station", "社保工位", "social-security station", "text"),
    ("reader", "读写器", "reader", "text"),
    ("bank_station", "银行工位", "bank station", "text"),
    ("bank_reader", "银行读写器", "bank reader", "text"),
    ("reserved_at", "占号", "number taken", "time"),
    ("started_at", "开始", "started", "time"),
    ("ended_at", "结束", "ended", "time"),
    ("changed_at", "最后变化", "last change", "time"),
    ("profile_name", "配置", "profile", "text"),
    ("profile_sha256", "配置摘要", "SHA-256 of the profile", "hash"),
    ("software", "软件", "software", "text"),
)
_ORDER: tuple[_Named, ...] = (
    ("id", "申领单", "order", "id"),
    ("kind", "类别", "kind", "text"),
    ("state", "申领单状态", "state of the order", "text"),
    ("flow", "流程", "flow", "text"),
    ("region", "地区", "region", "text"),
    ("bank", "银行", "bank", "text"),
    ("round", "轮次", "round", "text"),
    ("unit", "单位代码", "unit", "text"),
    ("position", "序号", "position in the unit", "count"),
    ("attempts", "次数", "attempts", "count"),
    ("replaces", "补换自", "replaces order", "id"),
    ("social_state", "社保功能", "social-security side", "text"),
    ("account_state", "银行账户", "bank account", "text"),
    ("pin_state", "密码", "PIN", "text"),
    ("entered_at", "采集", "entered", "time"),
    ("issued_at", "制成", "issued", "time"),
    ("collected_at", "领取", "collected", "time"),
)
_BODY: tuple[_Named, ...] = (
    ("kind", "卡体类别", "kind of body", "text"),
    ("generation", "代", "generation", "text"),
    ("lot", "卡体批号", "lot of the body", "code"),
    ("party", "卡体所在", "body is with", "text"),
    ("state", "卡体状态", "state of the body", "text"),
    ("destroyed_by", "销毁人", "destroyed by", "text"),
    ("destroyed_witness", "监销人", "witness", "text"),
)


def card_document(trace: CardTrace) -> Report:
    """The card as facts and tables; what is empty in the ledger is left out."""
    facts = (
        *_facts(_CARD, trace.card),
        *_facts(_ORDER, trace.order, "order_"),
        *_facts(_BODY, trace.body, "body_"),
    )
    layers = _layers(trace.card["layers"] or ())
    sheets = (layers, _keys(trace.card["kcvs"] or {}), step_sheet(trace.steps))
    return Report("card", "单卡追溯", "One card", facts, sheets)


def _facts(named: Iterable[_Named], row: Mapping[str, Any], prefix: str = "") -> list[Fact]:
    return [
        Fact(Column(prefix + name, zh, en, kind), _cell(row[name], kind))
        for name, zh, en, kind in named
        if row.get(name) is not None
    ]


def _cell(value: Any, kind: Kind) -> Cell:
    if isinstance(value, bytes):
        return value.hex().upper()
    if isinstance(value, Enum):
        return words.both(value)
    return str(value) if kind == "id" else value


def _keys(kcvs: Mapping[str, Any]) -> Sheet:
    columns = (Column("key", "密钥", "key", "code"), Column("kcv", "校验值", "check value", "hash"))
    rows = tuple((name, str(kcvs[name])) for name in sorted(kcvs))
    return Sheet("keys", "密钥校验值", "Check values of its keys", columns, rows)


def _layers(layers: Iterable[LayerRecord]) -> Sheet:
    columns = (
        Column("kind", "类别", "kind"),
        Column("name", "名称", "name"),
        Column("sha256", "摘要", "SHA-256", "hash"),
    )
    rows = tuple((each.kind, each.name, each.sha256.hex()) for each in layers)
    return Sheet("layers", "配置文件", "Files of the profile", columns, rows)

"""What ``sscard psam`` prints: a PSAM's own words, and the keys that it answers for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sscard.apdu.status import StatusError
from sscard.keys import SUITES, Factors
from sscard.keys.key_entry import PsamUse
from sscard.keys.key_table import KEYS
from sscard.perso.plan import Plan, attempt
from sscard.terminal.psam import PsamInfo, PsamKeys, open_psam

if TYPE_CHECKING:
    from rich.console import Group

    from sscard.perso.psam import Proved, PsamOrder

#: Whatever factors there are, the PSAM says whether it has the key.
_ANY = Factors(bytes(8), bytes(8), bytes(8))
_CHALLENGE = bytes(8)
#: Kinds of key that DELIVERY SESSION KEY makes no session keys of.
_NOT_DELIVERED = frozenset({"purchase", "load", "transaction", "master"})


@dataclass(frozen=True, slots=True)
class Shown:
    """A PSAM, and how it holds each key that a terminal may use.

    Local keys share ids with others: then the PSAM alone knows which of the names it is.
    """

    info: PsamInfo
    keys: dict[PsamUse, list[str]]


def read() -> Plan[Shown]:
    """Everything that a terminal can find out.  Raises StatusError, MalformedData."""
    info = yield from _opened()
    keys = PsamKeys(info.suite)
    for entry in KEYS:
        if entry.psam and entry.kind not in _NOT_DELIVERED:
            yield from attempt(keys.deliver(entry.name, _ANY, _CHALLENGE))
    uses: dict[PsamUse, list[str]] = {}
    for name, use in keys.known.items():
        uses.setdefault(PsamUse(*use, ""), []).append(name)
    return Shown(info, uses)


def _opened() -> Plan[PsamInfo]:
    """By the environment that it has; a refusal is that of the last one."""
    first, *others = SUITES.values()
    info = yield from attempt(open_psam(first))
    for suite in others:
        if not isinstance(info, StatusError):
            return info
        info = yield from attempt(open_psam(suite))
    if isinstance(info, StatusError):
        raise info
    return info


def document(found: Shown) -> dict[str, Any]:
    """For programs."""
    info = found.info
    return {
        "historical_bytes": info.historical.hex().upper(),
        "algorithm": info.suite.name,
        "issuer": f"{info.public.issuer:02X}",
        "serial": info.public.serial.hex(),
        "terminal": info.terminal.hex(),
        "next_transaction": info.counter,
        "purchase_index": info.application.purchase_index,
        "key_version": info.application.key_version,
        "valid_from": info.application.valid_from.hex(),
        "valid_to": info.application.valid_to.hex(),
        "keys": [
            {"names": names, "usage": str(use), "held_at": str(use.root)}
            for use, names in found.keys.items()
        ],
    }


def table(found: Shown, name: str) -> Group:
    """For people."""
    from rich.console import Group
    from rich.table import Table

    info, grid = found.info, Table.grid(padding=(0, 2))
    for label, value in _facts(info):
        grid.add_row(label, value)
    keys = Table("密钥 key", "用途,标识 usage,id", "根密钥 held at", box=None, padding=(0, 2))
    for use, names in found.keys.items():
        root = use.root
        keys.add_row(" / ".join(names), str(use), f"{root.zh} {root}" if root else "")
    return Group(f"PSAM {name}", grid, keys)


def _facts(info: PsamInfo) -> Iterator[tuple[str, str]]:
    yield "历史字节 historical bytes", info.historical.hex().upper()
    yield "算法 algorithm", info.suite.name
    yield "PSAM 序列号 serial number", info.public.serial.hex()
    yield "终端机编号 terminal", info.terminal.hex()
    yield "终端交易序号 next transaction", str(info.counter)
    yield "医疗消费密钥索引号 purchase key index", str(info.application.purchase_index)
    yield "鉴别密钥版本号 version of other keys", str(info.application.key_version)
    valid = info.application.valid_from.hex(), info.application.valid_to.hex()
    yield "应用有效期 valid", "–".join(valid)


def made_document(order: PsamOrder, proved: tuple[Proved, ...], name: str) -> dict[str, Any]:
    """What was made, for programs."""
    return {
        "image": name,
        "historical_bytes": order.historical.hex().upper(),
        "terminal": order.numbers.terminal_number.hex(),
        "keys": [
            {
                "key": each.key.name,
                "version": each.key.version,
                "usage": f"{each.usage:02X},{each.key_id:02X}",
                "agrees": each.agrees,
            }
            for each in proved
        ],
    }


def made_lines(order: PsamOrder, proved: tuple[Proved, ...], name: str) -> Iterator[str]:
    """What was made, for people."""
    terminal = order.numbers.terminal_number.hex()
    agreeing = sum(each.agrees is True for each in proved)
    untried = sum(each.agrees is None for each in proved)
    yield f"{name}: PSAM {order.historical.hex().upper()}, 终端机编号 terminal {terminal}"
    yield (
        f"{len(proved)} 个密钥 keys: {agreeing} 个与密钥库一致 agree with the key store, "
        f"{untried} 个消费密钥未试 purchase keys not tried"
    )
    for each in proved:
        if each.agrees is False:
            yield f"不一致 differs: {each.key.name}, version {each.key.version}"

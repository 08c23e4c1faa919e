"""A card's memory map for people (tables, a picture of the wear) and for programs (a document)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from simulator import Kind, MemoryMap, Region
from sscard.dialects.chip import PAGE

_KINDS = {
    Kind.INDEX: "日志索引",
    Kind.MARK: "恢复标志",
    Kind.WITNESSES: "日志见证页",
    Kind.SLOTS: "日志副本",
    Kind.SYSTEM: "系统区",
    Kind.HEAD: "分区头",
    Kind.DIRECTORY: "目录",
    Kind.FCI: "文件控制信息",
    Kind.FILE: "文件",
    Kind.KEY: "密钥",
    Kind.INSTANCE: "应用",
    Kind.GROUPING: "数据分组",
    Kind.CERTIFICATE: "证书应用",
    Kind.FREE: "空闲",
    Kind.UNASSIGNED: "未分配",
}
_PARTS = {
    "journal": "日志",
    "system": "系统",
    "exchange": "公共区",
    "ssse": "社保应用",
    "pse": "金融应用",
    "pki": "证书应用",
    "environment": "PSAM应用环境",
    "unassigned": "未分配",
}
#: Objects of the certificate application.
_CERTIFICATES = {
    "directory 0000": "环境及主控密钥",
    "directory DF01": "应用及主控密钥",
    "PIN 81": "用户PIN",
    "PIN 00": "管理PIN",
    "0012": "签名公钥",
    "0013": "签名私钥",
    "0014": "加密公钥",
    "0015": "加密私钥",
    "0018": "签名证书",
    "0019": "加密证书",
    "way to sign": "签名方式",
}
_OUTSIDE = (Kind.DIRECTORY, Kind.INSTANCE)
_QUIET = "bright_black"
_IN_ROW = 64
_NEVER, _BARS = "·", "▁▂▃▄▅▆▇█"
_MOST_WORN, _NAMED = 5, 3


def document(card: MemoryMap) -> dict[str, object]:
    """Parts, regions and wear; offsets and sizes in bytes."""
    return {
        "chip": card.chip,
        "page": PAGE,
        "parts": [
            {
                "name": part.name,
                "offset": part.at,
                "size": part.size,
                "used": part.used,
                "free": part.free,
            }
            for part in card.parts
        ],
        "regions": [_entry(region) for region in card.regions],
        "wear": list(card.wear),
    }


def picture(card: MemoryMap, title: str) -> RenderableType:
    """Everything for a terminal of at least 80 columns."""
    size = len(card.wear) * PAGE
    head = Text.assemble((title, "bold"), f"  {card.chip}  {size:,} 字节 bytes, 每页 page {PAGE}")
    blank = Text("")
    return Group(
        head, blank, _parts(card), blank, _regions(card), blank, *_wear(card), blank, _worn(card)
    )


def _entry(region: Region) -> dict[str, object]:
    return {
        "part": region.part,
        "kind": region.kind.value,
        "owner": region.owner,
        "identifier": region.identifier,
        "detail": region.detail,
        "offset": region.at,
        "size": region.size,
        "header": region.header,
        "content": region.content,
    }


def _parts(card: MemoryMap) -> Table:
    table = _table("起始\noffset", "大小\nsize", "已用\nused", "空闲\nfree", "分区\npart")
    for part in card.parts:
        sizes = (f"{size:,}" for size in (part.size, part.used, part.free))
        table.add_row(_address(part.at), *sizes, _named(part.name))
    return table


def _regions(card: MemoryMap) -> Table:
    table = _table("起始\noffset", "大小\nsize", "头部\nheader", "内容\ncontent", "用途\nwhat")
    part = above = ""
    for region in card.regions:
        if region.part != part:
            part, above = region.part, ""
            table.add_row("", "", "", "", Text(_named(part), "bold"))
        if region.kind in _OUTSIDE:
            above = region.owner
        unused = region.kind in (Kind.FREE, Kind.UNASSIGNED)
        shares = ("", "") if unused else (f"{region.header:,}", f"{region.content:,}")
        table.add_row(_address(region.at), f"{region.size:,}", *shares, _what(region, above))
    return table


def _table(*headings: str) -> Table:
    """Numbers on the right, the last column for words."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in headings[:-1]:
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column(headings[-1], overflow="fold")
    return table


def _what(region: Region, above: str) -> Text:
    """``above`` is the directory or application whose name stands over this line."""
    heading = region.kind in _OUTSIDE
    if region.kind is Kind.CERTIFICATE:
        words = f"{_CERTIFICATES.get(region.identifier, '')} {region.detail}".strip()
        return Text.assemble("    ", f"{region.identifier}  ", words)
    indent = "  " if heading or not region.owner else "    "
    name = f"{region.identifier}  " if region.identifier else ""
    kind = f"{_KINDS[region.kind]} {region.kind.value}"
    elsewhere = "" if heading or region.owner == above else region.owner
    more = "".join(f"  {each}" for each in (region.detail, elsewhere) if each)
    return Text.assemble(indent, (name, "cyan" if heading else ""), kind, (more, _QUIET))


def _named(part: str) -> str:
    return f"{_PARTS[part]} {part}"


def _wear(card: MemoryMap) -> Iterator[Text]:
    """One character for each page, a line for at most 64 of them, and what they mean."""
    yield Text("每页写入次数 times each page was programmed", "bold")
    steps = _steps(max(card.wear))
    for part in card.parts:
        yield Text(_named(part.name), "cyan")
        pages = range(part.at // PAGE, (part.at + part.size) // PAGE)
        for first in pages[::_IN_ROW]:
            row = card.wear[first : min(first + _IN_ROW, pages.stop)]
            bars = "".join(_bar(count, steps) for count in row)
            yield Text.assemble("  ", (_address(first * PAGE), _QUIET), "  ", bars)
    meanings = (f"{_BARS[at]} {_range(*ends)}" for at, ends in enumerate(pairwise(steps)))
    yield Text("   ".join((f"{_NEVER} 0", *meanings)))
    low, middle, high = min(card.wear), median(card.wear), max(card.wear)
    yield Text(f"最少 min {low:,}   中位 median {middle:,g}   最多 max {high:,}")


def _steps(highest: int) -> Sequence[int]:
    """Where each bar begins, growing by the same factor, and where the last one ends."""
    factor = 2
    while factor ** len(_BARS) <= highest:
        factor += 1
    steps = [1]
    while steps[-1] <= highest:
        steps.append(steps[-1] * factor)
    return steps


def _bar(count: int, steps: Sequence[int]) -> str:
    return _BARS[bisect_right(steps, count) - 1] if count else _NEVER


def _range(first: int, end: int) -> str:
    return f"{first:,}" if end == first + 1 else f"{first:,}–{end - 1:,}"


def _worn(card: MemoryMap) -> Table:
    table = _table("起始\noffset", "写入\ntimes", "磨损最多的页\nmost worn pages")
    worn = sorted(range(len(card.wear)), key=lambda page: (-card.wear[page], page))
    for page in worn[:_MOST_WORN]:
        table.add_row(_address(page * PAGE), f"{card.wear[page]:,}", _content(card, page))
    return table


def _content(card: MemoryMap, page: int) -> str:
    regions = card.on_page(page)
    names = [_short(region) for region in regions[:_NAMED]]
    more = [f"+{len(regions) - _NAMED}"] if len(regions) > _NAMED else []
    return f"{regions[0].part}: " + ", ".join(names + more)


def _short(region: Region) -> str:
    own = region.kind in _OUTSIDE or not region.owner
    words = (region.kind.value, "" if own else region.owner, region.identifier)
    return " ".join(word for word in words if word)


def _address(at: int) -> str:
    return f"{at:05X}"

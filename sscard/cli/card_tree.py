"""A card's inventory for people (a tree) and for programs (a document)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from sscard.perso.node import Node

#: Bytes shown of a long value, and of one that is also shown decoded; ``document`` has them all.
_SHOWN, _BESIDE = 20, 8
_STYLES = {"directory": "bold cyan", "application": "bold cyan", "file": "cyan", "atr": "cyan"}
_QUIET = "bright_black"


def document(node: Node) -> dict[str, object]:
    """The node and everything below it, with bytes in hexadecimal."""
    return {
        "kind": node.kind,
        "identifier": node.identifier,
        "name": node.name,
        "zh": node.zh,
        "en": node.en,
        "value": node.value,
        "meaning": node.meaning,
        "raw": node.raw.hex().upper(),
        "note": node.note,
        "children": [document(child) for child in node.children],
    }


def tree(root: Node, title: str, width: int) -> Tree:
    """The card on a terminal of ``width`` columns; ``title`` stands before its names."""
    heading = Text.assemble((title, "bold"), f"  {_named(root)}")
    top = Tree(_joined(heading, Text(root.note, style="yellow")), guide_style=_QUIET)
    _add(top, root.children, max(24, width // 2 - 12))
    return top


def _add(branch: Tree, nodes: tuple[Node, ...], widest: int) -> None:
    """Nodes below a branch; the names of those with a value stand in a column of their own."""
    rows = [node for node in nodes if not _is_heading(node)]
    labels = max((cell_len(_label(node)) for node in rows), default=0)
    names = min(widest, max((cell_len(_named(node)) for node in rows), default=0))
    for node, copies in _counted(nodes):
        if _is_heading(node):
            _add(branch.add(_heading(node)), _content(node), widest)
        else:
            branch.add(_row(node, copies, labels, names))


def _is_heading(node: Node) -> bool:
    return bool(node.children) or node.kind in _STYLES


def _content(node: Node) -> tuple[Node, ...]:
    """The children; the template around an FCI or a record is named in the heading."""
    return node.children[0].children if _wrapped(node) else node.children


def _wrapped(node: Node) -> bool:
    only = node.children[0] if len(node.children) == 1 else None
    return node.kind in ("fci", "record") and only is not None and bool(only.children)


def _counted(nodes: Iterable[Node]) -> Iterator[tuple[Node, int]]:
    """Each node once; empty copies of a repeated element are counted, not repeated."""

    def same(node: Node) -> object:
        return (node.zh, node.en) if node.empty else id(node)

    for _, group in groupby(nodes, key=same):
        copies = list(group)
        yield copies[0], len(copies)


def _heading(node: Node) -> Text:
    label = (_label(node), _STYLES.get(node.kind, "cyan"))
    text = Text.assemble(label, "  ", _named(node))
    value = Text("") if node.children and node.value is None else _value(node)
    return _joined(text, value, _note(node))


def _row(node: Node, copies: int, labels: int, names: int) -> Table:
    row = Table.grid(padding=(0, 2, 0, 0))
    row.add_column(width=labels, no_wrap=True)
    row.add_column(width=names, overflow="fold")
    row.add_column(overflow="fold")
    value = _joined(_value(node, copies), _note(node))
    row.add_row(Text(_label(node), style="cyan"), Text(_named(node)), value)
    return row


def _joined(*texts: Text) -> Text:
    return Text("  ").join(text for text in texts if text)


def _label(node: Node) -> str:
    if _wrapped(node):
        return f"{node.identifier} {node.children[0].identifier}"
    if node.kind in ("directory", "application") and node.name not in ("", node.identifier):
        return f"{node.name} {node.identifier}"
    return node.identifier


def _named(node: Node) -> str:
    return f"{node.zh} {node.en}"


def _value(node: Node, copies: int = 1) -> Text:
    """Value, meaning and bytes; bytes alone where nothing reads better."""
    if node.empty:
        return Text(f"空 empty ×{copies}" if copies > 1 else "空 empty", style=_QUIET)
    if node.value is None:
        return Text(_short(node.raw))
    said_by_bytes = isinstance(node.value, str) and _says_all(node.raw, node.value)
    shown = _short(node.raw) if said_by_bytes else str(node.value)
    beside = "" if said_by_bytes else _start(node.raw, _BESIDE)
    return _joined(Text(shown, "bold"), Text(node.meaning, "green"), Text(beside, _QUIET))


def _says_all(raw: bytes, value: str) -> bool:
    """Whether the bytes in hexadecimal are the value, with nothing but fill behind it."""
    digits = raw.hex().upper()
    return digits.startswith(value) and set(digits[len(value) :]) <= {"0", "F"}


def _short(raw: bytes) -> str:
    size = f" {len(raw)} 字节 bytes" if len(raw) > _SHOWN else ""
    return _start(raw, _SHOWN) + size


def _start(raw: bytes, limit: int) -> str:
    if len(raw) <= limit:
        return raw.hex().upper()
    return raw[:limit].rstrip(b"\0").hex().upper() + "…"


def _note(node: Node) -> Text:
    missing = not node.children and node.value is None
    return Text(node.note, style="yellow" if missing else _QUIET)

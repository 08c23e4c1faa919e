"""The DIR file: one record ``70 { 61 { 4F AID, 50 label } }`` per ADF (ssc 1.2 [S])."""

from __future__ import annotations

from collections.abc import Iterable

from sscard.profiles.element import Element, Part


def dir_elements(adfs: Iterable[tuple[str, bytes, str]], like: Part) -> tuple[Element, ...]:
    """One element per ADF (directory name, AID, Chinese label); marked as ``like`` is."""
    return tuple(_entry(name, aid, label, like.source, like.mark) for name, aid, label in adfs)


def _entry(name: str, aid: bytes, label: str, source: str, mark: str) -> Element:
    text = label.encode("gbk")
    origin = {"source": source, "mark": mark}
    parts = [
        {"name": "aid", "zh": "应用标识符", "en": "application identifier", "tag": 0x4F}
        | {"type": "b", "size": len(aid), "codec": "hex", "examples": [(aid.hex().upper(), aid)]},
        {"name": "label", "zh": "应用标签", "en": "application label", "tag": 0x50}
        | {"type": "an", "size": len(text), "codec": "text", "examples": [(label, text)]},
    ]
    value = {"aid": aid.hex().upper(), "label": label}
    content = bytes((0x4F, len(aid))) + aid + bytes((0x50, len(text))) + text
    application = {
        "name": "application",
        "zh": "应用模板",
        "en": "application template",
        "tag": 0x61,
        "size": len(content),
        "examples": [(value, content)],
        "elements": [part | origin for part in parts],
    }
    framed = bytes((0x61, len(content))) + content
    return Element.model_validate(
        {
            "name": f"dir_{name.lower()}",
            "zh": f"目录项 {name}",
            "en": f"directory entry {name}",
            "tag": 0x70,
            "size": len(framed),
            "default": {"application": value},
            "examples": [({"application": value}, framed)],
            "elements": [application | origin],
        }
        | origin
    )

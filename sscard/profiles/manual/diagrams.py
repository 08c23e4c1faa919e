"""The other diagrams: tree of directories, rights, memory, order of personalization."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sscard.profiles.manual.access import Column, Matrix, Right
from sscard.profiles.manual.details import Memory
from sscard.profiles.manual.drawing import Drawing, text_width
from sscard.profiles.manual.texts import Language
from sscard.profiles.model import Directory, Profile

_WIDTH = 860
_STEP, _CHIP, _ROW = 30, 22, 24
_NARROWEST = 40  # column of a matrix


@dataclass(frozen=True, slots=True)
class Step:
    """One step of personalization: what is done, more about it, and at which station."""

    title: str
    detail: str
    station: str


@dataclass(frozen=True, slots=True)
class Branch:
    """What hangs in the tree: a name, a label and the files in it."""

    name: str
    label: str
    depth: int
    files: tuple[str, ...] = ()
    kind: str = "directory"


def branches(profile: Profile, language: Language) -> tuple[Branch, ...]:
    """The MF and the directories of the social security side below it."""
    found = [Branch("MF", "3F00", 0)]
    _hang(profile, "MF", 1, language, found)
    return tuple(found)


def _hang(
    profile: Profile, parent: str, depth: int, language: Language, found: list[Branch]
) -> None:
    for directory in profile.directories:
        if directory.parent == parent and directory.name != parent:
            found.append(_branch(directory, depth, language))
            _hang(profile, directory.name, depth + 1, language, found)


def _branch(directory: Directory, depth: int, language: Language) -> Branch:
    zh = language == "zh"
    files = tuple(f"{f.fid:04X} {f.name_zh if zh else f.name_en}" for f in directory.files)
    label = directory.label_zh if zh else directory.label_en
    return Branch(directory.name, f"{label} · {directory.fid:04X}", depth, files)


def tree_diagram(title: str, found: Sequence[Branch]) -> str:
    """Directories below each other, their files as chips beneath."""
    drawing, y = Drawing(_WIDTH, title), 2.0
    anchors: dict[int, float] = {}
    for branch in found:
        x = branch.depth * _STEP
        if branch.depth:
            start = anchors[branch.depth - 1]
            drawing.line([(x - _STEP / 2, start), (x - _STEP / 2, y + 13), (x, y + 13)])
        drawing.box((x, y), 76, 26, [(branch.name, 13, "strong")], branch.kind)
        drawing.text(x + 86, y + 18, branch.label, 13)
        anchors[branch.depth] = y + 26
        y = _chips(drawing, x + _STEP / 2 + 14, y + 32, branch.files)
    return drawing.markup()


def _chips(drawing: Drawing, left: float, y: float, files: Sequence[str]) -> float:
    x = left
    for file in files:
        width = min(text_width(file, 11) + 14, _WIDTH - left)
        if x > left and x + width > _WIDTH:
            x, y = left, y + _CHIP + 4
        drawing.box((x, y), width, _CHIP, [(file, 11, "")], "file")
        x += width + 5
    return y + (_CHIP + 10 if files else 4)


def matrix_diagram(
    title: str, directory: Directory, found: Matrix, language: Language, ui: Mapping[str, str]
) -> str:
    """Files against what a terminal has shown; colour and letters say the same."""
    drawing = Drawing(_WIDTH, title)
    labels = [
        f"{f.fid:04X} {f.name_zh if language == 'zh' else f.name_en}" for f in directory.files
    ]
    heads = [_head(column, directory, ui) for column in found.columns]
    widths = [
        max(_NARROWEST, *_widths(column, head, found, ui))
        for column, head in zip(found.columns, heads, strict=True)
    ]
    longest = max((text_width(label, 11.5) for label in labels), default=0) + 12
    left = min(longest, max(260, _WIDTH - sum(widths)))
    x = left
    for head, width in zip(heads, widths, strict=True):
        drawing.box((x, 0), width, 34, [(line, 10.5, "strong") for line in head], "head")
        x += width
    for index, (file, label) in enumerate(zip(directory.files, labels, strict=True)):
        y = 38 + index * _ROW
        drawing.box((0, y), left - 4, _ROW - 3, [(label, 11.5, "")], "label")
        x = left
        for column, width in zip(found.columns, widths, strict=True):
            rights = found.cells.get((file.fid, column.name), ())
            _cell(drawing, (x + 1, y), width - 2, rights, column, ui)
            x += width
    return drawing.markup()


def _widths(
    column: Column, head: Sequence[str], found: Matrix, ui: Mapping[str, str]
) -> Iterator[float]:
    """What the texts of a column need."""
    yield from (text_width(line, 10.5, "strong") + 8 for line in head)
    cells = (rights for (_, name), rights in found.cells.items() if name == column.name)
    yield from (text_width(_letters(rights, ui), 11.5, "strong") + 8 for rights in cells)


def _head(column: Column, directory: Directory, ui: Mapping[str, str]) -> tuple[str, ...]:
    if column.kid is None:
        return (ui.get(f"matrix_{column.name}", column.name),)
    return column.name.removesuffix(directory.name) or column.name, f"{column.kid:02X}"


def _cell(
    drawing: Drawing,
    at: tuple[float, float],
    width: float,
    rights: Sequence[Right],
    column: Column,
    ui: Mapping[str, str],
) -> None:
    text = _letters(rights, ui)
    updates = {right.update for right in rights}
    kind = {(): "none", (False,): "reads", (True,): "updates", (False, True): "all"}
    shade = "shut" if column.name == "never" and rights else kind[tuple(sorted(updates))]
    drawing.box(at, width, _ROW - 3, [(text, 11.5, "strong")] if text else [], shade)


def _letters(rights: Sequence[Right], ui: Mapping[str, str]) -> str:
    return " ".join(
        ui["matrix_update" if right.update else "matrix_read"]
        + ("&" if right.both else "")
        + ("*" if right.secured else "")
        for right in rights
    )


def memory_diagram(
    title: str,
    parts: Mapping[str, int],
    used: Sequence[Memory],
    names: Mapping[str, str],
    ui: Mapping[str, str],
) -> str:
    """For each part of the chip what is used of it; below, the directories to one scale."""
    drawing, y = Drawing(_WIDTH, title), 0.0
    totals = {name: sum(m.size for m in used if m.partition == name) for name in parts}
    left = max(text_width(names.get(name, name), 12, "strong") for name in parts) + 12
    room, most = _WIDTH - left - 210, max(parts.values())
    for name, size in parts.items():
        drawing.text(0, y + 15, names.get(name, name), 12, "strong")
        whole = max(4.0, room * size / most)
        drawing.rect(left, y + 3, whole, 16, "free")
        if totals[name]:
            drawing.rect(left, y + 3, max(2.0, whole * min(1, totals[name] / size)), 16, "files")
        note = ui["memory_part"].format(used=f"{totals[name]:,}", size=f"{size:,}")
        drawing.text(_WIDTH, y + 15, note if totals[name] else f"{size:,}", 12, "", end=True)
        y += 26
    return _directories(drawing, y + 8, used, ui).markup()


def _directories(
    drawing: Drawing, y: float, used: Sequence[Memory], ui: Mapping[str, str]
) -> Drawing:
    x = 0.0
    for kind in ("files", "keys", "rest"):
        drawing.rect(x, y, 12, 12, kind)
        drawing.text(x + 17, y + 10, ui[f"memory_{kind}"], 11, "quiet")
        x += 17 + text_width(ui[f"memory_{kind}"], 11) + 18
    y += 20
    most = max(memory.size for memory in used)
    left = max(text_width(memory.directory, 12, "strong") for memory in used) + 12
    for memory in used:
        drawing.text(0, y + 14, memory.directory, 12, "strong")
        x = left
        for kind, size in (("files", memory.files), ("keys", memory.keys), ("rest", memory.rest)):
            width = (_WIDTH - left - 90) * size / most
            if size:
                drawing.rect(x, y + 3, max(1.0, width), 14, kind)
            x += width
        drawing.text(_WIDTH, y + 14, f"{memory.size:,}", 12, "", end=True)
        y += 22
    return drawing


def order_diagram(title: str, steps: Sequence[Step], stations: Mapping[str, str]) -> str:
    """Steps below each other, each in the colour of its station, whose name stands beside."""
    drawing, y, before = Drawing(620, title), 0.0, ""
    for index, step in enumerate(steps):
        if index:
            drawing.line([(310, y - 10), (310, y)], "wire arrow")
        lines = [(f"{index + 1}  {step.title}", 12.5, "strong")]
        lines += [(step.detail, 11, "quiet")] if step.detail else []
        height = 40 if step.detail else 28
        drawing.box((0, y), 620, height, lines, step.station)
        if step.station != before:
            drawing.text(632, y + 18, stations[step.station], 12, "quiet")
        before = step.station
        y += height + 10
    return drawing.markup()

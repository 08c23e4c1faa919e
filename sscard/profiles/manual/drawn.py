"""Which diagrams a manual has, and what is in each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sscard.profiles.manual import access, byte_rows, details, diagrams, layout, places
from sscard.profiles.manual.layout import Cell
from sscard.profiles.manual.texts import Words
from sscard.profiles.model import Directory, Profile

_PAYMENT = (("PSE", "pse", "pse_name"), ("PPSE", "ppse", "ppse_name"), ("debit", "debit", "aid"))


def drawn(profile: Profile, words: Words) -> Iterator[tuple[str, str]]:
    """Name and SVG of each diagram, in the order of the page."""
    ui = words.ui
    yield "structure", diagrams.tree_diagram(ui["diagram_tree"], tuple(_branches(profile, words)))
    for directory in profile.directories:
        yield from _directory(profile, directory, words)
    yield "atr", _bytes(ui["reset_contact"], details.atr_cells(profile.contact), words)
    if profile.contactless is not None:
        cells = details.ats_cells(profile.contact, profile.contactless)
        yield "ats", _bytes(ui["reset_contactless"], cells, words)
    if profile.certificates is not None:
        found = profile.certificates
        for name, fci in (("ddf", found.ddf_fci), ("adf", found.adf_fci)):
            svg = _bytes(f"FCI {name.upper()}", layout.tlv_cells(fci), words)
            yield f"fci-certificates-{name}", svg
    yield "memory", _memory(profile, words)
    steps = tuple(_steps(profile, words))
    yield "order", diagrams.order_diagram(ui["order"], steps, words.texts["stations"])


def _directory(profile: Profile, directory: Directory, words: Words) -> Iterator[tuple[str, str]]:
    ui, language, name = words.ui, words.language, places.slug(directory.name)
    cells = layout.tlv_cells(layout.fci(directory))
    yield f"fci-{name}", _bytes(f"FCI {directory.name}", cells, words)
    if directory.files:
        found = access.matrix(profile, directory)
        title = f"{ui['matrix']} {directory.name}"
        yield f"access-{name}", diagrams.matrix_diagram(title, directory, found, language, ui)
    for file in directory.files:
        if file.elements:
            title = f"{ui['record_layout']} {places.file_place(directory, file)}"
            svg = byte_rows.record_diagram(title, layout.rows(file), words)
            yield places.file_anchor(directory, file), svg


def _bytes(title: str, cells: Iterable[Cell], words: Words) -> str:
    return byte_rows.byte_diagram(title, cells, words)


def _branches(profile: Profile, words: Words) -> Iterator[diagrams.Branch]:
    yield from diagrams.branches(profile, words.language)
    for name, environment, setting in _PAYMENT:
        if setting in profile.bank:
            shown = places.readable(profile.bank[setting].data)
            label = f"{words.texts['environments'][environment]} · {shown}"
            yield diagrams.Branch(name, label, 1, (), "bank")
    if profile.certificates is not None:
        yield from _certificates(profile, words)


def _certificates(profile: Profile, words: Words) -> Iterator[diagrams.Branch]:
    found = profile.certificates
    if found is None:
        return
    zh = words.language == "zh"
    title, name = found.title_zh if zh else found.title_en, places.readable(found.ddf_name)
    yield diagrams.Branch("PKI", f"{title} · {name}", 1, (), "elsewhere")
    files = tuple(f"{f.fid:04X} {f.name_zh if zh else f.name_en}" for f in found.files)
    yield diagrams.Branch("ADF", places.readable(found.adf_name), 2, files, "elsewhere")


def _memory(profile: Profile, words: Words) -> str:
    return diagrams.memory_diagram(
        words.ui["memory"],
        details.partitions(profile),
        details.memory(profile),
        words.texts["partitions"],
        words.ui,
    )


def _steps(profile: Profile, words: Words) -> Iterator[diagrams.Step]:
    step, social, bank = words.texts["steps"], "social", "bank"
    yield diagrams.Step(step["blank"], "", social)
    yield diagrams.Step(step["atr"], "", social)
    fid, size = (profile.setting(f"exchange_{name}").number for name in ("fid", "size"))
    detail = step["main_file_detail"].format(fid=f"{fid:04X}", size=size)
    yield diagrams.Step(step["main_file"], detail, social)
    sizes = {memory.directory: memory.size for memory in details.memory(profile)}
    for directory in profile.directories:
        detail = step["directory_detail"].format(
            keys=sum(map(profile.versions, directory.keys)),
            files=len(directory.files),
            size=f"{sizes.get(directory.name, 0):,}",
        )
        yield diagrams.Step(step["directory"].format(name=directory.name), detail, social)
    yield diagrams.Step(step["end"], "", social)
    yield diagrams.Step(step["data"], step["data_detail"], social)
    yield diagrams.Step(step["handover"], "", social)
    yield diagrams.Step(step["bank"], "", bank)
    yield diagrams.Step(step["close"], "", bank)
    yield diagrams.Step(step["audit"], "", "audit")

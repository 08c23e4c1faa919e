"""Files that other parties may send and that must not be imported, for every test that imports.

``broken_files(folder)`` makes them all in ``folder``: hundreds of kilobytes on the disk, since what
is large is sparse.  Each says which way it comes in, which codes an error has, and what the message
names.  Those of ``tests/vectors/exchange`` are among them.
"""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sscard.issuance.exchange import (
    Source,
    check_list,
    encode,
    load_list_layout,
    make_list,
    read_seal,
)
from sscard.issuance.exchange.envelope import LARGEST_ENVELOPE, disclose
from sscard.issuance.exchange.opening import read_whole
from sscard.keys.stores import load_bank

VECTORS = Path(__file__).parents[2] / "vectors" / "exchange"
#: A list is read as it is; a table first becomes one; seals and envelopes are opened before.
Way = Literal["list", "table", "sealed", "macced", "enclosed"]


@dataclass(frozen=True)
class Broken:
    """One file: the codes that an error has (in their order), and what its message says."""

    name: str
    way: Way
    layout: str
    path: Path
    codes: tuple[str, ...]
    said: str


@dataclass(frozen=True)
class Recipe:
    """How a file is made of a sound one (nothing for those that are made otherwise)."""

    name: str
    make: Callable[[bytes], bytes]
    codes: str
    said: str
    layout: str = "office-list"


def sound(layout: str) -> bytes:
    """The example of a layout."""
    found = load_list_layout(layout)
    return b"".join(encode(found, found.example.records, found.example.header))


def broken_files(folder: Path) -> Iterator[Broken]:
    """All of them, made in ``folder``; one by one, so that each can be removed when it was used."""
    from tests.issuance.exchange import broken_books, broken_lists, broken_places, broken_seals

    yield from _vectors(folder)
    for module in (broken_lists, broken_books, broken_places, broken_seals):
        yield from module.made(folder)


def write(folder: Path, recipe: Recipe, way: Way, suffix: str = ".txt") -> Broken:
    """The file of a recipe."""
    path = folder / f"{recipe.name}{suffix}"
    path.write_bytes(recipe.make(sound(recipe.layout)))
    codes = tuple(recipe.codes.split())
    return Broken(recipe.name, way, recipe.layout, path, codes, recipe.said)


def _vectors(folder: Path) -> Iterator[Broken]:
    document = tomllib.loads((VECTORS / "broken.toml").read_text("utf-8"))
    for each in document["vector"]:
        name, layout = each["name"], each["layout"]
        path = folder / f"vector-{name}.txt"
        shutil.copyfile(VECTORS / f"{name}.list", path)
        found = check_list(path, load_list_layout(layout)).findings
        assert [str(finding) for finding in found] == each["findings"]
        codes = tuple(finding.code.value for finding in found)
        yield Broken(f"vector-{name}", "list", layout, path, codes, each["findings"][0])


def bring_in(broken: Broken) -> None:
    """What whoever imports a file does first.  Raises ListError for every broken one."""
    from tests.issuance.exchange import broken_seals

    layout = load_list_layout(broken.layout)
    match broken.way:
        case "table":
            make_list(broken.path, layout).require_sound()
        case "enclosed":
            envelope = read_whole(broken.path, LARGEST_ENVELOPE)
            me = broken_seals.receiver()
            content = disclose(envelope, me.certificate, me.key, name=broken.path.name)
            check_list(Source.within(broken.path.name, content), layout).require_sound()
        case way:
            checked = check_list(broken.path, layout)
            if way == "sealed":
                seal = read_seal(broken.path)
                seal.require_signed([broken_seals.signer()[1]])
                seal.require_of(checked)
            if way == "macced":
                seal = read_seal(broken.path)
                seal.require_mac(load_bank(), broken_seals.TK_MAC)
                seal.require_of(checked)
            checked.require_sound()

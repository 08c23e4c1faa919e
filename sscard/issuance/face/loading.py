"""Layouts of faces from their files: a generation's, or a province's over one.

An overlay is a TOML file with ``base`` and whatever differs.  A box that it touches is as sure as
the overlay says it is: without a mark of its own it is ``assumed``, whatever the base says.
"""

from __future__ import annotations

import hashlib
import tomllib
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sscard.errors import ProfileError
from sscard.issuance.face.layout import FaceLayout

_PACKAGED = "sscard.issuance.face.layouts"
#: Tables of which each is one box, and tables of such tables.
_BOXES, _TABLES = ("photo", "watermark", "contactless"), ("fields", "blank")
_LONGEST = 4 << 20


def layout_names() -> tuple[str, ...]:
    """The layouts that come with sscard."""
    files = resources.files(_PACKAGED).iterdir()
    return tuple(sorted(each.name[:-5] for each in files if each.name.endswith(".toml")))


def load_face_layout(name: str | Path) -> FaceLayout:
    """A packaged layout by its name, or the one in a ``.toml`` file.

    Raises ProfileError naming file and place.
    """
    source = _source(str(name))
    raw = _read(source)
    declared = _parsed(source, raw)
    digest = hashlib.sha256(raw)
    told = str(source)
    if "base" in declared:
        base = _base(source, declared["base"])
        below = _read(base)
        digest.update(below)
        declared = _merged(_parsed(base, below), declared)
        told = f"{source} ({base.name})"
    _find_picture(source, declared, digest)
    return _validated(told, {**declared, "sha256": digest.hexdigest()})


def _source(name: str) -> Traversable:
    if name.endswith(".toml"):
        return Path(name)
    if name not in layout_names():
        raise ProfileError(f"no face layout {name}; there are {', '.join(layout_names())}")
    return resources.files(_PACKAGED) / f"{name}.toml"


def _base(source: Traversable, name: object) -> Traversable:
    if not isinstance(name, str) or name.endswith(".toml"):
        raise ProfileError(f"{source}: base: is the name of a layout that comes with sscard")
    base = _source(name)
    if "base" in _parsed(base, _read(base)):
        raise ProfileError(f"{source}: base: {name} is an overlay itself")
    return base


def _read(source: Traversable) -> bytes:
    try:
        return source.read_bytes()
    except OSError as error:
        raise ProfileError(f"{source}: {error.strerror}") from None


def _parsed(source: Traversable, raw: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(raw.decode("utf-8"))
    except ValueError as error:  # no UTF-8, no TOML
        raise ProfileError(f"{source}: {error}") from None


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = {**below, **above}
    for name in _BOXES:
        if name in above:
            merged[name] = _box(below.get(name), above[name])
    for name in _TABLES:
        boxes, over = below.get(name, {}), above.get(name, {})
        if isinstance(over, dict):
            merged[name] = {**boxes, **{each: _box(boxes.get(each), over[each]) for each in over}}
    return merged


def _box(below: object, above: object) -> object:
    """What the base says stays, but for whose word it is."""
    if not isinstance(above, dict):
        return above  # the model says what is wrong with it
    told = {"source": "overlay", "mark": "assumed"}
    return {**(below if isinstance(below, dict) else {}), **told, **above}


def _find_picture(source: Traversable, declared: dict[str, Any], digest: Any) -> None:
    """The watermark's picture, named from where its layout lies."""
    watermark = declared.get("watermark")
    name = watermark.get("picture") if isinstance(watermark, dict) else None
    if not isinstance(name, str) or not name:
        return
    path = Path(str(source)).parent / name
    raw = _read(path)
    if len(raw) > _LONGEST or not raw.startswith((b"\x89PNG", b"\xff\xd8")):
        raise ProfileError(f"{source}: watermark.picture: is no PNG or JPEG file of up to 4 MiB")
    digest.update(raw)
    declared["watermark"] = {**declared["watermark"], "picture": str(path.resolve())}


def _validated(told: str, declared: dict[str, Any]) -> FaceLayout:
    try:
        return FaceLayout.model_validate(declared)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(each) for each in first["loc"])
        raise ProfileError(f"{told}: {place}{': ' if place else ''}{first['msg']}") from None

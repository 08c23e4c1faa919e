"""Profiles as layers: a base, what regions lay on it, and one bank.

What an overlay says of itself (``overlay``, ``name``, titles, ``bases``) is judged here, what it
may change in ``extension_rules``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Literal

from sscard.errors import ProfileError
from sscard.profiles.extension_rules import broken
from sscard.profiles.overlay import overlaid

LayerKind = Literal["profile", "region", "bank", "supplement"]
OverlayKind = Literal["region", "bank"]

_HEAD = ("overlay", "name", "title_zh", "title_en", "bases")
#: What an overlay of each kind may say beside its head.
_BODY: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"region": ("settings", "changes", "additions", "directories"), "bank": ("bank",)}
)
_NAME = re.compile("[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Layer:
    """One file of a composition; ``sha256`` is that of its text in UTF-8.

    ``packaged``: it comes with sscard.  Whatever else says a fact, says it unsigned.
    """

    name: str
    kind: LayerKind
    sha256: bytes
    packaged: bool = False


@dataclass(frozen=True, slots=True)
class Composition:
    """The tables of all layers together, and the layers, the lowest first."""

    document: Mapping[str, Any]
    layers: tuple[Layer, ...]

    @property
    def name(self) -> str:
        """The name of the profile, and behind it those of what lies on it, joined by ``+``."""
        return str(self.document.get("name"))

    @property
    def sha256(self) -> bytes:
        """One hash over all layers: of each layer's hash and that of all below it."""
        first, *more = (layer.sha256 for layer in self.layers)
        below = first
        for own in more:
            below = sha256(own + below).digest()
        return below

    def of(self, kind: LayerKind) -> tuple[str, ...]:
        """The names of the layers of this kind."""
        return tuple(layer.name for layer in self.layers if layer.kind == kind)


@dataclass(frozen=True, slots=True)
class Source:
    """One file as it was read.  ``origin`` names it in errors; ``packaged``: it is sscard's."""

    origin: str
    text: str
    document: Mapping[str, Any]
    packaged: bool = False

    @property
    def is_overlay(self) -> bool:
        """Whether it can only stand on a profile."""
        return "overlay" in self.document

    def layer(self, kind: LayerKind) -> Layer:
        """This file as a layer."""
        name = self.document.get("name")
        own = sha256(self.text.encode()).digest()
        return Layer(str(name or self.origin), kind, own, self.packaged)


def based(source: Source, base: Composition | None) -> Composition:
    """The profile in ``source``, on top of what it extends.  Raises ProfileError."""
    own = {name: value for name, value in source.document.items() if name != "extends"}
    _check_name(own.get("name"), () if base is None else base.of("profile"))
    layer = source.layer("profile")
    if base is not None:
        return Composition(overlaid(base.document, own), (*base.layers, layer))
    for name in ("changes", "additions", "removals"):
        if name in own:
            raise ProfileError(f"{name}: has a meaning only in a profile that extends another one")
    return Composition(own, (layer,))


def _check_name(name: object, below: tuple[str, ...]) -> None:
    """A name that is missing or no text is for the model to tell."""
    if isinstance(name, str) and not _NAME.fullmatch(name):
        raise ProfileError("name: is small letters and digits, words joined by '-'")
    if name in below:
        raise ProfileError(f"name: {name} is what it extends: it is another card")


def with_overlay(base: Composition, source: Source) -> Composition:
    """``base`` with an overlay on it.  Raises ProfileError with every rule that it breaks."""
    kind = _checked_head(source.document)
    _check_body(source.document, kind)
    _check_base(base, source.document, kind)
    body = {name: source.document[name] for name in _BODY[kind] if name in source.document}
    document = overlaid(base.document, body)
    wrong = [f"{place}: {why}" for place, why in broken(base.document, document)]
    if wrong:
        raise ProfileError("\n".join(wrong))
    for name, between in (("name", "+"), ("title_zh", " + "), ("title_en", " + ")):
        document[name] = f"{base.document.get(name)}{between}{source.document[name]}"
    return Composition(document, (*base.layers, source.layer(kind)))


def _checked_head(head: Mapping[str, Any]) -> OverlayKind:
    kind: OverlayKind | None = head["overlay"] if head["overlay"] in ("region", "bank") else None
    if kind is None:
        raise ProfileError(f"overlay: is 'region' or 'bank', not {head['overlay']!r}")
    if not isinstance(head.get("name"), str) or not _NAME.fullmatch(head["name"]):
        raise ProfileError("name: of an overlay is small letters and digits, words joined by '-'")
    for title in ("title_zh", "title_en"):
        if not isinstance(head.get(title), str) or not head[title].strip():
            raise ProfileError(f"{title}: is missing")
    bases = head.get("bases")
    if not isinstance(bases, list) or not bases or not all(isinstance(b, str) for b in bases):
        raise ProfileError("bases: names the profiles on which the overlay can lie")
    return kind


def _check_body(document: Mapping[str, Any], kind: OverlayKind) -> None:
    for name in document:
        if name in _HEAD or name in _BODY[kind]:
            continue
        if name == "removals":
            raise ProfileError("removals: an overlay removes nothing that its base has (ssc 1.1)")
        if kind == "bank":
            raise ProfileError(f"{name}: a bank overlay changes only [bank.*]")
        if name == "bank":
            raise ProfileError(
                "bank: a region overlay changes only the social security side; [bank.*] is changed "
                "by a bank overlay"
            )
        raise ProfileError(
            f"{name}: a region overlay has no place for it; what has is {', '.join(_BODY[kind])}"
        )


def _check_base(base: Composition, head: Mapping[str, Any], kind: OverlayKind) -> None:
    profile, bank = base.of("profile")[-1], base.of("bank")
    if profile not in head["bases"]:
        raise ProfileError(f"bases: is for {' and '.join(head['bases'])}, not for {profile}")
    if kind == "bank" and bank:
        raise ProfileError(f"overlay: a card has one bank, and {bank[0]} is there already")
    if head["name"] in base.of(kind):
        raise ProfileError(f"name: {head['name']} is there already")

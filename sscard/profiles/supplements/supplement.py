"""A supplement: the signed word of a profile's owner on facts that nobody else could know.

It lies on all other layers.  It is for one profile, known by the hash over all its layers: whoever
changes one of them needs the owner's word anew.  It confirms facts as they stand (``[[confirms]]``)
or says them otherwise in the words of overlays; source and mark of these are the supplement itself.

What is signed are the bytes of the file, line ends included, by Ed25519.  The key that is trusted
is the caller's; nothing in the file is believed before the signature holds.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any

from pydantic import ValidationError

from sscard.errors import ProfileError
from sscard.keys.ed25519 import SIGNATURE_SIZE, VerifyingKey
from sscard.profiles.composition import Composition, Layer
from sscard.profiles.element import Mark, Part
from sscard.profiles.facts import stated
from sscard.profiles.model import Profile
from sscard.profiles.overlay import PROVENANCE, SETTINGS, copied, find, overlaid
from sscard.profiles.supplements.confirming import Provenance, inner, with_provenance
from sscard.profiles.supplements.words import SupplementWords
from sscard.profiles.words import in_words, not_toml, sentence

#: The mark of what a supplement confirms or says.  No file may write it.
CONFIRMED: Mark = "confirmed"
_OVERRIDES = (*SETTINGS, "changes", "additions", "directories")
#: In the document, until the model is there; ``confirmed`` puts the right one.
_PROVISIONAL: Mark = "S"


@dataclass(frozen=True, slots=True)
class Supplement:
    """What a signature has proven.  ``origin`` is the file's name, for messages."""

    origin: str
    sha256: bytes
    #: Fingerprint of the key that signed it.
    issuer_key: bytes
    words: SupplementWords = field(repr=False)

    @property
    def title(self) -> str:
        """Name and serial number."""
        return f"{self.words.name} no. {self.words.number}"

    @property
    def citation(self) -> str:
        """How facts name it as their source.  The hash tells it from all other words."""
        return (
            f"supplement {self.title} of {self.words.issuer_en}, {self.words.date.isoformat()} "
            f"(SHA-256 {self.sha256.hex()[:16]})"
        )

    @property
    def _confirming(self) -> str:
        """How a source begins that the supplement has confirmed."""
        return f"{self.citation}, confirming "

    @property
    def confirmations(self) -> tuple[str, ...]:
        """The places that it confirms as they stand."""
        return tuple(each.place for each in self.words.confirms)

    def applied_to(self, composition: Composition, /) -> Composition:
        """The composition with what the supplement says otherwise, and itself as a layer.

        Raises ProfileError for another profile, another state of it, or a target that is not there.
        """
        self._require_profile(composition)
        body = {word: value for word, value in self._overrides(composition).items() if value}
        try:
            document = overlaid(composition.document, body)
        except ProfileError as error:
            raise self._wrong([str(error)]) from None
        layer = Layer(self.title, "supplement", self.sha256)
        return Composition(document, (*composition.layers, layer))

    def confirmed(self, profile: Profile, /) -> Profile:
        """The profile of ``applied_to``'s composition, with the supplement as source of its facts.

        The old source stays beside it.  Raises ProfileError for a place that is not there, and for
        one that the supplement itself changes: that is its own word, not a confirmation.
        """
        parts = dict(profile.parts())
        wrong = [
            f"confirmation of {place}: {why}"
            for place in self.confirmations
            if (why := self._hindrance(parts.get(place)))
        ]
        if wrong:
            raise self._wrong(wrong)
        return with_provenance(profile, dict(self._provenances(parts)))

    def unneeded(self, profile: Profile) -> tuple[str, ...]:
        """Confirmed places of ``profile``, as ``confirmed`` gave it, that were sure without."""
        parts = dict(profile.parts())
        return tuple(p for p in self.confirmations if p in parts and parts[p].mark != CONFIRMED)

    def changed(self, profile: Profile) -> tuple[str, ...]:
        """The places of ``profile``, as ``confirmed`` gave it, that the supplement overrides.

        Inner items, too: a change of one is not a change of its element.
        """
        sources = ((part.place, str(part.facts.get("source", ""))) for part in stated(profile))
        return tuple(
            place
            for place, source in sources
            if source.startswith(self.citation) and not source.startswith(self._confirming)
        )

    def require_valid(self, today: date) -> None:
        """ProfileError when it has expired or its date is still to come."""
        until = self.words.valid_until
        if until is not None and today > until:
            raise self._wrong([f"valid_until: it has expired on {until.isoformat()}"])
        if today < self.words.date:
            raise self._wrong([f"date: {self.words.date.isoformat()} is still to come"])

    def _require_profile(self, composition: Composition) -> None:
        words = self.words
        if composition.name != words.profile:
            raise self._wrong([f"profile: is for {words.profile}, not for {composition.name}"])
        if composition.sha256 != words.profile_hash:
            raise self._wrong(
                [
                    f"profile_sha256: {words.profile} was changed since its owner read it: then "
                    f"{words.profile_sha256.lower()[:16]}…, now {composition.sha256.hex()[:16]}…; "
                    "it has to be read and signed anew"
                ]
            )

    def _overrides(self, composition: Composition) -> dict[str, Any]:
        """Overrides with their source.  Raises ProfileError where they name one themselves."""
        body = {word: copied(getattr(self.words, word)) for word in _OVERRIDES}
        for group in SETTINGS:
            for name, setting in body[group].items():
                place = f"{group}.{name}"
                self._stamp(setting, place, _was(find(composition.document, place)))
        for each in body["changes"]:
            target = str(each.get("target"))
            found = find(composition.document, target)
            if set(each) == {"target"}:
                raise self._wrong([f"change of {target}: says nothing; [[confirms]] confirms"])
            self._stamp(each, f"change of {target}", _was(found))
        for word in ("additions", "directories"):
            for each in body[word]:
                self._stamp_all(each, word, stamp=word == "directories")
        return body

    def _stamp_all(self, table: dict[str, Any], place: str, *, stamp: bool) -> None:
        """Every part of what is put in says where it is from."""
        if stamp:
            self._stamp(table, place, "")
        for word in ("keys", "files", "elements"):
            for each in _tables(table.get(word)):
                self._stamp_all(each, f"{place}, {word}", stamp=True)

    def _stamp(self, table: dict[str, Any], place: str, was: str) -> None:
        for word in PROVENANCE:
            if word in table:
                raise self._wrong([f"{place}: {word}: is the supplement itself, and not written"])
        table |= {"source": self.citation + was, "mark": _PROVISIONAL}

    def _hindrance(self, part: Part | None) -> str:
        if part is None:
            return "there is no such place"
        if self._says(part):
            return "the supplement changes it itself: what it says needs no confirmation"
        return ""

    def _says(self, part: Part) -> bool:
        return part.source.startswith(self.citation)

    def _provenances(self, parts: Mapping[str, Part]) -> Iterator[tuple[int, Provenance]]:
        """Of every part that changes, by ``id``; inner items go with the one that has a place."""
        own = {id(part) for part in parts.values()}
        notes = {each.place: f"; {each.note}" if each.note else "" for each in self.words.confirms}
        for place, part in parts.items():
            for each in (part, *inner(part, own)):
                if self._says(each):
                    yield id(each), Provenance(each.source, CONFIRMED)
                elif place in notes and each.unconfirmed:
                    was = f"{each.source} [{each.mark}]{notes[place]}"
                    yield id(each), Provenance(self._confirming + was, CONFIRMED)

    def _wrong(self, lines: Iterable[str]) -> ProfileError:
        return ProfileError("\n".join(f"{self.origin}: {line}" for line in lines))


def verified(
    raw: bytes, signature: bytes, keys: Sequence[VerifyingKey], *, origin: str
) -> Supplement:
    """The supplement in ``raw`` when one of ``keys``, which the caller trusts, has signed it.

    Whether it is valid today and for which profile is asked of the result.  Raises ProfileError.
    """
    if len(signature) != SIGNATURE_SIZE:
        raise ProfileError(
            f"{origin}: its signature has {len(signature)} bytes, Ed25519 gives {SIGNATURE_SIZE}"
        )
    signer = next((key for key in keys if key.signed(raw, signature)), None)
    if signer is None:
        known = ", ".join(f"{key.fingerprint.hex()[:16]}…" for key in keys) or "none"
        raise ProfileError(
            f"{origin}: no trusted key has signed this: the file was changed, or another key "
            f"signed it (trusted: {known})"
        )
    return Supplement(origin, sha256(raw).digest(), signer.fingerprint, _read(raw, origin))


def _read(raw: bytes, origin: str) -> SupplementWords:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise ProfileError(f"{origin}: is not UTF-8") from None
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"{origin}: {not_toml(text, error)}") from None
    try:
        words = SupplementWords.model_validate(document)
    except ValidationError as error:
        wrong = [f"{_place(each['loc'], document)}: {sentence(each)}" for each in error.errors()]
        raise ProfileError("\n".join(f"{origin}: {line}" for line in wrong)) from None
    places = Counter(each.place for each in words.confirms)
    doubled = [place for place, count in places.items() if count > 1]
    if doubled:
        lines = (f"{origin}: confirmation of {place}: stands there twice" for place in doubled)
        raise ProfileError("\n".join(lines))
    return words


def _place(loc: tuple[int | str, ...], document: Mapping[str, Any]) -> str:
    steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in loc)
    return in_words(steps.removeprefix("."), document)


def _was(found: Any) -> str:
    """Where the fact was from that is no more."""
    if found is None:
        return ""
    return f", instead of {found.table.get('source')} [{found.table.get('mark')}]"


def _tables(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []

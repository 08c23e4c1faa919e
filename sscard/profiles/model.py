"""What a card shall contain, as data: a profile, its directories, keys, files and settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from sscard.dialects.rights import Condition
from sscard.errors import ProfileError
from sscard.profiles.certificates import CertificateApplication
from sscard.profiles.dir_file import dir_elements
from sscard.profiles.element import Element, HexBytes, Label, Mark, Name, Part, Value
from sscard.profiles.fields import FieldError
from sscard.profiles.file import File, RecordTemplate, Structure
from sscard.profiles.groupings import Grouping
from sscard.profiles.interfaces import Contact, Contactless
from sscard.profiles.not_modelled import Remark, remarks

__all__ = [
    "Directory",
    "Element",
    "File",
    "Key",
    "Mark",
    "Profile",
    "RecordTemplate",
    "Setting",
    "Structure",
    "Value",
]

KeyType = Literal["internal", "external", "maintenance", "load", "purchase", "transaction", "lock"]


def _text_or_number(value: object) -> object:
    if type(value) not in (str, int):
        raise ValueError("a setting is text or a number")
    return value


class Setting(Part):
    """A value that the specification leaves to the issuer; ``note`` says what it decides."""

    value: Annotated[str | int, BeforeValidator(_text_or_number)]
    note: str = ""

    @property
    def text(self) -> str:
        """The value as text.  Raises ProfileError when it is a number."""
        if not isinstance(self.value, str):
            raise ProfileError(f"a setting is the number {self.value} where text is needed")
        return self.value

    @property
    def number(self) -> int:
        """The value as a number.  Raises ProfileError when it is text."""
        if not isinstance(self.value, int):
            raise ProfileError(f"a setting is the text {self.value!r} where a number is needed")
        return self.value

    @property
    def data(self) -> bytes:
        """The bytes that the value writes in hexadecimal.  Raises ProfileError."""
        try:
            return bytes.fromhex(self.text)
        except ValueError:
            raise ProfileError(f"the setting {self.text!r} is not hexadecimal") from None


class Key(Part):
    """A key of a directory (ssc 3.3, 3.4).  ``kid`` has bit 8 set when it is local to an ADF.

    ``name`` is also its name in the key stores.  ``versions`` counts the key groups that the
    specification has; how many a card gets is the setting ``key_versions``.
    """

    name: Label
    kid: Annotated[int, Field(strict=True, ge=0, le=0xFF)]
    type: KeyType
    versions: Annotated[int, Field(strict=True, ge=1, le=3)]
    size: Literal[8, 16] = 16


class Directory(Part):
    """A DDF or ADF.  ``df_name`` is what SELECT by name takes: AID or name of the environment.

    ``fci_proprietary`` is the content of template A5 of its FCI; empty means no A5.
    """

    name: Label
    kind: Literal["ddf", "adf"]
    fid: Annotated[int, Field(strict=True, ge=1, le=0xFFFF)]
    df_name: Annotated[HexBytes, Field(min_length=5, max_length=16)]
    label_zh: Label
    label_en: Label
    parent: Label
    fci_proprietary: HexBytes = b""
    keys: tuple[Key, ...] = ()
    files: tuple[File, ...] = ()

    def file(self, fid: int) -> File:
        """The file with this identifier.  Raises ProfileError."""
        for file in self.files:
            if file.fid == fid:
                return file
        raise ProfileError(f"{self.name} has no file {fid:04X}")


class Removal(Part):
    """A fact of the base that this profile has not; ``target`` names it as places are named."""

    target: Label


class Profile(BaseModel):
    """The declared contents of one kind of card.

    ``bank`` holds what the financial side needs, and ``groupings`` what it is told; the social
    security side never looks there.  ``contactless`` is None for a card without an antenna,
    ``certificates`` for one without that application.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Label
    title_zh: Label
    title_en: Label
    card_version: Label
    suite: Label
    chip: Label
    contact: Contact
    contactless: Contactless | None = None
    settings: dict[Name, Setting] = {}
    bank: dict[Name, Setting] = {}
    groupings: tuple[Grouping, ...] = ()
    certificates: CertificateApplication | None = None
    directories: tuple[Directory, ...]
    removals: tuple[Removal, ...] = ()

    @field_validator("directories")
    @classmethod
    def _write_dir_files(cls, directories: tuple[Directory, ...]) -> tuple[Directory, ...]:
        return tuple(_with_dir_file(directory, directories) for directory in directories)

    def directory(self, name: str) -> Directory:
        """The directory of this name.  Raises ProfileError."""
        for directory in self.directories:
            if directory.name == name:
                return directory
        raise ProfileError(f"profile {self.name} has no directory {name}")

    def setting(self, name: str) -> Setting:
        """The setting of this name.  Raises ProfileError."""
        if name not in self.settings:
            raise ProfileError(f"profile {self.name} has no setting {name}")
        return self.settings[name]

    def bank_setting(self, name: str) -> Setting:
        """The setting of the financial side of this name.  Raises ProfileError."""
        if name not in self.bank:
            raise ProfileError(f"profile {self.name} has no bank setting {name}")
        return self.bank[name]

    @cached_property
    def elements(self) -> Mapping[str, Element]:
        """Every top-level element a person's data can fill, by name.

        What only the card itself writes (update ``never``) is not among them.
        """
        return {
            element.name: element
            for directory in self.directories
            for file in directory.files
            for element in file.elements
            if file.content is None and file.update.condition is not Condition.NEVER
        }

    def versions(self, key: Key) -> int:
        """How many versions of ``key`` the card gets (decision: setting ``key_versions``)."""
        return min(key.versions, self.setting("key_versions").number)

    def problems(self, values: Mapping[str, object]) -> tuple[FieldError, ...]:
        """Every reason why a card cannot carry ``values``; empty when it can."""
        files = (file for directory in self.directories for file in directory.files)
        return tuple(problem for file in files for problem in file.problems(values))

    def not_modelled(self) -> tuple[Remark, ...]:
        """What is declared and the card does not do yet, a line each in both languages."""
        return remarks(self)

    def unconfirmed(self) -> tuple[str, ...]:
        """The places that rest on inferred, single-source or assumed facts, in order."""
        return tuple(place for place, part in self.parts() if part.unconfirmed)

    def parts(self) -> Iterator[tuple[str, Part]]:
        """Everything with a source and a mark of its own, each with its place.

        Inner items go with their element, but for one that is less sure than it.
        """
        yield from _interfaces(self.contact, self.contactless)
        yield from ((f"settings.{name}", part) for name, part in self.settings.items())
        yield from ((f"bank.{name}", part) for name, part in self.bank.items())
        yield from ((f"groupings.{part.name}", part) for part in self.groupings)
        yield from _certificates(self.certificates)
        yield from ((f"removed {part.target}", part) for part in self.removals)
        for directory in self.directories:
            yield directory.name, directory
            yield from ((f"{directory.name}.{key.name}", key) for key in directory.keys)
            for file in directory.files:
                place = f"{directory.name}/{file.fid:04X}"
                yield place, file
                yield from _elements(place, file.elements)


def _with_dir_file(directory: Directory, directories: Sequence[Directory]) -> Directory:
    adfs = [
        (adf.name, adf.df_name, adf.label_zh) for adf in directories if adf.parent == directory.name
    ]
    files = tuple(
        file.model_copy(update={"elements": dir_elements(adfs, file)})
        if file.content == "dir"
        else file
        for file in directory.files
    )
    return directory.model_copy(update={"files": files})


def _elements(above: str, elements: Sequence[Element]) -> Iterator[tuple[str, Part]]:
    for element in elements:
        place = f"{above}.{element.name}"
        yield place, element
        if not element.unconfirmed:
            inside = _elements(place, element.elements)
            yield from ((at, part) for at, part in inside if part.unconfirmed)


def _interfaces(contact: Contact, contactless: Contactless | None) -> Iterator[tuple[str, Part]]:
    yield "contact", contact
    yield from ((f"contact.historical.{part.name}", part) for part in contact.historical)
    if contactless is not None:
        yield "contactless", contactless
        yield from ((f"contactless.reach.{part.target}", part) for part in contactless.reach)


def _certificates(application: CertificateApplication | None) -> Iterator[tuple[str, Part]]:
    if application is None:
        return
    yield "certificates", application
    yield from ((f"certificates/{file.fid:04X}", file) for file in application.files)
    yield from ((f"certificates.pins.{pin.name}", pin) for pin in application.pins)
    yield from ((f"certificates.{key.name}", key) for key in application.keys)
    place = "certificates.certificate"
    yield place, application.certificate
    extensions = application.certificate.extensions
    yield from ((f"{place}.extensions.{part.name}", part) for part in extensions)

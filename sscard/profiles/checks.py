"""What makes a profile wrong although each of its parts is well formed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from types import MappingProxyType

from sscard.apdu import tlv
from sscard.dialects.rights import Condition
from sscard.errors import MalformedData, ProfileError
from sscard.keys import SUITES
from sscard.profiles.chips import load_chip
from sscard.profiles.codecs import CODECS
from sscard.profiles.element import Element
from sscard.profiles.fields import FieldError
from sscard.profiles.file import File
from sscard.profiles.fit import needed
from sscard.profiles.interface_checks import interface_mistakes
from sscard.profiles.model import Directory, Key, Profile, Setting
from sscard.profiles.settings import (
    BANK,
    CASH,
    CONTACTLESS,
    OPTIONAL_BANK,
    SETTINGS,
    SM,
    WISHED_BANK,
    Kind,
)

#: Where a mistake is (``directories[0].files[1].elements[3].tag``), and what it is.
Mistake = tuple[str, str]

#: A tagged record is one TLV with a one-byte length (ssc 1.3 [S]).
_LONGEST_RECORD = 0xFF
#: Keys that are found by an index, not by a key id (ssc 3.4 [S]).
_INDEXED = ("load", "purchase", "transaction")
#: Issuer data in the FCI of a DDF, and the template in it that says the algorithm (ssc 1.2 [S]).
_ISSUER_DATA, _ALGORITHM = 0x9F0C, 0x86
_OPTIONAL = {
    name: kind for kinds in (*OPTIONAL_BANK.values(), WISHED_BANK) for name, kind in kinds.items()
}
#: What a terminal takes for the algorithm where the FCI does not say it (ssc 1.2 [2+]).
_UNSAID = bytes((SUITES["3des"].algorithm,))


def mistakes(profile: Profile) -> Iterator[Mistake]:
    """Every mistake in ``profile``, in the order of the file."""
    names = [directory.name for directory in profile.directories]
    yield from _chip(profile)
    yield from _doubled("directories", names, "name")
    for i, directory in enumerate(profile.directories):
        place = f"directories[{i}]"
        if directory.parent not in ("MF", *names):
            yield f"{place}.parent", f"there is no directory {directory.parent!r}"
        yield from _directory(directory, place)
        if directory.kind == "ddf":
            yield from _announced(directory.fci_proprietary, profile.suite, place)
    yield from _doubled_elements(profile)
    wrong = _settings(profile.settings, SETTINGS, "settings")
    yield from wrong or (*_on_the_card(profile), *_pin_rule(profile), *_memory(profile))
    yield from _settings(profile.bank, {**BANK, **_asked_for(profile)}, "bank", _OPTIONAL)
    yield from interface_mistakes(profile)


def _chip(profile: Profile) -> Iterator[Mistake]:
    try:
        chip = load_chip(profile.chip)
    except ProfileError as error:
        yield "chip", str(error)
        return
    if profile.suite != chip.suite:
        yield "suite", f"chip {chip.name} computes with {chip.suite}"


def _memory(profile: Profile) -> Iterator[Mistake]:
    """Whether the chip has room for all of it."""
    try:
        chip = load_chip(profile.chip)
    except ProfileError:  # told at its own place
        return
    for partition, size in needed(profile).items():
        room = chip.partitions[partition]
        if size > room:
            yield "chip", f"{partition}: {size} bytes needed, {room} available on {chip.name}"


def _announced(fci: bytes, suite: str, place: str) -> Iterator[Mistake]:
    """The FCI of a DDF tells terminals which cipher the card computes with."""
    at = f"{place}.fci_proprietary"
    try:
        issuer_data = tlv.find(fci, _ISSUER_DATA)
        said = _UNSAID if issuer_data is None else tlv.find(issuer_data, _ALGORITHM)
    except MalformedData as error:
        yield at, str(error)
        return
    if suite not in SUITES:  # told at its own place
        return
    right = bytes((SUITES[suite].algorithm,))
    if said != right:
        wanted = tlv.encode(_ISSUER_DATA, tlv.encode(_ALGORITHM, right)).hex().upper()
        yield at, f"announces another cipher than {suite}, which is {wanted}"


def _asked_for(profile: Profile) -> Mapping[str, Kind]:
    """The bank settings that this card needs beside those that every card needs."""
    asked = {
        CONTACTLESS: profile.contactless is not None,
        CASH: _says(profile, "electronic_cash", "on"),
        SM: _says(profile, "algorithms", "both"),
    }
    groups = (kinds for group, kinds in OPTIONAL_BANK.items() if asked[group])
    return {name: kind for kinds in groups for name, kind in kinds.items()}


def _says(profile: Profile, name: str, word: str) -> bool:
    return name in profile.bank and profile.bank[name].value == word


def _settings(
    found: Mapping[str, Setting],
    required: Mapping[str, Kind],
    place: str,
    optional: Mapping[str, Kind] = MappingProxyType({}),
) -> list[Mistake]:
    declared = {**optional, **required}
    unknown = [name for name in found if name not in declared]
    missing = [name for name in required if name not in found]
    wrong = [n for n in found if n in declared and not declared[n].accepts(found[n].value)]
    return [
        *((f"{place}.{name}", "there is no setting of this name") for name in unknown),
        *((f"{place}.{name}", f"must be {declared[name].what}") for name in wrong),
        *((f"{place}.{name}", f"is missing; must be {declared[name].what}") for name in missing),
    ]


def _on_the_card(profile: Profile) -> Iterator[Mistake]:
    """A setting with the name of an element is what is written there."""
    for name, setting in profile.settings.items():
        if name not in profile.elements:
            continue
        try:
            profile.elements[name].encode(setting.value)
        except FieldError as error:
            yield f"settings.{name}", error.why


def _pin_rule(profile: Profile) -> Iterator[Mistake]:
    """The first PIN is one that the region takes; an empty one does what the chip does with it."""
    shortest, longest = (profile.setting(f"pin_{end}").number for end in ("shortest", "longest"))
    if not shortest <= len(profile.setting("initial_pin").text) <= longest:
        yield "settings.initial_pin", f"must have {shortest} to {longest} digits"
    try:
        chip = load_chip(profile.chip)
    except ProfileError:  # told at its own place
        return
    granted = "yes" if chip.empty_pin_grants else "no"
    if profile.setting("empty_pin_grants").text != granted:
        yield "settings.empty_pin_grants", f"is {granted} on chip {chip.name}"


def _directory(directory: Directory, place: str) -> Iterator[Mistake]:
    yield from _doubled(f"{place}.keys", [key.name for key in directory.keys], "name")
    yield from _doubled_ids(directory.keys, f"{place}.keys")
    for i, key in enumerate(directory.keys):
        if key.type in _INDEXED:
            continue
        if (key.kid >= 0x80) != (directory.kind == "adf"):
            yield f"{place}.keys[{i}].kid", "bit 8 is set in an ADF and clear in a DDF"
    for i, file in enumerate(directory.files):
        if file.read.secured:
            yield f"{place}.files[{i}].read", "only updates are secured by a MAC"
    yield from _doubled(f"{place}.files", [file.fid for file in directory.files], "fid")
    yield from _doubled_sfis(directory.files, f"{place}.files")
    for i, file in enumerate(directory.files):
        yield from _file(file, f"{place}.files[{i}]")


def _doubled_ids(keys: Sequence[Key], place: str) -> Iterator[Mistake]:
    """An LK is shown as an external key is: one id of both would be two keys."""
    seen: dict[tuple[str, int], str] = {}
    for i, key in enumerate(keys):
        shown = ("external" if key.type == "lock" else key.type, key.kid)
        if shown in seen:
            yield f"{place}[{i}].kid", f"{key.kid:02X} is the id of {seen[shown]}"
        seen.setdefault(shown, key.name)


def _doubled_sfis(files: Sequence[File], place: str) -> Iterator[Mistake]:
    seen: dict[int, int] = {}
    for i, file in enumerate(files):
        first = seen.setdefault(file.sfi, file.fid)
        if first != file.fid:
            yield f"{place}[{i}].fid", f"SFI {file.sfi:02X}, the low byte, is that of {first:04X}"


def _file(file: File, place: str) -> Iterator[Mistake]:
    if not 1 <= file.sfi <= 30:
        yield f"{place}.fid", "the low byte is the SFI, 1 to 30"
    if (file.records is not None) != (file.structure == "cyclic"):
        yield f"{place}.records", "cyclic files say how many they have, and only they"
    if (file.size is not None) != (file.structure in ("transparent", "internal")):
        yield f"{place}.size", "transparent and internal files have one, and only they"
    if file.structure == "internal":
        yield from _internal(file, place)
        return
    if not file.elements:
        yield f"{place}.elements", "a file has at least one element"
        return
    tagged = file.structure in ("variable", "fixed")
    for i, element in enumerate(file.elements):
        yield from _element(element, f"{place}.elements[{i}]", tagged=tagged)
    if file.content != "dir":  # every entry of DIR has tag 70
        yield from _doubled(f"{place}.elements", [e.tag for e in file.elements if e.tag], "tag")
    yield from _continuations(file, place)
    yield from _room(file, place)


def _internal(file: File, place: str) -> Iterator[Mistake]:
    if file.elements:
        yield f"{place}.elements", "an internal file is the card's alone"
    if {file.read.condition, file.update.condition} != {Condition.NEVER}:
        yield f"{place}.read", "no command reads or updates an internal file: both are never"


def _room(file: File, place: str) -> Iterator[Mistake]:
    sizes = [element.size for element in file.elements]
    if file.structure in ("cyclic", "transparent") and any(e.repeat > 1 for e in file.elements):
        yield f"{place}.elements", "only tagged records repeat"
    if file.structure == "fixed" and len(set(sizes)) > 1:
        yield f"{place}.elements", "the records of a fixed file are equally long"
    if file.structure == "cyclic" and len(sizes) > 1:
        yield f"{place}.elements", "a cyclic file is one element, its record"
    if file.size is not None and sum(sizes) > file.size:
        yield f"{place}.elements", f"need {sum(sizes)} bytes, the file has {file.size}"


def _continuations(file: File, place: str) -> Iterator[Mistake]:
    names = [element.name for element in file.elements]
    for i, element in enumerate(file.elements):
        if element.continues is not None and element.continues not in names[:i]:
            yield f"{place}.elements[{i}].continues", "names no earlier element of the file"


def _element(element: Element, place: str, *, tagged: bool) -> Iterator[Mistake]:
    if (element.tag is not None) != tagged:
        yield f"{place}.tag", "is needed" if tagged else "has no place in such a file"
    if tagged and element.size > _LONGEST_RECORD:
        yield f"{place}.size", f"a tagged item has at most {_LONGEST_RECORD} bytes"
    wrong = list(_layout(element, place))
    for i, part in enumerate(element.elements):
        inner = tagged and any(each.tag is not None for each in element.elements)
        wrong += _element(part, f"{place}.elements[{i}]", tagged=inner)
    # Examples of a wrong layout would only repeat the complaint.
    yield from wrong or _examples(element, place)


def _layout(element: Element, place: str) -> Iterator[Mistake]:
    if element.elements:
        yield from _constructed(element, place)
        return
    codec = CODECS.get(element.codec or "")
    if codec is None:
        yield f"{place}.codec", f"there is no codec {element.codec!r}"
        return
    if element.type not in codec.types:
        yield f"{place}.type", f"codec {element.codec!r} does not write {element.type!r}"
    elif codec.sizes is not None and element.size not in codec.sizes:
        yield f"{place}.size", f"codec {element.codec!r} writes {min(codec.sizes)} bytes"
    else:
        yield from _codes(element, place)


def _codes(element: Element, place: str) -> Iterator[Mistake]:
    for code in element.codes.samples if element.codes is not None else ():
        try:
            element.encode(code)
        except FieldError as error:
            yield f"{place}.codes", f"code {code!r}: {error.why}"
            return  # of a table for another element every code would be told


def _constructed(element: Element, place: str) -> Iterator[Mistake]:
    if element.type is not None or element.codec is not None or element.codes is not None:
        yield place, "an item made of elements has no type, codec or codes of its own"
    if element.composite and any(part.type != "an" for part in element.elements):
        yield f"{place}.elements", "parts without tags, of a tagged item, are of type 'an'"
    if any(part.repeat > 1 or part.continues for part in element.elements):
        yield f"{place}.elements", "inner items neither repeat nor continue"
    yield from _doubled(f"{place}.elements", [part.name for part in element.elements], "name")
    tags = [part.tag for part in element.elements if part.tag]
    yield from _doubled(f"{place}.elements", tags, "tag")
    inner = sum(len(part.framed(bytes(part.size))) for part in element.elements)
    if inner != element.size:
        yield f"{place}.size", f"is {element.size}, its elements have {inner} bytes"


def _examples(element: Element, place: str) -> Iterator[Mistake]:
    if not element.examples:
        yield f"{place}.examples", "every element has an example"
    for i, (value, content) in enumerate(element.examples):
        at = f"{place}.examples[{i}]"
        try:
            encoded, decoded = element.encode(value), element.decode(content)
        except (FieldError, MalformedData) as error:
            yield at, str(error)
            continue
        if encoded != content:
            yield at, f"encodes to {encoded.hex().upper()}"
        elif decoded != value:
            yield at, f"decodes to {decoded!r}"


def _doubled_elements(profile: Profile) -> Iterator[Mistake]:
    seen: dict[str, str] = {}
    for i, directory in enumerate(profile.directories):
        for j, file in enumerate(directory.files):
            for k, element in enumerate(file.elements if file.content != "dir" else ()):
                if element.name in seen:
                    place = f"directories[{i}].files[{j}].elements[{k}].name"
                    yield place, f"{element.name!r} is also in {seen[element.name]}"
                seen.setdefault(element.name, f"{directory.name}/{file.fid:04X}")


def _doubled(place: str, values: Sequence[Hashable], what: str) -> Iterator[Mistake]:
    counts = Counter(values)
    for i, value in enumerate(values):
        if counts[value] > 1 and value in values[:i]:
            shown = f"{value:02X}" if isinstance(value, int) else repr(value)
            yield f"{place}[{i}].{what}", f"{shown} is used twice"

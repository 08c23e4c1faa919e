"""Photos and fingerprints of a list of people: judged, made ready for the card, or the record
goes back.

As with bank accounts, only people whose record is sound are asked about.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

from sscard.errors import ProfileError
from sscard.issuance.applicants import Applicant, Register, without
from sscard.issuance.photo.card_photo import make_card_photo
from sscard.issuance.photo.faults import Fault, PhotoRefused, Problem
from sscard.issuance.photo.person_files import PersonFiles
from sscard.issuance.photo.reading import read_photo, read_whole
from sscard.issuance.photo.rules import PhotoRules
from sscard.issuance.reasons import Reason
from sscard.issuance.rejects import Detail, Rejection
from sscard.profiles.model import Profile

#: Elements of the profile, and columns of a list that may name a file.
PHOTO, FINGERPRINT = "photo", "fingerprint"
PHOTO_ENDINGS = frozenset({".jpg", ".jpeg"})
#: The template is opaque: whatever format the issuer's readers agree on.
FINGERPRINT_ENDINGS = frozenset({".bin"})

Content = bytes | None | tuple[Rejection, ...]


def check_photos(register: Register, folder: Path, profile: Profile, rules: PhotoRules) -> Register:
    """Everybody has a photo of the rule's quality, or goes back (issuance 3 [S], 4 [S]).

    One photo for two people goes back for both, copied under another name, too: nobody knows
    whose it is.  Raises ApplicantError when the folder cannot be read and ProfileError when the
    profile has no element for photos.
    """
    rules = replace(rules, card_bytes=_room(profile, PHOTO))
    files = PersonFiles.of(folder, PHOTO_ENDINGS).chosen(register, PHOTO)
    people: dict[bytes, list[Applicant]] = defaultdict(list)

    def content(applicant: Applicant) -> Content:
        found = files[applicant.row]
        try:
            if isinstance(found, Fault):
                raise PhotoRefused.of(found)
            raw = read_photo(found, rules)
            people[sha256(raw).digest()].append(applicant)
            return make_card_photo(raw, rules).data
        except PhotoRefused as refused:
            return tuple(_photo_rejection(applicant, each) for each in refused.problems)

    return without(_attached(register, PHOTO, content), _copies(people.values()))


def _copies(groups: Iterable[list[Applicant]]) -> Iterator[Rejection]:
    """Everybody who is in a group of several."""
    shared = Problem(Fault.SHARED_FILE)
    for group in groups:
        if len(group) > 1:
            yield from (_photo_rejection(each, shared) for each in group)


def check_fingerprints(register: Register, folder: Path, profile: Profile) -> Register:
    """Templates that fit, or the record goes back; a person without one keeps an empty file.

    Raises as ``check_photos`` does.
    """
    room = _room(profile, FINGERPRINT)
    files = PersonFiles.of(folder, FINGERPRINT_ENDINGS).chosen(register, FINGERPRINT)

    def content(applicant: Applicant) -> Content:
        found = files[applicant.row]
        try:
            if found is Fault.NO_FILE and FINGERPRINT not in applicant.files:
                return None
            if isinstance(found, Fault):
                raise PhotoRefused.of(found)
            template = read_whole(found, room)
        except PhotoRefused as refused:
            (problem,) = refused.problems
            detail = Detail(problem.fault.name, problem.zh, problem.en)
            return (_rejection(applicant, Reason.FIELD_INVALID, detail, FINGERPRINT),)
        return template if 0 < len(template) <= room else (_wrong_size(applicant, template, room),)

    return _attached(register, FINGERPRINT, content)


def _room(profile: Profile, name: str) -> int:
    element = profile.elements.get(name)
    if element is None:
        raise ProfileError(f"profile {profile.name} has no element {name}")
    return element.size


def _attached(register: Register, name: str, content: Callable[[Applicant], Content]) -> Register:
    applicants: list[Applicant] = []
    returned: list[Rejection] = []
    for each in register.applicants:
        found = content(each)
        if isinstance(found, tuple):
            returned += found
        values = {**each.values, name: found} if isinstance(found, bytes) else each.values
        applicants.append(replace(each, values=MappingProxyType(dict(values))))
    return without(replace(register, applicants=tuple(applicants)), returned)


def _photo_rejection(applicant: Applicant, problem: Problem) -> Rejection:
    detail = Detail(problem.fault.name, problem.zh, problem.en)
    return _rejection(applicant, problem.fault.code, detail)


def _rejection(applicant: Applicant, code: Reason, detail: Detail, column: str = "") -> Rejection:
    return Rejection(applicant.row, applicant.id_number, code, column, detail=detail)


def _wrong_size(applicant: Applicant, template: bytes, room: int) -> Rejection:
    if not template:
        detail = Detail("EMPTY_FILE", "文件为空", "the file is empty")
        return _rejection(applicant, Reason.FIELD_INVALID, detail, FINGERPRINT)
    detail = Detail("FILE_SIZE", f"最多 {room} 字节", f"at most {room} bytes")
    return _rejection(applicant, Reason.FIELD_TOO_LONG, detail, FINGERPRINT)

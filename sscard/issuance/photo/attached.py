"""Photos and fingerprints of a list of people: judged, made ready for the card, or the record
goes back.

As with bank accounts, only people whose record is sound are asked about.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from sscard.errors import ProfileError
from sscard.issuance.applicants import Applicant, Register, without
from sscard.issuance.photo.card_photo import make_card_photo
from sscard.issuance.photo.faults import Fault, PhotoRefused
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

    Raises ApplicantError when the folder cannot be read and ProfileError when the profile has no
    element for photos.
    """
    rules = replace(rules, card_bytes=_room(profile, PHOTO))
    files = PersonFiles.of(folder, PHOTO_ENDINGS).chosen(register, PHOTO)

    def content(applicant: Applicant) -> Content:
        found = files[applicant.row]
        try:
            if isinstance(found, Fault):
                raise PhotoRefused.of(found)
            return make_card_photo(read_photo(found, rules), rules).data
        except PhotoRefused as refused:
            return tuple(
                _rejection(applicant, each.fault.code, Detail(each.fault.name, each.zh, each.en))
                for each in refused.problems
            )

    return _attached(register, PHOTO, content)


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


def _rejection(applicant: Applicant, code: Reason, detail: Detail, column: str = "") -> Rejection:
    return Rejection(applicant.row, applicant.id_number, code, column, detail=detail)


def _wrong_size(applicant: Applicant, template: bytes, room: int) -> Rejection:
    if not template:
        detail = Detail("EMPTY_FILE", "文件为空", "the file is empty")
        return _rejection(applicant, Reason.FIELD_INVALID, detail, FINGERPRINT)
    detail = Detail("FILE_SIZE", f"最多 {room} 字节", f"at most {room} bytes")
    return _rejection(applicant, Reason.FIELD_TOO_LONG, detail, FINGERPRINT)

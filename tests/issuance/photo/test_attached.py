"""Whose photo is whose: never another person's, and never a file elsewhere."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from sscard.errors import ApplicantError, ProfileError
from sscard.issuance.applicants import Applicant, Register, read_applicants
from sscard.issuance.photo import PhotoRules, make_card_photo
from sscard.issuance.photo.attached import FINGERPRINT, PHOTO, check_fingerprints, check_photos
from sscard.profiles import load_profile
from sscard.profiles.model import Profile

HEADER = "bank,name,sex,id_number,phone,member_number,photo,fingerprint"
MAN, WOMAN, THIRD = "440524188001010014", "11010519491231002X", "110101199003070038"
RULES = PhotoRules()

Read = Callable[..., Register]


@pytest.fixture(scope="module")
def gen2() -> Profile:
    return load_profile("gen2")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "photos"
    path.mkdir()
    return path


@pytest.fixture
def read(tmp_path: Path, gen2: Profile) -> Read:
    """The register of people: ID number, member number, photo and fingerprint as the list says."""

    def _read(*people: tuple[str, str, str, str]) -> Register:
        path = tmp_path / "list.csv"
        rows = (
            f"测试银行,王〇,{'女男'[int(number[16]) % 2]},{number},13800000000,{','.join(more)}"
            for number, *more in people
        )
        path.write_text("\n".join((HEADER, *rows)), encoding="utf-8")
        columns = (PHOTO, FINGERPRINT)
        register = read_applicants(path, gen2, today=date(2026, 1, 1), in_files=columns)
        assert not register.rejections
        return register

    return _read


def told(register: Register) -> list[tuple[int, str, str]]:
    return [
        (each.row, each.code.value, each.detail.code if each.detail else "")
        for each in register.rejections
    ]


def photo(register: Register, row: int = 2) -> object:
    (person,) = (each for each in register.applicants if each.row == row)
    return person.values.get(PHOTO)


NAMES = [f"{WOMAN}.jpg", f"{WOMAN}.JPEG", f"{WOMAN.lower()}.jpeg", "S-17.jpg", "s-17.JPG"]


@pytest.mark.parametrize("name", NAMES)
def test_a_photo_is_found_by_either_number(
    made: ModuleType, read: Read, gen2: Profile, folder: Path, name: str
) -> None:
    (folder / name).write_bytes(made.good())
    register = check_photos(read((WOMAN, "S-17", "", "")), folder, gen2, RULES)
    assert photo(register) == make_card_photo(made.good(), RULES).data
    assert not register.rejections
    (person,) = register.applicants
    assert not gen2.problems(person.values)


def test_the_id_number_goes_first(
    made: ModuleType, read: Read, gen2: Profile, folder: Path
) -> None:
    (folder / "S-17.jpg").write_bytes(made.good(1))
    (folder / f"{WOMAN}.jpg").write_bytes(made.good(2))
    register = check_photos(read((WOMAN, "S-17", "", "")), folder, gen2, RULES)
    assert photo(register) == make_card_photo(made.good(2), RULES).data


def test_the_list_may_name_the_file(
    made: ModuleType, read: Read, gen2: Profile, folder: Path
) -> None:
    (folder / "class 3").mkdir()
    (folder / "class 3" / "0007.jpg").write_bytes(made.good(2))
    (folder / f"{WOMAN}.jpg").write_bytes(made.good(1))
    people = read((WOMAN, "S-17", "class 3/0007.jpg", ""))
    assert photo(check_photos(people, folder, gen2, RULES)) == (
        make_card_photo(made.good(2), RULES).data
    )


def test_who_has_no_photo_goes_back(read: Read, gen2: Profile, folder: Path) -> None:
    (folder / f"{WOMAN}.png").write_bytes(b"")
    (folder / "readme.txt").write_bytes(b"")
    register = check_photos(read((WOMAN, "S-17", "", "")), folder, gen2, RULES)
    assert register.applicants == ()
    assert told(register) == [(2, "PHOTO_MISSING", "NO_FILE")]
    (reason,) = register.rejections
    assert reason.reason_zh == "没有照片:未找到文件"
    assert reason.reason_en == "there is no photo: no file was found"


def test_every_reason_is_a_line_of_its_own(
    made: ModuleType, read: Read, gen2: Profile, folder: Path
) -> None:
    (folder / f"{WOMAN}.jpg").write_bytes(made.PHOTOS["quality 40"]())
    register = check_photos(read((WOMAN, "S-17", "", "")), folder, gen2, RULES)
    assert told(register) == [
        (2, "PHOTO_QUALITY", "FILE_SIZE"),
        (2, "PHOTO_QUALITY", "JPEG_QUALITY"),
    ]
    assert register.rejections[1].reason_en == (
        "the photo does not have the quality asked for: "
        "JPEG quality, estimated: found 40, wanted 65–75"
    )
    text = " ".join(each.reason_zh + each.reason_en + repr(each) for each in register.rejections)
    assert WOMAN not in text
    assert "S-17" not in text


def test_two_files_are_none(made: ModuleType, read: Read, gen2: Profile, folder: Path) -> None:
    for ending in ("jpg", "jpeg"):
        (folder / f"{WOMAN}.{ending}").write_bytes(made.good())
    register = check_photos(read((WOMAN, "S-17", "", "")), folder, gen2, RULES)
    assert told(register) == [(2, "PHOTO_MISSING", "SEVERAL_FILES")]


def test_a_number_of_two_people_names_nobodys_photo(
    made: ModuleType, read: Read, gen2: Profile, folder: Path
) -> None:
    (folder / "S-17.jpg").write_bytes(made.good())
    (folder / f"{MAN}.jpg").write_bytes(made.good(2))
    people = read((WOMAN, "S-17", "", ""), (MAN, "s-17", "", ""))
    register = check_photos(people, folder, gen2, RULES)
    assert told(register) == [(2, "PHOTO_MISSING", "SHARED_FILE")]
    assert photo(register, 3) == make_card_photo(made.good(2), RULES).data


def test_a_member_number_that_is_anothers_id_number(
    made: ModuleType, read: Read, gen2: Profile, folder: Path
) -> None:
    (folder / f"{MAN}.jpg").write_bytes(made.good())
    people = read((WOMAN, MAN, "", ""), (MAN, "S-1", "", ""))
    register = check_photos(people, folder, gen2, RULES)
    # Either could be meant: the man's own file, or the woman's member number mistyped.
    assert told(register) == [(2, "PHOTO_MISSING", "SHARED_FILE")]
    assert photo(register, 3) is not None


def test_a_number_shared_with_a_record_that_goes_back(
    made: ModuleType, tmp_path: Path, gen2: Profile, folder: Path
) -> None:
    path = tmp_path / "list.csv"
    sound, wrong = f"测试银行,王〇,女,{WOMAN},13800000000,S-17", f",王〇,男,{MAN},13800000000,S-17"
    path.write_text(
        "\n".join((HEADER.removesuffix(",photo,fingerprint"), sound, wrong)), encoding="utf-8"
    )
    (folder / "S-17.jpg").write_bytes(made.good())
    register = read_applicants(path, gen2, today=date(2026, 1, 1))
    assert [each.row for each in register.applicants] == [2]
    assert (2, "PHOTO_MISSING", "SHARED_FILE") in told(check_photos(register, folder, gen2, RULES))


@pytest.mark.parametrize(
    "other", [(MAN, "2", "a.jpg", ""), (MAN, "2", "x/../a.jpg", ""), (MAN, "a", "", "")]
)
def test_one_file_for_two_people(
    made: ModuleType, read: Read, gen2: Profile, folder: Path, other: tuple[str, str, str, str]
) -> None:
    (folder / "a.jpg").write_bytes(made.good())
    (folder / "x").mkdir()
    register = check_photos(read((WOMAN, "1", "a.jpg", ""), other), folder, gen2, RULES)
    assert told(register) == [(row, "PHOTO_MISSING", "SHARED_FILE") for row in (2, 3)]


def test_one_photo_under_two_names_is_nobodys(
    made: ModuleType, read: Read, gen2: Profile, folder: Path
) -> None:
    for name, seed in {WOMAN: 1, MAN: 1, THIRD: 2}.items():
        (folder / f"{name}.jpg").write_bytes(made.good(seed))
    people = read((WOMAN, "1", "", ""), (MAN, "2", "", ""), (THIRD, "3", "", ""))
    register = check_photos(people, folder, gen2, RULES)
    assert told(register) == [(row, "PHOTO_MISSING", "SHARED_FILE") for row in (2, 3)]
    assert photo(register, 4) == make_card_photo(made.good(2), RULES).data


def test_a_copy_is_told_beside_what_else_is_wrong(
    made: ModuleType, read: Read, gen2: Profile, folder: Path
) -> None:
    for name in (WOMAN, MAN):
        (folder / f"{name}.jpg").write_bytes(made.PHOTOS["quality 40"]())
    register = check_photos(read((WOMAN, "1", "", ""), (MAN, "2", "", "")), folder, gen2, RULES)
    assert told(register) == [
        (row, *each)
        for row in (2, 3)
        for each in (
            ("PHOTO_QUALITY", "FILE_SIZE"),
            ("PHOTO_QUALITY", "JPEG_QUALITY"),
            ("PHOTO_MISSING", "SHARED_FILE"),
        )
    ]


@pytest.mark.parametrize("name", ["../secret.jpg", "{out}/secret.jpg", "x/../../secret.jpg"])
def test_a_list_reaches_no_file_elsewhere(
    made: ModuleType, read: Read, gen2: Profile, folder: Path, name: str
) -> None:
    (folder.parent / "secret.jpg").write_bytes(made.good())
    people = read((WOMAN, "1", name.format(out=folder.parent), ""))
    register = check_photos(people, folder, gen2, RULES)
    assert told(register) == [(2, "PHOTO_MISSING", "OUTSIDE_FOLDER")]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows makes links for few")
def test_links_that_lead_out_or_nowhere(
    made: ModuleType, read: Read, gen2: Profile, folder: Path
) -> None:
    (folder.parent / "secret.jpg").write_bytes(made.good())
    (folder / f"{WOMAN}.jpg").symlink_to(folder.parent / "secret.jpg")
    (folder / f"{MAN}.jpg").symlink_to(folder / f"{MAN}.jpg")
    people = read((WOMAN, "1", "", ""), (MAN, "2", "", ""))
    assert told(check_photos(people, folder, gen2, RULES)) == [
        (2, "PHOTO_MISSING", "OUTSIDE_FOLDER"),
        (3, "PHOTO_MISSING", "NO_FILE"),
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pipes in folders")
def test_what_is_no_file_is_not_opened(read: Read, gen2: Profile, folder: Path) -> None:
    os.mkfifo(folder / f"{WOMAN}.jpg")
    (folder / f"{MAN}.jpg").mkdir()
    people = read((WOMAN, "1", "", ""), (MAN, "2", "", ""), (THIRD, "3", "long" * 99 + ".jpg", ""))
    assert told(check_photos(people, folder, gen2, RULES)) == [
        (row, "PHOTO_MISSING", "NO_FILE") for row in (2, 3, 4)
    ]


def test_a_file_that_cannot_be_read(
    made: ModuleType, read: Read, gen2: Profile, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / f"{WOMAN}.jpg").write_bytes(made.good())

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(folder / f"{WOMAN}.jpg"))

    people = read((WOMAN, "1", "", ""))
    monkeypatch.setattr(Path, "open", refuse)
    register = check_photos(people, folder, gen2, RULES)
    (reason,) = register.rejections
    assert reason.reason_en == (
        "there is no photo: the file cannot be read: found Permission denied"
    )


def test_a_long_file_is_read_no_further_than_needed(
    made: ModuleType, read: Read, gen2: Profile, folder: Path
) -> None:
    with (folder / f"{WOMAN}.jpg").open("wb") as file:
        file.write(made.good())
        file.truncate(1 << 40)  # a tebibyte of hole
    register = check_photos(read((WOMAN, "1", "", "")), folder, gen2, RULES)
    (reason,) = register.rejections
    assert reason.reason_en.endswith("found > 1,048,576 bytes, wanted 14,000–40,960 bytes")


def test_a_folder_that_is_not_there(read: Read, gen2: Profile, folder: Path) -> None:
    with pytest.raises(ApplicantError, match="nowhere: No such file or directory"):
        check_photos(read((WOMAN, "1", "", "")), folder / "nowhere", gen2, RULES)


def test_a_profile_without_photos(read: Read, folder: Path) -> None:
    none = SimpleNamespace(name="gen1", elements={})
    with pytest.raises(ProfileError, match="profile gen1 has no element photo"):
        check_photos(read((WOMAN, "1", "", "")), folder, none, RULES)
    with pytest.raises(ProfileError, match="profile gen1 has no element fingerprint"):
        check_fingerprints(read((WOMAN, "1", "", "")), folder, none)


# Fingerprints


def fingerprint(register: Register) -> object:
    person: Applicant = register.applicants[0]
    return person.values.get(FINGERPRINT)


@pytest.mark.parametrize("size", [1, 768])
def test_a_template_goes_onto_the_card_as_it_is(
    read: Read, gen2: Profile, folder: Path, size: int
) -> None:
    template = bytes(range(1, 256)) * 4
    (folder / f"{WOMAN}.bin").write_bytes(template[:size])
    register = check_fingerprints(read((WOMAN, "1", "", "")), folder, gen2)
    assert fingerprint(register) == template[:size]
    assert not gen2.problems(register.applicants[0].values)


def test_who_has_no_template_gets_none(read: Read, gen2: Profile, folder: Path) -> None:
    register = check_fingerprints(read((WOMAN, "1", "", "")), folder, gen2)
    assert fingerprint(register) is None


@pytest.mark.parametrize(
    ("size", "code", "said"),
    [
        (
            0,
            "FIELD_INVALID",
            "the content of a field is not allowed: fingerprint: the file is empty",
        ),
        (
            769,
            "FIELD_TOO_LONG",
            "the content of a field is too long: fingerprint: at most 768 bytes",
        ),
    ],
)
def test_a_template_of_a_wrong_length(
    read: Read, gen2: Profile, folder: Path, size: int, code: str, said: str
) -> None:
    (folder / f"{WOMAN}.bin").write_bytes(bytes(size))
    register = check_fingerprints(read((WOMAN, "1", "", "")), folder, gen2)
    (reason,) = register.rejections
    assert (reason.code.value, reason.reason_en) == (code, said)


def test_a_template_that_the_list_names_must_be_there(
    read: Read, gen2: Profile, folder: Path
) -> None:
    register = check_fingerprints(read((WOMAN, "1", "", "a.bin")), folder, gen2)
    assert told(register) == [(2, "FIELD_INVALID", "NO_FILE")]

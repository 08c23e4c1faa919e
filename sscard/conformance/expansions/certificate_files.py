"""Rows of ``certificate files``: the files of the certificate application (ssc-more 1.1)."""

from __future__ import annotations

from collections.abc import Iterator

from sscard.conformance.expansions.file_rows import Row
from sscard.profiles import Profile
from sscard.profiles.certificates import CertificateApplication, CertificateFile

#: The element of SSSE that the certificates repeat.
_NUMBER = "card_number"


def certificate_files(profile: Profile) -> Iterator[Row]:
    """One row for each file of the application, none for a card without it."""
    application = profile.certificates
    if application is None:
        return
    above = {**_above(application), **_card_number(profile)}
    for number, file in enumerate(application.files):
        yield {**above, **_row(application, file), "first": number == 0}


def _above(application: CertificateApplication) -> Row:
    return {
        "ddf_name": application.ddf_name,
        "ddf_fci": application.ddf_fci,
        "adf_name": application.adf_name,
        "adf_fci": application.adf_fci,
        "adf_fid": application.adf_fid,
    }


def _card_number(profile: Profile) -> Row:
    """Where SSSE has the number of the card."""
    for directory in profile.directories:
        for file in directory.files:
            for record in file.record_templates():
                if record.element.name == _NUMBER:
                    place = f"{directory.name}/{file.fid:04X}"
                    return {"number_of": place, "number_record": record.number}
    return {"number_of": "", "number_record": 1}


def _row(application: CertificateApplication, file: CertificateFile) -> Row:
    return {
        "directory": "ACSE",
        "place": f"ACSE/{file.fid:04X}",
        "file": file.fid,
        "name_zh": file.name_zh,
        "name_en": file.name_en,
        "mark": file.mark,
        "holds": file.holds,
        "pair": file.pair,
        "size": file.size,
        "last": file.size - 1,
        "read": file.read,
        "by_sfi": 0x80 | file.fid & 0x1F,
        "on_card": f"written {file.pair} key",
        **_beside(application, file),
    }


def _beside(application: CertificateApplication, file: CertificateFile) -> Row:
    """The other files of its pair, and the same file of the other pair."""
    pair = {each.holds: each for each in application.files if each.pair == file.pair}
    other = next(e for e in application.files if e.holds == file.holds and e.pair != file.pair)
    return {
        "public_file": pair["public key"].fid,
        "public_size": pair["public key"].size,
        "private_file": pair["private key"].fid,
        "certificate_file": pair["certificate"].fid,
        "other_file": other.fid,
    }

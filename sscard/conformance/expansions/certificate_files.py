"""Rows of ``certificate files``: the files of the certificate application (ssc-more 1.1)."""

from __future__ import annotations

from collections.abc import Iterator

from sscard.conformance.expansions.file_rows import Row, body_reads
from sscard.profiles import Profile
from sscard.profiles.certificates import CertificateApplication, CertificateFile


def certificate_files(profile: Profile) -> Iterator[Row]:
    """One row for each file of the application, none for a card without it."""
    application = profile.certificates
    if application is None:
        return
    for number, file in enumerate(application.files):
        yield {**_above(application), **_row(application, file), "first": number == 0}


def _above(application: CertificateApplication) -> Row:
    ddf, adf = application.ddf_name.hex(), application.adf_name.hex()
    return {
        "ddf_name": application.ddf_name,
        "ddf_fci": application.ddf_fci,
        "adf_name": application.adf_name,
        "adf_fci": application.adf_fci,
        "adf_fid": application.adf_fid,
        "here": [
            {"send": "00A40400", "body": ddf, "ne": 0},
            {"send": "00A40400", "body": adf, "ne": 0},
        ],
    }


def _row(application: CertificateApplication, file: CertificateFile) -> Row:
    keys = [each for each in application.files if each.holds == "public key"]
    public = next((each for each in keys if each.pair == file.pair), file)
    return {
        "directory": "ACSE",
        "place": f"ACSE/{file.fid:04X}",
        "file": file.fid,
        "name_zh": file.name_zh,
        "name_en": file.name_en,
        "holds": file.holds,
        "pair": file.pair,
        "size": file.size,
        "read": file.read,
        "by_sfi": 0x80 | file.fid & 0x1F,
        "public_file": public.fid,
        "public_size": public.size,
        **body_reads(file.size),
    }

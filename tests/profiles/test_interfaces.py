"""ATR, ATS, groupings, certificate application: what a profile says and what it may not."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.errors import ProfileError
from sscard.keys import SM4_SUITE
from sscard.keys.stores import load_social_security
from sscard.profiles import Profile, load_profile
from sscard.profiles.certificate_checks import certificate_mistakes
from sscard.profiles.chips import load_chip
from sscard.profiles.loader import parse_profile
from sscard.profiles.not_modelled import left_blank

GEN2, GEN3 = load_profile("gen2"), load_profile("gen3")
TEXT2, TEXT3 = (
    (files("sscard.profiles") / "catalog" / f"{name}.toml").read_text("utf-8")
    for name in ("gen2", "gen3")
)
#: Of a real card (ssc 6 [T]).
HISTORICAL = bytes.fromhex("0081544C9686845101C0666779")


def complaints(text: str, origin: str) -> list[str]:
    with pytest.raises(ProfileError) as caught:
        parse_profile(text, origin)
    return str(caught.value).splitlines()


def test_the_bytes_of_an_atr_and_who_sets_them() -> None:
    parts = {
        field.place: (value.hex().upper(), field.set_by)
        for field, value in GEN2.contact.parts(HISTORICAL)
    }
    assert parts == {
        "T1–T2": ("0081", "chip"),
        "T3–T5": ("544C96", "chip"),
        "T6–T7": ("8684", "chip"),
        "T8–T9": ("5101", "region"),
        "TA–TD": ("C0666779", "serial"),
    }


def test_a_blank_chip_has_no_serial_number_and_the_final_atr_has_one() -> None:
    for suite, profile, lot in ((None, GEN2, "TEST-GEN2"), (SM4_SUITE, GEN3, "TEST-GEN3")):
        store = load_social_security(None, suite) if suite else load_social_security()
        blank = store.lot(lot).blank_historical
        assert profile.contact.is_blank(blank)
        final = profile.contact.final(blank, region=b"\x51\x01", serial=bytes.fromhex("C0666779"))
        assert final == blank[:7] + HISTORICAL[7:]
        assert not profile.contact.is_blank(final)
        preset = profile.contact.final(blank, region=b"\x51\x01", serial=bytes(4))
        assert profile.contact.is_blank(preset), "a maker may know the region"


@given(
    st.binary(min_size=13, max_size=13),
    st.binary(min_size=2, max_size=2),
    st.binary(min_size=4, max_size=4),
)
def test_the_maker_s_bytes_stay(blank: bytes, region: bytes, serial: bytes) -> None:
    final = GEN2.contact.final(blank, region=region, serial=serial)
    assert final == blank[:7] + region + serial
    assert b"".join(value for _, value in GEN2.contact.parts(final)) == final


@pytest.mark.parametrize("size", [0, 12, 14])
def test_other_than_13_bytes_are_no_historical_bytes(size: int) -> None:
    with pytest.raises(ValueError, match="13 historical bytes"):
        GEN2.contact.is_blank(bytes(size))


def test_the_third_generation_s_ats_is_the_real_one() -> None:
    assert GEN3.contactless is not None
    assert (
        bytes(GEN3.contactless.ats(HISTORICAL)).hex().upper()
        == "127880A00200" + HISTORICAL.hex().upper()[2:]
    )
    assert GEN2.contactless is None


def test_who_is_there_over_the_antenna() -> None:
    assert GEN3.contactless is not None
    over = {
        t: GEN3.contactless.over(t)
        for t in ("SSSE", "SSSE/EF05", "DF04/EF08", "DF0A", "MF/exchange", "PPSE", "PSE", "MF")
    }
    assert over == {
        "SSSE": "both",
        "SSSE/EF05": "both",
        "DF04/EF08": "both",
        "DF0A": "both",
        "MF/exchange": "contact",
        "PPSE": "contactless",
        "PSE": "contact",
        "MF": "contact",
    }


def test_the_certificate_application_as_a_real_card_names_it() -> None:
    declared = GEN3.certificates
    assert declared is not None
    assert declared.ddf_name.decode("gbk") == "PKI.社会保障"
    assert declared.adf_name == b"SS.CERT.ADF1"
    assert [f"{file.fid:04X}" for file in declared.files] == [
        "0012",
        "0013",
        "0014",
        "0015",
        "0018",
        "0019",
    ]
    assert {pin.name: (pin.reference, pin.initial) for pin in declared.pins} == {
        "user": (0x81, "123456"),
        "admin": (0x00, "12345678"),
    }
    assert {key.owner for key in declared.keys} == {"ddf", "adf"}
    assert GEN2.certificates is None
    assert not {"certificates", "PKI"} & {directory.name for directory in GEN3.directories}


def test_what_rests_on_no_public_word_is_named() -> None:
    unconfirmed = set(GEN3.unconfirmed())
    assert {
        "contactless",
        "certificates",
        "certificates/0018",
        "certificates.pins.user",
    } <= unconfirmed
    assert {"contactless.reach.MF/exchange", "groupings.track", "bank.cash_limit"} <= unconfirmed
    assert not {"contact", "contact.historical.serial", "certificates.certificate"} & unconfirmed


#: Without these a card is read and takes a PIN, and cannot pay.
TO_PAY = (0x0102, 0x0202, 0x0401, 0x0502, 0x0D01, 0x0E01, 0x8201, 0x8400, 0x8501, 0x8502)
TO_PAY += (0x9103, 0x9105, 0x9200, 0x9203, 0x9207, 0x9400)


def unwritten(profile: Profile) -> Profile:
    groupings = tuple(
        each.model_copy(update={"written": each.dgi not in TO_PAY}) for each in profile.groupings
    )
    return profile.model_copy(update={"groupings": groupings})


def test_a_card_that_is_given_everything_pays() -> None:
    assert GEN2.not_modelled() == ()
    assert GEN3.not_modelled() == ()


def test_a_certificate_application_that_is_left_blank_is_said() -> None:
    assert left_blank(GEN2.certificates) == ()
    (said,) = left_blank(GEN3.certificates)
    assert said.zh == "数字证书应用（PKI.社会保障）：未写证书"
    assert said.en == "certificate application (PKI.社会保障): no certificates written"


def test_what_the_card_does_not_do_yet_is_said_in_both_languages() -> None:
    said = unwritten(GEN3).not_modelled()
    assert [each.en for each in said] == [
        "debit data groupings 9105, 9103, 9200–9201, 9203–9204, 9207–9208, 0102, 0202–0208, 0401, "
        "0502–0507, 0D01, 0E01, 8201–8205, 8400, 9400, 8501, 8502",
        "contactless transactions (qPBOC)",
        "electronic cash",
        "transactions with SM2 and SM4",
    ]
    (groupings,) = unwritten(GEN2).not_modelled()
    assert groupings.en == "debit data groupings 0102, 0202–0206, 0D01, 0E01, 9200, 8201–8205"


def test_what_the_chip_has_elsewhere_is_said() -> None:
    text = TEXT3.replace('target = "PPSE"\nover = "contactless"', 'target = "PPSE"\nover = "both"')
    said = [each.en for each in parse_profile(text, "gen3.toml").not_modelled()]
    assert "financial applications on other interfaces than the chip has them" in said


def test_a_card_without_sm_and_cash_does_not_lack_them() -> None:
    text = TEXT3.replace('algorithms]\nvalue = "both"', 'algorithms]\nvalue = "3des-rsa"')
    text = text.replace('electronic_cash]\nvalue = "on"', 'electronic_cash]\nvalue = "off"')
    said = unwritten(parse_profile(text, "gen3.toml")).not_modelled()
    assert [each.en for each in said] == [
        "debit data groupings 9103, 9200–9201, 9203–9204, 9207–9208, 0102, 0202–0208, 0401, 0D01, "
        "0E01, 8201–8205",
        "contactless transactions (qPBOC)",
    ]


WRONG2 = [
    (
        'prefix = "3B6D0000"',
        'prefix = "3B7D9400"',
        "contact interface: prefix: is 3B6D0000 on every social security card",
    ),
    (
        'set_by = "region"',
        'set_by = "chip"',
        "contact interface: historical: one field of 2 bytes is set by the region",
    ),
    (
        'size = 3\nset_by = "chip"',
        'size = 2\nset_by = "chip"',
        "contact interface: historical: have 12 bytes, an ATR has 13 of them",
    ),
    (
        'name = "division"\nplace',
        'name = "serial"\nplace',
        "contact interface, historical bytes serial: name: 'serial' is used twice",
    ),
    (
        'application = "PSE"\ndgi = 0x9102',
        'application = "PSE"\ndgi = 0x0101',
        "data grouping pse_fci: dgi: PSE 0101 is used twice",
    ),
    (
        'name = "pse_fci"\napplication = "PSE"',
        'name = "pse_fci"\napplication = "PPSE"',
        "data grouping pse_fci: is for the antenna, and the profile declares none",
    ),
    (
        'chip = "gen2-32k"',
        'chip = "gen3-80k"',
        "contactless interface: is missing; chip gen3-80k has an antenna, its ATS is 7880A002",
    ),
]
WRONG3 = [
    ("fwi = 10", "fwi = 11", "contactless interface: says 7880B002, but chip gen3-80k 7880A002"),
    (
        'target = "PPSE"',
        'target = "PSE"',
        "contactless interface, reach of PSE: target: 'PSE' is used twice",
    ),
    (
        'target = "SSSE/EF07"',
        'target = "SSSE/EF77"',
        "contactless interface, reach of SSSE/EF77: target: there is no 'SSSE/EF77'",
    ),
    (
        'target = "DF01"\nover = "both"',
        'target = "DF01"\nover = "contactless"',
        "contactless interface, reach of DF01: over: only PPSE is the antenna's alone: the rest is "
        "written on contacts",
    ),
    ("last = 0x8205", "last = 0x8201", "data grouping rsa_key: last: is behind dgi"),
    (
        'adf_fci = "6F0E840C53532E434552542E41444631"',
        'adf_fci = "6F0E840C53532E434552542E41444632"',
        "certificate application: adf_fci: has another name than adf_name",
    ),
    ('ddf_fci = "6F14', 'ddf_fci = "6F15', "certificate application: ddf_fci: "),
    ("fid = 0x0013", "fid = 0x0012", "certificate application, file 0012: fid: 0012 is used twice"),
    (
        "reference = 0x81",
        "reference = 0x00",
        "certificate application, PIN admin: reference: 00 is used twice",
    ),
    (
        "reference = 0x81",
        "reference = 0x82",
        "certificate application, PIN user: reference: of the user PIN is 81",
    ),
    (
        'initial = "123456"',
        'initial = "654321"',
        "certificate application, PIN user: initial: is not that of blank cards of chip gen3-80k",
    ),
    (
        'initial = "123456"\ntries = 6',
        'initial = "123456"\ntries = 3',
        "certificate application, PIN user: tries: is 3, but 6 on chip gen3-80k",
    ),
    (
        'name = "user"',
        'name = "holder"',
        "certificate application: pins: there are user and admin",
    ),
    (
        "size = 1020",
        "size = 1024",
        "certificate application, file 0018: size: is 1024, but 1020 on chip gen3-80k",
    ),
    (
        "fid = 0x0019",
        "fid = 0x001A",
        "certificate application, file 001A: fid: there is no file 001A",
    ),
    ("fid = 0x0019", "fid = 0x001A", "certificate application: files: 0019 is missing"),
    (
        'holds = "certificate"\npair = "signature"',
        'holds = "certificate"\npair = "encryption"',
        "certificate application, file 0018: holds: 0018 is the signature certificate",
    ),
    (
        'update = "user PIN"',
        'update = "admin PIN"',
        "certificate application, file 0018: update: is 'admin PIN', but 'user PIN' on chip",
    ),
    (
        "adf_fid = 0xDF01",
        "adf_fid = 0xDF02",
        "certificate application: adf_fid: is DF01 on every chip that has it",
    ),
    (
        'over = "both"\nsource = "ssc-more 1.1; ssc-more 1.5"',
        'over = "contact"\nsource = "ssc-more 1.1; ssc-more 1.5"',
        "certificate application: over: is contact, but both on chip gen3-80k",
    ),
    (
        'target = "certificates"\nover = "both"',
        'target = "certificates"\nover = "contact"',
        "certificate application: over: is not what contactless.reach says",
    ),
    (
        'owner = "ddf"',
        'owner = "adf"',
        "certificate application: keys: there is one master key of the DDF and one of the ADF",
    ),
    (
        'curve = "1.2.156.10197.1.301"',
        'curve = "1.2.840.10045.3.1.7"',
        "certificate application: certificate.curve: is 1.2.156.10197.1.301 in every certificate",
    ),
    (
        '"S=<province>", ',
        "",
        "certificate application: certificate.subject: has S=<province> once",
    ),
    (
        '"CN=<holder>"]',
        '"CN=<holder>", "X=1"]',
        "certificate application: certificate.subject: X: no part of a distinguished name",
    ),
    (
        '"O=CN"',
        '"O="',
        "certificate application: certificate.issuer: O: 1 to 64 characters",
    ),
    (
        'oid = "1.2.156.2316.1.1"',
        'oid = "1.2.156.2316.1.3"',
        "certificate application: certificate.extensions: the card number is 1.2.156.2316.1.1",
    ),
]


def test_a_certificate_application_needs_a_chip_that_has_it() -> None:
    without = replace(load_chip("gen3-80k"), partitions=load_chip("gen2-32k").partitions)
    assert GEN3.certificates is not None
    assert dict(certificate_mistakes(GEN3, GEN3.certificates, without)) == {
        "certificates": "is declared, but chip gen3-80k has no such application"
    }


@pytest.mark.parametrize(("old", "new", "said"), WRONG2, ids=lambda each: each[:30])
def test_a_wrong_interface_of_the_second_generation_is_told(old: str, new: str, said: str) -> None:
    told(TEXT2, "gen2.toml", old, new, said)


@pytest.mark.parametrize(("old", "new", "said"), WRONG3, ids=lambda each: each[:30])
def test_a_wrong_interface_of_the_third_generation_is_told(old: str, new: str, said: str) -> None:
    told(TEXT3, "gen3.toml", old, new, said)


def told(text: str, origin: str, old: str, new: str, said: str) -> None:
    assert old in text
    found = complaints(text.replace(old, new, 1), origin)
    print(found)
    assert any(line.startswith(f"{origin}: {said}") for line in found), found

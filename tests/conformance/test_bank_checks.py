"""What is looked at in answers of payment applications: published ones pass, each flaw is named."""

from __future__ import annotations

import re

import pytest

from sscard.apdu import tlv
from sscard.conformance.case import About
from sscard.conformance.checks import Answer, check_named
from sscard.profiles import Profile

#: Published answers (pboc 2.2, 6.1 [H]).
PSE_FCI = "6F1E840E315041592E5359532E4444463031A50C8801015F2D027A689F110101"
PSE_RECORD = "701B61194F08A000000333010101500A50424F43204445424954870101"
PPSE_FCI = (
    "6F30840E325041592E5359532E4444463031A51EBF0C1B61194F08A000000333010101"
    "500A50424F43204445424954870101"
)
DEBIT_FCI = (
    "6F4B8408A000000333010101A53F500A50424F432044454249548701019F38099F7A019F02065F2A02"
    "5F2D027A689F1101019F12104343422050424F43322E302043415244BF0C059F4D020B0A"
)
OPTIONS = "80127C0008010100100103011007070018010400"
#: The test card's image, with the check digit that its account number lacks (pboc 6.1 [H]).
RECORD = {
    0x5A: "6228000100001117",
    0x5F24: "301231",
    0x5F25: "950701",
    0x57: "6228000100001117D30122010123456789",
    0x8C: "9F02069F03069F1A0295055F2A029A039F21039C019F3704",
    0x8D: "8A029F02069F03069F1A0295055F2A029A039F21039C019F3704",
    0x8E: "0000000000000000410342035E0343031F00",
    0x8F: "80",
    0x90: "00" * 8,
    0x93: "00" * 8,
    0x9F46: "00" * 8,
    0x9F49: "9F3704",
}


def luhn(number: str) -> str:
    """``number`` with its last digit made right."""
    return next(
        number[:-1] + last
        for last in "0123456789"
        if sum(
            sum(divmod(int(digit) * (1 + place % 2), 10))
            for place, digit in enumerate(reversed(number[:-1] + last))
        )
        % 10
        == 0
    )


PAN = luhn(RECORD[0x5A])
GOOD = RECORD | {0x5A: PAN, 0x57: PAN + "D30122010123456789", 0x5F25: "150701"}


def record(**changed: str | None) -> str:
    """The records; keywords such as ``t5A`` say other values, None leaves one out."""
    values: dict[int, str | None] = {**GOOD}
    values |= {int(name[1:], 16): value for name, value in changed.items()}
    inside = b"".join(
        tlv.encode(tag, bytes.fromhex(value)) for tag, value in values.items() if value is not None
    )
    return tlv.encode(0x70, inside).hex()


def said(profile: Profile, check: str, data: str, **kept: str) -> str:
    function, argument = check_named(check)
    variables = {name: bytes.fromhex(value) for name, value in kept.items()}
    answer = Answer(bytes.fromhex(data), profile, About(), variables=variables)
    return function(answer, argument)


@pytest.mark.parametrize(
    ("check", "data"),
    [
        ("directory fci 1PAY.SYS.DDF01", PSE_FCI),
        ("contactless fci 2PAY.SYS.DDF01", PPSE_FCI),
        ("application fci", DEBIT_FCI),
        ("application entries", PSE_RECORD * 2),
        ("processing options", OPTIONS),
        ("mandatory objects", record()),
        ("no object twice", record()),
        ("account number", record()),
        ("account dates", record()),
        ("account dates", record(t5F25=None)),
        ("track 2", record()),
        ("track 2", record(t57=None)),
        ("data object lists", record()),
        ("cardholder verification", record()),
        ("cardholder verification", record(t8E=None)),
        ("no secrets", record()),
        ("data object 9F36 2", "9F36020001"),
        ("data object 9F4F 0", "9F4F03019A03"),
        ("a decline", "800B 00 0001 0011223344556677".replace(" ", "")),
        ("asks for 9F7A", DEBIT_FCI),
        ("holds tags 5A 57", record()),
    ],
)
def test_published_answers_are_right(profile: Profile, check: str, data: str) -> None:
    assert said(profile, check, data) == ""


@pytest.mark.parametrize(
    ("check", "data", "words"),
    [
        ("directory fci 1PAY.SYS.DDF01", PPSE_FCI, "another name"),
        ("directory fci 1PAY.SYS.DDF01", PSE_FCI.replace("880101", "88010B"), "1 to 10"),
        ("directory fci 1PAY.SYS.DDF01", PSE_FCI[2:], "no TLV"),
        ("directory fci 1PAY.SYS.DDF01", PSE_FCI[:-2], "no TLV"),
        ("contactless fci 2PAY.SYS.DDF01", PPSE_FCI.replace("6119", "6219"), "no entry"),
        ("application fci", DEBIT_FCI.replace("500A", "510A"), "label"),
        ("application fci", DEBIT_FCI.replace("010101A53F", "010102A53F"), "name"),
        ("application entries", "", "none"),
        ("application entries", PSE_RECORD.replace("4F08", "4E08"), "AID"),
        ("processing options", "80027C00", "no TLV|AFL|record"),
        ("processing options", "80067C0008020100", "AFL"),
        ("mandatory objects", record(t5A=None, t8D=None), "missing: 5A, 8D"),
        ("no object twice", record() + record(), "twice"),
        ("account number", record(t5A="6228000100001110"), "check digit"),
        ("account number", record(t5A="62280001"), "13 to 19"),
        ("account dates", record(t5F24="301331"), "5F24"),
        ("account dates", record(t5F25="310101"), "5F25"),
        ("track 2", record(t57="6228000100001125D30122010123456789"), "5A, D, 5F24"),
        ("track 2", record(t57=PAN + "D30112010123456789"), "5A, D, 5F24"),
        ("data object lists", record(t8C="9F02"), "cannot be read"),
        ("cardholder verification", record(t8E="0000000000000000"), "8E"),
        ("cardholder verification", record(t8E="000000000000000041"), "8E"),
        ("no secrets", record(t9F7B="00"), "9F7B"),
        ("data object 9F36 2", "9F360101", "1 bytes"),
        ("data object 9F36 2", "9F13020001", "9F36"),
        ("a decline", "800B4000010011223344556677", "AAC"),
        ("a decline", "8003000001", "short"),
        ("asks for DF69", DEBIT_FCI, "DF69"),
        ("holds tags 5A 9F63", record(), "9F63"),
        ("item 07 09", "0709303030303030303030", "^$"),
        ("item 07 09", "0708303030303030303030", "07 08"),
        ("item 07 09", "07093030", "4 bytes"),
        ("closed area", "5A0000", "^$"),
        ("closed area", "A50000", "5A"),
        ("closed area", "5A0001", "holds"),
        ("month and day", "0229", "^$"),
        ("month and day", "0000", "^$"),
        ("month and day", "1301", "no month"),
        ("month and day", "AABB", "no month"),
        ("filled with FF and 00", "FF00FF", "^$"),
        ("filled with 00", "FF00FF", "2 of 3"),
        ("holds 6399 at 1", "00639900", "^$"),
        ("holds 6399 at 0", "00639900", "offset 0"),
    ],
)
def test_each_flaw_is_named(profile: Profile, check: str, data: str, words: str) -> None:
    assert re.search(words, said(profile, check, data))


@pytest.mark.parametrize(
    ("aip", "left_out", "missing"),
    [
        ("7C00", (), ""),
        ("4000", ("t93",), "missing: 93"),
        ("2000", ("t9F46",), "missing: 9F46"),
        ("2000", ("t93",), ""),
        ("0100", ("t8F", "t90"), "missing: 8F, 90"),
        ("1C00", ("t8F", "t90", "t93", "t9F46"), ""),
    ],
)
def test_what_the_card_promises_must_be_in_its_records(
    profile: Profile, aip: str, left_out: tuple[str, ...], missing: str
) -> None:
    data = record(**dict.fromkeys(left_out))
    for options in (f"8006{aip}08010100", f"770A8202{aip}940408010100"):
        check = "offline data authentication options"
        assert said(profile, check, data, options=options) == missing


def test_other_answers(profile: Profile) -> None:
    begun = "00" * 18 + "11223344"
    assert said(profile, "same purchase as begun", "00" * 18 + "55667788", begun=begun) == ""
    assert "same" in said(profile, "same purchase as begun", begun, begun=begun)
    assert "changed" in said(profile, "same purchase as begun", "01" * 22, begun=begun)
    assert said(profile, "differs from any a b", "01", a="02", b="03") == ""
    assert said(profile, "differs from any a b", "03", a="02", b="03") == "the same as b"
    entry = "0001 32 510100000042 20260101120000 00000000 00000001 00000001"
    assert said(profile, "purchase log entry", entry) == ""
    assert "type" in said(profile, "purchase log entry", entry.replace(" 32 ", " 31 "))
    assert "bytes" in said(profile, "purchase log entry", entry[5:])
    assert "amounts" in said(profile, "purchase log entry", entry[:-1] + "2")

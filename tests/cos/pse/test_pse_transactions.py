"""Transactions over the contacts, against an issuer in plain Python (pboc 2 to 5)."""

from __future__ import annotations

from typing import Any

import pytest

from sscard.cos.pse.data_objects import READABLE

CDOL1 = "9F02069F03069F1A0295055F2A029A039F21039C019F37049F4E14"
CDOL2 = "8A029F02069F03069F1A0295055F2A029A039F21039C019F3704"
FAMILIES = ["00", "01"]


@pytest.mark.parametrize("sm", FAMILIES)
def test_an_online_transaction(rich: Any, sm: str) -> None:
    talk = rich.said(tDF69=sm)
    options = talk.start().require("GPO").hex()
    assert (
        options
        == {
            "00": "800e7d00080101001001010018010100",
            "01": "800a7d000801010010010100",
        }[sm]
    )
    first = talk.ac("80")
    assert (first.cid, first.atc.hex(), first.cvr) == (0x80, "0042", "03a00000")
    assert first.issuer[:3].hex() == {"00": "070101", "01": "070201"}[sm]
    assert first.issuer[7] == {"00": 1, "01": 4}[sm]
    assert talk.answer() == 0x9000
    second = talk.ac("40", CDOL2)
    assert (second.cid, second.cvr) == (0x40, "03600000")
    assert rich.get("9f13") == "0042"


@pytest.mark.parametrize(
    ("identifier", "amounts"),
    [
        (1, "0000060000"),
        (2, "0000001234"),
        (3, "0000060000 0000001234"),
        (4, "0000001234 0000020000"),
        (5, "0000060000"),
    ],
)
@pytest.mark.parametrize("sm", FAMILIES)
def test_the_issuer_is_told_amounts(
    make: Any,
    all_groupings: Any,
    grouping: Any,
    rich_bench: Any,
    sm: str,
    identifier: int,
    amounts: str,
) -> None:
    """9F10 by its template: one amount gets padding of its own, two are filled to 16 bytes."""
    data = bytes.fromhex(amounts)
    groupings = all_groupings()
    for dgi in (0x9200, 0x9201):
        old = groupings[dgi].value
        groupings[dgi] = grouping(dgi, old[:8] + bytes((len(data) + 5, identifier)))
    bench = rich_bench(groupings)
    before = bench.said(tDF69=sm)
    before.start().require("GPO")
    assert before.ac("40").cid == 0x40
    talk = bench.said(tDF69=sm)
    talk.start().require("GPO")
    made = talk.ac("80")
    key = talk.oracle.session(1, made.atc)
    if len(data) == 5:
        mac = talk.oracle.mac(key, made.atc + data + b"\0")
    else:
        mac = talk.oracle.mac_of_blocks(key, made.atc + data + bytes(4))
    assert made.issuer[8:] == bytes((len(data) + 5, identifier)) + data + mac[:4]


@pytest.mark.parametrize("asked", ["00", "40", "80"])
def test_what_is_asked_for_is_given(rich: Any, asked: str) -> None:
    talk = rich.said()
    talk.start().require("GPO")
    made = talk.ac(asked)
    assert made.cid == int(asked, 16)
    assert made.cvr == {"00": "03800000", "40": "03900000", "80": "03a00000"}[asked]
    third = talk.generate("40", CDOL2).sw
    assert third == (0x9000 if asked == "80" else 0x6985)
    assert talk.generate("40", CDOL2).sw == 0x6985


def test_a_second_arqc_is_none(rich: Any) -> None:
    talk = rich.said()
    talk.start().require("GPO")
    talk.ac("80")
    assert talk.generate("80", CDOL2).sw == 0x6A86
    assert talk.ac("40", CDOL2).cid == 0x40


@pytest.mark.parametrize("change", [-1, 1])
def test_lists_of_another_length(rich: Any, change: int) -> None:
    talk = rich.said()
    talk.start().require("GPO")
    data = talk.data(CDOL1)
    wrong = data[:change] if change < 0 else data + b"\0"
    assert talk.send("80ae8000", wrong, le=True).sw == 0x6700
    assert talk.send("80ae8000", data, le=True).sw == 0x9000


def test_an_amount_that_is_no_number(rich: Any) -> None:
    talk = rich.said(t9F02="00000000000A")
    talk.start().require("GPO")
    assert talk.generate("40").sw == 0x6A80


def test_a_wrong_le_changes_nothing(rich: Any) -> None:
    talk = rich.said()
    talk.start().require("GPO")
    data = talk.data(CDOL1)
    short = bytes.fromhex("80ae4000") + bytes((len(data),)) + data
    sw = rich.process(short + b"\x05")[-2:]
    assert sw[0] == 0x6C
    assert rich.process(short + sw[1:])[-2:].hex() == "9000"
    assert rich.process(short + sw[1:])[-2:].hex() == "6985"
    assert rich.log(2) is None, "one transaction, one entry in the log"


def test_the_atc_counts_transactions(rich: Any) -> None:
    for number in range(0x42, 0x48):
        talk = rich.said()
        talk.start().require("GPO")
        assert talk.ac("00").atc == number.to_bytes(2, "big")
    assert rich.get("9f36") == "0047"


def test_the_last_atc(make_rich: Any) -> None:
    rich = make_rich(internal={0x9F36: "FFFE"})
    assert rich.said().start().sw == 0x9000
    assert rich.said().start().sw == 0x6985
    assert rich.get("9f36") == "ffff"


# The issuer's answer


def test_an_answer_once(rich: Any) -> None:
    talk = rich.said()
    talk.start().require("GPO")
    assert talk.send("00820000", bytes(10)).sw == 0x6985
    talk.ac("80")
    assert talk.answer() == 0x9000
    assert talk.answer() == 0x6985


@pytest.mark.parametrize("sm", FAMILIES)
def test_a_wrong_answer_is_remembered(rich: Any, sm: str) -> None:
    talk = rich.said(tDF69=sm)
    talk.start().require("GPO")
    talk.ac("80")
    assert talk.answer(wrong=True) == 0x6300
    assert talk.answer() == 0x6985
    second = talk.ac("40", CDOL2)
    assert (second.cid, second.cvr) == (0x40, "03680000")
    after = rich.said()
    after.start().require("GPO")
    # Last online not completed, and its answer was wrong: the card wants the issuer again.
    assert (made := after.ac("40")).cid == 0x80
    assert made.cvr == "03a08800"
    assert after.answer() == 0x9000
    assert after.ac("40", CDOL2).cid == 0x40
    last = rich.said()
    last.start().require("GPO")
    assert last.ac("40").cvr == "03900000"


def test_power_off_keeps_a_wrong_answer(rich: Any) -> None:
    talk = rich.said()
    talk.start().require("GPO")
    talk.ac("80")
    talk.answer(wrong=True)
    rich.reset()
    after = rich.said()
    after.start().require("GPO")
    assert after.ac("40").cvr == "03a08800"


@pytest.mark.parametrize(
    ("ada", "wrong", "answered", "cid", "cvr"),
    [
        ("0000", True, True, 0x40, "03680000"),
        ("4000", True, True, 0x03, "03280000"),
        ("5000", True, True, 0x0B, "03280000"),
        ("4400", True, True, 0x0B, "03280000"),
        ("4800", True, True, 0x03, "03280000"),
        ("4000", False, True, 0x40, "03600000"),
        ("0000", False, False, 0x40, "03600000"),
        ("2000", False, False, 0x00, "03200000"),
        ("2000", False, True, 0x40, "03600000"),
        ("1000", False, True, 0x40, "03600000"),
    ],
)
def test_what_the_answer_decides(
    make_rich: Any, ada: str, wrong: bool, answered: bool, cid: int, cvr: str
) -> None:
    talk = make_rich(internal={0x9F52: ada}).said()
    talk.start().require("GPO")
    talk.ac("80")
    if answered:
        talk.answer(wrong=wrong)
    made = talk.ac("40", CDOL2)
    assert (made.cid, made.cvr) == (cid, cvr)


@pytest.mark.parametrize(
    ("ada", "cid", "cvr"), [("0000", 0x40, "03690000"), ("4000", 3, "03290000")]
)
def test_a_wrong_answer_counts_though_nobody_was_reached(
    make_rich: Any, ada: str, cid: int, cvr: str
) -> None:
    """A terminal that hands on a wrong answer cannot then say that there was none."""
    talk = make_rich(internal={0x9F52: ada}).said(t8A="5933")
    talk.start().require("GPO")
    talk.ac("80")
    assert talk.answer(wrong=True) == 0x6300
    made = talk.ac("40", CDOL2)
    assert (made.cid, made.cvr) == (cid, cvr)


def test_no_answer_where_one_must_be(rich: Any) -> None:
    talk = rich.said()
    talk.start().require("GPO")
    talk.ac("80")
    talk.ac("40", CDOL2)
    after = rich.said()
    after.start().require("GPO")
    assert after.ac("40").cvr == "03a08400"


def test_no_answer_where_none_need_be(make_rich: Any) -> None:
    rich = make_rich(internal={0x9F56: "00"})
    talk = rich.said()
    talk.start().require("GPO")
    talk.ac("80")
    talk.ac("40", CDOL2)
    after = rich.said()
    after.start().require("GPO")
    assert after.ac("40").cvr == "03900000"


# Card risk management


@pytest.mark.parametrize(
    ("card", "internal", "said", "before", "cid", "cvr"),
    [
        ({}, {}, {}, 0, 0x40, "03900000"),
        ({}, {}, {}, 1, 0x40, "03900000"),
        ({}, {}, {}, 2, 0x80, "03a02000"),  # the third since the last on line, 9F58 is 2
        ({0x9F58: ""}, {}, {}, 4, 0x40, "03900000"),
        ({}, {}, {"t9F02": "000000018000"}, 1, 0x80, "03a02000"),  # more than 9F54 together
        ({}, {}, {"t9F02": "000000020000"}, 0, 0x40, "03900000"),
        ({}, {}, {"t9F02": "000000020001"}, 0, 0x80, "03a02000"),
        ({}, {}, {"t5F2A": "0978"}, 0, 0x40, "03900000"),
        ({}, {}, {"t5F2A": "0978"}, 1, 0x80, "03a02000"),  # the second abroad, 9F53 is 1
        ({}, {}, {"t9F1A": "0840"}, 1, 0x80, "03a02000"),  # the second elsewhere, 9F72 is 1
        # The second currency counts twice (9F73): 250 together are allowed.
        ({}, {}, {"t5F2A": "0840", "t9F02": "000000012500"}, 0, 0x40, "03900000"),
        ({}, {}, {"t5F2A": "0840", "t9F02": "000000012501"}, 0, 0x80, "03a02000"),
        ({}, {0x9F13: "0000"}, {}, 0, 0x80, "03a03000"),  # new, and never on line for 9F58
        ({0x9F58: ""}, {0x9F13: "0000"}, {}, 0, 0x40, "03901000"),
        ({0x9F58: ""}, {0x9F13: "0000", 0x9F52: "0200"}, {}, 0, 0x80, "03a01000"),
    ],
)
def test_velocity(
    make_rich: Any, card: Any, internal: Any, said: Any, before: int, cid: int, cvr: str
) -> None:
    rich = make_rich(card, internal)
    for _ in range(before):
        talk = rich.said(**{"t9F02": "000000003000", **said})
        talk.start().require("GPO")
        assert talk.ac("40").cid == 0x40
    talk = rich.said(**said)
    talk.start().require("GPO")
    made = talk.ac("40")
    assert (made.cid, made.cvr) == (cid, cvr)


def test_an_online_transaction_clears_the_counters(rich: Any) -> None:
    for _ in range(2):
        talk = rich.said(t5F2A="0978")
        talk.start().require("GPO")
        made = talk.ac("40")
    assert (made.cid, made.cvr) == (0x80, "03a02000")
    assert talk.answer() == 0x9000
    talk.ac("40", CDOL2)
    after = rich.said(t5F2A="0978")
    after.start().require("GPO")
    assert after.ac("40").cid == 0x40


@pytest.mark.parametrize("code", ["5933", "5A33"])
@pytest.mark.parametrize(
    ("card", "internal", "said", "cid", "cvr"),
    [
        ({}, {}, {}, 0x40, "03610000"),
        ({0x9F59: "00"}, {}, {}, 0x00, "03212000"),
        ({}, {}, {"t9F02": "000000030001"}, 0x00, "03212000"),
        ({}, {0x9F13: "0000", 0x9F36: "0000", 0x9F52: "0100"}, {}, 0x00, "03211000"),
        ({}, {0x9F13: "0000", 0x9F36: "0000"}, {}, 0x40, "03611000"),
    ],
)
def test_nobody_reached(
    make_rich: Any, code: str, card: Any, internal: Any, said: Any, cid: int, cvr: str
) -> None:
    rich = make_rich(card, internal)
    talk = rich.said(t8A=code, **said)
    talk.start().require("GPO")
    talk.ac("80")
    made = talk.ac("40", CDOL2)
    assert (made.cid, made.cvr[:4]) == (cid, cvr[:4])
    assert int(cvr, 16) & 0xFFFF == int(cvr, 16) & int(made.cvr, 16) & 0xFFFF
    after = rich.said()
    after.start().require("GPO")
    assert after.ac("40").cid == 0x80, "the last online transaction was not completed"


@pytest.mark.parametrize(
    ("bits", "cvr"),
    [
        ("4000000000", "0100"),
        ("0800000000", "0004"),
        ("4800000000", "0104"),
        ("0080000000", "0000"),
    ],
)
def test_failed_signatures_are_told(rich: Any, bits: str, cvr: str) -> None:
    talk = rich.said(t95=bits)
    talk.start().require("GPO")
    talk.ac("00")
    after = rich.said()
    after.start().require("GPO")
    made = after.ac("80")
    assert int(made.cvr[4:], 16) & 0x0104 == int(cvr, 16)
    assert after.answer() == 0x9000
    after.ac("40", CDOL2)
    last = rich.said()
    last.start().require("GPO")
    assert int(last.ac("80").cvr[4:], 16) & 0x0104 == 0


# PIN


@pytest.mark.parametrize(
    ("tries", "cvr"), [("r", "03a40000"), ("w", "03a60000"), ("wr", "03a40000"), ("rw", "03a60000")]
)
def test_the_pin_in_the_cvr(rich: Any, tries: str, cvr: str) -> None:
    talk = rich.said()
    talk.start().require("GPO")
    for each in tries:
        block = "26123456ffffffff" if each == "r" else "26654321ffffffff"
        talk.send("00200080", bytes.fromhex(block))
    assert talk.ac("80").cvr == cvr
    after = rich.said()
    after.start().require("GPO")
    assert after.ac("80").cvr == "03a08000"


@pytest.mark.parametrize(
    ("ada", "now", "cid", "cvr"),
    [
        ("0000", True, 0x40, "03964000"),
        ("0080", True, 0x02, "03864200"),
        ("0800", True, 0x40, "03964000"),
        ("0880", True, 0x0A, "03864200"),
        ("0000", False, 0x40, "03904000"),
        ("0020", False, 0x80, "03a04000"),
        ("0040", False, 0x02, "03804000"),
        ("0060", False, 0x02, "03804000"),
        ("0004", False, 0x02, "03804200"),
        ("0080", False, 0x40, "03904000"),
    ],
)
def test_no_try_left(make_rich: Any, ada: str, now: bool, cid: int, cvr: str) -> None:
    rich = make_rich(internal={0x9F52: ada})
    talk = rich.said()
    talk.start().require("GPO")
    for _ in range(3):
        talk.send("00200080", bytes.fromhex("26654321ffffffff"))
    if not now:
        talk = rich.said()
        talk.start().require("GPO")
    made = talk.ac("40")
    assert (made.cid, made.cvr) == (cid, cvr)
    blocked = cvr.endswith("4200")
    assert rich.select().sw == (0x6283 if blocked else 0x9000)


def test_an_enciphered_pin(rich: Any, rsa: tuple[int, int]) -> None:
    modulus, exponent = rsa
    talk = rich.said()
    talk.start().require("GPO")

    def present(block: str, challenge: bytes) -> int:
        plain = b"\x7f" + bytes.fromhex(block) + challenge + b"\x55" * (96 - 17)
        power = pow(int.from_bytes(plain, "big"), exponent, modulus)
        return int(talk.send("00200088", power.to_bytes(96, "big")).sw)

    def challenge() -> bytes:
        return bytes(talk.send("00840000", le=True).require("GET CHALLENGE"))

    assert present("26123456ffffffff", bytes(8)) == 0x6984
    assert present("26123456ffffffff", challenge()) == 0x9000
    assert present("26123456ffffffff", bytes(8)) == 0x6984, "a challenge serves once"
    assert present("26654321ffffffff", challenge()) == 0x63C2
    challenge()
    assert present("26123456ffffffff", bytes(8)) == 0x63C1, "another challenge"
    challenge()
    assert talk.send("00200088", b"\0" * 95 + b"\2").sw == 0x63C0
    challenge()
    assert present("26123456ffffffff", bytes(8)) == 0x6983


@pytest.mark.parametrize(("data", "sw"), [(8, 0x6700), (95, 0x6700), (97, 0x6700)])
def test_the_length_of_an_enciphered_pin(rich: Any, data: int, sw: int) -> None:
    rich.select()
    talk = rich.said()
    assert talk.send("00200088", bytes(data)).sw == sw
    assert talk.send("00200080", bytes(7)).sw == 0x6700


# Logs


def test_the_log(make_rich: Any) -> None:
    rich = make_rich({0x9F58: "", 0x9F54: ""})
    assert rich.log() is None
    for number in range(12):
        talk = rich.said(t9F02=f"{number:012d}")
        talk.start().require("GPO")
        assert talk.ac("40").cid == 0x40
    declined = rich.said()
    declined.start().require("GPO")
    declined.ac("00")
    newest = rich.log(1)
    assert newest.hex() == ("26112210111200000000001100000000000001560156" + "53" * 20 + "00004d")
    assert [int(rich.log(number)[6:12].hex()) for number in range(1, 11)] == [*range(11, 1, -1)]
    assert rich.log(11) is None
    assert rich.log(1, sfi=12) is None


# Data objects


def test_every_tag_of_get_data(rich: Any) -> None:
    answers = {
        tag: rich.get(f"{tag:04x}") for tag in range(0x9F00, 0x10000) if tag & 0x1F00 == 0x1F00
    }
    given = {tag for tag, value in answers.items() if value != "6a88"}
    assert given <= READABLE
    there = {0x9F13, 0x9F17, 0x9F36, 0x9F4F, 0x9F51, 0x9F52, 0x9F56, 0x9F57, 0x9F79, 0xDF4F, 0x9F5D}
    assert there <= given
    assert not given & {0x9F10, 0x9F26, 0x9F69, 0x9F6C, 0x9F63}


@pytest.mark.parametrize("sm", FAMILIES)
def test_the_algorithm_is_what_was_computed(
    all_groupings: Any, grouping: Any, rich_bench: Any, sm: str
) -> None:
    """The template of each family names the other one."""
    groupings = all_groupings()
    groupings[0x9200] = grouping(0x9200, bytes.fromhex("0701010300000004"))
    groupings[0x9201] = grouping(0x9201, bytes.fromhex("0702010300000001"))
    talk = rich_bench(groupings).said(tDF69=sm)
    talk.start().require("GPO")
    assert talk.ac("80").issuer[7] == (0x04 if sm == "01" else 0x01)

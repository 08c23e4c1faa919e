"""What the card tells: CID, CVR, issuer application data, and what a cryptogram is made over."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.apdu import cryptogram_input
from sscard.apdu.cryptogram import CID, Cryptogram
from sscard.apdu.cryptogram_input import INPUTS, SHORT, USUAL
from sscard.apdu.cvr import CVR, Fact
from sscard.apdu.issuer_data import IssuerApplicationData, IssuerDiscretionaryData, Template
from sscard.errors import MalformedData

VECTORS = Path(__file__).parents[1] / "vectors"
DOCUMENT = tomllib.loads((VECTORS / "emv-data-objects.toml").read_text("utf-8"))

GOOD = [row for row in DOCUMENT["issuer_data"] if "expect" not in row]
BAD = [row for row in DOCUMENT["issuer_data"] if "expect" in row]

octets = st.integers(0, 255)
facts = st.lists(st.sampled_from(list(Fact))).map(lambda each: Fact(sum(set(each))))
cvrs = st.builds(
    CVR,
    st.sampled_from(Cryptogram),
    st.sampled_from([None, Cryptogram.AAC, Cryptogram.TC]),
    facts,
    st.integers(0, 15),
)
discretionary = st.builds(
    IssuerDiscretionaryData,
    octets,
    st.binary(max_size=20),
    st.binary(min_size=4, max_size=4),
)
issuer_data = st.builds(
    IssuerApplicationData, octets, octets, cvrs, octets, st.none() | discretionary
)


def hexes(row: dict[str, Any]) -> bytes:
    return bytes.fromhex(row["hex"])


def named(row: dict[str, Any]) -> str:
    return str(row.get("name", row["hex"]))


@pytest.mark.parametrize("row", DOCUMENT["cid"], ids=named)
def test_cryptogram_information_data(row: dict[str, Any]) -> None:
    cid = CID(Cryptogram[row["kind"]], row.get("advice", False), row.get("reason", 0))
    assert CID.parse(hexes(row)) == cid
    assert (bytes(cid), int(cid)) == (hexes(row), hexes(row)[0])


@given(st.binary(max_size=2))
def test_any_bytes_are_a_cid_or_malformed(raw: bytes) -> None:
    with suppress(MalformedData):
        assert bytes(CID.parse(raw)) == raw


@pytest.mark.parametrize("raw", ["", "8000", "C0", "20", "90"])
def test_what_is_no_cid(raw: str) -> None:
    with pytest.raises(MalformedData, match="information data"):
        CID.parse(bytes.fromhex(raw))


@pytest.mark.parametrize("row", DOCUMENT["cvr"], ids=named)
def test_published_results(row: dict[str, Any]) -> None:
    cvr = CVR.parse(hexes(row))
    assert cvr.first.name == row["first"]
    assert (cvr.second.name if cvr.second is not None else None) == row.get("second")
    assert list(cvr.facts.words()) == row.get("facts", [])
    assert cvr.scripts == row.get("scripts", 0)
    assert bytes(cvr) == hexes(row)


@given(cvrs)
def test_results_come_back(cvr: CVR) -> None:
    assert CVR.parse(bytes(cvr)) == cvr


@given(st.binary(max_size=5) | st.binary(min_size=3, max_size=3).map(b"\3".__add__))
def test_any_bytes_are_results_or_malformed(raw: bytes) -> None:
    with suppress(MalformedData):
        assert bytes(CVR.parse(raw)) == raw


@pytest.mark.parametrize("raw", ["", "03A400", "04A40000", "03A4000000", "03E40000", "03B40000"])
def test_what_are_no_results(raw: str) -> None:
    with pytest.raises(MalformedData, match="card verification results"):
        CVR.parse(bytes.fromhex(raw))


def test_results_grow() -> None:
    cvr = CVR(Cryptogram.ARQC).plus(Fact.NEW_CARD).plus(Fact.PIN_PERFORMED)
    assert bytes(cvr).hex() == "03a41000"
    assert cvr.plus(Fact.NEW_CARD) == cvr


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((Cryptogram.ARQC, Cryptogram.ARQC), "second"),
        ((Cryptogram.ARQC, None, Fact(0), 16), "scripts"),
        ((Cryptogram.ARQC, None, Fact(0x800000)), "no facts"),
        ((Cryptogram.ARQC, None, Fact(0x10)), "no facts"),
    ],
)
def test_results_that_cannot_be(arguments: tuple[Any, ...], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        CVR(*arguments)
    with pytest.raises(ValueError, match="three bits"):
        CID(Cryptogram.TC, reason=8)


@pytest.mark.parametrize("row", GOOD, ids=named)
def test_issuer_data_of_real_cards(row: dict[str, Any]) -> None:
    parsed = IssuerApplicationData.parse(hexes(row))
    assert (parsed.dki, parsed.cvn, parsed.algorithm) == (row["dki"], row["cvn"], row["algorithm"])
    assert (parsed.cvr.first.name, parsed.cvr.second) == (row["first"], None)
    assert list(parsed.cvr.facts.words()) == row.get("facts", [])
    assert bytes(parsed) == hexes(row)
    if "identifier" not in row:
        assert parsed.idd is None
        return
    assert parsed.idd == IssuerDiscretionaryData(
        row["identifier"], bytes.fromhex(row["data"]), bytes.fromhex(row["mac"])
    )


@pytest.mark.parametrize("row", BAD, ids=named)
def test_what_is_no_issuer_data(row: dict[str, Any]) -> None:
    with pytest.raises(MalformedData):
        IssuerApplicationData.parse(hexes(row))


@given(issuer_data)
def test_issuer_data_come_back(data: IssuerApplicationData) -> None:
    assert IssuerApplicationData.parse(bytes(data)) == data


@given(st.binary(max_size=24) | st.binary(max_size=20).map(bytes.fromhex("070101").__add__))
def test_any_bytes_are_issuer_data_or_malformed(raw: bytes) -> None:
    with suppress(MalformedData):
        assert bytes(IssuerApplicationData.parse(raw)) == raw
    with suppress(MalformedData):
        Template.parse(raw)


@pytest.mark.parametrize("algorithm", [1, 4])
def test_what_is_personalized(algorithm: int) -> None:
    # pboc 2.4: initial values of DGIs 9200 and 9201
    template = Template.parse(bytes.fromhex(f"07010103000000{algorithm:02X}0A01"))
    assert template == Template(dki=1, cvn=1, algorithm=algorithm, identifier=1)
    cvr = CVR(Cryptogram.TC)
    idd = IssuerDiscretionaryData(1, bytes.fromhex("0000020000"), bytes.fromhex("C8AB4F4F"))
    made = bytes(template.filled(cvr, idd)).hex().upper()
    assert made == f"07010103900000{algorithm:02X}0A010000020000C8AB4F4F"
    short = template.filled(cvr, cvn=SHORT)
    assert bytes(short).hex() == f"07011103900000{algorithm:02x}"


def test_a_template_without_amounts() -> None:
    assert Template.parse(bytes.fromhex("0701010300000001")).identifier is None
    with pytest.raises(MalformedData, match="without an identifier"):
        Template.parse(bytes.fromhex("07010103000000010A"))


def test_issuer_data_that_cannot_be() -> None:
    cvr = CVR(Cryptogram.TC)
    for mistake in ((0x100, 1, 1), (1, -1, 1), (1, 1, 0x100)):
        with pytest.raises(ValueError, match="single bytes"):
            IssuerApplicationData(mistake[0], mistake[1], cvr, mistake[2])
    for identifier, data, mac in ((256, b"", bytes(4)), (1, b"", bytes(3))):
        with pytest.raises(ValueError, match="MAC of 4"):
            IssuerDiscretionaryData(identifier, data, mac)
    with pytest.raises(ValueError, match="255"):
        IssuerDiscretionaryData(1, bytes(251), bytes(4))


VALUES = {
    0x9F02: bytes(6),
    0x9F03: bytes(6),
    0x9F1A: bytes.fromhex("0156"),
    0x95: bytes(5),
    0x5F2A: bytes.fromhex("0156"),
    0x9A: bytes(3),
    0x9C: bytes(1),
    0x9F37: bytes.fromhex("00000444"),
    0x82: bytes.fromhex("7C00"),
    0x9F36: bytes.fromhex("03D3"),
}
DECISION = CVR.parse(bytes.fromhex("0380A800"))


def test_the_input_of_the_published_rule() -> None:
    # pboc 3.1: the data of the SM4 cryptograms
    document = tomllib.loads((VECTORS / "application-cryptogram.toml").read_text("utf-8"))
    expected = document["sm4"]["data"]
    assert cryptogram_input.assemble(USUAL, VALUES, DECISION).hex().upper() == expected
    assert cryptogram_input.assemble(SHORT, VALUES, DECISION).hex() == "0" * 12 + "0000044403d380"


def test_values_beside_those_do_not_matter() -> None:
    more = VALUES | {0x9F34: bytes(3)}
    assert cryptogram_input.assemble(USUAL, more, DECISION) == cryptogram_input.assemble(
        USUAL, VALUES, DECISION
    )


@pytest.mark.parametrize("version", INPUTS)
def test_a_missing_or_short_value_is_named(version: int) -> None:
    for tag in INPUTS[version]:
        without = {other: value for other, value in VALUES.items() if other != tag}
        for values in (without, without | {tag: VALUES[tag][:-1]}, without | {tag: bytes(9)}):
            with pytest.raises(MalformedData, match=f"tag {tag:X} is missing"):
                cryptogram_input.assemble(version, values, DECISION)


def test_unknown_versions() -> None:
    for version in (0, 2, 0x10, 0x17):
        with pytest.raises(MalformedData, match=f"version {version:02X}"):
            cryptogram_input.assemble(version, VALUES, DECISION)

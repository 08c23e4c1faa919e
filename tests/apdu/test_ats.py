"""The ATS by TL and T0 (ISO/IEC 14443-4, 5.2): a real one, the defaults, and any bytes."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sscard.apdu.ats import Ats
from sscard.errors import MalformedData

#: A third-generation card (ssc 6 [T]).
REAL = bytes.fromhex("127880A0020081544C9686845101C0666779")


def test_a_real_card_s() -> None:
    ats = Ats.parse(REAL)
    assert ats.historical.hex().upper() == "0081544C9686845101C0666779"
    assert (ats.fsci, ats.ta, ats.tb, ats.tc) == (8, 0x80, 0xA0, 0x02)
    assert (ats.frame_size, ats.fwi, ats.sfgi) == (256, 10, 0)
    assert (ats.same_rate, ats.rates_to_card, ats.rates_from_card) == (True, (), ())
    assert (ats.cid, ats.nad) == (True, False)
    assert round(ats.waiting_time * 1000) == 309
    assert bytes(ats) == REAL


def test_the_real_one_built_from_its_meaning() -> None:
    ats = Ats.of(fsci=8, fwi=10, sfgi=0, same_rate=True, cid=True, nad=False, historical=REAL[5:])
    assert bytes(ats) == REAL


def test_the_shortest_says_nothing() -> None:
    ats = Ats.parse(b"\x01")
    assert ats == Ats()
    assert bytes(ats) == b"\x01"
    assert (ats.frame_size, ats.fwi, ats.sfgi, ats.cid, ats.nad) == (32, 4, 0, True, False)
    assert (ats.same_rate, ats.rates_to_card, ats.rates_from_card) == (False, (), ())


@pytest.mark.parametrize("absent", [0x10, 0x20, 0x40])
def test_historical_bytes_move_up_where_an_interface_byte_is_absent(absent: int) -> None:
    present = {0x10: b"\x77", 0x20: b"\x51", 0x40: b"\x01"}
    del present[absent]
    body = bytes((0x70 ^ absent | 5,)) + b"".join(present.values()) + b"AB"
    ats = Ats.parse(bytes((len(body) + 1,)) + body)
    assert ats.historical == b"AB"
    rates = () if absent == 0x10 else (212, 424, 848)
    assert (ats.rates_to_card, ats.rates_from_card) == (rates, rates)
    assert (ats.fwi, ats.sfgi) == ((4, 0) if absent == 0x20 else (5, 1))
    assert (ats.cid, ats.nad) == ((True, False) if absent == 0x40 else (False, True))


def test_reserved_codes_count_as_the_standard_says() -> None:
    ats = Ats(fsci=15, tb=0xFF)
    assert (ats.frame_size, ats.fwi, ats.sfgi) == (4096, 4, 0)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("", "no ATS: its first byte does not count its bytes"),
        ("02", "no ATS: its first byte does not count its bytes"),
        ("0378", "no ATS: its first byte does not count its bytes"),
        ("02F8", "no ATS: T0 has its reserved bit set"),
        ("047880A0", "the interface bytes of the ATS run past its end"),
    ],
)
def test_what_is_none(raw: str, why: str) -> None:
    with pytest.raises(MalformedData, match=f"^{why}$"):
        Ats.parse(bytes.fromhex(raw))


@pytest.mark.parametrize(
    "wrong",
    [
        {"historical": b"A"},
        {"ta": 0},
        {"fsci": 16},
        {"fsci": -1},
        {"fsci": 8, "tb": 256},
        {"fsci": 8, "historical": bytes(254)},
    ],
)
def test_what_no_ats_can_say(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"without T0|four bits|at most 255"):
        Ats(**wrong)  # type: ignore[arg-type]


@given(st.binary(max_size=64))
@example(REAL)
def test_any_bytes_parse_or_are_malformed(raw: bytes) -> None:
    counted = bytes((len(raw) + 1,)) + raw
    for each in (raw, counted):
        try:
            ats = Ats.parse(each)
        except MalformedData:
            continue
        assert bytes(ats) == each


rates = st.sets(st.sampled_from([212, 424, 848])).map(sorted).map(tuple)


@given(
    st.integers(0, 12), st.integers(0, 14), st.integers(0, 14), rates, rates,
    st.booleans(), st.booleans(), st.booleans(), st.binary(max_size=15),
)  # fmt: skip
def test_everything_that_is_said_is_read(
    fsci: int, fwi: int, sfgi: int, to_card: tuple[int, ...], from_card: tuple[int, ...],
    same: bool, cid: bool, nad: bool, historical: bytes,
) -> None:  # fmt: skip
    said = Ats.of(
        fsci=fsci, fwi=fwi, sfgi=sfgi, rates_to_card=to_card, rates_from_card=from_card,
        same_rate=same, cid=cid, nad=nad, historical=historical,
    )  # fmt: skip
    ats = Ats.parse(bytes(said))
    assert ats == said
    assert (ats.fsci, ats.fwi, ats.sfgi, ats.historical) == (fsci, fwi, sfgi, historical)
    assert (ats.rates_to_card, ats.rates_from_card) == (to_card, from_card)
    assert (ats.same_rate, ats.cid, ats.nad) == (same, cid, nad)

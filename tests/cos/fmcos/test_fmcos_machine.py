"""Any bytes get a status word that FMCOS has; a torn command happened as a whole or not at all."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sscard.apdu.command import CommandAPDU
from sscard.cos.nvm import JOURNAL_PAGES
from sscard.dialects.chip import PAGE

if TYPE_CHECKING:
    from tests.cos.fmcos.conftest import Host

MASTER = "FF" * 8
#: The manual's table (dialects 2.6 [S]), 6D00 of its last command, 9403 of VERIFY in it.
LISTED = {
    *(0x9000, 0x6281, 0x6283, 0x6400, 0x6581, 0x6700, 0x6900, 0x6901, 0x6981, 0x6982, 0x6983),
    *(0x6985, 0x6987, 0x6988, 0x6A80, 0x6A81, 0x6A82, 0x6A83, 0x6A84, 0x6A86, 0x6A88, 0x6B00),
    *(0x6D00, 0x6E00, 0x6F00, 0x9302, 0x9303, 0x9401, 0x9403, 0x9406),
    *(0x63C0 | left for left in range(16)),
    *(0x6C00 | size for size in range(256)),
}
octets = st.integers(0, 0xFF)
instructions = st.sampled_from(
    [0x20, 0x82, 0x84, 0x88, 0xA4, 0xB0, 0xB2, 0xD6, 0xDC, 0xE2, 0xE0, 0xD4, 0x0E]
)
records = st.sampled_from(["2A0203", "2C0010", "2E0203", "280010", "A80010", "E80010", "3F0020"])
data = st.one_of(
    st.binary(max_size=20),
    st.builds(lambda kind, end: bytes.fromhex(kind) + end, records, st.binary(max_size=6)),
    st.builds(
        lambda kind: bytes.fromhex(kind + "F0F00033" + MASTER),
        st.sampled_from(["39", "36", "30", "F9", "3A"]),
    ),
    st.just(bytes.fromhex("38FFFFF0F0FFFFFF4142434445")),
    st.sampled_from([bytes.fromhex("3F00"), bytes.fromhex("3F01"), b"\0\1"]),
)
commands = st.builds(
    CommandAPDU,
    st.sampled_from([0x00, 0x00, 0x04, 0x80, 0x80, 0x84]) | octets,
    instructions | octets,
    st.sampled_from([0x00, 0x01, 0x04, 0x3F, 0x81]) | octets,
    st.sampled_from([0x00, 0x01, 0x02, 0x0C, 0x14]) | octets,
    data,
    st.sampled_from([0, 4, 8, 256, 65536]) | octets,
)


@given(st.lists(commands.map(bytes) | st.binary(max_size=12), max_size=30), st.booleans())
@settings(deadline=None, max_examples=150)
def test_any_commands(make_host: type[Host], sequence: list[bytes], shown: bool) -> None:
    host = make_host(size=1024)
    host.ground("80D401010DF6F0F0FF33" + "5A" * 8)
    if shown:
        host.show()
    for raw in sequence:
        answer = host.card.process(raw)
        assert int.from_bytes(answer[-2:], "big") in LISTED
        assert b"\x5a" * 8 not in answer, "no command gives a key out"
        nvm, journal = host.card.nvm, JOURNAL_PAGES * PAGE
        assert nvm.image[journal:] == nvm.cells[journal:], "nothing is left half done"
    free = host.card.free
    host.card.reset()
    assert host.card.free == free
    assert host("00A40000023F00").endswith("9000")


#: Every command that changes the memory, each with what must be said before it.
CHANGES = [
    ("80E0000107280030F0F0FFFF",),
    ("80E000020728012CF0F0FFFF",),
    ("80E03F021038FFFFF0F095FFFF4142434445464748",),
    ("80D401010D36F0F0FF33" + MASTER,),
    ("80D439000D39F0AAAA55" + MASTER,),
    ("00D68500083132333435363738",),
    ("00E20034021212",),
    ("00DC003B021212",),
    ("00A40000023F01", "800E000000"),
    ("800E000000",),
]


def prepared(make_host: type[Host], nvm: Any) -> Host:
    host = make_host(nvm=nvm, size=2048)
    host.ground()
    assert host.show() == "9000"
    host.ok("80E03F010D38FFFFF0F0FFFFFF5152535455", "80E0000507280040F0F0FFFF")
    host.ok("80E00006072A0302F0F0FFFF", "80E00007072E0302F0F0FFFF")
    host.ok("00A40000023F01", "80E00000073F002095F0FFFF", "80E0000107280040F0F0FFFF")
    host.ok("00A40000023F00")
    return host


@pytest.mark.parametrize("changing", CHANGES, ids=lambda each: each[-1])
def test_power_cut_in_every_changing_command(
    make_host: type[Host], torn_nvm: Any, power_loss: Any, outcome: Any, changing: tuple[str, ...]
) -> None:
    def contents(host: Host) -> bytes:
        """Only what objects lie in: the rest is free and may hold anything."""
        cells = bytes(host.card.nvm.cells)[JOURNAL_PAGES * PAGE :]
        return cells[: len(cells) - host.card.free]

    whole = prepared(make_host, torn_nvm)
    before = contents(whole)
    *first, last = changing
    whole.ok(*first, last)
    after = contents(whole)
    assert after != before
    for cut_at in count(1):
        host = prepared(make_host, torn_nvm)
        host.ok(*first)
        host.card.nvm.arm(cut_at, outcome)  # type: ignore[attr-defined]
        try:
            host.ok(last)
        except power_loss:
            host.card.reset()
            assert contents(host) in (before, after), cut_at
            assert host("00A40000023F00").endswith("9000")
        else:
            break
    assert cut_at > 3

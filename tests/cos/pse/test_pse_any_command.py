"""Whatever is sent, in whatever order: a status word, and no secret in the answer."""

from __future__ import annotations

import random
from typing import Any

import pytest

from sscard.apdu.dgi import DGI
from sscard.cos.pse.table import TABLES

CDOL = "9F02069F03069F1A0295055F2A029A039F21039C019F37049F4E14"
SECRETS = [each for each in DGI if each >> 12 == 8 and each is not DGI.SM2_PUBLIC]
KEYS = [*next(rows for rows in TABLES.values() if len(rows) > 10), (0x00, 0xA4)]


def secrets(bench: Any) -> set[bytes]:
    """Every run of eight bytes in a secret."""
    values = [bench.banking._instances[bytes.fromhex("A000000333010101")].value(d) for d in SECRETS]
    return {
        window
        for value in values
        if value
        for at in range(len(value) - 7)
        if len(set(window := value[at : at + 8])) > 3
    }


@pytest.mark.parametrize("seed", range(4))
def test_any_command(rich: Any, seed: int) -> None:
    chance = random.Random(seed)
    known, words = secrets(rich), set()
    debit = bytes.fromhex("A000000333010101")
    for _ in range(1500):
        if chance.random() < 0.1:
            rich.over(contactless=chance.random() < 0.4)
            rich.select(debit)
        if chance.random() < 0.1:
            talk = rich.said(
                t9F66=chance.choice(("26000080", "46000000", "00000000")),
                tDF69=chance.choice(("00", "01")),
                t9F7A=chance.choice(("00", "01")),
            )
            tapped = rich.banking.contactless
            talk.start(TAP_PDOL if tapped else "9F7A019F02065F2A02DF6901")
            talk.generate(chance.choice(("00", "40", "80", "50", "90")))
            if chance.random() < 0.5 and talk.first is None:
                talk.send("00820000", bytes(10))
        cla, ins = chance.choice(KEYS)
        p1, p2 = (
            chance.choice((0, 0, 1, 0x40, 0x80, 0x88, 0x9F, chance.randrange(256))) for _ in "12"
        )
        size = chance.choice((0, 0, 1, 4, 8, 10, 14, 20, 53, 96, 255, chance.randrange(256)))
        body = bytes((size,)) + chance.randbytes(size) if size else b""
        le = chance.choice((b"", b"\0", bytes((chance.randrange(256),))))
        answer = rich.process(bytes((cla, ins, p1, p2)) + body + le)
        words.add(answer[-2:].hex())
        assert not rich.nvm._dirty
        shown = {answer[at : at + 8] for at in range(len(answer) - 9)}
        assert not shown & known
    assert len(words) > 5


TAP_PDOL = "9F66049F02069F03069F1A0295055F2A029A039C019F3704DF6901"


@pytest.mark.parametrize("seed", range(6))
def test_any_groupings(make: Any, all_groupings: Any, grouping: Any, seed: int) -> None:
    """A card of damaged groupings that was accepted all the same answers, too."""
    chance = random.Random(seed)
    issued = 0
    for _ in range(25):
        bench = make(antenna=True)
        groupings = all_groupings()
        for dgi in chance.sample(sorted(groupings), 3):
            value = bytearray(groupings[dgi].value)
            for _ in range(chance.choice((1, 2))):
                value[chance.randrange(len(value))] = chance.randrange(256)
            if not groupings[dgi].secret:
                groupings[dgi] = grouping(dgi, bytes(value))
        host = bench.open()
        sent, refused = [*groupings.values()], []
        for block, each in enumerate(sent):
            if bench.store(host, each, block - len(refused)) != 0x9000:
                refused.append(each)
        whole = all_groupings()
        again = [whole[each.identifier] for each in refused] + [whole[0x9010]]
        issued += bench.personalize(groupings=again)[-1] == 0x9000
        use(bench)
    assert issued > 5


def use(bench: Any) -> None:
    """A transaction over each interface; the values fit the lists of a whole card."""
    bench.banking.contactless = False
    for contactless in (False, True):
        bench.banking.contactless = contactless
        bench.reset()
        bench.select()
        bench.hex("80a8000010 830e" + "00" * 14 + "00")
        for size in (12, 33, 34):
            bench.hex(f"80a80000{size + 2:02x} 83{size:02x}" + "26" * size + "00")
        bench.hex("0088000004 0102030400")
        bench.hex("80ae500034" + "00" * 52 + "00")
        bench.hex("80ae800034" + "00" * 52 + "00")
        for record in ("010c", "0114", "011c", "015c", "0164", "0134"):
            bench.hex(f"00b2{record}00")
        for tag in ("9f36", "9f5d", "9f4f", "9f79"):
            bench.hex(f"80ca{tag}00")

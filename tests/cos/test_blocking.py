"""APPLICATION BLOCK and CARD BLOCK: what each takes, whom it reaches, and that it is for good."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from sscard.apdu import aid, iso7816, ssc
from sscard.apdu.command import CommandAPDU
from sscard.channel import authenticate, wrap
from sscard.cos.life_cycle import CardState
from sscard.dialects.operations import CreateDirectory, CreateFile, KeyType, LoadKey, Structure
from sscard.dialects.rights import AccessRule, Condition
from sscard.keys import TDES, TDES_SUITE

if TYPE_CHECKING:
    from tests.conftest import Terminal
    from tests.cos.conftest import Maker

READ = "00B2012C00"
BOTH = (KeyType.LOCK, KeyType.EXTERNAL)
CARD_BLOCK, APPLICATION_BLOCK = ssc.card_block(), ssc.application_block()


def sealed(terminal: Terminal, command: CommandAPDU, key: str) -> CommandAPDU:
    suite = terminal.order.suite
    return wrap(command, suite, suite.key(terminal.key(key)), terminal.challenge())


def block_df04(terminal: Terminal) -> int:
    terminal.select("DF04")
    assert terminal.show("LKDF04") == 0x9000
    return terminal.status(sealed(terminal, APPLICATION_BLOCK, "STKDF04"))


def block_card(terminal: Terminal) -> int:
    terminal.select("SSSE")
    assert terminal.show("BK") == 0x9000
    return terminal.status(sealed(terminal, CARD_BLOCK, "STK"))


def test_a_blocked_directory_answers_9303_for_good(terminal: Terminal) -> None:
    assert block_df04(terminal) == 0x9000
    df04 = bytes(iso7816.select(terminal.order.profile.directory("DF04").df_name)).hex()
    for command in (READ, "0084000008", "00200000", "B0260001 04", df04, "00A4000002EF05"):
        assert terminal.hex(command) == "9303", command
    terminal.card.power_on()
    terminal.select("SSSE")
    assert terminal.hex(df04) == "9303"
    assert terminal.hex("00A4000002DF04") == "9303"
    assert terminal.hex("00B2012C00").endswith("9000"), "SSSE is still the current directory"
    assert terminal.select("DF03")


def test_it_reaches_nothing_else(terminal: Terminal) -> None:
    before = bytes(terminal.card.card.nvm.cells)
    assert block_df04(terminal) == 0x9000
    after = bytes(terminal.card.card.nvm.cells)
    changed = [at for at, pair in enumerate(zip(before, after, strict=True)) if pair[0] != pair[1]]
    state = terminal.card.card._social.files.directories[0xDF04].state_at
    journal = terminal.card.card.system._base
    assert [at for at in changed if at >= journal] == [state]
    assert terminal.status(iso7816.select(aid.DEBIT)) == 0x9000


@pytest.mark.parametrize(
    ("directory", "shown", "maintenance", "sw"),
    [
        ("DF04", "", "STKDF04", 0x6982),
        ("DF04", "UK1DF04", "STKDF04", 0x6982),
        ("DF04", "LKDF04", "STKDF03", 0x6988),
        ("DF04", "LKDF04", "STK", 0x6988),
        ("DF01", "UK1DF01", "STKDF01", 0x6A88),  # the same id as an LK, and no LK
        ("SSSE", "BK", "STK", 0x6A88),
    ],
)
def test_what_application_block_takes(
    terminal: Terminal, directory: str, shown: str, maintenance: str, sw: int
) -> None:
    terminal.select(directory)
    assert not shown or terminal.show(shown) == 0x9000
    assert terminal.status(sealed(terminal, APPLICATION_BLOCK, maintenance)) == sw
    assert terminal.select(directory)


def test_the_card_answers_6a81_for_good(terminal: Terminal) -> None:
    assert block_card(terminal) == 0x9000
    ssse = bytes(iso7816.select(ssc.SSSE_NAME)).hex()
    for command in (READ, ssse, "0084000008", "00A40000023F00", "80CA9F3600", "00B09C0001"):
        assert terminal.hex(command) == "6A81", command
    assert terminal.card.power_on() == terminal.order.atr, "it still says who it was"
    assert terminal.hex(ssse) == "6A81"
    assert terminal.status(iso7816.select(aid.DEBIT)) == 0x6A81, "decision 8: the whole card"
    assert terminal.card.card.system.state is CardState.BLOCKED


@pytest.mark.parametrize(
    ("shown", "maintenance", "sw"),
    [("", "STK", 0x6982), ("UKSSSE", "STK", 0x6982), ("BK", "STKDF01", 0x6988)],
)
def test_what_card_block_takes(terminal: Terminal, shown: str, maintenance: str, sw: int) -> None:
    terminal.select("SSSE")
    assert not shown or terminal.show(shown) == 0x9000
    assert terminal.status(sealed(terminal, CARD_BLOCK, maintenance)) == sw
    assert terminal.card.card.system.state is CardState.ISSUED


def test_the_bk_of_another_selection_is_not_enough(terminal: Terminal) -> None:
    terminal.select("SSSE")
    assert terminal.show("BK") == 0x9000
    terminal.select("DF01")
    assert terminal.status(sealed(terminal, CARD_BLOCK, "STK")) == 0x6982


def test_without_a_challenge_or_with_another_form(terminal: Terminal) -> None:
    terminal.select("DF04")
    assert terminal.hex("841E000104AABBCCDD") == "6984"
    assert terminal.hex("8416000004AABBCCDD") == "6984"
    assert terminal.hex("841E000004AABBCCDD") == "6A86"
    assert terminal.hex("8416000104AABBCCDD") == "6A86"
    assert terminal.hex("841E000103AABBCC") == "6700"
    assert terminal.hex("801E000104AABBCCDD") == "6D00", "never without a MAC"
    terminal.challenge()
    assert terminal.hex("8416000004AABBCCDD") == "6988"
    assert terminal.hex("8416000004AABBCCDD") == "6984", "a challenge serves once"


@pytest.mark.parametrize("block", [block_df04, block_card])
def test_torn_it_has_happened_or_not(
    clone: Callable[..., Terminal],
    torn_nvm: Any,
    power_loss: Any,
    outcome: Any,
    block: Callable[[Terminal], int],
) -> None:
    seen = set()
    for cut_at in count(1):
        card = clone(torn_nvm)
        card.card.card.nvm.arm(cut_at, outcome)
        try:
            assert block(card) == 0x9000
            break
        except power_loss:
            card.card.power_on()
        blocked = card.hex("00A4040006D15600000503") in ("9303", "6A81")
        card.card.power_on()
        assert (card.hex("00A4040006D15600000503") in ("9303", "6A81")) == blocked
        seen.add(blocked)
    assert seen == {False, True}


def test_an_lk_and_another_key_never_share_an_id(maker: Maker) -> None:
    """Or showing the one would be showing the other."""
    lock, update = (LoadKey(type_, 0x83, 1, 0, bytes(range(16))) for type_ in BOTH)
    maker.open()
    maker.make(CreateDirectory(0x3F00), CreateDirectory(0xDDF1, b"SSSE."))
    maker.make(CreateDirectory(0xDF01, b"DF01."), lock)
    assert maker.say(update) == 0x6A89
    maker.make(CreateDirectory(0xDF02, b"DF02."), update)
    assert maker.say(lock) == 0x6A89


def test_an_lk_opens_no_file(maker: Maker) -> None:
    rule = AccessRule(Condition.KEY, 0x83)
    lock = LoadKey(KeyType.LOCK, 0x83, 1, 0, bytes(range(16)))
    maker.ground(
        CreateDirectory(0xDF01, b"DF01."),
        lock,
        CreateFile(0xEF05, Structure.TRANSPARENT, rule, rule, (bytes(4),)),
    )
    send = maker.card.transmit
    challenge = send(bytes.fromhex("0084000008"))[:8]
    proof = authenticate(TDES_SUITE, TDES(lock.value), challenge, challenge)
    assert send(bytes.fromhex("0082008310") + proof + challenge).hex() == "9000"
    assert send(bytes.fromhex("00B0850004")).hex() == "6982"

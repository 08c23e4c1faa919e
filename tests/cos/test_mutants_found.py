"""Faults that no other test noticed when the card OS was broken on purpose (``tests/mutation``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sscard.apdu import iso7816, ssc
from sscard.channel import authenticate, wrap
from sscard.cos import journal, system
from sscard.dialects.chip import PAGE
from sscard.dialects.operations import (
    AuthenticateTransport,
    CreateDirectory,
    CreateFile,
    EndPreIssue,
    KeyType,
    LoadKey,
    Structure,
    WriteHistorical,
)
from sscard.dialects.rights import FREE, AccessRule, Condition
from sscard.keys import DES8, TDES, TDES_SUITE

if TYPE_CHECKING:
    from tests.conftest import Terminal
    from tests.cos.conftest import Maker

READ, READ_TO_LAST = "00B2012C00", "00B2012D00"
TRIES = 3
CHALLENGE = iso7816.get_challenge(8)


def changed(proof: bytes, at: int) -> bytes:
    return proof[:at] + bytes((proof[at] ^ 1,)) + proof[at + 1 :]


def transport_proof(maker: Maker) -> bytes:
    challenge = maker.send(CHALLENGE).data
    return authenticate(TDES_SUITE, maker.lot.transport, challenge, bytes(8))


def test_a_wrong_pin_opens_nothing(terminal: Terminal) -> None:
    terminal.select("DF01")
    assert terminal.verify("654321").tries_left is not None
    assert terminal.hex(READ) == "6982"


def test_a_wrong_proof_opens_nothing(terminal: Terminal) -> None:
    terminal.select("DF01")
    assert terminal.show("RK1DF01", wrong=True).tries_left is not None
    assert terminal.hex(READ) == "6982"


@pytest.mark.parametrize("at", range(8))
def test_every_byte_of_a_proof_counts(terminal: Terminal, at: int) -> None:
    terminal.select()
    challenge = terminal.challenge()
    key = TDES(terminal.key("UKSSSE"))
    proof = changed(authenticate(TDES_SUITE, key, challenge, challenge), at)
    assert terminal.status(ssc.external_authenticate(0x04, proof, challenge)) == 0x63CF


@pytest.mark.parametrize("at", range(8))
def test_every_byte_of_the_transport_key_s_proof_counts(maker: Maker, at: int) -> None:
    proof = changed(transport_proof(maker), at)
    assert maker.say(AuthenticateTransport(proof, bytes(8))) == 0x63C0 | TRIES - 1


def test_a_cut_while_the_transport_key_is_compared_costs_the_try(
    maker: Maker, power_loss: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_: bytes) -> bool:
        raise power_loss

    with monkeypatch.context() as patched:
        patched.setattr(system.hmac, "compare_digest", cut)
        operation = AuthenticateTransport(transport_proof(maker), bytes(8))
        with pytest.raises(power_loss):
            maker.say(operation)
    maker.card.power_on()
    maker.send(CHALLENGE)
    assert maker.say(AuthenticateTransport(bytes(8), bytes(8))) == 0x63C0 | TRIES - 2


def test_challenges_have_4_or_8_bytes(terminal: Terminal) -> None:
    terminal.select()
    answered = [ne for ne in range(1, 257) if terminal.send(iso7816.get_challenge(ne)).sw == 0x9000]
    assert answered == [4, 8]


def test_reading_to_the_last_record_needs_the_right(terminal: Terminal) -> None:
    terminal.select("DF01")
    assert terminal.hex(READ_TO_LAST) == "6982"
    terminal.verify()
    assert terminal.hex(READ_TO_LAST)[-4:] == "9000"


def test_appending_needs_the_right_before_anything_else(maker: Maker, external: Any) -> None:
    rule = AccessRule(Condition.KEY, 4)
    maker.ground(external(4), CreateFile(0xEF07, Structure.CYCLIC, FREE, rule, (b"\xff" * 3,), 4))
    for record in (b"abc", b"ab"):
        assert maker.send(iso7816.append_record(record, sfi=7)).sw == 0x6982
    assert maker.send(iso7816.read_record(1, sfi=7)).data == b"\xff" * 3


def test_transparent_files_need_their_rights(maker: Maker, external: Any) -> None:
    """Below the MF and below SSSE: each has a handler of its own."""
    rule = AccessRule(Condition.KEY, 4)
    body = CreateFile(0xEF09, Structure.TRANSPARENT, rule, rule, (b"body",))
    maker.open()
    maker.make(CreateDirectory(0x3F00), external(4), body)
    maker.make(CreateDirectory(0xDDF1, b"SSSE."), external(4), body)
    maker.make(WriteHistorical(maker.lot.blank_historical), EndPreIssue())
    for fid in (0x3F00, 0xDDF1):
        assert maker.send(iso7816.select_fid(fid)).sw == 0x9000
        assert maker.send(iso7816.read_binary(4, sfi=9)).sw == 0x6982
        assert maker.send(iso7816.update_binary(b"B", sfi=9)).sw == 0x6982
        challenge = maker.send(CHALLENGE).data
        proof = authenticate(TDES_SUITE, TDES(external(4).value), challenge, challenge)
        assert maker.send(ssc.external_authenticate(4, proof, challenge)).sw == 0x9000
        assert maker.send(iso7816.read_binary(4, sfi=9)).data == b"body"


def test_a_right_unblocking_keeps_the_tries_that_forged_ones_have_used(terminal: Terminal) -> None:
    terminal.select()
    assert terminal.show("PUK") == 0x9000
    terminal.challenge()
    assert terminal.hex("842400000400000000") == "6988"
    key = DES8(terminal.key("STK"))
    unblock = wrap(ssc.unblock_pin(), TDES_SUITE, key, terminal.challenge())
    assert terminal.status(unblock) == 0x9000
    assert terminal.show("PUK", wrong=True) == 0x63C1, "of three, the forged one and this"


def test_the_puk_counts_for_the_card_wherever_it_is_shown(terminal: Terminal) -> None:
    terminal.select("DF01")
    assert terminal.show("PUK") == 0x9000
    key = DES8(terminal.key("STK"))
    unblock = wrap(ssc.unblock_pin(), TDES_SUITE, key, terminal.challenge())
    assert terminal.status(unblock) == 0x9000


def test_below_a_blocked_application_nothing_is_left(maker: Maker) -> None:
    lock, stk = LoadKey(KeyType.LOCK, 3, 1, 0, bytes(range(16))), bytes(range(16, 24))
    maintenance = LoadKey(KeyType.MAINTENANCE, 2, 1, 0, stk)
    maker.ground(lock, maintenance, CreateDirectory(0xDF01, b"DF01."))
    df01 = [iso7816.select(b"DF01."), iso7816.select_fid(0xDF01)]
    assert [maker.send(each).sw for each in df01] == [0x9000] * 2
    assert maker.send(iso7816.select(b"SSSE.")).sw == 0x9000
    challenge = maker.send(CHALLENGE).data
    proof = authenticate(TDES_SUITE, TDES(lock.value), challenge, challenge)
    assert maker.send(ssc.external_authenticate(lock.kid, proof, challenge)).sw == 0x9000
    challenge = maker.send(CHALLENGE).data
    block = wrap(ssc.application_block(), TDES_SUITE, DES8(stk), challenge)
    assert maker.send(block).sw == 0x9000
    assert [maker.send(each).sw for each in df01] == [0x9303] * 2
    maker.card.power_on()
    assert maker.send(iso7816.select(b"SSSE.")).sw == 0x9303
    assert maker.send(df01[0]).sw == 0x9303


def test_a_refused_select_leaves_the_application_that_was_selected(terminal: Terminal) -> None:
    terminal.select("DF04")
    assert terminal.show("LKDF04") == 0x9000
    key = DES8(terminal.key("STKDF04"))
    block = wrap(ssc.application_block(), TDES_SUITE, key, terminal.challenge())
    assert terminal.status(block) == 0x9000
    assert terminal.status(iso7816.select_fid(0x3F00)) == 0x9000
    df04 = iso7816.select(terminal.order.profile.directory("DF04").df_name)
    assert terminal.status(df04) == 0x9303
    assert terminal.hex("00B09C0001") == "A59000", "the hand-over area of the MF"


def test_every_bit_of_a_journal_record_and_its_copies_counts() -> None:
    copies = [b"\xa5" * PAGE, bytes(range(PAGE))]
    raw = journal.record(journal.LIVE, (70, 300), copies)
    size = 2 + 2 * 2 + 4
    assert journal.pages_of(raw, journal.LIVE, copies) == (70, 300)
    for bit in range(8 * size):
        torn = bytearray(raw)
        torn[bit // 8] ^= 1 << bit % 8
        assert journal.pages_of(bytes(torn), journal.LIVE, copies) is None, bit
    for bit in range(8 * PAGE):
        copy = bytearray(copies[1])
        copy[bit // 8] ^= 1 << bit % 8
        assert journal.pages_of(raw, journal.LIVE, [copies[0], bytes(copy)]) is None, bit

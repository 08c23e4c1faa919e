"""What a PSAM answers, status word by status word (ssc 5.3 [S])."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from simulator import PsamCard
from sscard.apdu import iso7816, psam
from sscard.apdu.psam import Cipher
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel import wrap_enciphered
from sscard.cos.environment import Environment
from sscard.cos.protocol import Protocol
from sscard.cos.psam.states import TRANSITIONS, State, Step, enter
from sscard.dialects import reference
from sscard.dialects.operations import CreateDirectory, EndPreIssue, KeyType, LoadKey, Operation
from sscard.dialects.psam_chip import CounterStep, KeyAfter, WrongMac2
from sscard.errors import TransportError
from sscard.perso.activation import activate
from sscard.perso.plan import run

if TYPE_CHECKING:
    from tests.psam.conftest import Made, Slot

FACTOR = b"factor 1"
CITY = ("00A404000F7378312E73682EC9E7BBE1B1A3D5CF", "00A404000F7378332E73682EC9E7BBE1B1A3D5CF")


def deliver(slot: Slot, usage: int, key_id: int, factors: int | None = None) -> str:
    """DELIVERY SESSION KEY with as many factors as the usage says."""
    count = usage >> 5 if factors is None else factors
    session = bytes(range(slot.oracle.block))
    command = psam.delivery_session_key(usage, key_id, (FACTOR,) * count, session)
    return f"{slot.status(command):04X}"


def cipher(slot: Slot, part: Cipher, blocks: int = 1) -> str:
    return slot.hex(_cipher(slot, part, blocks))


def _cipher(slot: Slot, part: int, blocks: int) -> str:
    data = bytes(range(slot.oracle.block)) * blocks
    return f"80FA{part:02X}00{len(data):02X}{data.hex()}"


def purchase(slot: Slot, *, version: int = 1, count: int = 1, kind: int = 2, **fields: int) -> str:
    algorithm = fields.get("algorithm", slot.oracle.algorithm)
    data = bytes(18) + bytes((kind,)) + bytes.fromhex("20260131235959")
    data += bytes((version, algorithm)) + FACTOR * count
    return slot.hex(f"80700100{len(data):02X}{data.hex()}")


# --------------------------------------------------------------------------- selection


def test_environments(made: Made) -> None:
    slot = made.slot()
    own, other = CITY if made.suite == "3des" else CITY[::-1]
    fci = slot.hex(own)
    algorithm = {"3des": "01", "sm4": "03"}[made.suite]
    assert fci == f"6F1C840F{own[10:]}A5098801019F0C038601{algorithm}9000"
    assert slot.hex(other) == "6A82"
    assert slot.hex("00A404000F7378322E73682EC9E7BBE1B1A3D5CF") == "6A81", "SSF33 is not public"
    assert slot.hex("00A4040006D15600000590") == "6F088406D156000005909000"
    assert slot.hex("00A40000023F00") == fci
    assert slot.hex("00A40000") == fci, "no data is the MF"
    assert slot.hex("00A4000002DF01") == "6F088406D156000005909000"


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("00A40200020019", "9000"),
        ("00A4020002001A", "9000"),
        ("00A40200020011", "6A82"),
        ("00A40200020015", "6A82"),
        ("00A4020002DF01", "6A82"),
        ("00A4000002DF02", "6A82"),
        ("00A4000001DF", "6700"),
        ("00A4040004D1560000", "6700"),
        ("00A4040005D156000005", "6A82"),
        ("00A4010002DF01", "6A86"),
        ("00A4000102DF01", "6A86"),
        ("01A4000002DF01", "6881"),
        ("10A4000002DF01", "6E00"),
        ("0010000000", "6D00"),
        ("00A4", "6700"),
    ],
)
def test_select(slot: Slot, command: str, answer: str) -> None:
    assert slot.hex(command) == answer


@pytest.mark.parametrize(
    ("first", "answers"),
    [("37", ("9000", "9000")), ("11", ("6A81", "9000")), ("3A", ("6A80", "6A80"))],
)
def test_init_environment(made: Made, first: str, answers: tuple[str, str]) -> None:
    """Beijing's cards use SSF33 where they say nothing (ssc 1.2 [S])."""
    slot = made.slot()
    answer = answers[made.suite == "sm4"]
    assert slot.hex(f"BFEC000001{first}") == answer
    assert (slot.hex("00B0990004") == "000000009000") is (answer == "9000")
    assert slot.hex(f"BFEC000002{first}{first}") == "6700"
    assert slot.hex(f"BFEC010001{first}") == "6A86"


def test_files(slot: Slot) -> None:
    assert slot.hex("00B0990004") == "000000009000"
    assert slot.hex("00B09A000A") == "010120260101203601019000"
    assert slot.hex("00D6990004FFFFFFFF") == "6982", "EF 0019: never"
    assert slot.hex("00B0910010") == "6981", "key files are not read"
    slot.hex("00A40000023F00")
    assert slot.hex("00B095000F") == "010000868451010000000701010000" + "9000"
    assert slot.hex("00B0960006") == "5101000000429000"
    assert slot.hex("00B2010C00")[:12] == "701461124F06"
    assert slot.hex("00D6960006510100000043") == "6982"
    assert slot.show(0) == StatusWord.OK
    assert slot.hex("00D6960006510100000043") == "9000"
    assert slot.hex("00DC010C16" + slot.hex("00B2010C00")[:-4]) == "9000"


# --------------------------------------------------------------------------- computing


@pytest.mark.parametrize(
    ("usage", "key_id", "factors", "answer"),
    [
        (0x27, 0x24, 1, "9000"),
        (0x67, 0x08, 3, "9000"),
        (0x27, 0x24, 0, "6A80"),
        (0x27, 0x24, 2, "6A80"),
        (0x47, 0x24, 2, "6A80"),
        (0x47, 0x24, 1, "6A80"),
        (0x28, 0x24, 1, "6A88"),
        (0x27, 0xEE, 1, "6A88"),
        (0x22, 0x01, 1, "6985"),
        (0x29, 0x4B, 1, "6A88"),
        (0x00, 0x00, 0, "6A88"),
    ],
)
def test_delivery(slot: Slot, usage: int, key_id: int, factors: int, answer: str) -> None:
    assert deliver(slot, usage, key_id, factors) == answer


def test_delivery_needs_the_application(slot: Slot) -> None:
    slot.hex("00A40000023F00")
    assert deliver(slot, 0x27, 0x24) == "6985"
    assert slot.hex("BFDE27240400000000") == "6700"
    assert slot.hex("BFDE272408" + "00" * 8 + "00") == "6700", "no Le"


@pytest.mark.parametrize(("usage", "key_id"), [(0x27, 0x24), (0x26, 0x20), (0x28, 0x42)])
def test_what_each_type_of_key_may_do(slot: Slot, usage: int, key_id: int) -> None:
    may = {0x27: "E", 0x26: "M", 0x28: "EM"}[usage]
    for part, blocks in ((Cipher.ENCIPHER, 1), (Cipher.ONLY_MAC, 2)):
        deliver(slot, usage, key_id)
        allowed = ("E" if part is Cipher.ENCIPHER else "M") in may
        assert cipher(slot, part, blocks)[-4:] == ("9000" if allowed else "6985")
        assert cipher(slot, part, blocks) == "6901", "the session key is gone either way"


def test_lengths_of_cipher_data(slot: Slot) -> None:
    block = slot.oracle.block
    for length in range(1, 0x90):
        deliver(slot, 0x28, 0x42)
        whole = length % block == 0 and block <= length <= 8 * block
        encipher = slot.hex(f"80FA0000{length:02X}{'00' * length}")
        assert (encipher != "6700") is whole
        deliver(slot, 0x28, 0x42)
        mac = slot.hex(f"80FA0500{length:02X}{'00' * length}")
        assert (mac != "6700") is (whole and length >= 2 * block)
    assert slot.hex(f"80FA0400{block:02X}{'00' * block}") == "6A86"
    assert slot.hex(f"80FA0001{block:02X}{'00' * block}") == "6A86"


def test_parts_make_the_whole(slot: Slot) -> None:
    block = slot.oracle.block
    data = bytes(range(8 * block))
    deliver(slot, 0x28, 0x42)
    whole = slot.ok(psam.cipher_data(Cipher.ENCIPHER, data))
    deliver(slot, 0x28, 0x42)
    parts = (Cipher.ENCIPHER_MORE, Cipher.ENCIPHER_MORE, Cipher.ENCIPHER)
    cuts = (data[:block], data[block : 3 * block], data[3 * block :])
    pairs = zip(parts, cuts, strict=True)
    assert b"".join(slot.ok(psam.cipher_data(*each)) for each in pairs) == whole
    deliver(slot, 0x28, 0x42)
    mac = slot.ok(psam.cipher_data(Cipher.ONLY_MAC, data))
    deliver(slot, 0x28, 0x42)
    assert slot.ok(psam.cipher_data(Cipher.FIRST_MAC, cuts[0])) == b""
    assert slot.ok(psam.cipher_data(Cipher.NEXT_MAC, cuts[1])) == b""
    assert slot.ok(psam.cipher_data(Cipher.LAST_MAC, cuts[2])) == mac
    assert len(mac) == 4


def test_a_refused_le_leaves_the_session_key(slot: Slot) -> None:
    block = slot.oracle.block
    deliver(slot, 0x27, 0x24)
    data = "00" * block
    assert slot.hex(f"80FA0000{block:02X}{data}04") == f"6C{block:02X}"
    assert slot.hex(f"80FA0000{block:02X}{data}00")[-4:] == "9000"


@pytest.mark.parametrize("between", ["SELECT", "power", "GET CHALLENGE", "READ BINARY"])
def test_what_ends_a_session_key(slot: Slot, between: str) -> None:
    deliver(slot, 0x27, 0x24)
    if between == "SELECT":
        slot.enter()
    elif between == "power":
        slot.card.reset()
        slot.enter()
    elif between == "GET CHALLENGE":
        slot.hex("0084000008")
    else:
        slot.hex("00B0990004")
    kept = between in ("GET CHALLENGE", "READ BINARY")
    assert cipher(slot, Cipher.ENCIPHER)[-4:] == ("9000" if kept else "6901")


def test_a_kept_session_key(made: Made) -> None:
    slot = made.slot(key_after_computation=KeyAfter.KEPT)
    slot.enter()
    deliver(slot, 0x27, 0x24)
    assert cipher(slot, Cipher.ENCIPHER) == cipher(slot, Cipher.ENCIPHER) != "6901"


@pytest.mark.parametrize("after", KeyAfter)
@pytest.mark.parametrize(("state", "step"), list(product(State, Step)))
def test_every_pair_is_in_the_table_or_is_6901(
    made: Made, after: KeyAfter, state: State, step: Step
) -> None:
    """Each state is brought about by commands, then each command is said."""
    slot = made.slot(key_after_computation=after)
    slot.enter()
    reach(slot, state)
    answer = say(slot, step)
    expected = TRANSITIONS[after].get((state, step))
    if expected is None:
        assert answer == "6901"
        expected = State.IDLE
    elif step is Step.CREDIT_SAM:
        assert answer == "9302", "the MAC2 is wrong"
    else:
        assert answer == "9000"
    pending = slot.card.card.environment.transaction
    assert (State.IDLE if pending is None else pending.state) is expected  # type: ignore[attr-defined]


def reach(slot: Slot, state: State) -> None:
    way = {
        State.IDLE: (),
        State.READY: (Step.DELIVERY,),
        State.ENCIPHERING: (Step.DELIVERY, Step.ENCIPHER_MORE),
        State.MACING: (Step.DELIVERY, Step.FIRST_MAC),
        State.PURCHASE: (Step.INIT_SAM,),
    }[state]
    assert [say(slot, each) for each in way] == ["9000"] * len(way)


def say(slot: Slot, step: Step) -> str:
    if step is Step.DELIVERY:
        return deliver(slot, 0x28, 0x42)
    if step is Step.INIT_SAM:
        return purchase(slot)[-4:]
    if step is Step.CREDIT_SAM:
        return slot.hex("807200000400000000")
    part = Cipher[step.name]
    return cipher(slot, part, 2)[-4:]


def test_an_unknown_step_is_refused(made: Made) -> None:
    env: Any = made.slot().card.card.environment
    assert isinstance(env, Environment)
    with pytest.raises(StatusError) as refused:
        enter(env, Step.CREDIT_SAM, KeyAfter.GONE)
    assert refused.value.sw == StatusWord.WRONG_STATE


# --------------------------------------------------------------------------- purchases


@pytest.mark.parametrize(
    ("changed", "answer"),
    [
        ({}, "9000"),
        ({"version": 3}, "9000"),
        ({"version": 4}, "6A88"),
        ({"algorithm": 2}, "6A88"),
        ({"count": 2}, "6700"),
        ({"count": 0}, "6700"),
        ({"count": 4}, "6700"),
        ({"kind": 1}, "6A80"),
    ],
)
def test_init_sam(slot: Slot, changed: dict[str, int], answer: str) -> None:
    assert purchase(slot, **changed)[-4:] == answer
    assert slot.counter() == (1 if answer == "9000" else 0)


def test_a_mac1_that_was_not_fetched_uses_up_no_number(slot: Slot) -> None:
    data = bytes(18) + b"\2" + bytes.fromhex("20260131235959") + b"\1"
    data += bytes((slot.oracle.algorithm,)) + FACTOR
    assert slot.hex(f"8070010024{data.hex()}04") == "6C08"
    assert slot.hex("807200000400000000") == "6901"
    assert slot.counter() == 0
    assert slot.hex(f"8070010024{data.hex()}08")[:8] == "00000000"


def test_a_wrong_mac2(made: Made) -> None:
    for rule in WrongMac2:
        slot = made.slot(wrong_mac2=rule)
        slot.enter()
        purchase(slot)
        assert slot.hex("807200000400000000") == rule.value
        assert slot.hex("807200000400000000") == "6901", "one try"
        assert slot.hex("80720000050000000000") == "6700"


def test_the_counter_may_go_on_at_credit(made: Made) -> None:
    slot = made.slot(counter_goes_on_at=CounterStep.CREDIT)
    slot.enter()
    first = purchase(slot)
    assert first == purchase(slot), "the same number again"
    assert slot.counter() == 0
    pending: Any = slot.card.card.environment.transaction
    mac2 = slot.oracle.mac(pending.session.reveal(), bytes(12))
    slot.ok(psam.credit_sam_for_purchase(mac2))
    assert slot.counter() == 1


def test_the_last_number(made: Made) -> None:
    slot = made.slot()
    slot.enter()
    env = slot.card.card.environment
    at, _ = env.own_file(0x0019).places[0]
    env.nvm.write(at, bytes.fromhex("FFFFFFFE"))
    env.nvm.commit()
    assert purchase(slot)[:8] == "FFFFFFFE"
    assert purchase(slot) == "9402"
    assert slot.counter() == 0xFFFFFFFF


def test_purchases_need_the_application(slot: Slot) -> None:
    slot.hex("00A40000023F00")
    assert purchase(slot) == "6985"


# --------------------------------------------------------------------------- keys


VALUE = bytes(range(0x40, 0x50))


def record(slot: Slot, usage: int = 0x28, key_id: int = 0x7F, value: bytes = VALUE) -> bytes:
    algorithm = 3 if slot.oracle.block == 16 else int(len(value) == 8)
    return bytes((usage, key_id, 0, algorithm, 0, 0, 0, 0)) + value


def test_create_and_change_a_key(slot: Slot) -> None:
    slot.show(2)
    assert slot.status(slot.write_key(0x12, record(slot))) == StatusWord.OK
    deliver(slot, 0x28, 0x7F)
    key = slot.oracle.below(VALUE, FACTOR)
    session = slot.oracle.session(key, bytes(range(slot.oracle.block)))
    block = bytes(range(slot.oracle.block))
    assert cipher(slot, Cipher.ENCIPHER) == slot.oracle.ecb(session, block).hex().upper() + "9000"
    change = bytes((0x28, 0x7F, 0)) + VALUE[::-1]
    assert slot.status(slot.write_key(0x12, change, change=True)) == StatusWord.OK
    deliver(slot, 0x28, 0x7F)
    session = slot.oracle.session(slot.oracle.below(VALUE[::-1], FACTOR), block)
    assert cipher(slot, Cipher.ENCIPHER) == slot.oracle.ecb(session, block).hex().upper() + "9000"


def test_a_key_of_single_des(both: dict[str, Made]) -> None:
    slot = both["3des"].slot()
    slot.enter()
    slot.show(3)
    command = slot.write_key(0x13, record(slot, 0x26, 0x80, VALUE[:8]))
    assert len(command.data) == 0x1C
    slot.ok(command)
    deliver(slot, 0x26, 0x80)
    key = slot.oracle.ecb(VALUE[:8], FACTOR)
    session = slot.oracle.session(key, bytes(range(8)))
    mac = slot.oracle.chain(session, bytes(range(8)), bytes(range(8)))[:4]
    assert cipher(slot, Cipher.ONLY_MAC, 2) == mac.hex().upper() + "9000"
    change = bytes((0x26, 0x80, 0)) + VALUE[8:]
    command = slot.write_key(0x13, change, change=True)
    assert len(command.data) == 0x14
    slot.ok(command)
    longer = bytes((0x26, 0x80, 0)) + VALUE
    assert slot.status(slot.write_key(0x13, longer, change=True)) == StatusWord.WRONG_DATA


@pytest.mark.parametrize("change", [False, True])
def test_rights_and_seals_of_key_loads(slot: Slot, change: bool) -> None:
    new = bytes((0x28, 0x42, 0)) + VALUE if change else record(slot)

    def load(file: int = 0x12, **more: Any) -> str:
        return f"{slot.status(slot.write_key(file, new, change=change, **more)):04X}"

    assert load() == "6982"
    slot.show(1)
    assert load() == "6982", "that is another level's"
    slot.show(2)
    assert load(0x14) == "6A82"
    assert load(0x19) == "6A82"
    assert load(master=bytes(range(16))) == "6988"
    command = slot.write_key(0x12, new, change=change)
    slot.ok(command)
    assert slot.status(command) == StatusWord.NO_CHALLENGE
    again = load()
    assert again == ("9000" if change else "6A80"), "the key is there already"


@pytest.mark.parametrize(
    ("raw", "answer"),
    [
        ("2870000200000000", "6A81"),  # SSF33
        ("2870000900000000", "6A80"),
        ("28700100{}00000000", "6A80"),
        ("8870000{}00000000", "6A80"),
        ("2070000{}00000000", "6A80"),
        ("2442000{}00000000", "6A80"),
    ],
)
def test_records_that_are_none(slot: Slot, raw: str, answer: str) -> None:
    slot.show(2)
    algorithm = 3 if slot.oracle.block == 16 else 0
    plain = bytes.fromhex(raw.format(algorithm).ljust(16, "0")[:16]) + VALUE
    assert f"{slot.status(slot.write_key(0x12, plain)):04X}" == answer


def test_a_change_of_a_key_that_is_not_there(slot: Slot) -> None:
    slot.show(2)
    for head in ("287E00", "274200", "284201"):
        change = bytes.fromhex(head) + VALUE
        expected = "6A80" if head.endswith("01") else "6A88"
        assert f"{slot.status(slot.write_key(0x12, change, change=True)):04X}" == expected


def test_a_full_key_file(slot: Slot) -> None:
    slot.show(3)
    answers = [
        slot.status(slot.write_key(0x13, record(slot, usage, 0x80 + each)))
        for usage in (0x2C, 0x29)
        for each in range(40)
    ]
    first = answers.index(StatusWord.NOT_ENOUGH_SPACE)
    assert set(answers[:first]) == {StatusWord.OK}
    assert set(answers[first:]) == {StatusWord.NOT_ENOUGH_SPACE}
    assert first == 72 - sum(load.key_id >= 0x80 for load in slot.order.loads)
    assert deliver(slot, 0x2C, 0x80) == "6985", "a key of TACs: no command computes with it"


def test_challenges_of_key_loads(slot: Slot) -> None:
    """4 bytes with 3DES, any with 16-byte blocks."""
    slot.show(2)
    challenge = slot.ok(iso7816.get_challenge(8))
    header = bytes.fromhex("84D40012")
    master = slot.order.masters[1].reveal()
    if slot.oracle.block == 8:
        data = slot.oracle.sealed(master, challenge[:4], header, record(slot))
        assert slot.status(psam.create_key(0x12, data)) == StatusWord.NO_CHALLENGE
    else:
        data = slot.oracle.sealed(master, challenge, header, record(slot))
        slot.ok(psam.create_key(0x12, data))


def test_own_keys(slot: Slot) -> None:
    assert slot.hex("008200040F" + "00" * 15) == "6700"
    assert slot.hex("0082000410" + "00" * 16) == "6A88"
    assert slot.hex("0082000110" + "00" * 16) == "6984"
    assert slot.show(1, wrong=True) == 0x63CE
    assert slot.show(1) == StatusWord.OK
    for left in range(14, -1, -1):
        assert slot.show(1, wrong=True) == 0x63C0 | left
    assert slot.show(1) == StatusWord.AUTHENTICATION_BLOCKED
    assert slot.show(2) == StatusWord.OK


def test_master_keys_are_each_directory_s_own(slot: Slot) -> None:
    assert slot.show(0) == StatusWord.OK
    slot.hex("00A40000023F00")
    assert slot.hex("00D6960006510100000043") == "6982"
    assert slot.show(0, wrong=True) == 0x63CF
    assert slot.show(0) == StatusWord.OK
    assert slot.hex("00D6960006510100000043") == "9000"
    slot.enter()
    slot.show(0)
    assert slot.hex("00D69A000101") == "6982", "the information files have keys of their own"
    slot.show(1)
    assert slot.hex("00D69A000101") == "9000"


# --------------------------------------------------------------------------- the factory, power


def test_nothing_of_the_factory_is_left(slot: Slot) -> None:
    for command in ("80E00100023F00", "80E00200", "80D2000001FF", "84D4000014" + "00" * 20):
        assert slot.hex(command) == "6985"
    assert slot.hex("84D4020014" + "00" * 20) == "6A86", "REPLACE KEY is of user cards"


def test_a_blank_chip(made: Made) -> None:
    card = PsamCard.blank(f"psam-{made.suite}-16k")
    assert card.power_on().hex().upper() == "3B6D00000081544C008684000000000000"
    for command, answer in (
        ("00A40000", "6A81"),
        ("00A4040006D15600000590", "6A82"),
        ("BFEC00000137", "6985"),
        ("BFDE272410" + "00" * 16, "6985"),
        ("80E00200", "6982"),
        ("0082000010" + "00" * 16, "6985"),
        ("00B0990004", "6985"),
        ("807200000400000000", "6985"),
    ):
        assert card.transmit(bytes.fromhex(command)).hex().upper() == answer, command


def test_a_card_for_nothing_is_not_ended(made: Made) -> None:
    """END PRE-ISSUE needs MF and application; other directories and other keys there are none."""
    card = PsamCard.blank(f"psam-{made.suite}-16k")
    run(activate(made.order.lot, made.order.historical, made.order.suite), card)

    def said(operation: Operation) -> str:
        command = reference.build(operation)
        if reference.row_of(operation).secured:
            challenge = card.transmit(bytes(iso7816.get_challenge(8)))[:-2]
            suite, transport = made.order.suite, made.order.lot.transport
            command = wrap_enciphered(command, suite, transport, challenge)
        return card.transmit(bytes(command)).hex().upper()

    assert said(EndPreIssue()) == "6985"
    assert said(CreateDirectory(0xDF01, psam.APPLICATION)) == "6A81"
    assert said(CreateDirectory(0xDDF1, b"SSSE.")) == "6A80"
    assert said(CreateDirectory(0x3F00, b"sx1.sh.")) == "9000"
    assert said(EndPreIssue()) == "6985"
    assert said(LoadKey(KeyType.PIN, 0, 1, 3, bytes(8))) == "6A80"
    assert said(LoadKey(KeyType.INTERNAL, 0, 1, 0, VALUE)) == "6A80"
    assert said(CreateDirectory(0xDF01, psam.APPLICATION)) == "9000"
    assert said(CreateDirectory(0xDF01, b"other")) == "6A89"
    assert said(EndPreIssue()) == "9000"
    assert said(EndPreIssue()) == "6985"


def test_power(made: Made) -> None:
    slot = made.slot()
    slot.card.power_off()
    with pytest.raises(TransportError, match="no power"):
        slot.card.transmit(b"\0\x84\0\0\x08")
    with pytest.raises(ValueError, match="contacts"):
        slot.card.power_on(Protocol.CONTACTLESS)


def test_t0(made: Made) -> None:
    """What a reader on T=0 sees: 61xx after every answer to data (ssc 9.5)."""
    slot = made.slot()
    slot.card.power_on(Protocol.T0)
    assert slot.hex("00A4040006D15600000590") == "610A"
    block = slot.oracle.block
    size = block + 8
    assert slot.hex(f"BFDE2724{size:02X}" + "00" * size) == "9000"
    assert slot.hex(f"80FA0000{block:02X}" + "00" * block) == f"61{block:02X}"
    assert len(slot.hex(f"00C00000{block:02X}")) == 2 * block + 4

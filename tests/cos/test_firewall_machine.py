"""The firewall, by proof: whatever is sent, only the application it is sent to changes.

Random commands go to all applications of one card: two, or three with certificates.  After every
single one the full state of all sides is compared with the state before: the bytes of each
partition, in the cells and in the working copy, and all that an application remembers.  The source
of random bytes is the one thing that they share.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from simulator import VirtualCard
from sscard.apdu import aid, capp, cps, dol, gp, iso7816, medical, pboc, pboc_script, pki, ssc
from sscard.apdu.command import CommandAPDU
from sscard.apdu.cryptogram import Cryptogram
from sscard.apdu.cvr import Fact
from sscard.apdu.dgi import DGI
from sscard.apdu.medical_data import (
    CreditForLoad,
    InitForLoad,
    InitForPurchase,
    LoadInitialized,
    Purse,
)
from sscard.channel import InitializeUpdateResponse, Scp02Host, SecurityLevel, wrap
from sscard.channel import pki as certificates
from sscard.channel.medical import Load, load_mac2, load_session
from sscard.cos import NVM, Card, CardState
from sscard.cos.nvm import JOURNAL_PAGES
from sscard.cos.pki.states import Proof
from sscard.cos.pki.table import ADF
from sscard.cos.pse.transaction import NONE as NO_TRANSACTION
from sscard.dialects.chip import CERTIFICATES, PAGE, PARTITIONS
from sscard.dialects.delivery import Delivery
from sscard.errors import SscardError, TransportError
from sscard.issuance.stations import account_of_test_bank
from sscard.keys import sm2
from sscard.keys.application_cryptogram import TDES_FAMILY
from sscard.keys.sm2_keys import generate
from sscard.keys.stores import load_bank
from sscard.keys.types import SM4
from sscard.perso import handover, pse, social_security
from sscard.perso.plan import run
from sscard.profiles.chips import load_chip

if TYPE_CHECKING:
    from tests.conftest import Terminal, Torn, TornNVM

    Move = Callable[["Terminal", int], object]
    Hole = Callable[[Card, object], None]

SYSTEM, EXCHANGE, SSSE, PSE = PARTITIONS
TODAY = date(2026, 1, 31)
BLOCKED = b"\x62\x83"
#: The cards to start from.
FINISHED, BARE, THIRD = 1, 2, 3
#: Where they are in the short answer to GENERATE AC.
ATC, CRYPTOGRAM = slice(3, 5), slice(5, 13)


# What is compared


def remembered(thing: Any) -> Any:
    """All that can be reached from ``thing``, as values; the memory is compared by itself."""
    kind = type(thing)
    if thing is None or isinstance(thing, (int, str, bytes, Enum)):
        return thing
    if isinstance(thing, (NVM, random.Random)):
        return kind
    if isinstance(thing, (list, tuple)):
        return tuple(map(remembered, thing))
    if isinstance(thing, (set, frozenset)):
        return frozenset(map(remembered, thing))
    if isinstance(thing, Mapping):
        return tuple((remembered(key), remembered(value)) for key, value in thing.items())
    slots = (name for each in kind.__mro__ for name in getattr(each, "__slots__", ()))
    values = [(name, remembered(getattr(thing, name))) for name in slots if hasattr(thing, name)]
    values += [(name, remembered(value)) for name, value in getattr(thing, "__dict__", {}).items()]
    return kind, tuple(values)


class Sides:
    """The sides of a card: what each has in the memory and in mind."""

    def __init__(self, virtual: VirtualCard) -> None:
        self._card = card = virtual.card
        self.applications = {EXCHANGE: card._main, SSSE: card._social, PSE: card.banking}
        if card.certificates is not None:
            self.applications[CERTIFICATES] = card.certificates
        self.places, at = {}, JOURNAL_PAGES * PAGE
        for name in virtual.chip.parts:
            self.places[name] = slice(at, at + virtual.chip.partitions[name])
            at += virtual.chip.partitions[name]
        self.places["unused"] = slice(at, len(card.nvm.cells))

    def current(self) -> str:
        """The side to which commands go."""
        current = self._card._current
        return next(name for name, each in self.applications.items() if each is current)

    def memory(self) -> dict[str, tuple[bytes, bytes]]:
        """What is in the cells and what the card works on."""
        nvm = self._card.nvm
        assert not nvm._dirty, "neither committed nor taken back"
        return {
            name: (bytes(nvm.cells[place]), bytes(nvm.image[place]))
            for name, place in self.places.items()
        }

    def minds(self) -> dict[str, Any]:
        """Selection, security state, channel, transaction: all that power-off ends."""
        applications = {**self.applications, SYSTEM: self._card.system}
        return {name: remembered(each) for name, each in applications.items()}


class Watched:
    """Stands between terminal and card, and compares after each command.

    ``bend`` changes one of the commands that follow: so many are let through before.
    """

    steps: ClassVar[Counter[str]] = Counter()

    def __init__(self, virtual: VirtualCard, power_loss: type[Exception]) -> None:
        self.virtual, self.card = virtual, virtual.card
        self._power_loss = power_loss
        self._sides = Sides(virtual)
        self.bend: tuple[int, Bend, int] | None = None
        self._memory, self._minds = self._sides.memory(), self._sides.minds()

    def transmit(self, raw: bytes) -> bytes:
        """One command.  Raises TransportError when power failed."""
        raw, before = self._bent(raw), self._sides.current()
        try:
            answer = self.virtual.transmit(raw)
        except self._power_loss:
            self.virtual.reset()
            self._compare_memory(raw, {before})
            self._minds = self._sides.minds()
            self.steps["torn"] += 1
            raise TransportError("no power") from None
        after = self._sides.current()
        if after != before:
            # 6Cxx refuses the answer, not the selection; 6283 selects what is blocked.
            assert raw[1] == iso7816.INS.SELECT, f"{before} led to {after}"
            selected = answer[-2] in (0x90, 0x6C) or answer.endswith(BLOCKED)
            assert selected, f"a refusal in {before} led to {after}"
        self._compare_memory(raw, {before})
        self._compare_minds({before, after})
        self.steps[before if answer.endswith(b"\x90\x00") else f"{before}, refused"] += 1
        return answer

    def reset(self) -> bytes:
        """Power off and on."""
        answer = self.virtual.reset()
        self._compare_memory(b"", set())
        self._minds = self._sides.minds()
        return answer

    def _compare_memory(self, raw: bytes, entitled: set[str]) -> None:
        now = self._sides.memory()
        changed = {name for name, each in now.items() if each != self._memory[name]}
        if SYSTEM in changed and raw[:2] == bytes((0x84, iso7816.INS.CARD_BLOCK)):
            self._only_blocked(*now[SYSTEM])
            changed.remove(SYSTEM)
        assert changed <= entitled, f"{entitled} wrote into {changed}"
        self._memory = now

    def _only_blocked(self, *readings: bytes) -> None:
        """CARD BLOCK is for the whole card: it may change the state byte and nothing else."""
        for old, new in zip(self._memory[SYSTEM], readings, strict=True):
            assert (old[0], new[0], old[1:]) == (CardState.ISSUED, CardState.BLOCKED, new[1:])

    def _compare_minds(self, entitled: set[str]) -> None:
        now = self._sides.minds()
        changed = {name for name, each in now.items() if each != self._minds[name]}
        assert changed <= entitled, f"{entitled} changed the mind of {changed}"
        self._minds = now

    def _bent(self, raw: bytes) -> bytes:
        if self.bend is None:
            return raw
        left, how, value = self.bend
        self.bend = (left - 1, how, value) if left else None
        return raw if left else how.bent(raw, value)


class Bend(Enum):
    """What makes a good command nearly good."""

    CLA, INS, P1, P2, LC, DATA, SHORTER, LONGER = range(8)

    def bent(self, raw: bytes, value: int) -> bytes:
        """The command with one field changed."""
        if self is Bend.SHORTER:
            return raw[: len(raw) - 1 - value % 4]
        if self is Bend.LONGER:
            return raw + bytes((value,))
        at = self.value if self is not Bend.DATA else 5 + value % max(len(raw) - 5, 1)
        return raw[:at] + bytes((value,)) + raw[at + 1 :]


# What is sent: good commands, wherever the terminal stands


def select_by_name(terminal: Terminal, number: int) -> None:
    names = [each.df_name for each in terminal.order.profile.directories]
    terminal.send(iso7816.select([*names, aid.PSE, aid.DEBIT][number % (len(names) + 2)]))


def select_by_fid(terminal: Terminal, number: int) -> None:
    fids = (0x3F00, 0xDDF1, 0xDF01, 0xDF02, 0xDF04, 0xEF05, 0xEF07, 0x001C)
    terminal.send(iso7816.select_fid(fids[number % 8], under_current=number > 200))


def read(terminal: Terminal, number: int) -> None:
    sfi = number % 31
    terminal.send(iso7816.read_record(1 + number % 3, sfi=sfi))
    terminal.send(iso7816.read_binary(16, sfi=sfi, offset=number % 5))


def verify(terminal: Terminal, number: int) -> None:
    terminal.verify("123456" if number % 8 else "654321")


def change_pin(terminal: Terminal, number: int) -> None:
    old = bytes.fromhex("123456")
    terminal.send(ssc.change_pin(old, old[:2] if number % 8 else old))
    terminal.send(ssc.change_pin(old[:2], old))


def unblock_pin(terminal: Terminal, number: int) -> None:
    terminal.select()
    terminal.show("PUK", wrong=number > 250)
    sealed(terminal, ssc.unblock_pin(), "STK")


def show(terminal: Terminal, number: int) -> None:
    directories = terminal.order.profile.directories
    names = ["EK", *(key.name for each in directories for key in each.keys if key.kid > 2)]
    terminal.show(names[number % len(names)], wrong=number > 200)


def update(terminal: Terminal, number: int) -> None:
    terminal.select("DF01")
    terminal.show("UK2DF01")
    command = iso7816.update_record(1, bytes((0x29, 0x01, number)), sfi=7)
    terminal.send(command)
    sealed(terminal, command, "STKDF01")


def update_binary(terminal: Terminal, number: int) -> None:
    terminal.select("DF01")
    terminal.show("UK7DF01")
    terminal.send(iso7816.update_binary(bytes((number,)) * number, sfi=0x16))


def append(terminal: Terminal, number: int) -> None:
    terminal.select("DF02")
    terminal.show("UK3DF02")
    terminal.send(iso7816.append_record(bytes((number,)) * 85, sfi=7))


def internal_authenticate(terminal: Terminal, number: int) -> None:
    version = 1 + number % 3
    terminal.send(ssc.internal_authenticate(bytes(8), bytes(8), version=version))


def load(terminal: Terminal, number: int) -> None:
    """A whole medical transaction of DF04."""
    suite = terminal.order.suite
    terminal.select("DF04")
    terminal.verify()
    for purse in Purse:
        terminal.send(medical.get_balance(purse))
    request = InitForLoad(1, number, bytes(6))
    begun = LoadInitialized.parse(terminal.ok(medical.init_for_load(request)))
    whole = Load(begun.random, begun.counter, begun.balance, request.amount, request.terminal)
    session = load_session(suite, suite.key(terminal.key("DLK")), whole)
    time = bytes.fromhex("20260131120000")
    mac2 = load_mac2(suite, session, whole, time)
    terminal.send(medical.credit_for_load(CreditForLoad(time, mac2)))
    terminal.send(medical.init_for_purchase(InitForPurchase(1, number, 1, 1, bytes(6))))


def hand_over(terminal: Terminal, number: int) -> None:
    terminal.send(iso7816.select_fid(0x3F00))
    terminal.show("EK", wrong=number > 200)
    state = 0x5A if number > 250 else 0xA5
    terminal.send(iso7816.update_binary(bytes((state, number)), sfi=0x1C))
    terminal.send(iso7816.read_binary(64, sfi=0x1C))


def bank_records(terminal: Terminal, number: int) -> None:
    terminal.send(iso7816.select(aid.DEBIT if number % 4 else aid.PSE))
    terminal.send(iso7816.read_record(1, sfi=1 + number % 3))
    terminal.send(pboc.get_data((0x9F36, 0x9F17)[number % 2]))
    # Extended applications: this card has none, and says so.
    sfi, content = 0x15 + number % 10, bytes((number,)) * (number % 60)
    terminal.send(capp.append_record(bytes(16), content, sfi=sfi))
    terminal.send(capp.read_capp_data(number, sfi=sfi))
    terminal.send(capp.update_capp_data_cache(content + bytes(4), sfi=sfi))
    terminal.send(capp.get_trans_prove(bytes((0, number))))


def bank_transaction(terminal: Terminal, number: int) -> None:
    terminal.send(iso7816.select(aid.DEBIT))
    wanted = dol.size(terminal.order.profile.bank_setting("pdol").data)
    terminal.send(pboc.get_processing_options(bytes(wanted)))
    block = bytes.fromhex("26123456FFFFFFFF")
    terminal.send(pboc.verify(block if number % 8 else block[::-1]))
    asked = dol.size(terminal.order.profile.bank_setting("cdol1").data)
    terminal.send(pboc.internal_authenticate(bytes(4)))
    answer = terminal.send(pboc.generate_ac(Cryptogram(number % 3), bytes(asked))).data
    if len(answer) > CRYPTOGRAM.stop:
        bank_script(terminal, number, answer[ATC], answer[CRYPTOGRAM])


def bank_script(terminal: Terminal, number: int, atc: bytes, cryptogram: bytes) -> None:
    """What the issuer may want of its application; seldom the whole card's end."""
    account = bank_account(terminal)
    wanted = (
        pboc_script.pin_unblock(),
        pboc_script.application_block(),
        pboc_script.application_unblock(),
        pboc_script.put_data(0x9F79, bytes(6)),
        pboc_script.card_block() if number > 240 else pboc_script.pin_unblock(),
    )[number % 5]
    udk = load_bank().udk("mac", account.number, account.psn)
    key, header = TDES_FAMILY.session_key(udk, atc), pboc_script.header(wanted)
    mac = TDES_FAMILY.script_mac(key, header, atc, cryptogram, wanted.data)
    terminal.send(pboc_script.with_mac(wanted, mac))
    terminal.send(pboc.external_authenticate(bytes(8), b"00"))


def bank_channel(terminal: Terminal, number: int) -> None:
    """Left open: what follows finds it so."""
    terminal.send(iso7816.select(aid.PSE if number % 2 else aid.DEBIT))
    terminal.send(cps.initialize_update(bytes(8)))


def bank_station(terminal: Terminal, number: int) -> None:
    """Everything, or only the directory."""
    plan = pse.personalize(bank_instances(terminal)[: 1 + number % 2], load_bank(), random=bytes)
    run(plan, terminal.card)


def bank_domain(terminal: Terminal, number: int) -> None:
    """Applications come and go, on a card that has somebody for it; 6A82 on the others."""
    terminal.ok(iso7816.select(aid.ISD))
    answer = InitializeUpdateResponse.parse(terminal.ok(cps.initialize_update(bytes(8))))
    keys = load_bank().session_keys(answer.keydata, answer.sequence)
    host = Scp02Host.open(keys, bytes(8), answer)
    terminal.ok(host.external_authenticate(SecurityLevel.C_MAC))
    delivery, name = Delivery(), (aid.PSE, aid.DEBIT)[number % 2]
    installation = gp.Installation(delivery.package, delivery.module, name)
    for command in (
        gp.delete(name),
        gp.install(installation),
        gp.install_for_personalization(name),
        cps.store_data(bytes.fromhex("0101057003500141"), 0),
        gp.set_status(0x07 if number % 4 else 0x0F),
        gp.delete(name),
        gp.install(installation),
    )[: 2 + number % 6]:
        terminal.send(host.wrap(command))


#: What the certificate application is asked with.
USER_PIN, ADMIN_PIN = (certificates.pin_key(bytes.fromhex(each)) for each in ("123456", "12345678"))
MASTER = SM4(bytes.fromhex("00112233445566778899AABBCCDDEEFF"))
CA_PAIRS = [generate(random.Random(seed).randbytes) for seed in (1, 2)]
#: A session key for each of them.
ENVELOPES = [sm2.encrypt(each.public, bytes(16), random.Random(3).randbytes) for each in CA_PAIRS]


def certificate_select(terminal: Terminal, number: int) -> None:
    names = (pki.DDF_NAME, pki.ADF_NAME)
    terminal.send(iso7816.select(names[number % 2]))
    fids = (pki.ADF_FID, 0x12, 0x13, 0x14, 0x15, 0x18, 0x19, 0xEF05)
    terminal.send(iso7816.select_fid(fids[number % 8], under_current=number > 200))
    terminal.send(iso7816.read_binary(66, offset=number % 9))


def certificate_proof(terminal: Terminal, key: SM4, number: int) -> bytes:
    """A cryptogram, seldom a wrong one."""
    shown = certificates.cryptogram(key, terminal.ok(pki.get_challenge(8 if number % 2 else 16)))
    return shown if number % 8 else shown[::-1]


def certificate_pins(terminal: Terminal, number: int) -> None:
    terminal.ok(iso7816.select(pki.ADF_NAME))
    terminal.send(pki.verify(pki.USER, certificate_proof(terminal, USER_PIN, number)))
    terminal.send(pki.verify(pki.ADMIN, certificate_proof(terminal, ADMIN_PIN, number // 2)))
    if number > 250:
        challenge, new = terminal.ok(pki.get_challenge()), bytes.fromhex("12345678")
        terminal.send(certificates.change_admin_pin(ADMIN_PIN, new, challenge))


def certificate_pair(terminal: Terminal, number: int) -> None:
    certificate_pins(terminal, number)
    if number % 4 == 1:
        terminal.send(pki.generate_key_pair())
    terminal.ok(pki.choose_public_key())
    terminal.ok(pki.export_public_key())
    terminal.send(pki.sign(bytes((number,)) * 32))
    terminal.send(pki.hash_message(bytes(number)))


def certificate_import(terminal: Terminal, number: int) -> None:
    certificate_pins(terminal, number)
    pair, session = CA_PAIRS[number % 2], SM4(bytes((number,)) * 16)
    terminal.send(pki.set_session_key(session.reveal()))
    terminal.send(pki.import_public_key(bytes(pair.public)))
    sealed_key = certificates.encipher_private_key(session, pair.reveal())
    terminal.send(pki.import_private_key(sealed_key))
    terminal.send(pki.decrypt(ENVELOPES[number % 2], pki.ENCRYPTION_PRIVATE))
    terminal.send(iso7816.update_binary(bytes((number,)) * number, sfi=0x18 + number % 2))


def certificate_master(terminal: Terminal, number: int) -> None:
    terminal.ok(iso7816.select((pki.DDF_NAME, pki.ADF_NAME)[number % 2]))
    terminal.send(pki.external_authenticate(certificate_proof(terminal, MASTER, number)))
    challenge = terminal.ok(pki.get_challenge())
    terminal.send(certificates.replace_master(MASTER, MASTER.reveal(), challenge))


def block_application(terminal: Terminal, number: int) -> None:
    terminal.select("DF03")
    terminal.show("LKDF03", wrong=number < 200)
    sealed(terminal, CommandAPDU(0x84, iso7816.INS.APPLICATION_BLOCK, 0, 1), "STKDF03")


def block_card(terminal: Terminal, number: int) -> None:
    """Seldom with its key: nothing more happens on a blocked card."""
    terminal.select()
    terminal.show("BK", wrong=number < 250)
    sealed(terminal, CommandAPDU(0x84, iso7816.INS.CARD_BLOCK), "STK")


def sealed(terminal: Terminal, command: CommandAPDU, key: str) -> None:
    """Send a command with the MAC under an STK."""
    suite, challenge = terminal.order.suite, terminal.challenge()
    terminal.send(wrap(command, suite, suite.key(terminal.key(key)), challenge))


def bank_account(terminal: Terminal) -> pse.BankAccount:
    return account_of_test_bank(terminal.order.profile, "6228000000000011", TODAY)


def bank_instances(terminal: Terminal) -> tuple[pse.Instance, ...]:
    """With 9F10, which the second generation's profile leaves to the bank: then it can transact."""
    profile, account = terminal.order.profile, bank_account(terminal)
    made = pse.prepare(profile, account, "诸葛验收", load_bank(), effective=TODAY)
    issuer_data = pse.Dgi(DGI.ISSUER_DATA, bytes.fromhex("0701010300000001"))
    return (*made[:-1], replace(made[-1], dgis=(*made[-1].dgis, issuer_data)))


MOVES: tuple[Move, ...] = (
    *(select_by_name, select_by_fid, read, verify, change_pin, unblock_pin, show, update),
    *(update_binary, append, internal_authenticate, load, hand_over, bank_records),
    *(bank_transaction, bank_channel, bank_station, block_application, block_card, bank_domain),
    *(certificate_select, certificate_pins, certificate_pair, certificate_import),
    certificate_master,
)

octets = st.integers(0, 0xFF)
moves = st.sampled_from(MOVES)
bends = st.none() | st.tuples(st.integers(0, 4), st.sampled_from(Bend), octets)
instructions = octets | st.sampled_from(
    [*map(int, iso7816.INS), *map(int, medical.MedicalINS), *map(int, pki.PkiINS)]
)
any_command = st.builds(
    CommandAPDU,
    st.sampled_from([0x00, 0x04, 0x80, 0x84, 0xB0]) | octets,
    instructions,
    octets,
    octets,
    st.binary(max_size=30),
    st.sampled_from([0, 8, 256]),
)


class FirewallMachine(RuleBasedStateMachine):
    """One card, all its applications, and whatever a terminal may do."""

    make: ClassVar[Callable[[int], Terminal]]
    old: ClassVar[Torn]

    @initialize(start=st.sampled_from((FINISHED, THIRD, 0, FINISHED, THIRD, BARE)))
    def power_on(self, start: int) -> None:
        self.terminal = type(self).make(start)
        self.watched: Any = self.terminal.card

    @rule(move=moves, number=octets, bend=bends)
    def send(self, move: Move, number: int, bend: tuple[int, Bend, int] | None) -> None:
        self.watched.bend = bend
        with suppress(SscardError):
            move(self.terminal, number)
        self.watched.bend = None

    @rule(raw=any_command.map(bytes) | st.binary(max_size=40))
    def send_anything(self, raw: bytes) -> None:
        self.watched.transmit(raw)

    @rule()
    def reset(self) -> None:
        self.watched.reset()

    @rule(move=moves, number=octets, data=st.data())
    def lose_power(self, move: Move, number: int, data: st.DataObject) -> None:
        outcome = data.draw(st.sampled_from(type(type(self).old)))
        nvm: TornNVM = self.watched.card.nvm
        nvm.arm(data.draw(st.integers(1, 12)), outcome)
        self.send(move, number, None)
        nvm.arm(0, type(self).old)


@pytest.fixture
def machine(
    clone: Callable[..., Terminal],
    torn_nvm: type[TornNVM],
    power_loss: type[Exception],
    outcomes: Any,
    sm4_order: Any,
    sm4_issued_cells: bytes,
) -> Iterator[type[FirewallMachine]]:
    """The machine with cards to start from.

    Semi-finished, finished, without applications, and of the third generation.
    """
    semi_finished = clone().card
    made = clone()
    run(pse.personalize(bank_instances(made), load_bank(), random=bytes), made.card)
    run(handover.close(made.order.profile, made.order.exchange), made.card)
    bare = VirtualCard.blank("gen2-32k-gp", random=random.Random(1).randbytes)
    run(social_security.personalize(made.order, random.Random(2).randbytes), bare)
    memories = [bytes(each.card.nvm.cells) for each in (semi_finished, made.card, bare)]

    third = VirtualCard(NVM(bytearray(sm4_issued_cells)), load_chip("gen3-80k"))
    of_third = type(made)(third, sm4_order)
    run(pse.personalize(bank_instances(of_third), load_bank(), random=bytes), third)
    memories.append(bytes(third.card.nvm.cells))

    def make(start: int) -> Terminal:
        if start == THIRD:
            memory = torn_nvm(bytearray(memories[start]))
            source = random.Random(2).randbytes
            card = VirtualCard(memory, load_chip("gen3-80k"), random=source)
            terminal = type(made)(card, sm4_order)
        else:
            terminal = clone(lambda _: torn_nvm(bytearray(memories[start])))
        watched: Any = Watched(terminal.card, power_loss)
        terminal.card = watched
        return terminal

    FirewallMachine.make = staticmethod(make)
    FirewallMachine.old = outcomes.OLD
    Watched.steps.clear()
    yield FirewallMachine
    print(f"firewall: {Watched.steps.total()} steps, {dict(Watched.steps)}")


def test_the_banks_moves_get_through(machine: type[FirewallMachine]) -> None:
    """All commands of a transaction are accepted, else the machine would test little."""
    heard: set[tuple[int, int]] = set()
    for number in range(241, 256):
        terminal = machine.make(FINISHED)
        transmit = terminal.card.transmit

        def listening(raw: bytes, transmit: Callable[[bytes], bytes] = transmit) -> bytes:
            answer = transmit(raw)
            if answer.endswith(b"\x90\x00"):
                heard.add((raw[0], raw[1]))
            return answer

        terminal.card.transmit = listening  # type: ignore[method-assign]
        bank_transaction(terminal, number)
    bank = {each for each in heard if each[0] in (0x80, 0x84)}
    assert bank == {
        (0x80, iso7816.INS.GET_PROCESSING_OPTIONS),
        (0x80, iso7816.INS.GENERATE_AC),
        (0x84, iso7816.INS.APPLICATION_BLOCK),
        (0x84, iso7816.INS.APPLICATION_UNBLOCK),
        (0x84, iso7816.INS.CARD_BLOCK),
        (0x84, iso7816.INS.PIN_CHANGE_UNBLOCK),
    }


def test_the_moves_of_certificates_get_through(machine: type[FirewallMachine]) -> None:
    terminal = machine.make(THIRD)
    heard: set[tuple[int, int]] = set()
    transmit = terminal.card.transmit

    def listening(raw: bytes) -> bytes:
        answer = transmit(raw)
        if answer.endswith(b"\x90\x00"):
            heard.add((raw[0], raw[1]))
        return answer

    terminal.card.transmit = listening  # type: ignore[method-assign]
    for number in (1, 5, 251, 13):
        for move in (certificate_select, certificate_pair, certificate_import, certificate_master):
            move(terminal, number)
    assert heard >= {*ADF, (0x80, pki.PkiINS.SIGN)}


def test_applications_come_and_go(machine: type[FirewallMachine]) -> None:
    terminal = machine.make(BARE)
    assert terminal.send(iso7816.select(aid.PSE)).sw == 0x6A82
    bank_domain(terminal, 4)
    assert terminal.send(iso7816.select(aid.PSE)).sw == 0x6A82, "installed and deleted"
    bank_domain(terminal, 12)
    assert terminal.send(iso7816.select(aid.PSE)).sw == 0x9000


def check(machine: type[FirewallMachine], examples: int, steps: int, **more: Any) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=examples, stateful_step_count=steps, deadline=None, **more),
    )


def test_nothing_leaks(machine: type[FirewallMachine]) -> None:
    check(machine, examples=40, steps=25)
    assert Watched.steps.total() > 500


@pytest.mark.full
def test_nothing_leaks_in_many_steps(machine: type[FirewallMachine]) -> None:
    check(machine, examples=400, steps=50)
    assert Watched.steps.total() > 20_000


# That it can fail: each of these cards has one hole.


def write_over_the_border(card: Card, _before: object) -> None:
    """What is written in SSSE goes on into the partition of PSE."""
    if card._current is card._social and card.nvm._dirty:
        card.nvm.write(card.banking._partition.base + 100, b"\1")


def write_back(card: Card, _before: object) -> None:
    """A transaction of the bank is counted in SSSE."""
    if card._current is card.banking and card.nvm._dirty:
        card.nvm.write(card._social.files.partition.base + 100, b"\1")


def close_the_channel(card: Card, before: object) -> None:
    """Whoever selects SSSE ends what the bank has begun."""
    if before is card._social and card._current is card._social:
        card.banking._selected = None


def share_the_pin(card: Card, _before: object) -> None:
    """The PIN of SSSE opens the hand-over area, too."""
    card._main.security.pin = card._social.security.pin


def forget_the_pin(card: Card, before: object) -> None:
    """The PIN of SSSE is gone when the bank has done something."""
    if before is card.banking:
        card._social.security.pin = False


def give_tries_back(card: Card, _before: object) -> None:
    """Any command gives the transport key its tries back."""
    card.nvm.write(card.system._base + 2, b"\x0f")


def share_the_challenge(card: Card, before: object) -> None:
    """A challenge of the certificate application serves in SSSE, too."""
    if card.certificates is not None and before is card.certificates:
        card._social.challenges._last = bytes(16)


def let_the_bank_s_pin_in(card: Card, before: object) -> None:
    """A cardholder whom the bank has verified needs no PIN for his certificates."""
    if card.certificates is not None and before is card.banking:
        facts = getattr(card.banking._selected, "transaction", NO_TRANSACTION).facts
        if facts & (Fact.PIN_PERFORMED | Fact.PIN_FAILED) == Fact.PIN_PERFORMED:
            card.certificates._standing.shown.add(Proof.USER)


def let_the_ssse_pin_in(card: Card, _before: object) -> None:
    """The PIN of SSSE opens the certificate application, too."""
    if card.certificates is not None and card._social.security.pin:
        card.certificates._standing.shown.add(Proof.USER)


def take_the_bank_s_challenge(card: Card, before: object) -> None:
    """What the bank was asked for counts in the certificate application."""
    if card.certificates is not None and before is card.banking:
        card.certificates._standing.challenges._last = bytes(16)


def write_into_certificates(card: Card, _before: object) -> None:
    """What the bank writes goes on into the partition behind its own."""
    if card.certificates is not None and card._current is card.banking and card.nvm._dirty:
        card.nvm.write(card.certificates.partition.base + 3000, b"\1")


HOLES = [
    share_the_challenge,
    write_into_certificates,
    write_over_the_border,
    write_back,
    close_the_channel,
    share_the_pin,
    forget_the_pin,
    give_tries_back,
]


def ssse_pin(terminal: Terminal, number: int) -> None:
    terminal.select()
    verify(terminal, number)


#: Holes that take the machine long, each with a move that goes through it.
DEEP: list[tuple[Hole, Move]] = [
    (let_the_bank_s_pin_in, bank_transaction),
    (let_the_ssse_pin_in, ssse_pin),
    (take_the_bank_s_challenge, bank_records),
]


def bored(monkeypatch: pytest.MonkeyPatch, hole: Hole) -> None:
    """Make every card's firewall have this hole."""
    execute = Card._execute

    def leaking(card: Card, command: CommandAPDU) -> bytes:
        before = card._current
        answer = execute(card, command)
        hole(card, before)
        return answer

    monkeypatch.setattr(Card, "_execute", leaking)


@pytest.mark.parametrize("hole", HOLES, ids=lambda hole: hole.__name__)
def test_a_hole_is_found(
    machine: type[FirewallMachine], monkeypatch: pytest.MonkeyPatch, hole: Hole
) -> None:
    find(machine, monkeypatch, hole)


@pytest.mark.parametrize(("hole", "move"), DEEP, ids=lambda each: each.__name__)
def test_a_deep_hole_is_seen(
    machine: type[FirewallMachine], monkeypatch: pytest.MonkeyPatch, hole: Hole, move: Move
) -> None:
    move(machine.make(THIRD), 1)
    terminal = machine.make(THIRD)
    bored(monkeypatch, hole)
    with pytest.raises(AssertionError, match=r"changed the mind of .*'pki'"):
        move(terminal, 1)


@pytest.mark.full
@pytest.mark.parametrize("hole", [hole for hole, _ in DEEP], ids=lambda hole: hole.__name__)
def test_a_deep_hole_is_found(
    machine: type[FirewallMachine], monkeypatch: pytest.MonkeyPatch, hole: Hole
) -> None:
    find(machine, monkeypatch, hole)


def find(machine: type[FirewallMachine], monkeypatch: pytest.MonkeyPatch, hole: Hole) -> None:
    bored(monkeypatch, hole)
    with pytest.raises(AssertionError, match=r"wrote into|changed the mind of"):
        check(machine, examples=5000, steps=20, phases=[Phase.generate], derandomize=True)

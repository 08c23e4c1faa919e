"""Power fails in every command that changes the card: at every programmed page, in every way.

Afterwards the whole memory outside the journal is as before the command or as after it; where a
command counts a try first, it may also be as after that.  Nothing else: no mixture, and no counter
that went up.  Then the card goes on exactly as one whose power never failed.

``UPDATES`` declares the commands.  A test compares it with the card's own command tables, so a new
command that can change the memory has to be put in.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING, Any

import pytest

from sscard.apdu import aid, cps, gp, iso7816, medical, pboc, ssc
from sscard.apdu.command import CommandAPDU
from sscard.apdu.dgi import DGI
from sscard.apdu.medical import MEDICAL_CLASS
from sscard.apdu.medical_data import (
    CreditForLoad,
    DebitForPurchase,
    InitForLoad,
    InitForPurchase,
    LoadInitialized,
    PurchaseInitialized,
    Purse,
    StartingDay,
    TransactionType,
)
from sscard.channel import (
    InitializeUpdateResponse,
    Scp02Host,
    SecurityLevel,
    authenticate,
    wrap,
    wrap_enciphered,
)
from sscard.channel.medical import (
    Load,
    Purchase,
    load_mac2,
    load_session,
    purchase_mac1,
    purchase_session,
)
from sscard.cos import NVM
from sscard.cos.medical.table import FORMS
from sscard.cos.pse import domain
from sscard.cos.pse.state import PHASES
from sscard.cos.pse.table import TABLES as BANKING
from sscard.cos.ssse import table
from sscard.dialects import reference
from sscard.dialects.delivery import Delivery
from sscard.dialects.operations import (
    AuthenticateTransport,
    CreateDirectory,
    CreateFile,
    DeleteInstance,
    EndPreIssue,
    InstallInstance,
    KeyType,
    LoadKey,
    Operation,
    ReplaceKey,
    ReplaceMaster,
    SetFci,
    Structure,
    WriteHistorical,
)
from sscard.dialects.rights import FREE
from sscard.keys import TDES, TDES_SUITE
from sscard.keys.stores import load_bank

if TYPE_CHECKING:
    from tests.conftest import Terminal, Torn
    from tests.cos.conftest import Maker
    from tests.cos.tearing.conftest import Sweep, World

Approach = Callable[[Any], CommandAPDU]


@dataclass(frozen=True)
class Update:
    """A command that changes the memory.

    ``approach`` brings a card that has just got power to the command, and returns it; ``prepare``
    was done to the card before.  ``counted`` says that a try is counted first: then the contents
    may also be those.  ``again`` is the answer when all is repeated on a card on which it has
    happened.
    """

    approach: Approach
    start: str = "issued"
    prepare: Callable[[Any], object] | None = None
    sw: int = 0x9000
    again: int = 0x9000
    counted: bool = False
    #: How many contents are allowed: before, after, and what lies between.
    states: int = 2


# A terminal's way to a command.

MF, SSSE = 0x3F00, 0xDDF1
PIN, NEW_PIN, WRONG_PIN = (bytes.fromhex(each) for each in ("123456", "8642097F", "654321"))


def at(name: str, command: CommandAPDU, *keys: str, seal: str = "") -> Approach:
    """In this directory, with these keys shown; with a MAC under the key ``seal``."""

    def approach(card: Terminal) -> CommandAPDU:
        enter(card, name)
        for key in keys:
            card.show(key)
        return sealed(card, command, seal) if seal else command

    return approach


def enter(card: Terminal, name: str) -> None:
    if name == "MF":
        card.ok(iso7816.select_fid(MF))
    else:
        card.select(name)


def sealed(card: Terminal, command: CommandAPDU, name: str) -> CommandAPDU:
    """Enciphered, too, if it brings a new PIN."""
    new_pin = (command.ins, command.p2) == (iso7816.INS.PIN_CHANGE_UNBLOCK, 0x01)
    put, suite = wrap_enciphered if new_pin else wrap, card.order.suite
    return put(command, suite, suite.key(card.key(name)), card.challenge())


def proof(name: str, key: str, *, wrong: bool = False) -> Approach:
    """EXTERNAL AUTHENTICATE in this directory."""

    def approach(card: Terminal) -> CommandAPDU:
        enter(card, name)
        suite, challenge = card.order.suite, card.challenge()
        right = authenticate(suite, suite.key(card.key(key)), challenge, challenge)
        return ssc.external_authenticate(card.kid(key), right[::-1] if wrong else right, challenge)

    return approach


def tried(times: int) -> Callable[[Terminal], None]:
    """So many wrong PINs."""

    def prepare(card: Terminal) -> None:
        card.select()
        for _ in range(times):
            card.verify("654321")

    return prepare


def shown_wrong(card: Terminal) -> None:
    card.select()
    card.show("PUK", wrong=True)


def replacing(name: str, operation: ReplaceKey) -> Approach:
    """A key's next version, in this directory under its master key."""

    def approach(card: Terminal) -> CommandAPDU:
        enter(card, name)
        suite = card.order.suite
        master = suite.key(card.key(f"MK{name}"))
        return wrap_enciphered(reference.build(operation), suite, master, card.challenge())

    return approach


# Medical transactions.

TERMINAL = bytes.fromhex("510100000042")
NOW, NEXT_YEAR = bytes.fromhex("20260131120000"), bytes.fromhex("20270801235959")


def credit(card: Terminal) -> CommandAPDU:
    """A load up to its last command."""
    enter(card, "DF04")
    card.verify()
    suite, request = card.order.suite, InitForLoad(1, 70_000, TERMINAL)
    begun = LoadInitialized.parse(card.ok(medical.init_for_load(request)))
    load = Load(begun.random, begun.counter, begun.balance, request.amount, TERMINAL)
    session = load_session(suite, suite.key(card.key("DLK")), load)
    return medical.credit_for_load(CreditForLoad(NOW, load_mac2(suite, session, load, NOW)))


def debit(time: bytes) -> Approach:
    """A purchase up to its last command."""

    def approach(card: Terminal) -> CommandAPDU:
        enter(card, "DF04")
        card.verify()
        suite, three = card.order.suite, (9_000, 256, 257)
        request = InitForPurchase(2, *three, TERMINAL)
        begun = PurchaseInitialized.parse(card.ok(medical.init_for_purchase(request)))
        purchase = Purchase(begun.random, begun.counter, *three, TERMINAL, 7, time)
        session = purchase_session(suite, suite.key(card.key("DPK", 2)), purchase)
        mac1 = purchase_mac1(suite, session, purchase)
        return medical.debit_for_purchase(DebitForPurchase(7, time, mac1))

    return approach


def used(card: Terminal) -> None:
    """One load and one purchase."""
    card.ok(credit(card))
    card.ok(debit(NOW)(card))


# A bank's way to a command.

PIN_BLOCK = bytes.fromhex("26123456FFFFFFFF")
FCI = bytes.fromhex("A50C8801015F2D027A689F110101")


def record(size: int) -> bytes:
    return bytes((0x70, size + 2, 0x5A, size)) + bytes(size)


def begun(card: Terminal, name: bytes, level: SecurityLevel) -> tuple[Scp02Host, CommandAPDU]:
    """A channel, and the EXTERNAL AUTHENTICATE that opens it."""
    card.ok(iso7816.select(name))
    answer = InitializeUpdateResponse.parse(card.ok(cps.initialize_update(bytes(8))))
    keys = load_bank().session_keys(answer.keydata, answer.sequence)
    host = Scp02Host.open(keys, bytes(8), answer)
    return host, host.external_authenticate(level)


def channel(name: bytes) -> Approach:
    return lambda card: begun(card, name, SecurityLevel.C_MAC)[1]


def stored(
    name: bytes,
    *blocks: bytes,
    level: SecurityLevel = SecurityLevel.C_MAC,
    last: bool = False,
) -> Approach:
    """STORE DATA of the last block, after the others."""

    def approach(card: Terminal) -> CommandAPDU:
        host, command = begun(card, name, level)
        card.ok(command)
        commands = [cps.store_data(block, number) for number, block in enumerate(blocks)]
        if last:
            commands[-1] = cps.store_data(blocks[-1], len(blocks) - 1, last=True)
        for each in commands[:-1]:
            card.ok(host.wrap(each))
        return host.wrap(commands[-1])

    return approach


def already(approach: Approach) -> Callable[[Terminal], object]:
    """A command that was done before."""
    return lambda host: host.send(approach(host)).require("prepare")


def in_bank(name: bytes, command: CommandAPDU) -> Approach:
    """Of an application that is issued."""

    def approach(card: Terminal) -> CommandAPDU:
        card.ok(iso7816.select(name))
        return command

    return approach


SHORT, LONG = cps.encode_dgi(0x0101, record(40)), cps.encode_dgi(0x0101, record(120))
DIRECTORY_FCI = cps.encode_dgi(DGI.FCI, FCI)


# The way of whoever makes applications to a command.

PSE_MODULE = gp.Installation(Delivery().package, Delivery().module, aid.PSE)
FOR_PSE = gp.install_for_personalization(aid.PSE)


def managed(*commands: CommandAPDU, level: SecurityLevel = SecurityLevel.C_MAC) -> Approach:
    """The last of these, after the others, in a channel to the issuer security domain."""

    def approach(maker: Maker) -> CommandAPDU:
        host, command = begun(maker, aid.ISD, level)
        maker.ok(command)
        for each in commands[:-1]:
            maker.ok(host.wrap(each))
        return host.wrap(commands[-1])

    return approach


def by_domain(*commands: CommandAPDU, there: bool = False, **more: Any) -> Mapping[str, Update]:
    """With a MAC and without; ``there`` says that there is a PSE before."""
    prepare = already(managed(gp.install(PSE_MODULE))) if there else None
    return {
        title: Update(managed(*commands, level=level), "no applications", prepare, **more)
        for title, level in (("", SecurityLevel.C_MAC), (" without MAC", SecurityLevel.NONE))
    }


def titled(name: str, updates: Mapping[str, Update]) -> dict[str, Update]:
    return {f"{name}{title}": update for title, update in updates.items()}


# A maker's way to a command.

KEY = LoadKey(KeyType.EXTERNAL, 4, 1, 0, bytes(range(16)))
COUNTED_KEY = LoadKey(KeyType.EXTERNAL, 0x1C, 1, 3, bytes(range(16)))
MASTER = LoadKey(KeyType.MASTER, 0, 1, 0, bytes(range(16, 32)))
SMALL = CreateFile(0xEF05, Structure.TRANSPARENT, FREE, FREE, (b"body",))
LARGE = CreateFile(0xEF06, Structure.TRANSPARENT, FREE, FREE, (b"body" * 150,))
CYCLIC = CreateFile(0xEF07, Structure.CYCLIC, FREE, FREE, (b"record" * 5,), 9)


def transport(maker: Maker, *, wrong: bool = False) -> CommandAPDU:
    challenge = maker.send(iso7816.get_challenge(8)).require("challenge")
    right = authenticate(TDES_SUITE, maker.lot.transport, challenge, challenge)
    return reference.build(AuthenticateTransport(right[::-1] if wrong else right, challenge))


def wrong_transport(maker: Maker) -> CommandAPDU:
    return transport(maker, wrong=True)


def tried_transport(times: int) -> Callable[[Maker], object]:
    return lambda maker: [maker.send(wrong_transport(maker)) for _ in range(times)]


def making(operation: Operation, fid: int = SSSE, key: TDES | None = None) -> Approach:
    """A factory command in this directory, secured with this key or the lot's."""

    def approach(maker: Maker) -> CommandAPDU:
        maker.send(transport(maker)).require("transport key")
        first = isinstance(operation, CreateDirectory) and operation.fid == MF
        if not first and not isinstance(operation, InstallInstance | DeleteInstance):
            maker.send(iso7816.select_fid(fid)).require("SELECT")
        return maker.command(operation, key)

    return approach


def ground(*inside: Operation) -> Callable[[Maker], None]:
    return lambda maker: maker.ground(*inside, end=False)


def counted_key(maker: Maker) -> CommandAPDU:
    """EXTERNAL AUTHENTICATE in the MF."""
    challenge = maker.send(iso7816.get_challenge(8)).require("challenge")
    key = TDES_SUITE.key(COUNTED_KEY.value)
    right = authenticate(TDES_SUITE, key, challenge, challenge)
    return ssc.external_authenticate(COUNTED_KEY.kid, right, challenge)


def counted_key_shown_wrong(maker: Maker) -> None:
    maker.open()
    maker.make(CreateDirectory(MF), COUNTED_KEY)
    maker.send(iso7816.get_challenge(8))
    maker.send(ssc.external_authenticate(COUNTED_KEY.kid, bytes(8), bytes(8)))


def in_factory(operation: Operation, *inside: Operation, again: int, **more: Any) -> Update:
    return Update(making(operation, **more), "blank", ground(*inside), again=again)


MARK = iso7816.update_record(1, b"\x29\x01\x33", sfi=7)
BY_TAG = CommandAPDU(0x00, iso7816.INS.UPDATE_RECORD, 0x29, 7 << 3, b"\x29\x01\x33")
JOB = iso7816.append_record(bytes(range(85)), sfi=7)
PAGES = iso7816.update_binary(bytes(range(100, 250)), sfi=0x16, offset=30)
AREA = iso7816.update_binary(b"\xa5" + bytes(range(60)), sfi=0x1C)
CLOSE = iso7816.update_binary(b"\x5a", sfi=0x1C)

#: Every command that changes the memory, in every form that goes another way through the card.
UPDATES: Mapping[str, Update] = {
    "UPDATE RECORD by number": Update(at("DF01", MARK, "UK2DF01")),
    "UPDATE RECORD by number, MAC": Update(at("DF01", MARK, "UK2DF01", seal="STKDF01")),
    "UPDATE RECORD by tag": Update(at("DF01", BY_TAG, "UK2DF01")),
    "UPDATE RECORD append": Update(at("DF02", JOB, "UK3DF02")),
    "UPDATE RECORD append, MAC": Update(at("DF02", JOB, "UK3DF02", seal="STKDF02")),
    "UPDATE BINARY by SFI": Update(at("DF01", PAGES, "UK7DF01")),
    "UPDATE BINARY by SFI, MAC": Update(at("DF01", PAGES, "UK7DF01", seal="STKDF01")),
    "VERIFY right": Update(
        at("SSSE", iso7816.verify(PIN)), prepare=tried(1), counted=True, states=3
    ),
    "VERIFY wrong": Update(
        at("SSSE", iso7816.verify(WRONG_PIN)),
        prepare=tried(1),
        sw=0x63C4,
        again=0x63C3,
        counted=True,
    ),
    "VERIFY wrong for the last time": Update(
        at("SSSE", iso7816.verify(WRONG_PIN)),
        prepare=tried(5),
        sw=0x63C0,
        again=0x6983,
        counted=True,
    ),
    "CHANGE PIN": Update(
        at("SSSE", ssc.change_pin(PIN, NEW_PIN)),
        prepare=tried(1),
        again=0x63C5,
        counted=True,
        states=3,
    ),
    "CHANGE PIN with a wrong one": Update(
        at("SSSE", ssc.change_pin(WRONG_PIN, NEW_PIN)), sw=0x63C5, again=0x63C4, counted=True
    ),
    "PIN CHANGE/UNBLOCK, unblock": Update(
        at("SSSE", ssc.unblock_pin(), "PUK", seal="STK"), prepare=tried(6), counted=True, states=3
    ),
    "PIN CHANGE/UNBLOCK, new PIN": Update(
        at("SSSE", ssc.reload_pin(NEW_PIN), "PUK", seal="STK"),
        prepare=tried(6),
        counted=True,
        states=3,
    ),
    "EXTERNAL AUTHENTICATE right": Update(
        proof("SSSE", "PUK"), prepare=shown_wrong, counted=True, states=3
    ),
    "EXTERNAL AUTHENTICATE wrong": Update(
        proof("SSSE", "PUK", wrong=True), sw=0x63C2, again=0x63C1, counted=True
    ),
    "APPLICATION BLOCK": Update(
        at("DF04", ssc.application_block(), "LKDF04", seal="STKDF04"), again=0x9303
    ),
    "CARD BLOCK": Update(at("SSSE", ssc.card_block(), "BK", seal="STK"), again=0x6A81),
    "REPLACE KEY": Update(
        replacing("DF01", ReplaceKey(KeyType.EXTERNAL, 0x83, 3, 4, bytes(range(16)))), again=0x6A89
    ),
    "REPLACE KEY with failures": Update(
        replacing("SSSE", ReplaceKey(KeyType.EXTERNAL, 0x06, 1, 2, bytes(range(16)))),
        prepare=shown_wrong,
        again=0x6A89,
    ),
    "CREDIT FOR LOAD": Update(credit, prepare=used),
    "DEBIT FOR PURCHASE": Update(debit(NOW), prepare=used),
    "DEBIT FOR PURCHASE in a new year": Update(debit(NEXT_YEAR), prepare=used),
    "UPDATE STARTING DAY": Update(
        at("DF04", medical.update_starting_day(StartingDay(7, 1)), "DSK"), prepare=used
    ),
    "hand-over area, written": Update(at("MF", AREA, "EK")),
    "hand-over area, closed": Update(at("MF", CLOSE, "EK"), again=0x6985),
    "EXTERNAL AUTHENTICATE in the MF": Update(
        counted_key, "blank", counted_key_shown_wrong, counted=True, states=3
    ),
    "transport key right": Update(transport, "blank", tried_transport(1), counted=True, states=3),
    "transport key wrong": Update(
        wrong_transport, "blank", tried_transport(1), sw=0x63C1, again=0x63C0, counted=True
    ),
    "transport key wrong for the last time": Update(
        wrong_transport,
        "blank",
        tried_transport(2),
        sw=0x63C0,
        again=0x6A81,
        counted=True,
        states=3,
    ),
    "CREATE DIRECTORY, the MF": Update(making(CreateDirectory(MF)), "blank", again=0x6A89),
    "CREATE DIRECTORY, an ADF": in_factory(CreateDirectory(0xDF01, b"DF01."), again=0x6A89),
    "CREATE FILE within a page": in_factory(SMALL, again=0x6A89),
    "CREATE FILE over several pages": in_factory(LARGE, SMALL, again=0x6A89),
    "CREATE FILE, cyclic": in_factory(CYCLIC, SMALL, again=0x6A89),
    "SET FCI": in_factory(SetFci(b"\x88\x01\x1e"), again=0x6A89),
    "LOAD KEY": in_factory(KEY, again=0x6A89),
    "LOAD KEY in the MF": in_factory(COUNTED_KEY, fid=MF, again=0x6A89),
    "LOAD KEY, the master key": in_factory(MASTER, again=0x6988),
    "LOAD KEY under the master key": in_factory(KEY, MASTER, key=TDES(MASTER.value), again=0x6A89),
    "REPLACE MASTER": in_factory(
        ReplaceMaster(bytes(range(32, 48))), MASTER, key=TDES(MASTER.value), again=0x6988
    ),
    "INSTALL INSTANCE": Update(making(InstallInstance(aid.PSE)), "no applications", again=0x6A89),
    "DELETE INSTANCE": Update(
        making(DeleteInstance(aid.PSE)),
        "no applications",
        already(making(InstallInstance(aid.PSE))),
        again=0x6A88,
        states=3,
    ),
    "ISD: EXTERNAL AUTHENTICATE": Update(channel(aid.ISD), "no applications"),
    **titled("ISD: INSTALL", by_domain(gp.install(PSE_MODULE), again=0x6A89)),
    **titled("ISD: DELETE", by_domain(gp.delete(aid.PSE), there=True, again=0x6A88, states=3)),
    **titled("ISD: SET STATUS", by_domain(gp.set_status(0x07), again=0x6985)),
    **titled("ISD: STORE DATA", by_domain(FOR_PSE, cps.store_data(SHORT, 0), there=True)),
    "WRITE ATR": in_factory(WriteHistorical(bytes(range(13))), again=0x9000),
    "END PRE-ISSUE": Update(
        making(EndPreIssue()),
        "blank",
        lambda maker: maker.ground(WriteHistorical(bytes(13)), end=False),
        again=0x6985,
    ),
    "PSE: EXTERNAL AUTHENTICATE": Update(channel(aid.PSE)),
    "debit: EXTERNAL AUTHENTICATE": Update(channel(aid.DEBIT)),
    "PSE: STORE DATA": Update(stored(aid.PSE, SHORT)),
    "PSE: STORE DATA without MAC": Update(stored(aid.PSE, SHORT, level=SecurityLevel.NONE)),
    "PSE: STORE DATA, the last": Update(
        stored(aid.PSE, DIRECTORY_FCI, last=True),
        prepare=already(stored(aid.PSE, SHORT)),
        again=0x6985,
    ),
    "debit: STORE DATA": Update(stored(aid.DEBIT, LONG)),
    "debit: STORE DATA without MAC": Update(stored(aid.DEBIT, LONG, level=SecurityLevel.NONE)),
    "debit: STORE DATA over another": Update(
        stored(aid.DEBIT, SHORT), prepare=already(stored(aid.DEBIT, LONG))
    ),
    "debit: STORE DATA in two parts": Update(stored(aid.DEBIT, LONG[:50], LONG[50:])),
    "debit: GET PROCESSING OPTIONS": Update(
        in_bank(aid.DEBIT, pboc.get_processing_options(bytes(9))), "finished"
    ),
    "debit: VERIFY right": Update(
        in_bank(aid.DEBIT, pboc.verify(PIN_BLOCK)),
        "finished",
        lambda card: card.send(in_bank(aid.DEBIT, pboc.verify(PIN_BLOCK[::-1]))(card)),
        counted=True,
        states=3,
    ),
    "debit: VERIFY wrong": Update(
        in_bank(aid.DEBIT, pboc.verify(PIN_BLOCK[::-1])),
        "finished",
        sw=0x63C2,
        again=0x63C1,
        counted=True,
    ),
}
COUNTED = [name for name, update in UPDATES.items() if update.counted]


def expected(update: Update, sweep: Sweep) -> None:
    """What a card does whose power never fails is what the table says."""
    known = sweep.known
    assert known.steps > 0
    assert len(set(known.states)) == len(known.states) == update.states
    assert known.goes_on[0][0] == update.sw, "before: it is done as ever"
    if not known.on_the_way:
        assert known.goes_on[0][1] == known.states[-1]
    assert known.goes_on[-1][0] == update.again
    if update.counted:
        before, counted, *after = known.states
        changed = [pair for pair in zip(before, counted, strict=True) if pair[0] != pair[1]]
        assert len(changed) == 1, "one byte"
        assert abs(changed[0][0] - changed[0][1]) == 1, "one try"
        if after and update.sw == 0x9000:
            assert known.goes_on[1] == (0x9000, after[0]), "the right one still opens"


@pytest.mark.parametrize("name", UPDATES)
def test_power_cut_at_every_page(
    name: str, world: World, sweep: Callable[..., Sweep], outcomes: Any
) -> None:
    """Each page with a third of the outcomes, and the next third at the next page."""
    swept = sweep(world, UPDATES[name])
    expected(UPDATES[name], swept)
    for step in range(1, swept.known.steps + 1):
        for outcome in list(outcomes)[step % 3 :: 3]:
            swept.cut(step, outcome)
    assert swept.mixtures == []
    assert set(swept.seen) == set(range(UPDATES[name].states))


@pytest.mark.full
@pytest.mark.parametrize("name", UPDATES)
def test_power_cut_three_times(
    name: str, world: World, sweep: Callable[..., Sweep], outcomes: Any
) -> None:
    """Every page and every page of the recovery with every outcome; then each of its pages."""
    in_every_way(sweep(world, UPDATES[name]), outcomes)


@pytest.mark.full
@pytest.mark.parametrize("name", [name for name in UPDATES if UPDATES[name].start == "issued"])
def test_power_cut_three_times_on_a_card_of_sm4(
    name: str, world_of_sm4: World, sweep: Callable[..., Sweep], outcomes: Any
) -> None:
    in_every_way(sweep(world_of_sm4, UPDATES[name]), outcomes)


def in_every_way(swept: Sweep, outcomes: Iterable[Torn]) -> None:
    """All outcomes for the first two cuts; each third one has the next outcome."""
    first, turn = {}, cycle(outcomes)
    for outcome in outcomes:
        start = len(swept.seen)
        for step in range(1, swept.known.steps + 1):
            torn = swept.cut(step, outcome)
            first[swept.identity(torn)] = torn
        seen = swept.seen[start:]
        assert seen == sorted(seen), "once a cut comes too late for the old, all later do"
        assert set(seen) == set(range(len(swept.known.states)))
    second = {}
    for torn in first.values():
        second |= {swept.identity(each): each for each in swept.cut_again(torn, outcomes)}
    for torn in second.values():
        for _ in swept.cut_again(torn, [next(turn)]):
            pass
    assert swept.mixtures == []


# That it can fail.


@pytest.fixture
def in_place(torn_nvm: Any) -> type:
    """Memory without a journal."""

    class InPlace(torn_nvm):  # type: ignore[misc]
        def commit(self) -> None:
            for page in sorted(self._dirty):
                self.program(page, self._page(page))
            self._forget()

    return InPlace


@pytest.mark.parametrize("name", UPDATES)
def test_without_the_journal_every_command_leaves_mixtures(
    name: str, world: World, sweep: Callable[..., Sweep], in_place: type, outcomes: Any
) -> None:
    swept = sweep(world, UPDATES[name], in_place)
    swept.cut(1, outcomes.BLANKED)
    assert swept.mixtures


@pytest.mark.parametrize(
    "name", ["UPDATE BINARY by SFI", "DEBIT FOR PURCHASE", "CREATE FILE, cyclic"]
)
def test_without_the_journal_whole_pages_are_enough_for_mixtures(
    name: str, world: World, sweep: Callable[..., Sweep], in_place: type, outcomes: Any
) -> None:
    swept = sweep(world, UPDATES[name], in_place)
    swept.cut(1, outcomes.NEW)
    assert swept.mixtures


@pytest.mark.parametrize("name", UPDATES)
def test_without_its_recovery_every_command_leaves_mixtures(
    name: str, world: World, sweep: Callable[..., Sweep], torn_nvm: Any, outcomes: Any
) -> None:
    class Forgetful(torn_nvm):  # type: ignore[misc]
        def _recover(self, copies: list[bytes]) -> None:
            """Neither finish nor undo."""

    swept = sweep(world, UPDATES[name], Forgetful)
    for step in range(1, swept.known.steps + 1):
        swept.cut(step, outcomes.BLANKED)
    assert swept.mixtures


# Counters.


def judged(world: World, swept: Sweep, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What the memory holds, should power fail for good, whenever the command compares."""
    host = world.host(swept.update.start, NVM(bytearray(swept.known.cells)))
    command, nvm = swept.update.approach(host), host.card.card.nvm
    found, compare = [], hmac.compare_digest

    def comparing(one: bytes, other: bytes) -> bool:
        found.append(swept.contents(NVM(bytearray(nvm.cells))))
        return compare(one, other)

    with monkeypatch.context() as patched:
        patched.setattr(hmac, "compare_digest", comparing)
        host.send(command)
    return found


@pytest.mark.parametrize("name", COUNTED)
def test_a_try_is_counted_before_it_is_judged(
    name: str, world: World, sweep: Callable[..., Sweep], monkeypatch: pytest.MonkeyPatch
) -> None:
    swept = sweep(world, UPDATES[name])
    assert judged(world, swept, monkeypatch) == [swept.known.states[1]]


# That the table is whole.

BALANCE, DAY = medical.get_balance(Purse.POOL), medical.get_starting_day()
INIT_LOAD = medical.init_for_load(InitForLoad(1, 1, TERMINAL))
INIT_PURCHASE = medical.init_for_purchase(InitForPurchase(1, 0, 1, 1, TERMINAL))


def after_pin(command: CommandAPDU) -> Approach:
    def approach(card: Terminal) -> CommandAPDU:
        card.select("DF04")
        card.verify()
        return command

    return approach


def proven(card: Terminal) -> CommandAPDU:
    used(card)
    return medical.get_transaction_proof(TransactionType.PURCHASE, 0)


#: Every command that changes nothing.
READERS: Mapping[str, tuple[str, Approach]] = {
    "GET CHALLENGE in the MF": ("issued", at("MF", iso7816.get_challenge(8))),
    "READ BINARY in the MF": ("issued", at("MF", iso7816.read_binary(64, sfi=0x1C))),
    "GET CHALLENGE": ("issued", at("SSSE", iso7816.get_challenge(4))),
    "INTERNAL AUTHENTICATE": ("issued", at("SSSE", ssc.internal_authenticate(bytes(8), bytes(8)))),
    "READ RECORD": ("issued", at("SSSE", iso7816.read_record(1, sfi=5))),
    "READ BINARY": ("issued", at("SSSE", iso7816.read_binary(9, sfi=8), "RKSSSE")),
    "INIT FOR LOAD": ("issued", after_pin(INIT_LOAD)),
    "INIT FOR PURCHASE": ("issued", after_pin(INIT_PURCHASE)),
    "GET BALANCE": ("issued", after_pin(BALANCE)),
    "GET STARTING DAY": ("issued", after_pin(DAY)),
    "GET TRANSACTION PROOF": ("issued", proven),
    "PSE: INITIALIZE UPDATE": ("issued", in_bank(aid.PSE, cps.initialize_update(bytes(8)))),
    "debit: INITIALIZE UPDATE": ("issued", in_bank(aid.DEBIT, cps.initialize_update(bytes(8)))),
    "ISD: INITIALIZE UPDATE": (
        "no applications",
        in_bank(aid.ISD, cps.initialize_update(bytes(8))),
    ),
    "PSE: READ RECORD": ("finished", in_bank(aid.PSE, iso7816.read_record(1, sfi=1))),
    "debit: READ RECORD": ("finished", in_bank(aid.DEBIT, iso7816.read_record(1, sfi=1))),
    "debit: GET DATA": ("finished", in_bank(aid.DEBIT, pboc.get_data(0x9F36))),
}


#: ``pse/test_pse_torn_transactions.py`` sweeps these on a card that can transact.
SWEPT_WITH_TRANSACTIONS = {
    *PHASES,
    (0x00, iso7816.INS.GET_CHALLENGE),
    # ``pse/test_pse_capp.py``: only a card with an antenna has these files.
    (0x04, iso7816.INS.STORE_DATA),
    (0x80, iso7816.INS.READ_CAPP_DATA),
    (0x80, iso7816.INS.GET_TRANS_PROVE),
}


def rows() -> set[tuple[Any, ...]]:
    """All rows of the card's command tables; P1 tells apart what class B0 has in one row.

    The PPSE, which only chips with an antenna have, answers by the very table of the PSE.
    """
    assert BANKING[aid.PPSE] is BANKING[aid.PSE]
    bank: dict[Any, Any] = {name: rows for name, rows in BANKING.items() if name != aid.PPSE}
    bank[aid.DEBIT] = bank[aid.DEBIT].keys() - SWEPT_WITH_TRANSACTIONS
    sides = {"MF": table.MAIN, "SSSE": table.SSSE, **bank, aid.ISD: domain.TABLE}
    found: set[tuple[Any, ...]] = {
        (side, *key) for side, rows in sides.items() for key in rows if key[0] != MEDICAL_CLASS
    }
    found |= {("SSSE", MEDICAL_CLASS, *key) for key in FORMS}
    return found | {("factory", row.cla, row.ins, row.p1, row.p2) for row in reference.ROWS}


def test_every_command_that_changes_the_memory_is_swept(
    world: World, sweep: Callable[..., Sweep], place: Callable[..., tuple[Any, ...]]
) -> None:
    updating = {sweep(world, update).known.place for update in UPDATES.values()}
    reading = set()
    for name, (start, approach) in READERS.items():
        host = world.host(start, NVM(bytearray(world.hosts[start][1])))
        command, steps = approach(host), host.card.card.nvm.programmed
        reading.add(place(host.card.card, command))
        assert host.send(command).sw == 0x9000, name
        assert host.card.card.nvm.programmed == steps, f"{name} changes the memory: sweep it"
    assert not updating & reading
    assert updating | reading == rows()

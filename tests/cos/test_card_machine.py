"""Any sequence of commands on a personalized card, beside a model of what it must answer.

The model knows the profile's rights in plain Python, what was shown, and the tries left.  So: no
read and no write without its right, no try given back but by the right PIN or the PUK, 6983 for
good, a challenge serves once, no key in an answer.  Power fails anywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from simulator import VirtualCard
from sscard.apdu import aid, iso7816, ssc
from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel import authenticate, wrap, wrap_enciphered
from sscard.cos import Card, security
from sscard.cos.challenge import Challenges
from sscard.cos.environment import Environment
from sscard.cos.files import StoredKey
from sscard.cos.medical.table import FORMS
from sscard.cos.nvm import JOURNAL_PAGES
from sscard.cos.security import SecurityState
from sscard.cos.ssse import pin, records, tries
from sscard.dialects.chip import PAGE
from sscard.dialects.rights import AccessRule, Condition
from sscard.profiles import Directory, File, Key

if TYPE_CHECKING:
    from tests.conftest import Terminal, Torn, TornNVM

TRIES = {"PIN": 6, "PUK": 3}
UNCOUNTED = 0x0F
PINS = ("123456", "2468", "13579135791357")
NAMES = ("SSSE", "DF01", "DF02", "DF03", "DF04")
WINDOW = 8
#: What the PIN and each key that is shown satisfy.
MET: dict[Condition, Callable[[bool, bool], bool]] = {
    Condition.FREE: lambda pin, key: True,
    Condition.NEVER: lambda pin, key: False,
    Condition.PIN: lambda pin, key: pin,
    Condition.KEY: lambda pin, key: key,
    Condition.PIN_OR_KEY: lambda pin, key: pin or key,
    Condition.PIN_AND_KEY: lambda pin, key: pin and key,
}

octets = st.integers(0, 0xFF)
instructions = octets | st.sampled_from([*map(int, iso7816.INS), *(ins for ins, _ in FORMS)])
any_command = st.builds(
    CommandAPDU,
    st.sampled_from([0x00, 0x00, 0x04, 0x80, 0x84, 0xB0]) | octets,
    instructions,
    st.sampled_from([0x00, 0x01, 0x04, 0x85]) | octets,
    st.sampled_from([0x00, 0x04, 0x2C, 0x2D, 0x3B]) | octets,
    st.binary(max_size=30) | st.sampled_from([251, 252, 256, 700]).map(bytes),
    st.sampled_from([0, 8, 256, 65536]) | octets,
)


def packed(pin: str) -> bytes:
    """A PIN as VERIFY takes it."""
    return bytes.fromhex(pin + "F" * (len(pin) % 2))


class Listener:
    """Stands between terminal and card, and looks for keys in the answers."""

    count: ClassVar[Counter[str]] = Counter()

    def __init__(self, virtual: VirtualCard, secrets: frozenset[bytes]) -> None:
        self.virtual, self.card = virtual, virtual.card
        self._secrets = secrets

    def transmit(self, command: bytes) -> bytes:
        answer = self.virtual.transmit(command)
        self.count["commands"] += 1
        windows = {answer[at : at + WINDOW] for at in range(len(answer) - WINDOW + 1)}
        assert not windows & self._secrets, "a key in an answer"
        return answer

    def reset(self) -> bytes:
        return self.virtual.reset()


class CardMachine(RuleBasedStateMachine):
    """A personalized card, and what a terminal would expect of it."""

    make: ClassVar[Callable[[], Terminal]]
    power_loss: ClassVar[type[Exception]]
    outcomes: ClassVar[Any]

    @initialize(name=st.sampled_from(NAMES))
    def power_on(self, name: str) -> None:
        self.terminal = type(self).make()
        self.card = self.terminal.card.card
        self.profile = self.terminal.order.profile
        self.left = dict(TRIES)
        self.blocked: set[str] = set()
        self.right_pin = PINS[0]
        self.forget(pin=True)
        self.memory = self.contents()
        self.select(name)

    def forget(self, *, pin: bool = False) -> None:
        """What another application (or power-off: also the PIN) leaves of what was shown."""
        self.here: Directory | None = None
        self.shown: set[tuple[str, int]] = set()
        self.pin = self.pin and not pin if hasattr(self, "pin") else False

    def contents(self) -> bytes:
        """All that is no journal; copies of it there change nothing."""
        return bytes(self.card.nvm.cells[JOURNAL_PAGES * PAGE :])

    def permitted(self, rule: AccessRule) -> bool:
        """What the profile says."""
        key = rule.kid is not None and (self.holder(rule.kid), rule.kid) in self.shown
        return MET[rule.condition](self.pin, key)

    def holder(self, kid: int) -> str:
        assert self.here is not None
        return self.here.name if kid & 0x80 else "SSSE"

    # Where the terminal stands

    @rule(name=st.sampled_from(NAMES))
    def select(self, name: str) -> None:
        directory = self.profile.directory(name)
        sw = self.terminal.status(iso7816.select(directory.df_name))
        assert sw == (StatusWord.APPLICATION_LOCKED if name in self.blocked else StatusWord.OK)
        if sw == StatusWord.OK:
            self.forget()
            self.here = directory

    @precondition(lambda self: self.here)
    @rule(how=st.sampled_from(["bank", "MF", "power"]))
    def leave(self, how: str) -> None:
        if how == "power":
            self.power_cycle()
        else:
            there = iso7816.select(aid.PSE) if how == "bank" else iso7816.select_fid(0x3F00)
            self.terminal.ok(there)
            self.forget()

    def power_cycle(self) -> None:
        self.terminal.card.reset()
        self.forget(pin=True)

    @rule(name=st.sampled_from(["DF03", "DF04"]), shown=st.booleans())
    def block(self, name: str, shown: bool) -> None:
        """APPLICATION BLOCK: for good; it needs the LK."""
        self.select(name)
        if name in self.blocked:
            return
        if shown:
            self.prove(next(key for key in self.keys() if key.type == "lock"))
        command = CommandAPDU(0x80, iso7816.INS.APPLICATION_BLOCK, 0x00, 0x01)
        sw = self.terminal.status(self.secured(command, with_mac=True))
        assert sw == (StatusWord.OK if shown else StatusWord.SECURITY_NOT_SATISFIED)
        if shown:
            self.blocked.add(name)
            self.memory = self.contents()
            assert self.terminal.verify() == StatusWord.APPLICATION_LOCKED
            self.leave("power")

    # Keys

    def keys(self) -> list[Key]:
        """Those that a terminal can show here."""
        assert self.here is not None
        near = [key for key in self.here.keys if key.kid & 0x80 or self.here.name == "SSSE"]
        far = [] if self.here.name == "SSSE" else self.profile.directory("SSSE").keys
        return [key for key in (*near, *far) if key.type in ("external", "lock")]

    @precondition(lambda self: self.here)
    @rule(data=st.data(), wrong=st.booleans(), version=st.integers(1, 3))
    def show(self, data: st.DataObject, wrong: bool, version: int) -> None:
        key = data.draw(st.sampled_from(self.keys()), label="key")
        self.prove(key, min(version, self.profile.versions(key)), wrong=wrong)

    def prove(self, key: Key, version: int = 1, *, wrong: bool = False) -> None:
        sw = self.terminal.show(key.name, version=version, wrong=wrong)
        assert sw == self.judged(key.name, right=not wrong)
        if sw == StatusWord.OK:
            self.shown.add((self.holder(key.kid), key.kid))

    def gain(self, rule: AccessRule, what: str) -> None:
        """Show what a right needs, or a part of it."""
        if what != "key" and rule.condition.value.startswith("PIN"):
            self.verify_pin(self.right_pin)
        if what != "PIN" and rule.kid is not None:
            self.prove(next(key for key in self.keys() if key.kid == rule.kid))

    def judged(self, name: str, *, right: bool) -> int:
        """What the card must say to a try; the model counts it, too."""
        if name in TRIES:
            if not self.left[name]:
                return StatusWord.AUTHENTICATION_BLOCKED
            self.left[name] = TRIES[name] if right else self.left[name] - 1
            self.memory = self.contents()
        return StatusWord.OK if right else 0x63C0 | self.left.get(name, UNCOUNTED)

    @precondition(lambda self: self.here)
    @rule(data=st.data())
    def a_challenge_serves_once(self, data: st.DataObject) -> None:
        """A proof is good for one EXTERNAL AUTHENTICATE, and for one only; so is a MAC."""
        keys = [key for key in self.keys() if key.name not in TRIES]
        key = data.draw(st.sampled_from(keys), label="key")
        challenge, suite = self.terminal.challenge(), self.terminal.order.suite
        secret = suite.key(self.terminal.key(key.name))
        proof = authenticate(suite, secret, challenge, challenge)
        command = ssc.external_authenticate(key.kid, proof, challenge)
        assert self.terminal.status(command) == StatusWord.OK
        self.shown.add((self.holder(key.kid), key.kid))
        assert self.terminal.status(command) == StatusWord.NO_CHALLENGE
        sealed = CommandAPDU(0x04, iso7816.INS.UPDATE_RECORD, 1, 0x2C, bytes(9))
        assert self.terminal.status(sealed) == StatusWord.NO_CHALLENGE

    # Files

    @rule(data=st.data(), how=st.sampled_from(records.READS), number=st.integers(1, 3))
    def read(self, data: st.DataObject, how: int, number: int) -> None:
        file = self.any_file(data, "read")
        sfi = file.fid & 0x1F
        command = iso7816.read_binary(256, sfi=sfi, offset=number)
        if file.structure != "transparent":
            command = CommandAPDU(0x00, iso7816.INS.READ_RECORD, number, sfi << 3 | how, ne=65536)
        sw = self.terminal.status(command)
        if file.structure == "internal":
            assert sw == StatusWord.WRONG_FILE_STRUCTURE
        elif file.structure == "cyclic" and how < 4 and self.permitted(file.read):
            assert sw == StatusWord.WRONG_FILE_STRUCTURE, "its records have no identifier"
        elif self.permitted(file.read):
            assert sw in (StatusWord.OK, StatusWord.RECORD_NOT_FOUND)
        else:
            assert sw == StatusWord.SECURITY_NOT_SATISFIED

    @rule(data=st.data(), value=octets, with_mac=st.booleans())
    def write(self, data: st.DataObject, value: int, with_mac: bool) -> None:
        file = self.any_file(data, "update")
        if file.structure == "internal":
            return
        sw = self.terminal.status(self.secured(self.update(file, value), with_mac=with_mac))
        permitted = self.permitted(file.update)
        assert sw == (StatusWord.OK if permitted else StatusWord.SECURITY_NOT_SATISFIED)
        if permitted:
            self.memory = self.contents()

    def any_file(self, data: st.DataObject, right: str) -> File:
        """One of the card, the terminal in its directory; often with the right, or half of it."""
        directories = [each for each in self.profile.directories if each.name not in self.blocked]
        places = [(each, file) for each in directories for file in each.files]
        directory, file = data.draw(st.sampled_from(places), label="file")
        what = data.draw(st.sampled_from(["", "PIN", "key", "all"]), label="right")
        if directory is not self.here:
            self.select(directory.name)
        if what:
            self.gain(getattr(file, right), what)
        return file

    def update(self, file: File, value: int) -> CommandAPDU:
        """One record, or a part of the body."""
        sfi = file.fid & 0x1F
        if file.structure == "transparent":
            return iso7816.update_binary(bytes((value,)) * 70, sfi=sfi, offset=1)
        record = file.record_templates()[0].fill
        if file.structure == "cyclic":
            return iso7816.append_record(record[:-1] + bytes((value,)), sfi=sfi)
        return iso7816.update_record(1, record[:-1] + bytes((value,)), sfi=sfi)

    def secured(self, command: CommandAPDU, *, with_mac: bool) -> CommandAPDU:
        """The command, under the STK of this directory if ``with_mac``."""
        assert self.here is not None
        stk = "STK" + self.here.name.removeprefix("SSSE")
        suite = self.terminal.order.suite
        key = suite.key(self.terminal.key(stk))
        return wrap(command, suite, key, self.terminal.challenge()) if with_mac else command

    # The PIN

    @precondition(lambda self: self.here)
    @rule(pin=st.sampled_from(PINS))
    def verify(self, pin: str) -> None:
        self.verify_pin(pin)

    def verify_pin(self, pin: str) -> None:
        right = pin == self.right_pin
        assert self.terminal.verify(pin) == self.judged("PIN", right=right)
        self.pin = self.pin or (right and self.left["PIN"] > 0)

    @precondition(lambda self: self.here)
    @rule()
    def ask_for_the_tries(self) -> None:
        assert self.terminal.hex("00200000") == f"63C{self.left['PIN']}"

    @precondition(lambda self: self.here)
    @rule(old=st.sampled_from(PINS), new=st.sampled_from(PINS))
    def change_pin(self, old: str, new: str) -> None:
        sw = self.terminal.status(ssc.change_pin(packed(old), packed(new)))
        assert sw == self.judged("PIN", right=old == self.right_pin)
        if sw == StatusWord.OK:
            self.right_pin, self.memory = new, self.contents()

    @precondition(lambda self: self.here)
    @rule(new=st.none() | st.sampled_from(PINS), puk=st.booleans())
    def help_with_the_pin(self, new: str | None, puk: bool) -> None:
        """PIN CHANGE/UNBLOCK: needs the PUK."""
        if puk:
            self.prove(next(key for key in self.keys() if key.name == "PUK"))
        suite, challenge = self.terminal.order.suite, self.terminal.challenge()
        stk = suite.key(self.terminal.key("STK"))
        if new is None:
            command = wrap(ssc.unblock_pin(), suite, stk, challenge)
        else:
            command = wrap_enciphered(ssc.reload_pin(packed(new)), suite, stk, challenge)
        sw = self.terminal.status(command)
        if ("SSSE", 0x06) not in self.shown:
            assert sw == StatusWord.SECURITY_NOT_SATISFIED
            return
        assert sw == StatusWord.OK
        self.right_pin, self.left["PIN"] = new or self.right_pin, TRIES["PIN"]
        self.memory = self.contents()

    # Whatever else

    @rule(raw=any_command.map(bytes) | st.binary(max_size=40))
    def send_anything(self, raw: bytes) -> None:
        """Whatever was sent: an answer, and no change but those this model knows of."""
        answer = self.terminal.card.transmit(raw)
        sw = StatusWord(int.from_bytes(answer[-2:], "big"))
        header, done = (raw[:1], raw[1:2]), sw == StatusWord.OK
        if header in ((b"\x00", b"\x20"), (b"\x80", b"\x5e")) and self.here:
            self.guessed(sw)
        elif header == (b"\x00", b"\x82"):
            assert not done, "nobody guesses a proof"
            self.left["PUK"] = min(self.left["PUK"], self.counted("PUK"))
            self.memory = self.contents()
        elif header == (b"\x00", b"\xa4"):
            self.look_around()
        elif done and raw[1:2] in (b"\xdc", b"\xd6", b"\x56"):
            assert self.shown, "the right to write must have been held"
            self.memory = self.contents()

    def guessed(self, sw: StatusWord) -> None:
        """An answer to a PIN that hypothesis made up: it may even be right."""
        if sw == StatusWord.OK:
            self.pin, self.left["PIN"] = self.pin or self.card._social.security.pin, TRIES["PIN"]
            assert self.pin
        elif sw.tries_left is not None:
            assert sw.tries_left in (self.left["PIN"], self.left["PIN"] - 1)
            self.left["PIN"] = sw.tries_left
        self.memory = self.contents()

    def look_around(self) -> None:
        """Where a SELECT led is what the card says; no key outlives it, if it was a directory's."""
        env = self.card._social
        if self.card._current is not env:
            self.forget()
        elif env.directory is not None and not env.security.keys | env.security.locks:
            self.forget()
            directories = self.profile.directories
            self.here = next(each for each in directories if each.fid == env.directory.fid)

    # Power

    @rule(data=st.data(), value=octets, cut_at=st.integers(1, 12))
    def tear_a_write(self, data: st.DataObject, value: int, cut_at: int) -> None:
        """The file is as before or as it should have become, and nothing else changed."""
        file = self.any_file(data, "update")
        if file.structure in ("internal", "cyclic"):
            return
        command, before = self.update(file, value), self.memory
        after = before
        if self.permitted(file.update):
            at, _ = self.card._social.current().by_fid[file.fid].places[0]
            at += command.p2 if file.structure == "transparent" else 0
            at -= JOURNAL_PAGES * PAGE
            after = before[:at] + command.data + before[at + len(command.data) :]
        self.torn(data, command, cut_at)
        assert self.contents() in (before, after)
        self.memory = self.contents()

    @precondition(lambda self: self.here)
    @rule(data=st.data(), pin=st.sampled_from(PINS), cut_at=st.integers(1, 12))
    def tear_a_try(self, data: st.DataObject, pin: str, cut_at: int) -> None:
        """No try is given back by pulling the card out, unless the PIN was right."""
        before, right = self.left["PIN"], pin == self.right_pin
        cut = self.torn(data, iso7816.verify(packed(pin)), cut_at)
        self.pin = self.pin or (not cut and right and before > 0)
        now = self.counted("PIN")
        if right and before:
            assert now in (before, before - 1, TRIES["PIN"])
        else:
            assert now in (before, max(before - 1, 0))
        self.left["PIN"], self.memory = now, self.contents()

    def torn(self, data: st.DataObject, command: CommandAPDU, cut_at: int) -> bool:
        """Send a command during which power may fail; whether it did."""
        outcome: Torn = data.draw(st.sampled_from(type(self).outcomes), label="page")
        nvm: Any = self.card.nvm
        self.disarm(nvm).arm(cut_at, outcome)
        try:
            self.terminal.send(command)
        except type(self).power_loss:
            Listener.count["torn"] += 1
            self.power_cycle()
            return True
        finally:
            self.disarm(nvm)
        return False

    def disarm(self, nvm: TornNVM) -> TornNVM:
        nvm.arm(0, type(self).outcomes.OLD)
        return nvm

    # What holds at any time

    @invariant()
    def nothing_has_changed_but_by_right(self) -> None:
        assert self.contents() == self.memory

    @invariant()
    def the_card_has_seen_what_the_model_has_seen(self) -> None:
        env = self.card._social
        assert env.security.pin == self.pin
        assert {name: self.counted(name) for name in TRIES} == self.left
        assert (self.card._current is env) is (self.here is not None)
        if self.here is not None:
            fids = {each.name: each.fid for each in self.profile.directories}
            seen = env.security.keys | env.security.locks
            assert seen == {(fids[name], kid) for name, kid in self.shown}

    def counted(self, name: str) -> int:
        """The tries left, as the card's memory has them."""
        env = self.card._social
        root = env.files.directories[env.root]
        (key,) = (k for k in root.keys.values() if env.nvm.image[k.at] == TRIES[name])
        return tries.left(env, key)


@pytest.fixture
def machine(
    clone: Callable[..., Terminal],
    torn_nvm: type[TornNVM],
    power_loss: type[Exception],
    outcomes: Any,
) -> Iterator[type[CardMachine]]:
    """The machine with its cards, and its commands counted."""
    order = clone().order
    values = [key.reveal() for key in (*order.keys.values(), order.exchange, order.lot.transport)]
    values += [packed(pin).ljust(WINDOW, b"\xff") for pin in PINS]
    secrets = frozenset(
        value[at : at + WINDOW] for value in values for at in range(len(value) - WINDOW + 1)
    )

    def make() -> Terminal:
        terminal = clone(torn_nvm)
        listener: Any = Listener(terminal.card, secrets)
        terminal.card = listener
        return terminal

    CardMachine.make = staticmethod(make)
    CardMachine.power_loss, CardMachine.outcomes = power_loss, outcomes
    Listener.count.clear()
    yield CardMachine
    print(f"card machine: {dict(Listener.count)}")


def check(machine: type[CardMachine], examples: int, **more: Any) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=examples, stateful_step_count=50, deadline=None, **more),
    )


def test_a_card_under_random_commands(machine: type[CardMachine]) -> None:
    check(machine, examples=60)


@pytest.mark.full
def test_a_card_under_many_random_commands(machine: type[CardMachine]) -> None:
    check(machine, examples=1000)


# That it can fail: each of these cards has one fault.


def no_right_is_needed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Environment, "require", lambda env, rule: None)


def one_of_two_rights_is_enough(patch: pytest.MonkeyPatch) -> None:
    both = security._MET[Condition.PIN_OR_KEY]
    patch.setattr(security, "_MET", {**security._MET, Condition.PIN_AND_KEY: both})


def a_key_outlives_its_directory(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SecurityState, "directory_selected", lambda state: None)


def a_wrong_try_costs_nothing_without_power(patch: pytest.MonkeyPatch) -> None:
    def use(env: Environment, key: StoredKey) -> None:
        if env.nvm.image[key.at] and not tries.left(env, key):
            raise StatusError(StatusWord.AUTHENTICATION_BLOCKED)

    def judge(env: Environment, key: StoredKey, right: bool) -> None:
        failures = env.nvm.image[key.at + 1] + 1
        env.nvm.write(key.at + 1, bytes((0 if right else failures,)))
        if not right:
            env.nvm.commit()
            raise StatusError(StatusWord(0x63C0 | tries.left(env, key)))

    patch.setattr(tries, "use", use)
    patch.setattr(tries, "judge", judge)
    patch.setattr(tries, "take_back", lambda env, key: None)


def any_puk_will_do(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(pin, "_PUK", AccessRule(Condition.FREE))


def a_refusal_gives_tries_back(patch: pytest.MonkeyPatch) -> None:
    def judge(env: Environment, key: StoredKey, right: bool) -> None:
        left = tries.left(env, key)
        tries.give_back(env, key)
        env.nvm.commit()
        if not right:
            raise StatusError(StatusWord(0x63C0 | left))

    patch.setattr(tries, "judge", judge)


def a_challenge_serves_twice(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Challenges, "take", lambda challenges: challenges._last or bytes(8))


def an_answer_runs_on_into_the_keys(patch: pytest.MonkeyPatch) -> None:
    process = Card.process

    def running_on(card: Card, raw: bytes) -> bytes:
        answer = process(card, raw)
        files = card._social.files
        key = next(iter(files.directories[0xDF01].keys.values()))
        return answer[:-2] + files.key_value(key) + answer[-2:] if len(answer) > 40 else answer

    patch.setattr(Card, "process", running_on)


FAULTS = [
    no_right_is_needed,
    one_of_two_rights_is_enough,
    a_key_outlives_its_directory,
    a_wrong_try_costs_nothing_without_power,
    any_puk_will_do,
    a_refusal_gives_tries_back,
    a_challenge_serves_twice,
    an_answer_runs_on_into_the_keys,
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_fault_is_found(
    machine: type[CardMachine],
    monkeypatch: pytest.MonkeyPatch,
    fault: Callable[[pytest.MonkeyPatch], None],
) -> None:
    fault(monkeypatch)
    with pytest.raises(AssertionError):
        check(machine, examples=5000, phases=[Phase.generate], derandomize=True)

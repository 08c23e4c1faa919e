"""The certificate application against a model in plain Python, through its whole life.

Power goes between commands, and in the middle of them at any page: then the card is what it was, or
what the command makes of it, or has counted a try.
"""

from __future__ import annotations

import random
from collections import Counter
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from simulator.faults import Torn
from simulator.faults.torn_memory import PowerLoss, TornNVM
from sscard.apdu import aid, iso7816, pki
from sscard.channel import pki as channel
from sscard.keys import SM4, sm2
from sscard.keys.sm2_keys import SM2PrivateKey
from tests.cos.pki.hosts import ADMIN, ANOTHER, BROUGHT, MASTER, SESSION, USER, Host, brought, made

ADMINS = (ADMIN, "87654321")
MASTERS = (MASTER, SM4(bytes(range(16))))
PAIRS = (BROUGHT, ANOTHER)
DDF, ADF = pki.DDF_NAME, pki.ADF_NAME
LIMIT = 6

#: What the memory of a torn card must agree with, as the model names it.
STORED = ("left", "admin", "masters", "generated", "brought", "complete", "certificates")

MAPPINGS = ("left", "masters", "certificates")
ENVELOPES = [sm2.encrypt(each.public, bytes(16), random.Random(7).randbytes) for each in PAIRS]

_MADE = made(nvm=TornNVM)
_BLANK = bytes(_MADE.card.card.nvm.cells)


CHANGING = {
    *("verify", "generate", "import_public", "import_private", "write", "change_admin"),
    "replace_master",
}
nines = st.binary(min_size=9, max_size=9)
#: The commands that change the card, and what they are given.
COMMANDS = st.one_of(
    st.tuples(st.just("verify"), st.tuples(st.booleans(), st.integers(0, 1))),
    st.tuples(st.just("generate"), st.just(())),
    st.tuples(st.just("import_public"), st.tuples(st.sampled_from(PAIRS))),
    st.tuples(st.just("import_private"), st.tuples(st.sampled_from(PAIRS))),
    st.tuples(st.just("write"), st.tuples(st.sampled_from([0x18, 0x19]), nines)),
    st.tuples(st.just("change_admin"), st.tuples(st.sampled_from(ADMINS))),
    st.tuples(st.just("replace_master"), st.tuples(st.sampled_from(MASTERS))),
)


class CertificateMachine(RuleBasedStateMachine):
    """What the card should be: everything here is by hand."""

    torn: ClassVar[Counter[str]] = Counter()

    @initialize()
    def blank(self) -> None:
        _MADE.card.card.nvm.cells[:] = _BLANK
        self.host: Host = _MADE
        self.left = {USER: LIMIT, ADMIN: LIMIT}
        self.admin = ADMIN
        self.masters = {DDF: MASTER, ADF: MASTER}
        self.generated = 0
        self.brought: Any = None
        self.complete = False
        self.certificates = {0x18: bytes(9), 0x19: bytes(9)}
        self.off()

    @rule()
    def off(self) -> None:
        self.host.card.reset()
        self.shown: set[str] = set()
        self.session = False
        self.master = False
        self.place = b""
        self.select(ADF)

    @rule(name=st.sampled_from([DDF, ADF, ADF, ADF, aid.PSE]))
    def select(self, name: bytes) -> None:
        assert self.host.sw(iso7816.select(name)) == 0x9000
        if name != aid.PSE:
            self.session = self.master = False
        self.place = name

    def expect(self, command: Any, *, needs: set[str], otherwise: int = 0x9000) -> bool:
        """Whether it was carried out; it must be as the model says."""
        sw = self.host.sw(command)
        if self.place != ADF:
            assert sw in (0x6D00, 0x6E00, 0x6985), hex(sw)
            return False
        wanted = otherwise if needs <= self.shown else 0x6982
        assert sw == wanted, (hex(sw), hex(wanted))
        return sw == 0x9000

    @rule(admin=st.booleans(), wrong=st.integers(0, 3))
    def verify(self, admin: bool, wrong: int) -> None:
        if self.place != ADF:
            return
        who, pin = (ADMIN, self.admin) if admin else (USER, USER)
        proof = channel.cryptogram(channel.pin_key(bytes.fromhex(pin)), self.host.challenge())
        command = pki.verify(pki.ADMIN if admin else pki.USER, proof if wrong else proof[::-1])
        sw = self.host.sw(command)
        self.shown.discard(who)
        if not self.left[who]:
            assert sw == 0x6983
        elif wrong:
            assert sw == 0x9000
            self.left[who] = LIMIT
            self.shown.add(who)
        else:
            self.left[who] -= 1
            assert sw == 0x63C0 | self.left[who]

    @rule()
    def generate(self) -> None:
        needs = {USER, ADMIN} if self.generated else {USER}
        if self.expect(pki.generate_key_pair(), needs=needs):
            old = self.generated
            self.host.ok(pki.choose_public_key())
            self.generated = int(self.host.ok(pki.export_public_key()).hex(), 16)
            assert self.generated != old
            self.certificates[0x18] = bytes(9)

    @rule()
    def sign(self) -> None:
        sign = pki.sign(bytes(32))
        if self.generated:
            self.expect(sign, needs={USER})
        else:
            self.expect(sign, needs=set(), otherwise=0x6985)

    @rule(number=st.sampled_from([0, 1]))
    def decrypt(self, number: int) -> None:
        command = pki.decrypt(ENVELOPES[number], pki.ENCRYPTION_PRIVATE)
        if not self.complete:
            self.expect(command, needs=set(), otherwise=0x6985)
            return
        right = self.brought is PAIRS[number]
        if self.expect(command, needs={USER}, otherwise=0x9000 if right else 0x6A80):
            assert self.host.ok(command) == bytes(16)

    @rule()
    def session_key(self) -> None:
        if self.expect(pki.set_session_key(SESSION.reveal()), needs={USER}):
            self.session = True

    @rule(pair=st.sampled_from(PAIRS))
    def import_public(self, pair: Any) -> None:
        if self.expect(pki.import_public_key(bytes(pair.public)), needs={USER}) and (
            pair is not self.brought
        ):
            self.brought, self.complete = pair, False
            self.certificates[0x19] = bytes(9)

    @rule(pair=st.sampled_from(PAIRS))
    def import_private(self, pair: Any) -> None:
        if self.brought is None:
            self.expect(brought(pair), needs=set(), otherwise=0x6985)
            return
        refusal = 0x6985 if not self.session else 0x6A80
        right = self.session and pair is self.brought
        if self.expect(brought(pair), needs={USER}, otherwise=0x9000 if right else refusal):
            self.complete = True

    @rule(fid=st.sampled_from([0x18, 0x19]), content=nines)
    def write(self, fid: int, content: bytes) -> None:
        if self.expect(iso7816.update_binary(content, sfi=fid), needs={USER}):
            self.certificates[fid] = content

    @rule(new=st.sampled_from(ADMINS))
    def change_admin(self, new: str) -> None:
        if self.place != ADF:
            return
        old = channel.pin_key(bytes.fromhex(self.admin))
        command = channel.change_admin_pin(old, bytes.fromhex(new), self.host.challenge())
        if self.expect(command, needs={ADMIN}):
            self.admin, self.left[ADMIN] = new, LIMIT

    @rule(key=st.sampled_from(MASTERS))
    def show_master(self, key: SM4) -> None:
        if self.place == aid.PSE:
            return
        right = key == self.masters[self.place]
        assert self.host.show_master(key) == (0x9000 if right else 0x63CF)
        self.master = right

    @rule(new=st.sampled_from(MASTERS))
    def replace_master(self, new: SM4) -> None:
        if self.place == aid.PSE:
            return
        old = self.masters[self.place]
        sw = self.host.sw(channel.replace_master(old, new.reveal(), self.host.challenge()))
        assert sw == (0x9000 if self.master else 0x6982)
        if self.master:
            self.masters[self.place], self.master = new, False

    @rule(data=st.data(), step=st.integers(1, 30), outcome=st.sampled_from(Torn))
    def lose_power(self, data: st.DataObject, step: int, outcome: Torn) -> None:
        """In whatever command comes next, at this page; all that counts is in the cells."""
        name, argument = data.draw(COMMANDS)
        nvm = self.host.card.card.nvm
        self.show_what_it_needs(name, argument)
        before = self.kept()
        nvm.arm(step, outcome)
        try:
            getattr(self, name)(*argument)
        except PowerLoss:
            pass
        else:
            nvm.arm(0, outcome)
            return
        nvm.arm(0, outcome)
        type(self).torn[name] += 1
        torn = [before, *self.afterwards(before, name, argument)]
        self.off()
        fitting = [each for each in torn if self.fits(each)]
        assert len(fitting) == 1, (name, len(fitting))
        for field, value in fitting[0].items():
            setattr(self, field, value)

    def show_what_it_needs(self, name: str, argument: tuple[Any, ...]) -> None:
        """So that the command has something to change, as far as tries are left."""
        if self.place != ADF:
            self.select(ADF)
        if name == "replace_master":
            self.show_master(self.masters[ADF])
        elif name != "verify":
            for admin in (False, True):
                self.verify(admin, 1)
        if name == "import_private" and ADMIN in self.shown:
            self.session_key()

    def kept(self) -> dict[str, Any]:
        found = {name: getattr(self, name) for name in STORED}
        return {name: dict(each) if name in MAPPINGS else each for name, each in found.items()}

    def afterwards(self, before: dict[str, Any], name: str, argument: tuple[Any, ...]) -> Any:
        """What else the command may have made of the card."""
        found = getattr(self, f"after_{name}")(before, *argument)
        models = [{**before, **each} for each in found]
        return [each for each in models if each != before]

    def after_verify(self, before: dict[str, Any], admin: bool, _: int) -> Any:
        who, left = ADMIN if admin else USER, before["left"]
        return [{"left": {**left, who: n}} for n in {max(left[who] - 1, 0), LIMIT}]

    def after_generate(self, before: dict[str, Any]) -> Any:
        made_now = int(self.content(0x12).hex(), 16)
        if made_now == before["generated"]:
            return []
        number = SM2PrivateKey(self.content(0x13))
        assert self.content(0x12)[2:] == number.public.point, "halves of two pairs"
        return [{"generated": made_now, "certificates": {**before["certificates"], 0x18: bytes(9)}}]

    def after_import_public(self, before: dict[str, Any], pair: Any) -> Any:
        without = {**before["certificates"], 0x19: bytes(9)}
        there = pair is before["brought"]
        return [] if there else [{"brought": pair, "complete": False, "certificates": without}]

    def after_import_private(self, _: dict[str, Any], __: Any) -> Any:
        return [{"complete": True}]

    def after_write(self, before: dict[str, Any], fid: int, content: bytes) -> Any:
        return [{"certificates": {**before["certificates"], fid: content}}]

    def after_change_admin(self, _: dict[str, Any], new: str) -> Any:
        return [{"admin": new}]

    def after_replace_master(self, before: dict[str, Any], new: SM4) -> Any:
        return [{"masters": {**before["masters"], ADF: new}}]

    def content(self, fid: int) -> bytes:
        """As the next power-up will find it."""
        self.host.card.reset()
        return bytes(self.host.memory().files[fid].content)

    def fits(self, model: dict[str, Any]) -> bool:
        """Whether the card is what the model says, in its memory and in what it proves."""
        now = self.kept()
        for field, value in model.items():
            setattr(self, field, value)
        try:
            self.everything_is_as_the_model_says()
        except AssertionError:
            return False
        finally:
            for field, value in now.items():
                setattr(self, field, value)
        return True

    @invariant()
    def everything_is_as_the_model_says(self) -> None:
        memory = self.host.memory()
        left = {USER: memory.pins[pki.USER].left, ADMIN: memory.pins[pki.ADMIN].left}
        assert left == self.left
        assert memory.pins[pki.ADMIN].key == channel.pin_key(bytes.fromhex(self.admin))
        files = {fid: file.content for fid, file in memory.files.items()}
        assert {fid: files[fid][:9] for fid in self.certificates} == self.certificates
        assert int(files[0x12].hex(), 16) == self.generated
        assert any(files[0x13]) is bool(self.generated)
        assert files[0x14][2:] == (bytes(self.brought.public) if self.brought else bytes(64))
        assert files[0x15] == (self.brought.reveal() if self.complete else bytes(32))
        assert [each.master.key for each in memory.directories.values()] == [
            self.masters[DDF],
            self.masters[ADF],
        ]


TestCertificates = CertificateMachine.TestCase
TestCertificates.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)


@pytest.mark.full
def test_many_lives() -> None:
    CertificateMachine.torn.clear()
    run_state_machine_as_test(
        CertificateMachine,
        settings=settings(max_examples=1500, stateful_step_count=60, deadline=None),
    )
    print(f"torn commands: {CertificateMachine.torn.total()}, {dict(CertificateMachine.torn)}")
    assert set(CertificateMachine.torn) == CHANGING


@given(raw=st.binary(max_size=300), shown=st.booleans())
@settings(deadline=None)
def test_any_bytes_get_an_answer(raw: bytes, shown: bool) -> None:
    _MADE.card.card.nvm.cells[:] = _BLANK
    _MADE.card.reset()
    _MADE.enter()
    if shown:
        _MADE.show(USER, ADMIN)
    answer = _MADE.card.transmit(raw)
    assert len(answer) >= 2
    assert answer[-2] & 0xF0 in (0x60, 0x90)


HEADS = ("80400000", "80C98200", "804E0001", "804A0210", "80C24000", "80C2C001", "80C40103")
near = st.builds(
    lambda tag, size, body: bytes((tag, size)) + body,
    st.sampled_from([0xC0, 0xC1, 0xC2, 0xCA, 0xCB]),
    st.integers(0, 0x84),
    st.binary(max_size=70),
)


@given(head=st.sampled_from([*HEADS, "80740000"]), data=st.lists(near, max_size=3).map(b"".join))
@settings(deadline=None)
def test_any_data_get_an_answer(head: str, data: bytes) -> None:
    test = bytes.fromhex(head) + bytes((len(data) & 0xFF,)) + data[:255]
    _MADE.card.card.nvm.cells[:] = _BLANK
    _MADE.card.reset()
    _MADE.enter()
    _MADE.show(USER, ADMIN)
    assert len(_MADE.card.transmit(test)) >= 2

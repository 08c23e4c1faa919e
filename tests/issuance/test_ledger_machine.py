"""Any order of reservations, steps and restarts: no number twice, every number accounted for."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sscard.errors import LedgerError
from sscard.issuance.ledger import AccountOfFile, Ledger, LedgerKeys, NumberTaken
from sscard.issuance.numbering import allocated_account, allocated_card_number
from sscard.issuance.states import LIVE, OPEN, TRANSITIONS, CardState
from sscard.keys.stores import load_social_security

KEYS = LedgerKeys.of(load_social_security(None))
PROFILE = ("gen2", bytes(32))
PEOPLE = [bytes((each,)) * 32 for each in range(4)]
# Numbers of the file, some of which allocation will run into.
WANTED = [None, "D2143569X", "HA1046924", *map(allocated_card_number, (1, 2, 3))]
ACCOUNTS = [None, "6228001234567892", *map(allocated_account, (1, 2))]


class LedgerMachine(RuleBasedStateMachine):
    """A ledger on disk beside a model of it: number to (person, state, account, its source)."""

    def __init__(self) -> None:
        super().__init__()
        self._home = tempfile.TemporaryDirectory()
        self._now = datetime(2025, 1, 1, tzinfo=UTC)
        self.model: dict[str, tuple[bytes, CardState, str | None, str | None]] = {}

    @initialize()
    def begin(self) -> None:
        self.ledger = Ledger.open(Path(self._home.name) / "ledger.sqlite", KEYS)

    @rule()
    def restart(self) -> None:
        self.ledger.close()
        self.begin()

    @rule(
        person=st.sampled_from(PEOPLE),
        wanted=st.sampled_from(WANTED),
        account=st.sampled_from(ACCOUNTS),
    )
    def reserve(self, person: bytes, wanted: str | None, account: str | None) -> None:
        live = any(p == person and state in LIVE for p, state, *_ in self.model.values())
        taken = any(
            p != person and (number == wanted or (account is not None and a == account))
            for number, (p, _, a, _) in self.model.items()
        )
        try:
            row = self.ledger.reserve(
                person,
                wanted_number=wanted,
                batch="B",
                profile=PROFILE,
                at=self._tick(),
                bank_number=account,
            )
        except NumberTaken:
            assert taken
        except LedgerError:
            assert live
        else:
            assert not live
            assert not taken
            assert row.card_number not in self.model, "a card number was used twice"
            assert row.card_number == wanted or row.number_source == "allocated"
            source = None if account is None else "file"
            self.model[row.card_number] = (person, CardState.RESERVED, account, source)

    @precondition(lambda self: self.model)
    @rule(data=st.data(), after=st.sampled_from(CardState))
    def advance(self, data: st.DataObject, after: CardState) -> None:
        number = data.draw(st.sampled_from(sorted(self.model)))
        person, before, *account = self.model[number]
        try:
            self.ledger.advance(number, after, self._tick(), reason="drawn")
        except LedgerError:
            assert after not in TRANSITIONS[before]
        else:
            assert after in TRANSITIONS[before]
            self.model[number] = (person, after, *account)

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def allocate_account(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.model)))
        person, state, account, source = self.model[number]
        try:
            given = self.ledger.allocate_test_account(number, self._tick())
        except AccountOfFile:
            assert source == "file"
            return
        except LedgerError:
            assert account is None
            assert state not in OPEN
            return
        assert given == account or given not in {a for _, _, a, _ in self.model.values()}
        self.model[number] = (person, state, given, "test")

    @precondition(lambda self: self.model)
    @rule(data=st.data(), account=st.sampled_from(ACCOUNTS[1:]))
    def claim_account(self, data: st.DataObject, account: str) -> None:
        number = data.draw(st.sampled_from(sorted(self.model)))
        person, state, *before = self.model[number]
        taken = any(p != person and a == account for p, _, a, _ in self.model.values())
        try:
            self.ledger.claim_account(number, account, self._tick())
        except NumberTaken:
            assert taken
        except LedgerError:
            assert state not in OPEN
        else:
            assert before == [account, "file"] or (state in OPEN and not taken)
            self.model[number] = (person, state, account, "file")

    @invariant()
    def the_ledger_is_the_model(self) -> None:
        if not hasattr(self, "ledger"):
            return
        rows = list(self.ledger.cards())
        found = {
            row.card_number: (row.person_hash, row.state, row.bank_number, row.account_source)
            for row in rows
        }
        assert found == self.model
        assert len({row.serial for row in rows}) == len(rows), "a serial was used twice"
        assert sum(self.ledger.counts().values()) == len(rows)
        for row in rows:
            assert self.ledger.history(row.card_number)[-1].to_state is row.state

    def teardown(self) -> None:
        if hasattr(self, "ledger"):
            self.ledger.close()
        self._home.cleanup()

    def _tick(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now


TestLedger = LedgerMachine.TestCase
TestLedger.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)

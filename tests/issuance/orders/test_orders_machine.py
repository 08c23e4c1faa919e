"""Any order of calls, deaths and restarts: the ledger is what the model says.

No person has two valid cards, no number is on two cards, every card is accounted for, people stay
in their order, nothing is finished by a lost lease, and the chain of events verifies.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from sscard.errors import LedgerError
from sscard.issuance.ledger import reading
from sscard.issuance.ledger.schema import BODIES, CARDS
from sscard.issuance.ledger.verify import verify
from sscard.issuance.numbering import allocated_account
from sscard.issuance.orders import BankRow, Body, Entry, Intake, Presence, Replacement, Work
from tests.issuance.orders.desk import BEHIND_BANK, BOUND, Desk, Lease, Order
from tests.issuance.orders.desk import Card as ModelCard
from tests.issuance.orders.office import CITY, EARLY, KEYS, RURAL, Office, card_number, person

PEOPLE = st.integers(0, 3)
LISTS = st.lists(PEOPLE, min_size=1, max_size=4)
#: Few accounts, so that they collide.
ACCOUNTS = st.integers(1, 12)
WAYS = {CITY: ("bank-first", True, False), EARLY: ("bank-first", True, True)}
WAYS |= {RURAL: ("bank-after", False, False)}
HOLDER = Presence("holder", "window 1")


class OrdersMachine(RuleBasedStateMachine):
    """An office with stations that die beside its model."""

    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self._home = tempfile.TemporaryDirectory()
        self.works: list[tuple[int, Work]] = []
        self.numbers = 0

    @initialize(bank=st.sampled_from(sorted(WAYS)))
    def open(self, bank: str) -> None:
        self.bank, (self.flow, asks, reuses) = bank, WAYS[bank]
        self.office = Office(Path(self._home.name) / "ledger.sqlite")
        self.model = Desk(asks, reuses)
        self.enter([0, 1, 2], True)
        self.verify_all()
        self._batch(self.flow)
        if asks:
            self._request("B1")
            self._match("B1", {n: n + 1 for n in range(3)}, False)

    @property
    def orders(self) -> Any:
        return self.office.orders

    def agree(self, call: Callable[[], Any], allowed: bool) -> Any:
        """The call's answer; it is refused exactly where the model says so."""
        type(self).steps += 1
        if allowed:
            return call()
        with pytest.raises(LedgerError):
            call()
        return None

    def new_number(self) -> str:
        self.numbers += 1
        return card_number(self.numbers)

    # records and batches

    @rule(people=LISTS, numbered=st.booleans())
    def enter_more(self, people: list[int], numbered: bool) -> None:
        self.enter(people, numbered)

    def enter(self, people: list[int], numbered: bool) -> None:
        entries = [
            Entry(person(n), self.bank, self.new_number() if numbered else None) for n in people
        ]
        intake = Intake("2026-1", self.flow, "510100", "U1")
        outcomes = self.orders.enter(intake, entries, self.office.clerk)
        for entry, n, outcome in zip(entries, people, outcomes, strict=True):
            assert (outcome.order is None) == (self.model.living(n) is not None)
            if outcome.order is not None:
                self.model.orders[outcome.order] = Order(
                    n, "ENTERED", self.flow, wanted=entry.card_number
                )

    @precondition(lambda self: self.model.in_state("ENTERED"))
    @rule()
    def verify_all(self) -> None:
        ids = self.model.in_state("ENTERED")
        self.orders.verify(ids, self.office.clerk)
        for each in ids:
            self.model.orders[each].state = "VERIFIED"

    @rule(flow=st.sampled_from(["first", "replacement"]))
    def make_batch(self, flow: str) -> None:
        self._batch(self.flow if flow == "first" else flow)

    def _batch(self, flow: str) -> None:
        mine = {key: order for key, order in self.model.orders.items() if order.flow == flow}
        ready = sorted(key for key, order in mine.items() if order.state == "VERIFIED")
        waits = flow != "replacement" and any(o.state == "ENTERED" for o in mine.values())
        number = f"B{len(self.model.batches) + 1}"
        self.agree(
            lambda: self.office.make_batch(flow, self.bank, number), bool(ready) and not waits
        )
        if ready and not waits:
            self.model.batches[number] = ready
            for each in ready:
                self.model.orders[each].state = "BATCHED"
                self.model.orders[each].batch = number

    @precondition(lambda self: self.model.orders)
    @rule(data=st.data())
    def give_number(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.model.orders)))
        self._give(key)

    def _give(self, key: int) -> None:
        order, number = self.model.orders[key], self.new_number()
        allowed = order.wanted is None and order.card is None
        self.agree(lambda: self.orders.give_card_numbers({key: number}, self.office.clerk), allowed)
        if allowed:
            order.wanted = number

    # the bank

    @precondition(lambda self: self.model.batches and self.model.asks)
    @rule(data=st.data())
    def request_bank(self, data: st.DataObject) -> None:
        self._request(data.draw(st.sampled_from(sorted(self.model.batches))))

    def _request(self, batch: str) -> None:
        asked = self.orders.request_bank(batch, self.office.clerk)
        assert list(asked) == [
            key for key in self.model.batches[batch] if self.model.orders[key].state == "BATCHED"
        ]
        for key in asked:
            self.model.orders[key].state = "BANK_REQUESTED"

    @precondition(lambda self: self.model.batches)
    @rule(data=st.data(), people=st.lists(PEOPLE, unique=True), last=st.booleans())
    def match_bank(self, data: st.DataObject, people: list[int], last: bool) -> None:
        batch = data.draw(st.sampled_from(sorted(self.model.batches)))
        size = len(people)
        accounts = data.draw(st.lists(ACCOUNTS, min_size=size, max_size=size, unique=True))
        self._match(batch, dict(zip(people, accounts, strict=True)), last)

    def _match(self, batch: str, told: dict[int, int], last: bool) -> None:
        people = list(told)
        rows = [BankRow(person(n).id_number, allocated_account(a)) for n, a in told.items()]
        found = self.orders.match_bank(batch, rows, self.office.clerk, last=last)
        taken = [n for n in people if self._matches(batch, n, told[n])]
        assert [each.reason is None for each in found.outcomes] == [n in taken for n in people]
        for n in taken:
            self._learn(self._asked(batch, n), told[n])
        missing = [
            key
            for key in self.model.batches[batch]
            if last and self.model.orders[key].state == "BANK_REQUESTED"
        ]
        assert list(found.returned) == missing
        for key in missing:
            self.model.orders[key].state = "RETURNED"

    def _asked(self, batch: str, n: int) -> Order | None:
        """Who of the batch can be told a number, or was."""
        mine = [self.model.orders[key] for key in self.model.batches[batch]]
        found = [o for o in mine if o.person == n and self._can_be_told(o)]
        return found[0] if found else None

    def _can_be_told(self, order: Order) -> bool:
        return order.state in ("BANK_REQUESTED", *BEHIND_BANK) or (
            order.state == "BANK_MATCHED" and order.account is not None
        )

    def _matches(self, batch: str, n: int, account: int) -> bool:
        order = self._asked(batch, n)
        if order is None:
            return False
        if order.account is not None:
            return order.account == account
        own = {n} if self.model.reuses else set()
        return not self.model.holders(account) - own

    def _learn(self, order: Order | None, account: int) -> None:
        assert order is not None
        order.account = account
        if order.state == "BANK_REQUESTED":
            order.state = "BANK_MATCHED"
        elif order.card is not None and order.state in BEHIND_BANK:
            self.model.cards[order.card].account = account

    # stations

    @precondition(lambda self: self.model.batches)
    @rule(data=st.data())
    def print_body(self, data: st.DataObject) -> None:
        batch = data.draw(st.sampled_from(sorted(self.model.batches)))
        self._print(data.draw(st.sampled_from(self.model.batches[batch])))

    def _print(self, key: int) -> str:
        order, name = self.model.orders[key], f"body-{len(self.model.bodies)}"
        kind: Any = "blank" if order.flow == "replacement" else "printed"
        made = Body(name, kind, "gen2", "LOT", "supplier", order.batch, key)
        self.orders.add_bodies([made], self.office.clerk)
        self.model.bodies[name] = (key, "RECEIVED")
        return name

    @precondition(lambda self: self.model.bodies)
    @rule(data=st.data(), seconds=st.integers(5, 60))
    def take(self, data: st.DataObject, seconds: int) -> None:
        self._take(data.draw(st.sampled_from(sorted(self.model.bodies))), seconds)

    def _take(self, name: str, seconds: int) -> None:
        self.model.expire()
        key, state = self.model.bodies[name]
        order = self.model.orders[key]
        ready = state == "RECEIVED" and order.lease is None and order.state == self.model.begins
        allowed = ready and (order.wanted is not None or order.card is not None)
        work = self.agree(
            lambda: self.office.jobs.take(self.office.at("S1"), seconds, body=name, order=key),
            allowed,
        )
        if not allowed:
            return
        if order.card is None:
            assert order.wanted not in self.model.cards, "a number was used twice"
            order.card = order.wanted
            self.model.cards[order.card or ""] = ModelCard(order.person)
        self.model.cards[order.card or ""].account = order.account
        order.state, order.body = "CHIP_BOUND", name
        self.model.bodies[name] = (key, "BOUND")
        self._lease(key, work, seconds)

    def _lease(self, key: int, work: Work, seconds: int) -> None:
        self.works.append((key, work))
        self.model.orders[key].lease = Lease(len(self.works), self.model.now + seconds)

    @rule(n=PEOPLE, seconds=st.integers(5, 60))
    def take_for_bank(self, n: int, seconds: int) -> None:
        self._take_for_bank(n, seconds)

    def _take_for_bank(self, n: int, seconds: int) -> None:
        self.model.expire()
        order = self.model.living(n)
        allowed = order is not None and order.state == "HANDED_OVER" and order.lease is None
        jobs, bank = self.office.jobs, self.office.at("B1")
        work = self.agree(lambda: jobs.take_for_bank(self.office.hash(n), bank, seconds), allowed)
        if allowed:
            self._lease(work.order.id, work, seconds)

    @precondition(lambda self: self.model.cards)
    @rule(data=st.data())
    def take_for_audit(self, data: st.DataObject) -> None:
        self._take_for_audit(data.draw(st.sampled_from(sorted(self.model.cards))))

    def _take_for_audit(self, number: str) -> None:
        self.model.expire()
        mine = [key for key, order in self.model.orders.items() if order.card == number]
        order = self.model.orders[mine[0]] if mine else None
        allowed = order is not None and order.state == "HANDOVER_CLOSED" and order.lease is None
        jobs, place = self.office.jobs, self.office.at("A1")
        work = self.agree(lambda: jobs.take_for_audit(number, place, 30), allowed)
        if allowed:
            self._lease(mine[0], work, 30)

    @precondition(lambda self: self.works)
    @rule(data=st.data(), what=st.sampled_from(["begin", "begin", "give_back", "renew"]))
    def hold(self, data: st.DataObject, what: str) -> None:
        self._hold(self._index(data), what)

    def _hold(self, index: int, what: str) -> None:
        order, work, holds = self._work(index)
        at, jobs = self.office.at("S2"), self.office.jobs
        if what == "begin":
            allowed = holds and order.state in ("CHIP_BOUND", "HANDED_OVER", "PSE_DONE")
            self.agree(lambda: jobs.begin(work, at), allowed)
            if allowed and order.card:
                card = self.model.cards[order.card]
                card.begun |= order.state == "CHIP_BOUND"
                card.bank_begun |= order.state == "HANDED_OVER"
        elif what == "give_back":
            allowed = holds and not self.model.touched(order)
            self.agree(lambda: jobs.give_back(work, at, "drawn"), allowed)
            if allowed:
                self.model.put_back(order)
        else:
            self.agree(lambda: jobs.renew(work, at, 30), holds)
            if holds and order.lease:
                order.lease.until = self.model.now + 30

    def _index(self, data: st.DataObject) -> int:
        """A job that was taken once, one of the last."""
        return data.draw(st.integers(max(0, len(self.works) - 6), len(self.works) - 1))

    def _work(self, index: int) -> tuple[Order, Work, bool]:
        key, work = self.works[index]
        order = self.model.orders[key]
        return order, work, self.model.holds(order, index + 1)

    @precondition(lambda self: self.works)
    @rule(data=st.data(), closed=st.booleans(), keep=st.booleans())
    def finish(self, data: st.DataObject, closed: bool, keep: bool) -> None:
        self._finish(self._index(data), closed, keep)

    def _finish(self, index: int, closed: bool, keep: bool) -> None:
        order, work, holds = self._work(index)
        at, jobs = self.office.at("S2"), self.office.jobs
        allowed = holds
        if order.state == "CHIP_BOUND":
            allowed &= self.model.touched(order)
            self.agree(lambda: jobs.finish_ssse(work, at, keep=keep), allowed)
            after, card = "SSSE_DONE", "SSSE_DONE"
        elif order.state == "HANDED_OVER":
            allowed &= self.model.touched(order)
            self.agree(lambda: jobs.finish_bank(work, at, closed=closed, keep=keep), allowed)
            after, card = ("HANDOVER_CLOSED" if closed else "PSE_DONE"), "SSSE_DONE"
        elif order.state == "PSE_DONE":
            self.agree(lambda: jobs.closed(work, at, keep=keep), allowed)
            after, card = "HANDOVER_CLOSED", "SSSE_DONE"
        else:
            allowed &= order.state == "HANDOVER_CLOSED"
            self.agree(lambda: jobs.audited(work, at), allowed)
            after, card, keep = "AUDITED", "ISSUED", False
        if allowed:
            order.state, self.model.cards[order.card or ""].state = after, card
            order.lease = order.lease if keep else None
            if after == "AUDITED" and order.body:
                self.model.bodies[order.body] = (self.model.bodies[order.body][0], "USED")

    @precondition(lambda self: self.works)
    @rule(data=st.data(), spoiled=st.booleans())
    def fail(self, data: st.DataObject, spoiled: bool) -> None:
        self._fail(self._index(data), spoiled)

    @rule(n=PEOPLE, spoiled=st.booleans())
    def its_card_breaks(self, n: int, spoiled: bool) -> None:
        order = self.model.living(n)
        if order is not None and order.lease is not None:
            self._fail(order.lease.name - 1, spoiled)

    def _fail(self, index: int, spoiled: bool) -> None:
        order, work, holds = self._work(index)
        at, jobs = self.office.at("S2"), self.office.jobs
        allowed = holds and order.state in BOUND
        self.agree(lambda: jobs.fail(work, "drawn", at, spoiled=spoiled), allowed)
        if allowed and spoiled:
            self.model.spoil(order)
        elif allowed:
            self.model.end_card(order, "FAILED")
            order.state = "FAILED"

    @precondition(lambda self: self.model.in_state("FAILED"))
    @rule()
    def again(self) -> None:
        ids = self.model.in_state("FAILED")
        self.orders.again(ids, self.office.clerk)
        for each in ids:
            self.model.again(self.model.orders[each])

    @rule(seconds=st.sampled_from([1, 10, 40, 100]))
    def time_goes_by(self, seconds: int) -> None:
        self.model.now += seconds
        self.office.later(seconds=seconds)

    @rule()
    def expire(self) -> None:
        expected = self.model.expire()
        found = self.office.jobs.expire(self.office.at("S9"))
        assert {each.order: each.spoiled for each in found} == expected

    @rule(n=PEOPLE)
    def its_station_dies(self, n: int) -> None:
        order = self.model.living(n)
        if order is not None and order.lease is not None:
            self.time_goes_by(100)
            self.expire()

    @rule()
    def restart(self) -> None:
        """The process dies; whoever worked knows nothing of it."""
        self.orders.close()
        self.office.reopen()

    # lists and people

    @precondition(lambda self: self.model.batches)
    @rule(data=st.data())
    def hand_over(self, data: st.DataObject) -> None:
        self._hand_over(data.draw(st.sampled_from(sorted(self.model.batches))))

    def _hand_over(self, batch: str) -> None:
        ready = [
            key
            for key in self.model.batches[batch]
            if self.model.orders[key].state == "SSSE_DONE" and not self.model.orders[key].lease
        ]
        assert list(self.orders.hand_over(batch, self.office.clerk)) == ready
        for key in ready:
            self.model.orders[key].state = "HANDED_OVER"

    @precondition(lambda self: self.model.in_state("AUDITED"))
    @rule()
    def deliver(self) -> None:
        for key in self.model.in_state("AUDITED"):
            order = self.model.orders[key]
            known = order.account is not None
            self.agree(
                lambda o=order, k=key: self.orders.deliver(o.batch, self.office.clerk, [k]), known
            )
            order.state = "DELIVERED" if known else order.state

    @precondition(lambda self: self.model.in_state("AUDITED"))
    @rule(data=st.data())
    def refuse_finished(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(self.model.in_state("AUDITED")))
        self.office.jobs.refuse_finished(key, "drawn", self.office.clerk)
        order = self.model.orders[key]
        self.model.end_card(order, "WITHDRAWN")
        self.model.again(order)

    @precondition(lambda self: self.model.orders)
    @rule(data=st.data(), what=st.sampled_from(["collect", "lose", "replace", "cancel"]))
    def in_hand(self, data: st.DataObject, what: str) -> None:
        key = data.draw(st.sampled_from(sorted(self.model.orders)))
        getattr(self, f"_{what}")(key, self.model.orders[key])

    def _collect(self, key: int, order: Order) -> None:
        allowed = order.state == "DELIVERED"
        self.agree(lambda: self.orders.collect(key, HOLDER, self.office.clerk), allowed)
        order.state = "COLLECTED" if allowed else order.state

    def _lose(self, key: int, order: Order) -> None:
        allowed = order.state in ("DELIVERED", "COLLECTED")
        self.agree(lambda: self.orders.lose(key, self.office.clerk, "drawn"), allowed)
        order.state = "LOST" if allowed else order.state

    def _cancel(self, key: int, order: Order) -> None:
        allowed = order.state in ("COLLECTED", "LOST") or (
            order.state in ("ENTERED", "VERIFIED") and order.flow != "replacement"
        )
        self.agree(lambda: self.orders.cancel(key, self.office.clerk, "drawn"), allowed)
        if allowed:
            order.state = "CANCELLED"
            self._withdraw(order)

    def _replace(self, key: int, order: Order) -> None:
        wish = Replacement(card_number=self.new_number())
        allowed = order.state == "LOST"
        new = self.agree(lambda: self.orders.replace(key, self.office.clerk, wish), allowed)
        if allowed:
            order.state = "REPLACED"
            self._withdraw(order)
            self.model.orders[new] = Order(
                order.person, "VERIFIED", "replacement", wanted=wish.card_number
            )

    def _withdraw(self, order: Order) -> None:
        if order.card is not None and self.model.cards[order.card].state == "ISSUED":
            self.model.cards[order.card].state = "WITHDRAWN"

    # the way that things should go, so that runs come far

    @rule(n=PEOPLE, steps=st.integers(1, 8), keep=st.booleans())
    def comes_far(self, n: int, steps: int, keep: bool) -> None:
        self.goes_on(n, steps, keep)

    def goes_on(self, n: int, steps: int, keep: bool) -> None:
        for _ in range(steps):
            order = self.model.living(n)
            if order is not None:
                self._next(n, order, keep)

    @rule(n=PEOPLE)
    def goes_on_a_little(self, n: int) -> None:
        self.goes_on(n, 3, True)

    @rule()
    def all_go_on(self) -> None:
        for n in range(4):
            self.goes_on(n, 2, True)

    def _next(self, n: int, order: Order, keep: bool) -> None:
        (key,) = (k for k, each in self.model.orders.items() if each is order)
        if order.lease is not None:
            self._work_on(order.lease.name - 1, order, keep)
        elif order.state in ("ENTERED", "VERIFIED"):
            self.verify_all() if self.model.in_state("ENTERED") else self._batch(order.flow)
        elif order.state == self.model.begins:
            if order.wanted is None and order.card is None:
                self._give(key)
            self._take(self._print(key), 50)
        else:
            self._listed(n, key, order)

    def _listed(self, n: int, key: int, order: Order) -> None:
        batch = order.batch or ""
        steps: dict[str, Callable[[], object]] = {
            "BATCHED": lambda: self._request(batch),
            "BANK_REQUESTED": lambda: self._match(batch, self._new_account(n), False),
            "SSSE_DONE": lambda: self._hand_over(batch),
            "HANDED_OVER": lambda: self._take_for_bank(n, 50),
            "HANDOVER_CLOSED": lambda: self._take_for_audit(order.card or ""),
            "AUDITED": lambda: self._send(n, order),
            "DELIVERED": lambda: self._collect(key, order),
            "COLLECTED": lambda: self._lose(key, order),
            "LOST": lambda: self._replace(key, order),
        }
        steps.get(order.state, self.expire)()

    def _new_account(self, n: int) -> dict[int, int]:
        return {n: 100 + len(self.model.cards) * 4 + n}

    def _send(self, n: int, order: Order) -> None:
        if order.account is None:
            self._match(order.batch or "", self._new_account(n), False)
        self.deliver()

    def _work_on(self, index: int, order: Order, keep: bool) -> None:
        if order.lease is not None and order.lease.until <= self.model.now:
            self.expire()
        elif order.state in ("CHIP_BOUND", "HANDED_OVER") and not self.model.touched(order):
            self._hold(index, "begin")
        elif order.state == "SSSE_DONE":
            self._hold(index, "give_back")
        else:
            self._finish(index, True, keep)

    @invariant()
    def the_ledger_is_the_model(self) -> None:
        if not hasattr(self, "office"):
            return
        for key, order in self.model.orders.items():
            found = self.orders.order(key)
            assert (found.state.name, found.card_number, found.batch) == (
                order.state,
                order.card,
                order.batch,
            )
        with reading(self.orders.engine) as connection:
            cards = connection.execute(CARDS.select()).mappings().all()
            bodies = connection.execute(BODIES.select()).mappings().all()
        assert {row["card_number"]: row["state"].name for row in cards} == {
            number: card.state for number, card in self.model.cards.items()
        }
        assert {row["id"]: row["state"].name for row in bodies} == {
            name: state for name, (_, state) in self.model.bodies.items()
        }
        self._numbers_are_accounted_for([dict(row) for row in cards])

    def _numbers_are_accounted_for(self, cards: list[dict[str, Any]]) -> None:
        valid = [c["person_hash"] for c in cards if c["state"].name in VALID]
        assert len(valid) == len(set(valid)), "a person has two valid cards"
        assert len({c["serial"] for c in cards}) == len(cards), "a serial is on two cards"
        owners: dict[bytes, set[bytes]] = {}
        for each in cards:
            owners.setdefault(each["bank_hash"] or b"", set()).add(each["person_hash"])
        owners.pop(b"", None)
        assert all(len(people) == 1 for people in owners.values()), "one account, two people"
        balance = self.orders.balance()
        assert balance.findings == ()
        assert sum(balance.cards.values()) == len(cards)
        for batch, ids in self.model.batches.items():
            assert [order.id for order in self.orders.orders_of(batch)] == ids

    def teardown(self) -> None:
        if hasattr(self, "office"):
            assert verify(self.orders.engine, KEYS).findings == ()
            self.orders.close()
        self._home.cleanup()


VALID = ("RESERVED", "SSSE_DONE", "ISSUED")
_QUIET = {"deadline": None, "suppress_health_check": list(HealthCheck)}


def test_any_order_of_calls() -> None:
    run_state_machine_as_test(
        OrdersMachine, settings=settings(max_examples=5, stateful_step_count=25, **_QUIET)
    )


@pytest.mark.full
def test_any_order_of_very_many_calls() -> None:
    OrdersMachine.steps = 0
    run_state_machine_as_test(
        OrdersMachine, settings=settings(max_examples=600, stateful_step_count=50, **_QUIET)
    )
    print(f"{OrdersMachine.steps} calls that could be refused")

"""What the holder of a lease does with a card: begin, finish a side, audit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sscard.errors import LedgerError
from sscard.issuance.ledger import Book, CardRow
from sscard.issuance.ledger.schema import CARDS, ORDERS
from sscard.issuance.ledger.steps import give_account, require_own_account
from sscard.issuance.order_states import OrderState
from sscard.issuance.orders import sealed
from sscard.issuance.orders.bodies import set_body
from sscard.issuance.orders.leases import end_lease, require_held
from sscard.issuance.orders.people import Account
from sscard.issuance.orders.rows import Order
from sscard.issuance.orders.spoiling import card_of
from sscard.issuance.orders.steps import orders_by_id, step_one
from sscard.issuance.orders.topology import Topologies
from sscard.issuance.orders.work import Stage, Work, touched, work_on
from sscard.issuance.production_states import BodyState
from sscard.issuance.states import CardState, require_transition

#: What a station knows of a chip before it begins, and of a card when a side is finished.
CHIP_FACTS = frozenset({"chip_lot", "cos_version", "blank_atr", "uid", "software"})
CARD_FACTS = frozenset({"card_id_code", "atr", "kcvs"})

_Ending = Callable[[Book, Topologies, Order, str], None]


class Finishing:
    """One job inside a transaction, for the holder of its lease.

    Raises LeaseLost when the lease is over or another's.
    """

    def __init__(self, book: Book, topologies: Topologies, work: Work) -> None:
        require_held(book, work.order.id, work.token)
        (order,) = orders_by_id(book.connection, [work.order.id])
        self.book, self._topologies, self._work = book, topologies, work
        self.order, self.card = order, card_of(book, order)

    def begin(self, chip: Mapping[str, Any]) -> None:
        """The chip may be touched from now on; the same again changes nothing."""
        _require_known(chip, CHIP_FACTS)
        if touched(self.card, self.order.state):
            return
        actor = self.book.actor
        if self.order.state is OrderState.CHIP_BOUND:
            place = {"station": actor.station, "reader": actor.reader, "operator": actor.operator}
            self._card({"started_at": actor.at, **place, **chip}, "chip begun")
        elif self.order.state is OrderState.HANDED_OVER:
            place = {"bank_station": actor.station, "bank_reader": actor.reader}
            self._card({**place, **chip}, "bank side begun")
        else:
            raise self._not_now("begun")

    def require_untouched(self) -> None:
        """LedgerError once the chip may have been touched."""
        if touched(self.card, self.order.state):
            raise LedgerError(f"order {self.order.id}: its chip may have been touched")

    def ssse(self, facts: Mapping[str, Any], *, keep: bool) -> Work | None:
        """The social-security side is written."""
        self._require_touched(OrderState.CHIP_BOUND)
        self._state(CardState.SSSE_DONE, facts)
        return self._step(OrderState.SSSE_DONE, keep=keep)

    def bank(
        self, facts: Mapping[str, Any], account: Account | None, *, closed: bool, keep: bool
    ) -> Work | None:
        """The financial side is written, and the hand-over area closed where that is said, too."""
        self._require_touched(OrderState.HANDED_OVER)
        self._facts(facts, "bank side done")
        if account is not None:
            self._learn(account)
        if not closed:
            return self._step(OrderState.PSE_DONE, keep=keep)
        self._step(OrderState.PSE_DONE, keep=True)
        return self.close(keep=keep)

    def close(self, *, keep: bool) -> Work | None:
        """The hand-over area is closed."""
        return self._step(OrderState.HANDOVER_CLOSED, keep=keep)

    def audited(self) -> None:
        """Issued: the numbers are a valid card's."""
        at = self.book.actor.at
        self._state(CardState.ISSUED, {"ended_at": at})
        set_body(self.book, self.card.body, BodyState.USED)
        self._step(OrderState.AUDITED, keep=False, issued_at=at)

    def give_back(self, untouched: _Ending, reason: str) -> None:
        """Nothing happened to the card."""
        self.require_untouched()
        end_lease(self.book, self.order.id)
        if self.order.state is OrderState.CHIP_BOUND:
            untouched(self.book, self._topologies, self.order, reason)
        else:
            self.book.note("order", str(self.order.id), "given back", {"reason": reason})

    def end(self, ending: _Ending, reason: str) -> None:
        """The card is given up or refused."""
        if not reason:
            raise ValueError("a card that is given up or refused has a reason")
        end_lease(self.book, self.order.id)
        ending(self.book, self._topologies, self.order, reason)

    def now(self, until: datetime) -> Work:
        """The job as it is now."""
        work = self._work
        return work_on(self.book, self.order.id, _stage(self.order), work.token, until)

    def _step(self, after: OrderState, *, keep: bool, **changes: Any) -> Work | None:
        self.order = step_one(self.book, self._topologies, self.order, after, changes)
        if keep:
            return self.now(self._work.until)
        end_lease(self.book, self.order.id)
        return None

    def _learn(self, account: Account) -> None:
        known = self.order.bank_hash
        if known not in (None, self.book.keys.number_hash(account.number)):
            raise LedgerError(f"order {self.order.id} has another bank number")
        if known is None:
            require_own_account(self.book, self.order.person_hash, account.number)
            columns = sealed.account_columns(self.book.keys, self.order.id, account)
            self.book.update(ORDERS, self.order.id, columns, "bank number")
            give_account(self.book, self.card.card_number, account.number, "file")

    def _require_touched(self, state: OrderState) -> None:
        if self.order.state is not state:
            raise self._not_now("finished")
        if not touched(self.card, state):
            raise LedgerError(f"order {self.order.id}: finished without having begun")

    def _not_now(self, what: str) -> LedgerError:
        state = self.order.state
        return LedgerError(f"order {self.order.id} is {state.name} {state.zh}: not to be {what}")

    def _state(self, after: CardState, facts: Mapping[str, Any]) -> None:
        require_transition(self.card.card_number, self.card.state, after)
        changes = {"state": after, "changed_at": self.book.actor.at}
        self._facts({**facts, **changes}, after.name.lower())

    def _facts(self, facts: Mapping[str, Any], what: str) -> None:
        _require_known(facts, CARD_FACTS | {"state", "changed_at", "ended_at"})
        changes = dict(facts)
        if facts.get("kcvs") is not None:
            changes["kcvs"] = {**(self.card.kcvs or {}), **facts["kcvs"]}
        if changes:
            self._card(changes, what)

    def _card(self, changes: Mapping[str, Any], what: str) -> None:
        row: CardRow = self.card
        self.book.update(CARDS, row.card_number, changes, what)


def _stage(order: Order) -> Stage:
    if order.state is OrderState.CHIP_BOUND:
        return Stage.SSSE
    bank = (OrderState.HANDED_OVER, OrderState.PSE_DONE)
    return Stage.BANK if order.state in bank else Stage.AUDIT


def _require_known(facts: Mapping[str, Any], known: frozenset[str]) -> None:
    unknown = sorted(set(facts) - known)
    if unknown:
        raise ValueError(f"no fact of a card: {', '.join(unknown)}")

"""What orders, cards and bodies should be, in plain Python: the model beside the ledger.

Written from issuance 3, without the tables of the code.
"""

from __future__ import annotations

from dataclasses import dataclass, field

BOUND = ("CHIP_BOUND", "SSSE_DONE", "HANDED_OVER", "PSE_DONE", "HANDOVER_CLOSED")
BEHIND_BANK = ("PSE_DONE", "HANDOVER_CLOSED", "AUDITED")
ENDED = ("RETURNED", "REPLACED", "CANCELLED")


@dataclass
class Card:
    """A card number that was given to somebody."""

    person: int
    state: str = "RESERVED"
    account: int | None = None
    begun: bool = False
    bank_begun: bool = False


@dataclass
class Lease:
    """Somebody works on an order."""

    name: int
    until: float


@dataclass
class Order:
    """One person's order."""

    person: int
    state: str
    flow: str
    batch: str | None = None
    wanted: str | None = None
    card: str | None = None
    account: int | None = None
    lease: Lease | None = None
    body: str | None = None


@dataclass
class Desk:
    """All of it.  ``asks``: the bank's numbers come first; ``reuses``: they serve again."""

    asks: bool
    reuses: bool
    now: float = 0
    orders: dict[int, Order] = field(default_factory=dict)
    cards: dict[str, Card] = field(default_factory=dict)
    bodies: dict[str, tuple[int, str]] = field(default_factory=dict)
    batches: dict[str, list[int]] = field(default_factory=dict)

    @property
    def begins(self) -> str:
        """Where an order waits for its card."""
        return "BANK_MATCHED" if self.asks else "BATCHED"

    def living(self, person: int) -> Order | None:
        """The one order of a person."""
        found = [o for o in self.orders.values() if o.person == person and o.state not in ENDED]
        assert len(found) <= 1, "two living orders"
        return found[0] if found else None

    def in_state(self, *states: str) -> list[int]:
        """Orders in these states."""
        return [key for key, order in self.orders.items() if order.state in states]

    def touched(self, order: Order) -> bool:
        """Whether the chip may have been touched."""
        card = self.cards[order.card or ""]
        return (
            (order.state == "CHIP_BOUND" and card.begun)
            or (order.state == "HANDED_OVER" and card.bank_begun)
            or order.state == "PSE_DONE"
        )

    def holds(self, order: Order, name: int) -> bool:
        """Whether this lease is the order's, and not over."""
        return order.lease is not None and order.lease.name == name and order.lease.until > self.now

    def again(self, order: Order) -> None:
        """Another card is to be made."""
        order.card = order.wanted = order.body = order.lease = None
        if self.asks and self.reuses:
            order.state = "BANK_MATCHED"
        else:
            order.state, order.account = "BATCHED", None

    def end_card(self, order: Order, state: str) -> None:
        """The card is no good."""
        self.cards[order.card or ""].state = state
        if order.body is not None:
            self.bodies[order.body] = (self.bodies[order.body][0], "SPOILED")
        order.lease = None

    def spoil(self, order: Order) -> None:
        """Given up; goes again."""
        self.end_card(order, "SPOILED")
        self.again(order)

    def put_back(self, order: Order) -> None:
        """Untouched: body and job are free."""
        order.lease = None
        if order.state == "CHIP_BOUND":
            order.state = self.begins
            if order.body is not None:
                self.bodies[order.body] = (self.bodies[order.body][0], "RECEIVED")

    def expire(self) -> dict[int, bool]:
        """Leases that are over; whether each spoiled its card."""
        over = {
            key: self.touched(order)
            for key, order in self.orders.items()
            if order.lease is not None and order.lease.until <= self.now
        }
        for key, spoiled in over.items():
            (self.spoil if spoiled else self.put_back)(self.orders[key])
        return over

    def holders(self, account: int) -> set[int]:
        """Whose a bank number is or was."""
        on_cards = {card.person for card in self.cards.values() if card.account == account}
        orders = [o for o in self.orders.values() if o.state not in ENDED]
        return on_cards | {order.person for order in orders if order.account == account}

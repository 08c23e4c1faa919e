"""A flow: which way an order goes through the table of states, declared in a TOML file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Literal, Self

from pydantic import model_validator

from sscard.errors import ProfileError
from sscard.issuance.declared import Declared, load, packaged
from sscard.issuance.order_states import MAIN, TRANSITIONS, OrderState
from sscard.issuance.orders.topology import NumbersCome, Topology

_PACKAGED = "sscard.issuance.orders.flows"
Way = tuple[OrderState, ...]


class Flow(Declared):
    """Steps from the collected record to the person's hand, by when the bank's numbers come.

    ``whole_unit``: one unit is one batch, so nobody of it may be waiting when the batch is made.
    """

    name: str
    letter: str
    zh: str
    en: str
    source: str
    mark: str
    kind: Literal["new", "replacement"] = "new"
    body: Literal["printed", "blank", "premade"]
    whole_unit: bool = False
    paths: Mapping[NumbersCome, Way]

    @model_validator(mode="after")
    def _leads_to_the_person(self) -> Self:
        if not self.paths:
            raise ValueError("paths: there is none")
        for numbers, path in self.paths.items():
            _require_whole(numbers.value, path)
            _require_steps(numbers.value, path)
        return self

    @property
    def batched(self) -> bool:
        """Whether its orders come into batches."""
        return any(OrderState.BATCHED in way for way in self.paths.values())

    def path(self, topology: Topology) -> Way:
        """The states in their order.  ProfileError where the bank's way is not this flow's."""
        numbers = NumbersCome.ON_THE_BLANK if self.body == "premade" else topology.numbers
        if numbers not in self.paths:
            raise ProfileError(
                f"flow {self.name}: bank {topology.bank} gives its numbers {numbers.value} "
                f"{numbers.zh}; the flow is for {', '.join(self.paths)}"
            )
        return self.paths[numbers]

    def begins_card(self, topology: Topology) -> OrderState:
        """The state in which an order waits for its card body and chip."""
        path = self.path(topology)
        return path[path.index(OrderState.CHIP_BOUND) - 1]

    def again_from(self, topology: Topology) -> OrderState:
        """Where another card begins: behind the request, unless the bank's number serves again."""
        waits = self.begins_card(topology)
        if waits is OrderState.BANK_MATCHED and not topology.reuses_number:
            return OrderState.BATCHED
        return waits

    def allows(self, topology: Topology, before: OrderState, after: OrderState) -> bool:
        """Whether the step is the flow's next one, leads aside, or back to where a card begins."""
        way = self.path(topology)
        if (before, after) not in TRANSITIONS:
            return False
        if after not in MAIN:
            return True
        if before in (OrderState.SPOILED, OrderState.FAILED):
            return after is self.again_from(topology)
        return before not in way or after in _next(way, before, self.begins_card(topology))


def _next(way: Way, before: OrderState, begins: OrderState) -> tuple[OrderState, ...]:
    """What may follow on the way; an untouched chip's job goes back."""
    following = way[way.index(before) + 1 :][:1]
    return (*following, begins) if before is OrderState.CHIP_BOUND else following


def _require_whole(place: str, path: Way) -> None:
    ends = (path[:1], path[-1:])
    if ends != ((OrderState.ENTERED,), (OrderState.COLLECTED,)):
        raise ValueError(f"paths.{place}: goes from ENTERED to COLLECTED")
    if len(set(path)) != len(path):
        raise ValueError(f"paths.{place}: a state is there twice")
    if OrderState.CHIP_BOUND not in path or OrderState.AUDITED not in path:
        raise ValueError(f"paths.{place}: a card is bound and audited")


def _require_steps(place: str, path: Way) -> None:
    again = path[path.index(OrderState.CHIP_BOUND) - 1]
    for before, after in (*pairwise(path), (OrderState.SPOILED, again)):
        if (before, after) not in TRANSITIONS:
            raise ValueError(f"paths.{place}: {before.name} cannot become {after.name}")


def packaged_flows() -> tuple[str, ...]:
    """Names of the flows that come with sscard."""
    return packaged(_PACKAGED)


@cache
def load_flow(name: str | Path) -> Flow:
    """A packaged flow by its name, or the one in a ``.toml`` file.  Raises ProfileError."""
    return load(Flow, _PACKAGED, name, what="flow")

"""Orders: states, steps, flows, topologies and rules, from the tables of the code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sscard.issuance import order_states, production_states
from sscard.issuance.order_states import MAIN, TRANSITIONS, OrderState
from sscard.issuance.orders.flow import load_flow, packaged_flows
from sscard.issuance.orders.numbers import CARD_OF_ORDER
from sscard.issuance.orders.rules import Rule
from sscard.issuance.orders.topology import load_topology, packaged_topologies
from tables.markdown import table


def order_states_table() -> str:
    """States of orders, and in which state the card is then."""
    rows = [
        (
            f"`{state.name}`",
            state.zh,
            state.en,
            ", ".join(sorted(card.name if card else "none" for card in CARD_OF_ORDER[state])),
        )
        for state in OrderState
    ]
    return table(("state", "状态", "what is true then", "its card"), rows)


def order_steps() -> str:
    """What may follow what."""
    return _steps(TRANSITIONS)


def side_steps() -> str:
    """What may become of one side of the card."""
    return _steps(order_states.SIDE_TRANSITIONS)


def pin_steps() -> str:
    """What may become of the PIN."""
    return _steps(order_states.PIN_TRANSITIONS)


def _steps(steps: Mapping[Any, order_states.Word]) -> str:
    rows = [
        (f"{before.zh} `{before.name}`", word.zh, word.en, f"{after.zh} `{after.name}`")
        for (before, after), word in steps.items()
    ]
    return table(("from", "步骤", "step", "to"), rows)


def order_diagram() -> str:
    """The table of steps as a diagram."""
    lines = [f"    {before.name} --> {after.name}: {word.zh}" for (before, after), word in _drawn()]
    head = ["```mermaid", "stateDiagram-v2", "    [*] --> ENTERED"]
    return "\n".join((*head, *lines, "    COLLECTED --> [*]", "```"))


def _drawn() -> list[tuple[tuple[OrderState, OrderState], order_states.Word]]:
    """The way to the hand and what lies aside; the many arrows back from a failure are told."""
    aside = (OrderState.SPOILED, OrderState.FAILED)
    return [
        (step, word)
        for step, word in TRANSITIONS.items()
        if not set(step) & set(aside) and not _goes_back(*step)
    ]


def _goes_back(before: OrderState, after: OrderState) -> bool:
    order = list(OrderState)
    return {before, after} <= MAIN and order.index(after) < order.index(before)


def flows() -> str:
    """The flows that come with sscard, by when the bank's numbers come."""
    rows = [
        (
            f"{flow.letter} `{flow.name}`",
            flow.zh,
            flow.en,
            flow.body,
            numbers.value,
            " → ".join(state.name for state in way),
            f"{flow.source} [{flow.mark}]",
        )
        for flow in sorted(map(load_flow, packaged_flows()), key=lambda each: each.letter)
        for numbers, way in flow.paths.items()
    ]
    return table(("flow", "流程", "what it is", "body", "bank's numbers", "way", "source"), rows)


def topologies() -> str:
    """The topologies that come with sscard."""
    found = [(name, load_topology(name)) for name in packaged_topologies()]
    rows = [
        (
            f"`{name}`",
            each.zh,
            each.en,
            each.numbers.value,
            "yes" if each.reuses_number else "no",
            each.makes_cards,
            each.ssse_cards_to,
            each.finished_cards_to,
        )
        for name, each in found
    ]
    head = ("topology", "方式", "what it is", "numbers", "number serves again", "makes cards")
    return table((*head, "first half to", "finished to"), rows)


def rules() -> str:
    """Why a step is refused."""
    return table(("code", "原因", "reason"), [(f"`{each}`", each.zh, each.en) for each in Rule])


def production() -> str:
    """States of batches, bodies and stations."""
    kinds = (
        ("batch", production_states.BatchState),
        ("body", production_states.BodyState),
        ("station", production_states.StationState),
    )
    rows = [(what, f"`{each.name}`", each.zh, each.en) for what, kind in kinds for each in kind]
    return table(("of a", "state", "状态", "what is true then"), rows)

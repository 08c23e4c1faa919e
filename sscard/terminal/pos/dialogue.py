"""A transaction whose every command and answer is explained as it happens."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sscard.perso.plan import Plan, PowerUp
from sscard.trace.financial.explainer import Explainer
from sscard.trace.row import Row

Result = TypeVar("Result")


def explained(plan: Plan[Result], tell: Callable[[Row], None]) -> Plan[Result]:
    """The same plan, whose rows go to ``tell`` as they happen."""
    explainer = Explainer()
    try:
        step = next(plan)
        while True:
            if isinstance(step, PowerUp):
                response = yield step
                tell(explainer.power_up(response.data))
            else:
                tell(explainer.command(step))
                response = yield step
                tell(explainer.answer(step, response))
            step = plan.send(response)
    except StopIteration as finished:
        result: Result = finished.value
        return result

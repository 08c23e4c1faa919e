"""A plan as a script: it runs once, is written down, and the script is checked against it."""

from __future__ import annotations

from collections.abc import Callable

from sscard.dialects import reference
from sscard.keys.suite import SUITES
from sscard.perso import social_security
from sscard.perso.order import CardOrder
from sscard.perso.plan import Plan
from sscard.perso.script.card_data import CardData, card_data, contents
from sscard.perso.script.errors import ScriptError
from sscard.perso.script.functions import Random
from sscard.perso.script.model import Block, EachChunk, IfCard, Literal, Script, expressions, terms
from sscard.perso.script.parser import parse_script
from sscard.perso.script.recognise import SHORTEST, Named
from sscard.perso.script.recorder import Recorder, record
from sscard.perso.script.run import run_script
from sscard.perso.script.text import format_script

PlanOf = Callable[[Random], Plan[object]]


def export(
    order: CardOrder, random: Random, *, optional: frozenset[str] = frozenset()
) -> Plan[Script]:
    """The social-security station as a script; the card in the reader becomes ``order``'s card.

    What has a name in ``optional`` is written only to cards that have it.  The script has been
    read back from its text, makes the same commands for this card, and holds none of its values.
    Raises what ``social_security.personalize`` raises, and ScriptError.
    """
    card = card_data(order)
    written = list(contents(order))
    named = Named(SUITES[order.profile.suite])
    named.add_card(card, card.names - {content.name for content in written})
    recorder = Recorder(named, written, optional, random)
    yield from record(lambda source: social_security.personalize(order, source), recorder)
    profile = order.profile
    script = Script(profile.name, reference.NAME, profile.suite, tuple(recorder.statements))
    _require_no_value(script.block, card)
    script = parse_script(format_script(script))
    _require_same(script, card, recorder)
    return script


def _require_no_value(block: Block, card: CardData) -> None:
    """Keys and personal data stay out of a file that goes to a factory."""
    texts = b"\n".join(_literals(block))
    for name in sorted(card.names):
        value = card.value(name)
        if len(value) >= SHORTEST and value in texts:
            raise ScriptError(f"the script would hold card.{name}")


def _literals(block: Block) -> list[bytes]:
    found: list[bytes] = []
    for statement in block:
        for expression in expressions(statement):
            found += [each.data for each in terms(expression) if isinstance(each, Literal)]
        if isinstance(statement, EachChunk | IfCard):
            found += _literals(statement.block)
    return found


def _require_same(script: Script, card: CardData, recorder: Recorder) -> None:
    """The script must make the commands that were recorded, from the answers that were."""
    drawn = iter(recorder.drawn)
    plan = run_script(script, card, lambda size: next(drawn)[:size])
    steps = iter(recorder.steps)
    try:
        made = next(plan)
        for step, response in steps:
            if made != step:
                raise ScriptError("the script makes another command than the plan")
            made = plan.send(response)
    except StopIteration:
        if next(steps, None) is not None:
            raise ScriptError("the script ends before the plan") from None
        return
    raise ScriptError("the script goes on where the plan ends")

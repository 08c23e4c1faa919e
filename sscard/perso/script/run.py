"""Runs a script against a card: a plan like any other, or a whole batch of cards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from sscard.apdu.command import CommandAPDU
from sscard.apdu.response import ResponseAPDU
from sscard.apdu.status import StatusError
from sscard.channel import ssc
from sscard.errors import MalformedData, NotVerified
from sscard.keys.suite import SUITES
from sscard.perso import plan
from sscard.perso.plan import POWER_UP, Connection, Plan
from sscard.perso.script.card_data import CardData
from sscard.perso.script.check import check, names, required
from sscard.perso.script.errors import ScriptError
from sscard.perso.script.evaluate import Values
from sscard.perso.script.functions import Random
from sscard.perso.script.model import (
    Assign,
    Block,
    Comment,
    EachChunk,
    IfCard,
    Mode,
    Protection,
    Reset,
    Script,
    Send,
    Statement,
)

_OFFSET_SIZE = 2
#: Names told in an error.
_SHOWN = 5


def run_script(script: Script, card: CardData, random: Random) -> Plan[None]:
    """What the script does with one card.

    Raises ScriptError before the first command when script and data do not belong together: a
    value is missing, or the script would leave one out.  Then StatusError for another status word
    than expected, NotVerified for another answer, both naming the line and no value.
    """
    check(script)
    _require_match(script, card)
    values = Values(SUITES[script.suite], card, random)
    yield from _block(script.block, values)


def run_batch(
    script: Script, cards: Iterable[CardData], machine: Callable[[], Connection], random: Random
) -> int:
    """``for each card``: the next card of the machine gets the next data; how many were made.

    Whatever goes wrong ends the batch, because a transport key that is wrong for one chip is
    wrong for all, and each try is counted.  Raises what ``run_script`` raises, and TransportError.
    """
    made = 0
    for card in cards:
        plan.run(run_script(script, card, random), machine())
        made += 1
    return made


def _require_match(script: Script, card: CardData) -> None:
    missing = sorted(required(script) - card.names)
    if missing:
        raise ScriptError(f"the card's data have no {_listed(missing)}")
    left = sorted(card.names - names(script.block))
    if left:
        raise ScriptError(f"the script would leave out {_listed(left)} of the card's data")


def _listed(names: Sequence[str]) -> str:
    """A card has some two hundred values: whoever brings the wrong data reads the first ones."""
    shown, more = ", ".join(names[:_SHOWN]), len(names) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def _block(block: Block, values: Values) -> Plan[None]:
    outer = dict(values.variables)
    for statement in block:
        try:
            yield from _statement(statement, values)
        except ScriptError as error:
            raise error.at(statement.line) from None
    values.variables = outer


def _statement(statement: Statement, values: Values) -> Plan[None]:
    match statement:
        case Comment():
            return
        case Assign(name=name, value=value):
            values.variables[name] = values.of(value)
        case Reset():
            yield from _reset(statement, values)
        case Send():
            yield from _send(statement, values)
        case EachChunk():
            yield from _each_chunk(statement, values)
        case IfCard(name=name, block=block):
            if name in values.card.names:
                yield from _block(block, values)


def _reset(reset: Reset, values: Values) -> Plan[None]:
    where = f"script line {reset.line}"
    answer = (yield POWER_UP).require(f"{where}: power up")
    if reset.expect and answer != values.of(reset.expect):
        raise NotVerified(f"{where}: the chip's answer to reset is another")


def _send(send: Send, values: Values) -> Plan[None]:
    response = yield _command(send, values)
    where = f"script line {send.line}"
    if not any(_matches(response, status) for status in send.statuses):
        raise StatusError(response.sw, where)
    values.response = response.data
    if send.answer and response.data != values.of(send.answer):
        raise NotVerified(f"{where}: the card's answer is another")


def _command(send: Send, values: Values) -> CommandAPDU:
    command = values.of(send.command)
    try:
        if send.whole:
            return CommandAPDU.parse(command)
        if len(command) != 4:
            raise ScriptError(f"CLA INS P1 P2 are 4 bytes, not {len(command)}")
        cla, ins, p1, p2 = command
        plain = CommandAPDU(cla, ins, p1, p2, values.of(send.data), send.ne)
        return _protected(plain, send.protection, values) if send.protection else plain
    except (MalformedData, ValueError) as error:  # they speak of lengths only
        raise ScriptError(str(error)) from None


def _protected(plain: CommandAPDU, how: Protection, values: Values) -> CommandAPDU:
    wrap = ssc.wrap_enciphered if how.mode is Mode.ENCIPHERED else ssc.wrap
    key, challenge = values.suite.key(values.term(how.key)), values.term(how.challenge)
    return wrap(plain, values.suite, key, challenge)


def _matches(response: ResponseAPDU, status: str) -> bool:
    digits = f"{response.sw.value:04X}"
    return all(wanted in ("x", is_) for wanted, is_ in zip(status, digits, strict=True))


def _each_chunk(loop: EachChunk, values: Values) -> Plan[None]:
    value = values.of(loop.value)
    for at in range(0, len(value), loop.size):
        try:
            offset = (loop.start + at).to_bytes(_OFFSET_SIZE, "big")
        except OverflowError:
            raise ScriptError("the offset has more than two bytes") from None
        outer = dict(values.variables)
        values.variables |= {loop.chunk: value[at : at + loop.size], loop.offset: offset}
        yield from _block(loop.block, values)
        values.variables = outer

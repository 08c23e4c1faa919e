"""Power that fails in the middle of a command, at many moments of its work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from sscard.conformance.actions.sending import sealing, written
from sscard.conformance.case import Step
from sscard.conformance.expectation import Verdict
from sscard.conformance.moves import Reply, Script
from sscard.conformance.play import Play, Stop, not_applicable, not_run

_MOMENTS, _MOST = 8, 64
#: What looking at the card has shown: status word and data of each step that looked.
Look: TypeAlias = tuple[tuple[int | None, bytes], ...]


@dataclass(frozen=True, slots=True)
class Torn:
    """What is known of a torn command: the card before it, after it whole, and after the cut."""

    before: Look
    after: Look
    now: Look


def tear(play: Play, step: Step) -> Script[Reply | None]:
    """``prepare``, the command cut, power, ``look``; at each of ``moments``, with ``undo`` between.

    What the card shows before the command and after it is learnt first.
    """
    cutter = play.bench.power
    if cutter is None:
        raise not_applicable("the bench cannot cut the power in a command")
    moments = max(step.number("moments", _MOMENTS), 2)
    if way := _WAYS.get(step.text("check")):
        return (yield from way(play, step, moments))
    before = yield from _looked(play, step)
    command = yield from _prepared(play, step)
    reply = yield from play.whole(command)
    after = yield from _looked(play, step)
    yield from _undone(play, step, changed=after != before)
    wrong, moments = 0, min(max(moments, cutter.moments(command)), _MOST)
    for moment in range(moments):
        command = yield from _prepared(play, step)
        yield from play.cut(command, moment / (moments - 1))
        now = yield from _looked(play, step)
        wrong += not _CHECKS[step.text("check", _OLD_OR_NEW)](Torn(before, after, now))
        yield from _undone(play, step, changed=now != before)
    if wrong:
        play.complaint = f"after {wrong} of {moments} cuts the card is in neither state"
    return reply


def _torn_for_good(play: Play, step: Step, moments: int) -> Script[Reply]:
    """A command that nothing undoes: cut until it has happened, which then stays so.

    Only the first thing that ``look`` shows may have changed.
    """
    before = yield from _looked(play, step)
    for moment in range(moments):
        command = yield from _prepared(play, step)
        yield from play.cut(command, moment / (moments - 1))
        now = yield from _looked(play, step)
        if now == before:
            continue
        again = yield from _looked(play, step)
        if now != again or now[1:] != before[1:]:
            play.complaint = "after a cut the card is in neither state"
        break
    return Reply(None, b"", 0x9000)


def _torn_together(play: Play, step: Step, moments: int) -> Script[Reply]:
    """A command that cannot be undone, done again and again: all that ``look`` sends changes, or
    nothing does."""
    sent = [at for at, each in enumerate(step.steps("look")) if each.action == "send"]
    wrong = 0
    for moment in range(moments):
        before = yield from _looked(play, step)
        command = yield from _prepared(play, step)
        yield from play.cut(command, moment / (moments - 1))
        now = yield from _looked(play, step)
        changed = sum(now[at] != before[at] for at in sent)
        wrong += changed not in (0, len(sent))
    if wrong:
        play.complaint = f"after {wrong} of {moments} cuts a part has changed and another not"
    return Reply(None, b"", 0x9000)


def _prepared(play: Play, step: Step) -> Script[bytes]:
    """The card ready for the command, and the command."""
    yield from _power(play)
    yield from play.steps(step.steps("prepare"), strict=True)
    if step.fields.get("sealed") is not True:
        return written(play, step, "tear")
    command = yield from sealing(play, step, "tear")
    if isinstance(command, Reply):
        raise not_run(f"GET CHALLENGE was answered {command.said}")
    return command


def _looked(play: Play, step: Step) -> Script[Look]:
    yield from _power(play)
    seen = yield from play.steps(step.steps("look"))
    return tuple((each.sw, each.data) for each in seen)


def _undone(play: Play, step: Step, *, changed: bool) -> Script[None]:
    if changed and step.steps("undo"):
        yield from _power(play)
        yield from play.steps(step.steps("undo"), strict=True)


def _power(play: Play) -> Script[None]:
    if not (yield from play.power_up()).ok:
        raise Stop(Verdict.BROKEN, "the card does not come back after its power was cut")


def _old_or_new(torn: Torn) -> bool:
    return torn.now in (torn.before, torn.after)


def _not_refreshed(torn: Torn) -> bool:
    """No counter (63Cx) is higher than before."""
    pairs = zip(torn.now, torn.before, strict=False)
    return all(now is not None and was is not None and now <= was for (now, _), (was, _) in pairs)


def _one_try_less(torn: Torn) -> bool:
    """Old or new; or a card that counts a try before it compares has not given it back yet."""
    if _old_or_new(torn):
        return True
    counted = tuple((_one_less(sw), data) for sw, data in torn.before)
    return torn.now == counted


def _one_less(sw: int | None) -> int | None:
    return sw - 1 if sw is not None and sw & 0xFFF0 == 0x63C0 and sw & 0x0F else sw


_OLD_OR_NEW = "old or new"
_CHECKS: Mapping[str, Callable[[Torn], bool]] = MappingProxyType(
    {
        _OLD_OR_NEW: _old_or_new,
        "not refreshed": _not_refreshed,
        "old, new or one try less": _one_try_less,
    }
)
_WAYS: Mapping[str, Callable[[Play, Step, int], Script[Reply]]] = MappingProxyType(
    {"old or gone for good": _torn_for_good, "all or nothing": _torn_together}
)
CHECKS = (*_CHECKS, *_WAYS)

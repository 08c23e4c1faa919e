"""Runs of cases over one card: each is a script without I/O, ``run`` drives them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from sscard.conformance.bench import Bench, PowerCutter
from sscard.conformance.case import Case, Text
from sscard.conformance.expectation import Verdict, worst
from sscard.conformance.identity import identify
from sscard.conformance.judging import AS_ASSUMED
from sscard.conformance.looking import require_on_card
from sscard.conformance.moves import Cut, Move, Reply, Script, Wait, Whole
from sscard.conformance.needs import missing
from sscard.conformance.play import Play, Session, Stop
from sscard.conformance.preparing import keys_of, look_at_tries, prepare
from sscard.conformance.restoring import put_back, settle_pin
from sscard.conformance.result import Result, Seen
from sscard.conformance.steps import RESTORE, SETUP, TEST, nested, play_steps
from sscard.conformance.variables import values_of
from sscard.errors import SscardError
from sscard.perso.plan import Connection, PowerUp

Clock = Callable[[], float]


def run(
    cases: Iterable[Case],
    bench: Bench,
    connection: Connection,
    clock: Clock,
    on_result: Callable[[Result], object] | None = None,
    *,
    session: Session | None = None,
    wait: Callable[[float], object] | None = None,
) -> tuple[Result, ...]:
    """Run the cases in this order; ``clock`` gives seconds.  Nothing that a card does raises.

    ``session`` carries on with a card that an earlier run has met.
    """
    session = session or Session(bench)
    results = []
    for case in cases:
        began = clock()
        result = drive(run_case(case, session), connection, bench.power, wait)
        result = replace(result, seconds=clock() - began)
        results.append(result)
        if on_result is not None:
            on_result(result)
    return tuple(results)


def drive(
    script: Script[Result],
    connection: Connection,
    power: PowerCutter | None = None,
    wait: Callable[[float], object] | None = None,
) -> Result:
    """Drive one script against a card: the only place of the package that meets one."""
    reply: Reply | None = None
    while True:
        try:
            move = next(script) if reply is None else script.send(reply)
        except StopIteration as finished:
            result: Result = finished.value
            return result
        reply = _answer(move, connection, power, wait)


def run_case(case: Case, session: Session) -> Script[Result]:
    """One case, from power-up to what it puts back."""
    if reason := _not_applicable(case, session.bench):
        return Result(case, Verdict.NOT_APPLICABLE, reason)
    if case.destructive and not session.bench.destructive:
        return Result(case, Verdict.NOT_RUN, "destructive")
    play = Play(session, case, nested=nested)
    try:
        yield from _ready(play)
    except Stop as stop:
        return Result(case, stop.verdict, stop.reason, (_setup(play, stop),))
    seen = yield from play_steps(play, case.steps, TEST)
    restored = yield from play_steps(play, case.restore, RESTORE)
    left = [f"restore: {one.why}" for one in restored if one.verdict in _UNRESTORED]
    left += yield from put_back(play)
    verdict = worst(one.verdict for one in seen)
    reason = _reason([one.why for one in seen if one.verdict is verdict and one.why])
    return Result(case, verdict, reason, (*seen, *restored), unrestored=tuple(left))


def _reason(whys: list[str]) -> str:
    """The first thing that is not as assumed; what is, is said last."""
    return next((why for why in whys if why != AS_ASSUMED), whys[0] if whys else "")


_UNRESTORED = (Verdict.FAILED, Verdict.BROKEN, Verdict.NOT_RUN)


def _not_applicable(case: Case, bench: Bench) -> str:
    if case.skipped:
        return case.skipped
    if reason := missing(bench, case.needs):
        return reason
    for name, version in keys_of(case):
        if bench.keys is None or not bench.keys.holds(name, version):
            return f"the bench has no key {name} v{version}"
    return ""


def _ready(play: Play) -> Script[None]:
    """The card known, its tries looked at, freshly powered.  Stops."""
    if play.session.identity is None:
        play.session.identity = yield from identify(play)
        yield from look_at_tries(play)
    if left := (yield from settle_pin(play)):
        raise Stop(Verdict.NOT_RUN, left[0])
    yield from require_on_card(play)
    yield from prepare(play)
    reply = yield from play.power_up()
    if not reply.ok:
        raise Stop(Verdict.BROKEN, f"power up: {reply.said}")
    play.take()
    play.variables.update(values_of(play))


def _setup(play: Play, stop: Stop) -> Seen:
    words = Text("准备", "get ready")
    return Seen(0, SETUP, words, play.take(), "", "", stop.verdict, stop.reason)


def _answer(
    move: Move,
    connection: Connection,
    power: PowerCutter | None,
    wait: Callable[[float], object] | None,
) -> Reply:
    try:
        return _done(move, connection, power, wait)
    except (SscardError, ValueError) as error:  # also what this reader cannot carry
        return Reply(error=str(error) or "no answer")


def _done(
    move: Move,
    connection: Connection,
    power: PowerCutter | None,
    wait: Callable[[float], object] | None,
) -> Reply:
    match move:
        case PowerUp():
            answer = connection.reset()
            return Reply(answer, answer, 0x9000)
        case Cut(command, moment):
            if power is not None:
                power.cut(command, moment)
            return Reply()
        case Whole(command):
            return Reply.of((power.whole if power else connection.transmit)(command))
        case Wait(seconds):
            if wait is not None:
                wait(seconds)
            return Reply()
        case _:
            return Reply.of(connection.transmit(move))

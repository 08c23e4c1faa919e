"""The PIN, said in words: ``right`` (the card's now), ``other``, ``wrong``, ``empty``.

A new PIN that is ``right`` is the one that the tester brought.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sscard.apdu import iso7816, ssc
from sscard.apdu.command import CommandAPDU
from sscard.conformance.actions.keys import asked
from sscard.conformance.actions.sending import sealed_command
from sscard.conformance.case import Step
from sscard.conformance.moves import Reply, Script
from sscard.conformance.play import Play, not_applicable, not_run
from sscard.conformance.trust import PIN

_SIZE = 8
_ROOT_STK = "STK"


def pin(play: Play, step: Step) -> Script[Reply | None]:
    """VERIFY with the PIN that the card has."""
    del step
    return (yield from shown(play))


def shown(play: Play) -> Script[Reply]:
    """VERIFY with the right PIN, unless it was refused before."""
    if reason := play.session.trust.why_not(PIN):
        raise not_run(reason)
    reply = yield from play.ask(iso7816.verify(right(play)))
    play.session.trust.shown(PIN, reply.sw, play.case.id)
    return reply


def wrong_pin(play: Play, step: Step) -> Script[Reply | None]:
    """VERIFY with a wrong PIN; ``times`` in a row where the case is destructive."""
    _require_wrong(play)
    reply = Reply()
    for _ in range(step.number("times", 1)):
        if not play.case.destructive:
            _require_wrong(play)
        reply = yield from play.ask(iso7816.verify(wrong(play)))
        play.session.trust.failed(PIN, reply.sw)
    return reply


def pin_state(play: Play, step: Step) -> Script[Reply | None]:
    """VERIFY without data: 63Cx says the tries that are left (ssc 3.2 [S])."""
    del step
    return (yield from state(play))


def state(play: Play) -> Script[Reply]:
    """The tries of the PIN, which the run remembers."""
    reply = yield from play.ask(iso7816.verify(b""))
    if reply.sw is not None and reply.sw & 0xFFF0 == 0x63C0:
        play.session.trust.counted(reply.sw & 0x0F)
    return reply


def change_pin(play: Play, step: Step) -> Script[Reply | None]:
    """CHANGE PIN from ``old`` to ``new``."""
    old, new = step.text("old", "right"), step.text("new", "other")
    if PIN in play.session.trust.refused:
        raise not_run(play.session.trust.why_not(PIN))
    if old == "wrong":
        _require_wrong(play)
    value = _new(play, new)
    reply = yield from play.ask(ssc.change_pin(_WORDS[old](play), value))
    _set(play, reply, value)
    if not reply.ok and old == "right" and not play.case.destructive:
        play.session.trust.shown(PIN, reply.sw, play.case.id)
    return reply


def reload_pin(play: Play, step: Step) -> Script[Reply | None]:
    """A new PIN under the STK of SSSE, after the PUK."""
    value = _new(play, step.text("new", "other"))
    reply = yield from _maced(play, step, ssc.reload_pin(value), enciphered=True)
    _set(play, reply, value)
    if reply.ok:
        play.session.trust.tries.pop(PIN, None)
    return reply


def unblock_pin(play: Play, step: Step) -> Script[Reply | None]:
    """All tries again, after the PUK; ``times`` in a row where the case is destructive."""
    reply = Reply()
    for _ in range(step.number("times", 1)):
        reply = yield from _maced(play, step, ssc.unblock_pin(), enciphered=False)
    if reply.ok:
        play.session.trust.tries.pop(PIN, None)
    return reply


def right(play: Play) -> bytes:
    """The PIN that the card has now.  Stops where the tester has none."""
    if play.session.pin is None:
        raise not_applicable("the bench has no PIN of this card")
    return play.session.pin


def other(play: Play) -> bytes:
    """Another PIN of the same length, no weaker than 123456 is: each digit one more."""
    return _shifted(play, 1)


def wrong(play: Play) -> bytes:
    """A PIN that the card never has in a run."""
    return _shifted(play, 2)


def _shifted(play: Play, by: int) -> bytes:
    if play.bench.pin is None:
        raise not_applicable("the bench has no PIN of this card")
    digits = play.bench.pin.hex().removesuffix("f")
    moved = "".join(str((int(digit) + by) % 10) for digit in digits)
    return bytes.fromhex(moved + "f" * (len(moved) % 2))


def own(play: Play) -> bytes:
    """The PIN that the tester brought.  Stops where there is none."""
    if play.bench.pin is None:
        raise not_applicable("the bench has no PIN of this card")
    return play.bench.pin


def _of_length(play: Play, count: int) -> bytes:
    """A PIN of so many digits, of those that the card has not."""
    digits = (_shifted(play, 3).hex().removesuffix("f") * count)[:count]
    return bytes.fromhex(digits + "f" * (count % 2))


_WORDS: Mapping[str, Callable[[Play], bytes]] = MappingProxyType(
    {
        "right": right,
        "other": other,
        "wrong": wrong,
        "empty": lambda _: b"",
        "four digits": lambda play: _of_length(play, 4),
        "five digits": lambda play: _of_length(play, 5),
    }
)
WORDS = tuple(_WORDS)


def _new(play: Play, word: str) -> bytes:
    """A PIN to be set: ``right`` is the tester's, whichever the card has now."""
    return own(play) if word == "right" else _WORDS[word](play)


def _set(play: Play, reply: Reply, value: bytes) -> None:
    """The card's PIN is another one, or nobody knows: there was no answer."""
    if reply.ok:
        play.session.pin = value
    elif reply.sw is None:
        play.session.doubtful = value


def _require_wrong(play: Play) -> None:
    if reason := play.session.trust.why_not_wrong(PIN):
        raise not_run(reason)


def _maced(play: Play, step: Step, command: CommandAPDU, *, enciphered: bool) -> Script[Reply]:
    reply = yield from asked(play, step.number("challenge", _SIZE))
    if not reply.ok:
        return reply
    play.pin_touched = True
    mac = step.text("mac", "right")
    raw = sealed_command(play, _ROOT_STK, command, mac, enciphered=enciphered)
    return (yield from play.ask(raw))

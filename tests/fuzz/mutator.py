"""Changes an input step by step, so that lengths stay right and most of a sequence stays good."""

from __future__ import annotations

import random
from collections.abc import Callable

from fuzz_card import Op, Step, decode, encode
from starting_cards import Start

Mutate = Callable[[bytes, int], bytes]

#: One in so many inputs is changed without regard to its steps.
_WILD = 8
_ADDED = 16
_HOW_OFTEN = (1, 1, 1, 2, 3)


def mutated(data: bytes, size: int, seed: int, mutate: Mutate) -> bytes:
    """``data`` changed in a few places, at most ``size`` bytes; ``mutate`` changes plain bytes."""
    chance = random.Random(seed)
    start, steps = decode(data)
    changed = [*steps]
    if not changed or not chance.randrange(_WILD):
        return bytes(mutate(data, size))
    for _ in range(chance.choice(_HOW_OFTEN)):
        if changed:
            at = chance.randrange(len(changed))
            chance.choice(_CHANGES)(chance, changed, at, mutate)
    if not chance.randrange(_WILD):
        start = chance.choice(tuple(Start))
    return encode(start, changed)[:size]


def _change_body(_chance: random.Random, steps: list[Step], at: int, mutate: Mutate) -> None:
    op, body = steps[at]
    room = (0x10000 if op is Op.LONG else 0x100) - 1
    steps[at] = op, bytes(mutate(body, min(len(body) + _ADDED, room)))


def _change_one_field(chance: random.Random, steps: list[Step], at: int, _mutate: Mutate) -> None:
    """CLA, INS, P1, P2, Lc or the first byte of the data."""
    op, body = steps[at]
    if body:
        place = chance.randrange(min(len(body), 6))
        value = chance.choice(_VALUES)(chance, body[place]) & 0xFF
        steps[at] = op, body[:place] + bytes((value,)) + body[place + 1 :]


def _change_op(chance: random.Random, steps: list[Step], at: int, _mutate: Mutate) -> None:
    body = steps[at][1]
    op = chance.choice(tuple(Op))
    steps[at] = (op if len(body) < 0x100 else Op.LONG), body


def _move(chance: random.Random, steps: list[Step], at: int, _mutate: Mutate) -> None:
    step = steps.pop(at)
    steps.insert(chance.randrange(len(steps) + 1), step)


def _repeat(_chance: random.Random, steps: list[Step], at: int, _mutate: Mutate) -> None:
    steps.insert(at, steps[at])


def _drop(_chance: random.Random, steps: list[Step], at: int, _mutate: Mutate) -> None:
    del steps[at]


_CHANGES = (
    *(_change_body, _change_one_field, _change_one_field, _change_one_field),
    *(_change_op, _move, _repeat, _drop),
)
_EDGES = (0x00, 0x01, 0x02, 0x04, 0x7F, 0x80, 0x81, 0x84, 0xFE, 0xFF)
_VALUES: tuple[Callable[[random.Random, int], int], ...] = (
    lambda chance, value: chance.choice(_EDGES),
    lambda chance, value: value + chance.choice((-1, 1)),
    lambda chance, value: value ^ 1 << chance.randrange(8),
    lambda chance, value: chance.randrange(0x100),
)

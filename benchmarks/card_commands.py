"""SELECT and READ RECORD on the card model, in process: commands per second.

    python benchmarks/card_commands.py

The baseline of the same run is the least that any card in Python must do with a command: parse it,
look the handler up in a dictionary, build the answer.  Quote the ratio, not the seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from personalize import finished_card

from sscard.apdu import iso7816, ssc
from sscard.apdu.command import CommandAPDU
from sscard.apdu.response import ResponseAPDU

ROUNDS, TIMES = 20_000, 5


def rate(process: Callable[[bytes], bytes], commands: tuple[bytes, ...]) -> float:
    """The best of five: commands per second."""
    best = 0.0
    for _ in range(TIMES):
        started = perf_counter()
        for _ in range(ROUNDS):
            for command in commands:
                process(command)
        best = max(best, ROUNDS * len(commands) / (perf_counter() - started))
    return best


def baseline(answers: dict[bytes, bytes]) -> Callable[[bytes], bytes]:
    """A card that only parses, looks up and answers."""
    handlers = {(raw[0], raw[1], raw[2], raw[3]): answer[:-2] for raw, answer in answers.items()}

    def process(raw: bytes) -> bytes:
        command = CommandAPDU.parse(raw)
        return bytes(ResponseAPDU(handlers[command.cla, command.ins, command.p1, command.p2]))

    return process


def main() -> None:
    card = finished_card()
    card.power_on()
    commands = (
        bytes(iso7816.select(ssc.SSSE_NAME)),
        bytes(iso7816.read_record(1, sfi=5)),
        bytes(iso7816.read_record_tag(7, sfi=5)),
    )
    answers = {command: card.transmit(command) for command in commands}
    assert all(answer.endswith(b"\x90\x00") for answer in answers.values())
    ours, least = rate(card.transmit, commands), rate(baseline(answers), commands)
    print(f"card model {ours:,.0f}/s, baseline {least:,.0f}/s, ratio {ours / least:.2f}")


if __name__ == "__main__":
    main()

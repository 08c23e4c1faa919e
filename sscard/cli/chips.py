"""Where the chips of a line come from: simulated ones, or cards in somebody's hands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import typer

from simulator import VirtualCard
from sscard.cli.readers import reader
from sscard.cli.recording import RecordedReader, recording
from sscard.cli.slot import Slot, require_simulated
from sscard.dialects import Chip
from sscard.driver.reader_kinds import CardReader
from sscard.issuance.machines import Machines
from sscard.keys import ChipLot


@dataclass(frozen=True, slots=True)
class AtReader:
    """Cards are put into this reader; each is waited for so long, in seconds.

    What is said to them goes into the new file ``record``.
    """

    reader: CardReader
    seconds: float
    record: Path | None = None


def at_reader(spec: str | None, seconds: float, record: Path | None) -> AtReader | None:
    """What --reader, --wait and --record say; None without --reader.

    Raises as ``reader``, and BadParameter where there is no reader to record.
    """
    if spec is None and record is not None:
        raise typer.BadParameter("it is for cards in a --reader", param_hint="--record")
    return None if spec is None else AtReader(reader(spec), seconds, record)


@contextmanager
def machines(
    chip: Chip, simulated: ChipLot, lot: Callable[[], ChipLot], at: AtReader | None
) -> Iterator[Machines]:
    """The machines of a line until the block ends.

    ``simulated`` is the lot that the simulated chip maker delivers, ``lot`` gives the one that the
    station knows.
    """
    if at is None:
        yield Machines(lambda: VirtualCard.blank(chip, lot=simulated), _simulated_waiting)
        return
    with _recorded(at) as place:
        slot = Slot(place, lot, at.seconds, lambda text: typer.echo(text, err=True))
        try:
            yield Machines(slot.blank, slot.waiting)
        finally:
            slot.close()


@contextmanager
def _recorded(at: AtReader) -> Iterator[CardReader]:
    if at.record is None:
        yield at.reader
        return
    with recording(at.record) as tell:
        yield RecordedReader(at.reader, tell)


def _simulated_waiting(kept: Path) -> VirtualCard:
    require_simulated(kept)
    return VirtualCard.load(kept)

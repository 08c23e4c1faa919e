"""``--readers`` and ``--body``: the slots of a station, and how card bodies are read at each."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import typer

from sscard.cli.readers import reader
from sscard.cli.station_show import tell
from sscard.cli.station_slot import SlotFeeder
from sscard.cli.station_tray import TrayFeeder
from sscard.driver.reader_kinds import PcscReader
from sscard.errors import MalformedData
from sscard.issuance.floor import BodyIdentifier, Feeder, Reads, SimulatedIdentifier
from sscard.issuance.floor.body_numbers import Kind, NumberRule, rule
from sscard.issuance.floor.wedge import Wedge, WedgeIdentifier

_TRAY = "tray:"
#: Seconds until a card of which nobody says which it is is put aside.
_PATIENCE = 120


@dataclass(frozen=True, slots=True)
class Slots:
    """The readers of a station by name, R1, R2 …, and what they read of bodies."""

    feeders: Mapping[str, Feeder]
    reads: Mapping[str, Reads]
    wedge: Wedge = field(repr=False)
    #: Whether somebody types numbers.
    typed: bool

    def listen(self) -> None:
        """Give what is typed on standard input to the readers, until it ends."""
        if self.typed:
            threading.Thread(target=self._listen, name="wedge", daemon=True).start()

    def _listen(self) -> None:
        for line in sys.stdin:
            self.wedge.typed(line)


def slots(specs: Sequence[str], bodies: Sequence[str], station: str) -> Slots:
    """What --readers and --body say.  Raises BadParameter; NoService, NoReader, OSError."""
    places = [place for spec in specs for part in spec.split(",") for place in _places(part)]
    if not places:
        raise typer.BadParameter("needs one reader at least", param_hint="--readers")
    names = [f"R{number}" for number in range(1, len(places) + 1)]
    wedge = Wedge(names, tell)
    rules = _rules(bodies)
    feeders = {
        name: _feeder(place, f"{station}/{name}") for name, place in zip(names, places, strict=True)
    }
    reads = {name: _reads(name, feeders[name], rules, wedge) for name in names if rules}
    typed = any(isinstance(feeder, SlotFeeder) for feeder in feeders.values()) and bool(rules)
    return Slots(feeders, reads, wedge, typed)


def _places(part: str) -> list[str]:
    """``4xtray:DIR`` is four readers."""
    times = re.fullmatch(r"(\d{1,3})x(tray:.+)", part)
    return [times[2]] * int(times[1]) if times else [part]


def _feeder(place: str, slot: str) -> Feeder:
    if place.startswith(_TRAY):
        return TrayFeeder(Path(place.removeprefix(_TRAY)), slot, tell)
    found = reader(place)
    return SlotFeeder(found, slot, tell, stays=not isinstance(found, PcscReader))


def _rules(bodies: Sequence[str]) -> list[tuple[Kind, NumberRule]]:
    try:
        found = [rule(each) for each in bodies]
    except MalformedData as error:
        raise typer.BadParameter(str(error), param_hint="--body") from None
    if len({kind for kind, _ in found}) != len(found):
        raise typer.BadParameter("one kind twice reads one thing twice", param_hint="--body")
    return found


def _reads(
    name: str, feeder: Feeder, rules: Sequence[tuple[Kind, NumberRule]], wedge: Wedge
) -> Reads:
    ways: list[tuple[BodyIdentifier, NumberRule]] = []
    for kind, form in rules:
        simulated = isinstance(feeder, TrayFeeder)
        typed = WedgeIdentifier(kind, wedge, name, _PATIENCE)
        ways.append((SimulatedIdentifier(kind) if simulated else typed, form))
    return Reads(tuple(ways))

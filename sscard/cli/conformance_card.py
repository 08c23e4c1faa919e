"""The card under test; of one that is simulated here the power can be cut, too."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import typer

from simulator import Protocol, VirtualCard
from simulator.faults import FaultyCard, FaultyNVM, SimulatedPowerCutter
from simulator.persistence import Persist, kept
from sscard.cli.readers import Source, one_of_both, opened, reader
from sscard.cli.recording import RecordedCard, recorded_card, recording
from sscard.conformance import PowerCutter
from sscard.conformance.bench import T0_IN_READER
from sscard.dialects import Chip
from sscard.driver.reader_kinds import ImageReader
from sscard.errors import TransportError
from sscard.perso.plan import Connection


@dataclass(frozen=True, slots=True)
class UnderTest:
    """A card and what a bench knows of its reader; ``power`` is None where nobody can cut it."""

    source: Source
    protocol: str
    power: PowerCutter | None = None


@contextmanager
def under_test(
    image: Path | None,
    spec: str | None,
    record: Path | None,
    *,
    contactless: bool,
    t0: bool,
) -> Iterator[UnderTest]:
    """The card that the command was given: of an image a copy, or one in a reader.

    ``t0``: the line's own protocol, for simulated cards; readers hide theirs.  Raises BadParameter,
    MalformedData, TransportError.
    """
    if (image is None) is (spec is None):
        raise one_of_both()
    place = reader(spec or "") if image is None else None
    if place is not None and not isinstance(place, ImageReader):
        if t0:
            said = "only a card that is simulated here shows its T=0"
            raise typer.BadParameter(said, param_hint="--t0")
        with opened(None, spec, contactless=contactless, record=record) as source:
            yield UnderTest(source, _hidden(source.card))
        return
    with _simulated(image, place) as (card, name), ExitStack() as stack:
        tell = stack.enter_context(recording(record)) if record else None
        protocol = _protocol(card, contactless=contactless, t0=t0)
        card.power_on(protocol)
        source = Source(name, recorded_card(_InReader(card), tell), card, image)
        on_line = Protocol.T0 if t0 else Protocol.T1
        yield UnderTest(source, on_line.value, SimulatedPowerCutter(card))


@contextmanager
def _simulated(image: Path | None, place: ImageReader | None) -> Iterator[tuple[FaultyCard, str]]:
    if place is not None:
        with kept(place.path, Persist.EACH_COMMAND, nvm=FaultyNVM) as card:
            yield FaultyCard(card), place.name
    elif image is not None:
        yield FaultyCard(VirtualCard.load(image, random=os.urandom, nvm=FaultyNVM)), image.name


def _hidden(card: Connection) -> str:
    """What a bench has to know of the line behind a reader, which carries whole APDUs."""
    inside = card.inside if isinstance(card, RecordedCard) else card
    protocol = getattr(inside, "protocol", None)
    return T0_IN_READER if getattr(protocol, "name", "") == "T0" else Protocol.T1.value


def _protocol(card: FaultyCard, *, contactless: bool, t0: bool) -> Protocol:
    if not contactless:
        return Protocol.T0 if t0 else Protocol.T1
    chip = card.chip
    if not (isinstance(chip, Chip) and chip.ats):
        raise TransportError(f"a {chip.name} chip has no antenna: leave out --contactless")
    return Protocol.CONTACTLESS


@dataclass(frozen=True, slots=True)
class _InReader:
    """The card, as commands reach it; whoever opened it lets go of it."""

    card: FaultyCard

    def reset(self) -> bytes:
        """Power off and on; the ATR.  Raises TransportError when there is no card."""
        return self.card.reset()

    def transmit(self, command: bytes, /) -> bytes:
        """One exchange.  Raises TransportError when there is no answer."""
        return self.card.transmit(command)

    def close(self) -> None:
        """Nothing: the image is written at each command."""

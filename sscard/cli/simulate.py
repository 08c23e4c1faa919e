"""``sscard simulate``: cards that any PC/SC program can use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum, unique
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from simulator.slot import Event, Slot
    from simulator.timing import Lines
    from sscard.cli.simulate_cards import Around, Prepared

Each = TypeVar("Each")

#: Where the driver that comes with Debian listens; the second slot's port is the next.
_FIRST_PORT = 35963


@unique
class Over(StrEnum):
    """How a reader reaches the card."""

    T0 = "t0"
    T1 = "t1"
    CONTACTLESS = "contactless"


@unique
class Keep(StrEnum):
    """When the image of a card is written."""

    EACH_COMMAND = "each-command"
    POWER_OFF = "power-off"


@unique
class Way(StrEnum):
    """How card and program meet."""

    CALL = "call"
    LISTEN = "listen"
    TCP = "tcp"


def simulate(
    card: Annotated[
        list[Path] | None,
        typer.Option(help="Card image (卡映像), a PSAM's too; may be said several times."),
    ] = None,
    psam: Annotated[
        list[Path] | None,
        typer.Option(help="Image of a PSAM (PSAM 卡映像); their slots follow those of the cards."),
    ] = None,
    blank: Annotated[
        list[str] | None,
        typer.Option(help="A blank chip (空白芯片), by profile or chip: gen3, gen2-32k."),
    ] = None,
    protocol: Annotated[
        list[Over] | None, typer.Option(help="For all cards, or one for each. [default: t0]")
    ] = None,
    port: Annotated[
        list[int] | None,
        typer.Option(help="Port of each card's slot. [default: 35963, 35964, …]"),
    ] = None,
    listen: Annotated[
        bool, typer.Option("--listen", help="Wait for readers instead of calling pcscd's.")
    ] = False,
    tcp: Annotated[
        list[int] | None,
        typer.Option(help="Port of each card for sscard's own --reader; 0 takes a free one."),
    ] = None,
    host: Annotated[str, typer.Option(help="Host that is called, or listened on.")] = "127.0.0.1",
    persist: Annotated[
        Keep | None, typer.Option(help="Write each card's image: at each command or at power-off.")
    ] = None,
    fault: Annotated[
        Path | None, typer.Option(help="Faults (故障) of every card: a scenario, TOML.")
    ] = None,
    realtime: Annotated[
        bool, typer.Option("--realtime", help="Answer as late as plastic does (实时).")
    ] = False,
    line: Annotated[
        list[str] | None,
        typer.Option(help="Line for --realtime: contact:clock=5, contactless:rate=848."),
    ] = None,
    record: Annotated[
        list[Path] | None,
        typer.Option(help="Write what is said to each card to a new file (记录); for each card."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print events as JSON lines for programs.")
    ] = False,
) -> None:
    """Put simulated cards into readers (模拟卡): any PC/SC program can use them.

    Example: `sscard simulate --card issued/cards/T0000001X.card --psam till.card`

    Slots are filled in this order: --card, --psam, --blank, for instance with `--blank gen3`.

    pcscd must run with the virtual reader of Debian's `vsmartcard-vpcd`, which has two slots: the
    first card goes into the first, the second into the second.  A pcscd that is started later, or
    again, is found.  `opensc-tool -l` and `pcsc_scan` then show the cards.

    Lines on standard input pull cards out and put them in again while everything runs: `remove 1`,
    `insert 1`, `end`.

    With `--listen` the card waits for programs that speak the reader's side of the same protocol;
    with `--tcp` for `--reader tcp:HOST:PORT` of sscard itself.  Neither needs pcscd.

    With `--persist` the images are written, as docs/card-image.md says: also a killed simulator
    leaves each card as it was after its last answer.  Without, what a program changes is gone at
    the end.  `--fault` lets things go wrong, as docs/faults.md says.  With `--realtime` answers
    come when those of a plastic card would, as docs/line-time.md reckons; the speed is what TA1 of
    the ATR offers.  `--record` writes a trace for `sscard trace explain`; PINs are zeros in it.

    *Whoever reaches the port has the card in hand: leave the host on loopback unless you know who
    else is there.*

    Ends with 0 after Ctrl-C, SIGTERM or `end`; 2 when a card cannot be used or a port is taken.
    """
    from sscard.cli.recording import recordings
    from sscard.cli.simulate_cards import prepared, recorded
    from sscard.cli.simulate_run import run

    if not (card or psam or blank):
        why = "name a card, a PSAM or a blank chip"
        raise typer.BadParameter(why, param_hint="--card / --psam / --blank")
    if blank and persist:
        why = "a blank chip has no image to write; make it one first, then --card"
        raise typer.BadParameter(why, param_hint="--persist")
    way = Way.TCP if tcp else Way.LISTEN if listen else Way.CALL
    around = _around(persist, fault, _lines(line or [], realtime=realtime))
    images = [*(card or []), *_psams(psam or [])]
    with prepared(images, blank or [], around) as cards, recordings(record or []) as tell:
        if record:
            cards = recorded(cards, _for_each(cards, tell, "--record"))
        overs = _for_each(cards, protocol or [Over.T0] * len(cards), "--protocol")
        ports = tcp or port or range(_FIRST_PORT, _FIRST_PORT + len(cards))
        rows = zip(cards, overs, _for_each(cards, ports, "--tcp" if tcp else "--port"), strict=True)
        run(
            lambda note: [
                _slot(number, *row, way=way, host=host, note=note)
                for number, row in enumerate(rows, start=1)
            ],
            as_json=as_json,
        )


def _psams(images: list[Path]) -> list[Path]:
    """The same, all of them PSAMs.  Raises MalformedData, TransportError for one that is none."""
    from simulator import PsamCard

    for each in images:
        PsamCard.load(each)
    return images


def _around(persist: Keep | None, fault: Path | None, lines: Lines | None) -> Around:
    """What lies around every card.  Raises ProfileError for a scenario that is none."""
    from simulator.faults.scenario import load_scenario
    from simulator.persistence import Persist
    from sscard.cli.simulate_cards import Around

    scenario = load_scenario(fault) if fault else None
    return Around(Persist(persist.value) if persist else None, scenario, lines)


def _lines(said: Sequence[str], *, realtime: bool) -> Lines | None:
    """The lines of --line, and the usual ones for what is not said.

    Raises MalformedData; BadParameter for what has no meaning here.
    """
    from simulator.timing import Lines
    from sscard.transport.line import LineOptions

    if said and not realtime:
        raise typer.BadParameter("it is for --realtime", param_hint="--line")
    options = [LineOptions.parse(each) for each in said]
    named = {each.contactless: each for each in options}
    if len(named) < len(options):
        raise typer.BadParameter("one with contacts, one contactless", param_hint="--line")
    if any(each.blank_ta1 is not None or each.t1 for each in options):
        raise typer.BadParameter(
            "TA1 is what the card's ATR offers, t what --protocol says", param_hint="--line"
        )
    usual = Lines()
    lines = Lines(named.get(False, usual.contact), named.get(True, usual.antenna))
    return lines if realtime else None


def _for_each(cards: Sequence[Prepared], values: Sequence[Each], option: str) -> Sequence[Each]:
    """One value for each card; a single protocol is that of all."""
    if len(values) == 1 and option == "--protocol":
        return [*values] * len(cards)
    if len(values) != len(cards):
        said = f"{len(values)} times for {len(cards)} cards"
        raise typer.BadParameter(said, param_hint=option)
    return values


def _slot(
    number: int,
    prepared: Prepared,
    over: Over,
    port: int,
    *,
    way: Way,
    host: str,
    note: Callable[[Event], None],
) -> Slot:
    """The slot, its door already open where it waits for programs.  Raises OSError."""
    from simulator import Protocol, tcp, vpcd
    from simulator.doors import Address, Calling, Listening
    from simulator.reader import Reader
    from simulator.slot import Slot

    protocol = Protocol[over.name]
    if protocol not in prepared.protocols:
        raise typer.BadParameter(f"{prepared.name} has no antenna", param_hint="--protocol")
    reader, address = Reader(prepared.card, protocol), Address(port, host)
    if way is Way.TCP:
        offered = sorted(prepared.protocols, key=lambda each: each is not protocol)
        door, serve = Listening(address, tcp.turn_away), tcp.serving(offered)
        return Slot(number, prepared.name, reader, door, serve, note)
    meeting = Calling(address) if way is Way.CALL else Listening(address)
    return Slot(number, prepared.name, reader, meeting, vpcd.serve, note)

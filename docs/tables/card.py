"""What the simulated card does, from the tables of ``sscard.cos``."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sscard.apdu import aid
from sscard.apdu.medical import MEDICAL_CLASS
from sscard.apdu.status import StatusWord
from sscard.cos import life_cycle
from sscard.cos.dispatch import Row, Table
from sscard.cos.journal import INDEX, JOURNAL_PAGES, JOURNAL_SLOTS, MARK, WITNESSES
from sscard.cos.medical.table import FORMS
from sscard.cos.pse import domain, domain_state
from sscard.cos.pse import state as pse_state
from sscard.cos.pse import table as pse_table
from sscard.cos.security import SecurityState
from sscard.cos.ssse import table as ssse_table
from sscard.dialects.chip import PAGE
from sscard.dialects.rights import AccessRule, Condition
from sscard.profiles.chips import load_chip
from tables import names
from tables.markdown import summary, table, words

_CHIP = "gen2-32k"


def card_life() -> str:
    """Transitions of the whole card."""
    return _transitions(life_cycle.TRANSITIONS)


def directory_life() -> str:
    """Transitions of MF, DDF and ADF."""
    return _transitions(life_cycle.DIRECTORY_TRANSITIONS)


def instance_life() -> str:
    """Transitions of a financial application."""
    return _transitions(pse_state.TRANSITIONS)


def domain_life() -> str:
    """Transitions of the issuer security domain."""
    return _transitions(domain_state.DOMAIN_TRANSITIONS)


def commands_domain() -> str:
    """What the issuer security domain answers."""
    return _commands(domain.TABLE)


def _transitions(transitions: Mapping[tuple[Any, Any], Any]) -> str:
    rows = [
        (_state(before), words(event.name).lower(), _state(after))
        for (before, event), after in transitions.items()
    ]
    return table(("state", "event", "next state"), rows)


def _state(state: Any) -> str:
    return f"{state.name} (`{state.value:02X}`)"


def instance_permits() -> str:
    """In which states a financial application carries out which command."""
    rows = [
        (
            f"`{cla:02X}` {names.interindustry(ins, cla)}",
            ", ".join(sorted({state.name for state, _ in permitted})),
            ", ".join(each.name for each in pse_state.ChannelState if _open(each, permitted)),
        )
        for (cla, ins), permitted in pse_state.PERMITTED.items()
    ]
    return table(("command", "application", "channel"), rows)


def transaction_phases() -> str:
    """In which phases of a transaction a command is carried out."""
    rows = [
        (
            f"`{cla:02X}` {names.interindustry(ins, cla)}",
            ", ".join(phase.name for phase in pse_state.Phase if phase in phases),
        )
        for (cla, ins), phases in pse_state.PHASES.items()
    ]
    return table(("command", "phase"), rows)


def _open(channel: pse_state.ChannelState, permitted: Iterable[tuple[Any, Any]]) -> bool:
    return any(each == channel for _, each in permitted)


def commands_main() -> str:
    """What the MF answers."""
    return _commands(ssse_table.MAIN)


def commands_ssse() -> str:
    """What SSSE and its directories answer."""
    return _commands(ssse_table.SSSE)


def commands_financial() -> str:
    """What PSE, PPSE and debit application answer; the last answers all of it."""
    each, debit = (pse_table.TABLES[name] for name in (aid.PSE, aid.DEBIT))
    more = {key: row for key, row in debit.items() if key not in each}
    return f"Each of them:\n\n{_commands(each)}\nThe debit application also:\n\n{_commands(more)}"


_LE = {True: "yes", False: "no", None: "may be"}


def _commands(commands: Table[Any]) -> str:
    rows = []
    for (cla, ins), row in commands.items():
        rows += _medical(ins, row) if cla == MEDICAL_CLASS else [form(cla, ins, row)]
    return table(("header", "command", "P1", "P2", "data bytes", "Le", "meaning"), rows)


def form(cla: int, ins: int, row: Row[Any], name: str | None = None) -> tuple[str, ...]:
    """One command as a row of a table: header, name, P1, P2, lengths, Le, meaning."""
    return (
        f"`{cla:02X} {ins:02X}`",
        names.interindustry(ins, cla) if name is None else name,
        _codes(row.p1),
        _codes(row.p2),
        _lengths(row.lc),
        _LE[row.le],
        summary(row.handler.__doc__),
    )


def _medical(ins: int, row: Row[Any]) -> list[tuple[str, ...]]:
    """One row for each P1: what a command of class B0 is depends on it."""
    return [
        (
            f"`{MEDICAL_CLASS:02X} {ins:02X}`",
            names.medical(ins, p1),
            f"{p1:02X}",
            _codes(row.p2),
            str(form.lc),
            _LE[(None if form.lc else True) if form.answer else False],
            summary(form.handler.__doc__),
        )
        for (each, p1), form in FORMS.items()
        if each == ins
    ]


def _codes(legal: Container[int]) -> str:
    """P1 or P2 in hexadecimal: ranges, or the form with an SFI in the high five bits."""
    values = [value for value in range(0x100) if value in legal]
    if len(values) == 0x100:
        return "any"
    low, high = sorted({value & 7 for value in values}), sorted({value >> 3 for value in values})
    whole = high == list(range(high[0], high[-1] + 1)) and len(low) * len(high) == len(values)
    if whole and len(low) < 8 and len(high) > 2:
        ways = " or ".join(map(str, low))
        return f"SFI × 8 + {ways}, SFI {high[0]:02X}–{high[-1]:02X}"
    return ", ".join(_range(first, last, "02X") for first, last in _ranges(values))


def _lengths(legal: Container[int]) -> str:
    values = [value for value in range(0x10000) if value in legal]
    return ", ".join(_range(first, last, "d") for first, last in _ranges(values))


def _ranges(values: Sequence[int]) -> Iterator[tuple[int, int]]:
    first = last = values[0]
    for value in values[1:]:
        if value != last + 1:
            yield first, last
            first = value
        last = value
    yield first, last


def _range(first: int, last: int, form: str) -> str:
    if first == last:
        return f"{first:{form}}"
    return f"{first:{form}}{', ' if last == first + 1 else '–'}{last:{form}}"


def rights() -> str:
    """The truth table of access conditions, asked of the card's own security state."""
    shown = {"nothing": (False, ()), "PIN": (True, ()), "key": (False, (1,))}
    shown["PIN and key"] = (True, (1,))
    rows = []
    for condition in Condition:
        rule = AccessRule(condition, 1 if condition.needs_key else None)
        answers = []
        for pin, keys in shown.values():
            state = SecurityState(pin, {(0, kid) for kid in keys})
            answers.append("yes" if state.permits(rule, 0) else "–")
        rows.append((condition.value, *answers))
    return table(("condition", *(f"shown: {each}" for each in shown)), rows)


def memory() -> str:
    """How the chip's memory is split."""
    chip = load_chip(_CHIP)
    parts = {"journal": JOURNAL_PAGES * PAGE, **chip.partitions}
    unused = chip.size - sum(parts.values())
    rows = [(name, f"{size:,}") for name, size in (parts | {"not used": unused}).items()]
    note = (
        f"Chip `{chip.name}`, {chip.size:,} bytes in pages of {PAGE}.  The journal has "
        f"{JOURNAL_PAGES} pages: {_journal()}.  Mark: {chip.mark}.\n\n"
    )
    return note + table(("part", "bytes"), rows)


def _journal() -> str:
    pages = {
        "index": len((INDEX,)),
        "recovery mark": len((MARK,)),
        "witnesses": WITNESSES,
        "copies": JOURNAL_SLOTS,
    }
    return ", ".join(f"{count} {name}" for name, count in pages.items())


def status_words() -> str:
    """The status words that have a name."""
    rows = [(f"`{sw.value:04X}`", words(sw.name).lower()) for sw in StatusWord]
    return table(("status word", "name in the code"), rows)

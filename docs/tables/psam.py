"""What a simulated PSAM does, from the tables of ``sscard.cos.psam`` and its chip files."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sscard.apdu.iso7816 import INS
from sscard.apdu.psam import PsamINS
from sscard.cos.psam.states import TRANSITIONS, State, Step
from sscard.cos.psam.table import COMMANDS
from sscard.dialects.psam_chip import CounterStep, KeyAfter, PsamRules, WrongMac2
from sscard.keys.key_table import KEYS
from sscard.profiles.chips import load_psam_chip, psam_chip_names
from tables import names
from tables.card import form
from tables.markdown import table, words

_WRITE_KEY = "CREATE KEY, CHANGE KEY"
_CHOICES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "counter_goes_on_at": tuple(each.value for each in CounterStep),
        "wrong_mac2": tuple(each.value for each in WrongMac2),
        "key_after_computation": tuple(each.value for each in KeyAfter),
    }
)


def commands_psam() -> str:
    """What a PSAM of the 3DES environment answers; with 16-byte blocks other lengths."""
    rows = [form(cla, ins, row, _name(cla, ins)) for (cla, ins), row in COMMANDS["3des"].items()]
    return table(("header", "command", "P1", "P2", "data bytes", "Le", "meaning"), rows)


def psam_lengths() -> str:
    """Where the two environments differ in the lengths of data."""
    rows = []
    for (cla, ins), row in COMMANDS["3des"].items():
        other = COMMANDS["sm4"][cla, ins]
        lengths = [form(cla, ins, each, "")[4] for each in (row, other)]
        if lengths[0] != lengths[1]:
            rows.append((f"`{cla:02X} {ins:02X}` {_name(cla, ins)}", *lengths))
    return table(("command", "3DES", "SM4"), rows)


def psam_states() -> str:
    """What a session key's register does; everything else is 6901."""
    rows = [
        (words(state.name).lower(), step.value, words(after.name).lower())
        for (state, step), after in TRANSITIONS[KeyAfter.GONE].items()
        if step not in (Step.DELIVERY, Step.INIT_SAM)
    ]
    begins = [
        ("any", step.value, words(after.name).lower())
        for (state, step), after in TRANSITIONS[KeyAfter.GONE].items()
        if state is State.IDLE and step in (Step.DELIVERY, Step.INIT_SAM)
    ]
    return table(("state", "command", "next state"), [*begins, *rows])


def psam_settings() -> str:
    """The settings of the chip files, and what the packaged ones say."""
    chips = [load_psam_chip(name) for name in psam_chip_names()]
    rows = []
    for name in PsamRules.__slots__:
        said = {str(getattr(chip.rules, name).value) for chip in chips}
        rows.append((f"`{name}`", ", ".join(_CHOICES[name]), ", ".join(sorted(said))))
    return table(("setting", "one of", "packaged"), rows)


def psam_keys() -> str:
    """What the sources say PSAMs hold: usage and id of each key."""
    rows = [
        (
            entry.directory,
            entry.name,
            ", ".join(f"`{use}` [{use.mark}]" for use in entry.psam),
        )
        for entry in KEYS
        if entry.psam
    ]
    return table(("directory", "key", "usage,id in a PSAM"), rows)


def _name(cla: int, ins: int) -> str:
    if ins == PsamINS.WRITE_KEY:
        return _WRITE_KEY
    if ins in set(PsamINS) and cla != 0:
        return words(PsamINS(ins).name)
    return names.interindustry(INS(ins))

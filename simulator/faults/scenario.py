"""Fault scenarios: TOML files that say what goes wrong with a card, counted or drawn by a seed."""

from __future__ import annotations

import random
import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from simulator.faults.fault import MOMENTS, Fault, Kind, Moment
from simulator.faults.torn_memory import Torn
from sscard.errors import ProfileError

_Count = Annotated[int, Field(ge=1)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FaultTable(_Table):
    """One ``[[fault]]``: a kind and one of the four moments; see ``Fault``."""

    kind: Kind
    command: _Count | None = None
    response: _Count | None = None
    reset: _Count | None = None
    page: _Count | None = None
    times: _Count = 1
    torn: Torn = Torn.OLD
    byte: int = 0
    mask: Annotated[int, Field(ge=1, le=0xFF)] = 0xFF
    extensions: _Count = 1
    seconds: Annotated[float, Field(ge=0)] = 1.0

    @model_validator(mode="after")
    def _is_a_fault(self) -> FaultTable:
        self.fault()
        return self

    def fault(self) -> Fault:
        """What the table says."""
        return Fault(**dict(self))


class RandomTable(_Table):
    """``[random]``: on average one fault in ``every`` commands, over so many ``commands``."""

    seed: int
    every: _Count
    commands: _Count
    kinds: Annotated[tuple[Kind, ...], Field(min_length=1)] = tuple(Kind)


class ReaderTable(_Table):
    """``[reader]``: seconds that it waits for a card which asks for more time."""

    patience_seconds: Annotated[float, Field(gt=0)] | None = None


class Scenario(_Table):
    """What goes wrong with one card."""

    about: str = ""
    fault: tuple[FaultTable, ...] = ()
    random: RandomTable | None = None
    reader: ReaderTable = ReaderTable()

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The counted faults and those drawn; the same ones each time."""
        listed = tuple(each.fault() for each in self.fault)
        return listed + (drawn(**dict(self.random)) if self.random else ())


def drawn(*, seed: int, every: int, commands: int, kinds: tuple[Kind, ...]) -> tuple[Fault, ...]:
    """Faults at commands and responses, one in ``every`` commands on average, by ``seed`` alone."""
    chance = random.Random(seed)  # noqa: S311 repeatable, not secret
    found = []
    for number in range(1, commands + 1):
        if chance.randrange(every) == 0:
            kind = chance.choice(kinds)
            moments = [each for each in (Moment.COMMAND, Moment.RESPONSE) if each in MOMENTS[kind]]
            table = {"kind": kind, chance.choice(moments).value: number}
            table |= {"byte": chance.randrange(-2, 5), "mask": chance.randrange(1, 0x100)}
            found.append(FaultTable.model_validate(table).fault())
    return tuple(found)


def load_scenario(path: Path) -> Scenario:
    """The scenario in a TOML file.  Raises ProfileError naming the file, the place and why."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProfileError(f"{path}: cannot be read ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProfileError(f"{path}: {error}") from None
    try:
        return Scenario.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        raise ProfileError(f"{path}: {_place(first['loc'])}{first['msg']}") from None


def _place(where: tuple[Any, ...]) -> str:
    """``fault 2.kind: `` and the like; tables are counted from 1."""
    words = [str(each + 1) if isinstance(each, int) else each for each in where]
    return ".".join(words).replace("fault.", "fault ") + ": " if words else ""

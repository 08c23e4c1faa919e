"""Where a mutant takes hold of one card: its tables, its parts, its line; all is put back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest

from simulator import VirtualCard
from sscard.apdu.command import CommandAPDU
from sscard.cos import NVM, Card
from sscard.cos.environment import Environment
from sscard.cos.ssse import table

Handler = Callable[[Environment, CommandAPDU], bytes]
Process = Callable[[bytes], bytes]
Alteration = Callable[["Hands"], None]

_KNOWN: dict[str, Alteration] = {}
#: What is done to the card OS, by the mutant's id.
ALTERATIONS: Mapping[str, Alteration] = MappingProxyType(_KNOWN)


def mutant(alteration: Alteration) -> Alteration:
    """Declares what is done to the card by the id of the same name."""
    _KNOWN[alteration.__name__.replace("_", "-")] = alteration
    return alteration


@dataclass(frozen=True, slots=True)
class Hands:
    """``patch`` undoes everything when the test is over; the card itself is thrown away."""

    card: VirtualCard
    patch: pytest.MonkeyPatch

    @property
    def os(self) -> Card:
        """The card's operating system."""
        return self.card.card

    @property
    def nvm(self) -> NVM:
        """Its memory."""
        return self.os.nvm

    @property
    def social(self) -> Environment:
        """SSSE."""
        return self.os._social

    @property
    def main(self) -> Environment:
        """The MF."""
        return self.os._main

    def around(self, change: Callable[[Handler], Handler], *commands: tuple[int, int]) -> None:
        """Put something around the handlers of these commands of SSSE (class, instruction)."""
        rows = dict(self.os._tables[id(self.social)])
        for each in commands:
            rows[each] = replace(rows[each], handler=change(rows[each].handler))
        self.patch.setitem(self.os._tables, id(self.social), rows)

    def everywhere(self, change: Callable[[tuple[int, int], Any], Any]) -> None:
        """Change every row of MF's and SSSE's tables."""
        for env, rows in ((self.main, table.MAIN), (self.social, table.SSSE)):
            changed = {key: change(key, row) for key, row in rows.items()}
            self.patch.setitem(self.os._tables, id(env), changed)

    def line(self, lie: Callable[[Process], Process]) -> None:
        """Put something between the card and whoever talks to it."""
        lying = lie(self.os.process)
        self.patch.setattr(self.os, "process", lying)
        self.patch.setattr(self.card._tpdus, "_answer", lying)

    def at_reset(self, after: Callable[[Callable[[], None]], None]) -> None:
        """Let ``after`` do SSSE's part of a reset: it is given the right way to do it."""
        reset = self.social.reset
        self.patch.setattr(self.social, "reset", lambda: after(reset))

    def compares(self, module: Any, equal: Callable[[bytes, bytes], bool]) -> None:
        """Let a module of the card OS find two secrets equal by this."""
        self.patch.setattr(module, "hmac", SimpleNamespace(compare_digest=equal))

"""Which keys and PINs may still be tried in this run: whatever failed once is not tried again."""

from __future__ import annotations

from dataclasses import dataclass, field

#: Fewer tries than this are the holder's, not a test's.
FEWEST_TRIES = 2
PIN = "PIN"


def key_name(name: str, version: int) -> str:
    """A key as people call it."""
    return f"{name} v{version}"


@dataclass(slots=True)
class Trust:
    """A ledger of proofs.  Names are ``PIN``, those of ``key_name`` and ``SECRETS``."""

    #: What was shown right and refused, with the case where it happened first.
    refused: dict[str, str] = field(default_factory=dict)
    #: What the card has taken at least once.
    proven: set[str] = field(default_factory=set)
    #: Tries left, as the card last said.
    tries: dict[str, int] = field(default_factory=dict)
    #: The most tries that a PIN has had: what it is restored to.
    full: dict[str, int] = field(default_factory=dict)

    def shown(self, name: str, sw: int | None, case: str) -> None:
        """A right proof was answered with this status word."""
        if sw == 0x9000:
            self.proven.add(name)
            self.tries.pop(name, None)  # all of them, however many that is
        elif sw is not None and (sw & 0xFFF0 == 0x63C0 or sw == 0x6983):
            self.refused.setdefault(name, case)
            self.failed(name, sw)

    def failed(self, name: str, sw: int | None) -> None:
        """A proof, right or wrong, was refused."""
        if sw is not None and sw & 0xFFF0 == 0x63C0:
            self.tries[name] = sw & 0x0F
        elif sw == 0x6983:
            self.tries[name] = 0

    def counted(self, left: int, name: str = PIN) -> None:
        """The card says that a PIN has so many tries."""
        self.tries[name] = left
        self.full[name] = max(left, self.full.get(name, 0))

    def short(self, name: str = PIN) -> str:
        """That a PIN has fewer tries than it had, or nobody knows; empty where it has them all."""
        left = self.tries.get(name)
        if left is not None and left >= self.full.get(name, left):
            return ""
        return f"{left} tries of {self.full.get(name)}"

    def why_not(self, name: str) -> str:
        """Why a right proof must not be tried; empty where it may."""
        if name in self.refused:
            return f"{name} was refused in {self.refused[name]} and is not tried again"
        left = self.tries.get(name, FEWEST_TRIES)
        if left < 1:
            return f"{name} is blocked"
        if left < FEWEST_TRIES and name not in self.proven:
            return f"{name} has {left} tries left, and nobody knows whether ours is right"
        return ""

    def why_not_wrong(self, name: str) -> str:
        """Why a wrong proof must not be tried; empty where it may."""
        if reason := self.why_not(name):
            return reason
        if name not in self.proven:
            return f"{name} has not been shown right in this run"
        left = self.tries.get(name, FEWEST_TRIES)
        return f"{name} has {left} tries left" if left < FEWEST_TRIES else ""

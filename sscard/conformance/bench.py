"""What the tester brings: the profile, keys and PIN as far as there are any, a way to cut power."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol, runtime_checkable

from sscard.apdu.command import CommandAPDU
from sscard.conformance.certificates import NONE, CertificateMeans
from sscard.keys.hierarchy import Factors
from sscard.profiles import Profile

Random = Callable[[int], bytes]


class KeySource(Protocol):
    """Keys of the card under test: a key store, an HSM behind a service, or a PSAM.

    Operations raise KeyStoreError for what the source does not hold or cannot do.
    """

    def holds(self, name: str, version: int, /) -> bool:
        """Whether ``authentication`` and the others work with this key."""
        ...

    def authentication(
        self, name: str, version: int, factors: Factors, challenge: bytes, data: bytes, /
    ) -> bytes:
        """The 8 bytes that prove a key over 8 bytes of original data (ssc 4 rows 1 and 2)."""
        ...

    def mac(
        self, name: str, version: int, factors: Factors, session: bytes, message: bytes, /
    ) -> bytes:
        """4 bytes under the session key of ``session`` (ssc 4 rows 3 and 4)."""
        ...

    def tac(self, name: str, version: int, factors: Factors, message: bytes, /) -> bytes:
        """4 bytes under the key itself, as a TAC is made (ssc 5.2)."""
        ...

    def sealed(
        self,
        name: str,
        factors: Factors,
        challenge: bytes,
        command: CommandAPDU,
        /,
        *,
        enciphered: bool = False,
    ) -> CommandAPDU:
        """The command with its MAC behind the data, which may be enciphered (rows 3 and 5)."""
        ...


@runtime_checkable
class CodesCards(Protocol):
    """A key source that also has the city's key of card identification codes."""

    def authentication_code(self, factors: Factors, data: bytes, /) -> bytes:
        """The last 4 bytes over the 12 before.  Raises KeyStoreError."""
        ...


class PowerCutter(Protocol):
    """Whoever can take the power away in the middle of a command."""

    def whole(self, command: bytes, /) -> bytes:
        """Send a command without cutting anything, and learn how long its work takes."""
        ...

    def moments(self, command: bytes, /) -> int:
        """How many different moments there are in the work of this command, as far as known."""
        ...

    def cut(self, command: bytes, moment: float, /) -> None:
        """Send a command and cut the power at ``moment``: 0 as it arrives, 1 as it is done.

        The card is without power afterwards, also when it had answered before.
        """
        ...


#: What ``protocol`` says where a reader hides T=0: it follows 61xx and 6Cxx, and drops Le.
T0_IN_READER = "T=0 in a reader"


@dataclass(frozen=True)
class Bench:
    """One set-up.  ``pin`` is in the card's form; ``city`` is read from the card where it is empty.

    ``protocol`` is ``T=1``, ``T=0``, or ``T0_IN_READER``.  ``facts`` are words that cases may ask
    for in ``needs``: ``psam``, ``bank``.  ``bank_pin`` is packed like ``pin``; ``today`` is what
    dates are compared with, the day in China.
    """

    profile: Profile = field(repr=False)
    random: Random = field(repr=False)
    keys: KeySource | None = field(default=None, repr=False)
    pin: bytes | None = field(default=None, repr=False)
    power: PowerCutter | None = field(default=None, repr=False)
    contactless: bool = False
    protocol: str = "T=1"
    writes: bool = True
    destructive: bool = False
    city: str = ""
    facts: frozenset[str] = frozenset()
    bank_pin: bytes | None = field(default=None, repr=False)
    today: date | None = None
    #: Secrets of the certificate application, and its CA.
    certificates: CertificateMeans = NONE

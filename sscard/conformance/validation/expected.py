"""What a card has to be, and what may be tried on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sscard.keys.types import NotCopied, Pin
from sscard.keys.x509 import Certificate
from sscard.perso.audit_transaction import Witnesses
from sscard.perso.order import WantedCard
from sscard.perso.pse_groupings import Instance


@dataclass(frozen=True, slots=True)
class CertificatesExpected(NotCopied):
    """Of the certificate application: the PIN that may be shown, whom one trusts, and when.

    ``guessed``: nobody has named the root; certificates of another CA are then not proven.
    """

    user_pin: Pin | None = field(default=None, repr=False)
    root: Certificate | None = None
    issuers: tuple[Certificate, ...] = ()
    at: datetime | None = None
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class Expected:
    """One card as its record and profile say it is.

    ``card`` has no keys where there is no store: then none is tried.  ``pin`` says whether its PIN
    may be shown.  ``left_open`` are columns of the record that say nothing on purpose.  ``code`` is
    the authentication code that the store makes for the card's number, None without its key.
    """

    card: WantedCard
    pin: bool
    left_open: frozenset[str] = frozenset()
    code: bytes | None = field(default=None, repr=False)
    #: The financial side, empty where the record has no account.
    instances: tuple[Instance, ...] = ()
    witnesses: Witnesses = field(default_factory=Witnesses)
    certificates: CertificatesExpected = field(default_factory=CertificatesExpected)

    @property
    def keys(self) -> bool:
        """Whether there are keys to try."""
        return bool(self.card.keys)

    def open(self, name: str) -> bool:
        """Whether the record leaves this element open: as a whole, or a part of it."""
        return any(each == name or each.startswith(f"{name}.") for each in self.left_open)

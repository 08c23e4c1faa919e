"""What can go wrong in a ceremony, by what is to be done about it."""

from __future__ import annotations

from sscard.errors import KeyStoreError


class CeremonyError(KeyStoreError):
    """A step that cannot be done; the message says why and never holds a value."""


class WrongEntry(CeremonyError):
    """Something typed that is not what it must be.  Nothing is lost: it may be typed again."""


class WrongParity(CeremonyError):
    """The XOR of 3DES components lacks odd parity, which ``set_parity`` may give it."""


class RecordDamaged(CeremonyError):
    """A ceremony record that is not what its officer signed; the message names the line."""

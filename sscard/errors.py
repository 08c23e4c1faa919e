"""The error tree, by who is to blame; ``StatusError`` (the card said no) is in ``apdu.status``."""


class SscardError(Exception):
    """Root.  Catch this to catch anything sscard raises on purpose."""


class MalformedData(SscardError):
    """Bytes from outside that do not parse (card, reader, file)."""


class TransportError(SscardError):
    """No answer: reader gone, card removed, power lost."""


class ProfileError(SscardError):
    """The author of a profile made a mistake; the message names the place."""


class ApplicantError(SscardError):
    """A list of applicants that cannot be read; the message names file and line."""


class KeyStoreError(SscardError):
    """A key store is missing, damaged, or does not hold what was asked for."""


class LedgerError(SscardError):
    """The ledger refuses: locked by another run, damaged, or a number used twice."""


class NotVerified(SscardError):
    """The audit found a card that is not what the profile says."""

"""Why there is no answer, where the reason is known; the rest is a plain ``TransportError``."""

from sscard.errors import TransportError


class NoService(TransportError):
    """The PC/SC service does not run, or the library that speaks to it is not installed."""


class NoReader(TransportError):
    """No reader at all, none of that name, or the reader was unplugged."""


class NoCard(TransportError):
    """No card is in the reader, or none came in the time allowed."""


class CardRemoved(TransportError):
    """The card that the connection was made to is no longer there, even if another one is."""


class CardMute(TransportError):
    """There is a card, and it does not answer to reset."""


class ReaderInUse(TransportError):
    """Another program has the reader to itself, or has a connection to its card."""

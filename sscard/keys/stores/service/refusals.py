"""Why a key service does not answer: a code for programs, a sentence for people, never data."""

from __future__ import annotations

from enum import StrEnum, unique

from sscard.errors import KeyStoreError


@unique
class Code(StrEnum):
    """The codes of error answers; the last four end the connection."""

    #: The store has no such key, version or address.
    UNKNOWN_KEY = "unknown-key"
    #: The client has no right to this operation, or to one of its keys.
    NOT_ALLOWED = "not-allowed"
    #: This store does not offer the operation.
    UNKNOWN_OPERATION = "unknown-operation"
    #: Members of the request are missing, superfluous or of a wrong form.
    WRONG_REQUEST = "wrong-request"
    #: The store does not do it: levels or lengths that a key does not take, or it cannot work.
    REFUSED = "refused"
    #: The CA has answered for another key of this card.
    ANOTHER_KEY = "another-key"
    #: No client has this token.
    WRONG_TOKEN = "wrong-token"  # noqa: S105
    #: The first line was no greeting of this protocol.
    WRONG_PROTOCOL = "wrong-protocol"
    #: A line that is no request.
    MALFORMED = "malformed"
    #: A line longer than a line may be.
    TOO_LONG = "too-long"


class Refused(KeyStoreError):
    """The service said no."""

    def __init__(self, code: Code, text: str) -> None:
        super().__init__(text)
        self.code = code

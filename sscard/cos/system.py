"""The system partition: what belongs to the card and to no application (fixed places)."""

from __future__ import annotations

import hmac

from sscard.apdu.status import StatusError, StatusWord
from sscard.channel import ssc
from sscard.cos.life_cycle import TRANSITIONS, CardEvent, CardState, after
from sscard.cos.partition import Partition
from sscard.dialects.operations import AuthenticateTransport
from sscard.keys import SecretKey, Suite

_STATE, _LIMIT, _TRIES, _HISTORICAL, _TRANSPORT = 0, 1, 2, 3, 16
_HISTORICAL_SIZE, _TRANSPORT_SIZE = 13, 16
#: Looked up with every command: a table is four times as fast as the enumeration's call.
_STATES = {state.value: state for state in CardState}


class System:
    """Life cycle, historical bytes, transport key; and whether the factory stage is open."""

    def __init__(self, partition: Partition, suite: Suite) -> None:
        self._suite = suite
        self._nvm = partition.nvm
        self._base = partition.base
        #: Volatile: the transport key was shown since power-on.
        self.opened = False

    def manufacture(self, historical: bytes, transport: bytes, tries: int) -> None:
        """What the chip maker writes before delivery (decision 12)."""
        self._write(_STATE, bytes((CardState.BLANK, tries, tries)) + historical + transport)
        self._nvm.commit()

    @property
    def state(self) -> CardState:
        """The state of the whole card."""
        return _STATES[self._nvm.image[self._base + _STATE]]

    @property
    def historical(self) -> bytes:
        """The 13 historical bytes that the next ATR will carry."""
        return self._read(_HISTORICAL, _HISTORICAL_SIZE)

    def write_historical(self, historical: bytes) -> None:
        """Set the historical bytes; they are seen at the next reset."""
        self.happen(CardEvent.ATR_WRITTEN)
        self._write(_HISTORICAL, historical)

    def happen(self, event: CardEvent) -> None:
        """Change the card's state.  Raises StatusError 6985 when the table does not allow it."""
        self._write(_STATE, bytes((after(TRANSITIONS, self.state, event),)))

    @property
    def tries(self) -> tuple[int, int]:
        """Tries of the transport key: left, and at most."""
        left, limit = self._read(_TRIES, 1)[0], self._read(_LIMIT, 1)[0]
        return left, limit

    def transport_key(self) -> SecretKey:
        """The key of the lot; it secures the factory stage until a directory has its own."""
        return self._suite.key(self._read(_TRANSPORT, _TRANSPORT_SIZE))

    def open(self, operation: AuthenticateTransport, challenge: bytes) -> None:
        """Check the transport key: the try is counted before it is judged.

        Raises StatusError 63Cx, and 6983 once the tries are used up.
        """
        left = self._nvm.image[self._base + _TRIES]
        if not left:
            raise StatusError(StatusWord.AUTHENTICATION_BLOCKED)
        self._write(_TRIES, bytes((left - 1,)))
        self._nvm.commit()
        expected = ssc.authenticate(self._suite, self.transport_key(), challenge, operation.data)
        if not hmac.compare_digest(expected, operation.authentication_data):
            if left == 1:
                self.happen(CardEvent.TRANSPORT_TRIES_USED)
                self._nvm.commit()
            raise StatusError(StatusWord(0x63C0 | left - 1))
        self._write(_TRIES, self._read(_LIMIT, 1))
        self.opened = True

    def _read(self, offset: int, size: int) -> bytes:
        at = self._base + offset
        return bytes(self._nvm.image[at : at + size])

    def _write(self, offset: int, data: bytes) -> None:
        self._nvm.write(self._base + offset, data)

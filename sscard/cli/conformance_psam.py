"""Keys of the card under test from a PSAM: what the ministry proves sample cards with."""

from __future__ import annotations

from typing import TypeVar

from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError
from sscard.errors import KeyStoreError
from sscard.keys import Factors, Suite
from sscard.keys.operations import KeyNotHeld
from sscard.perso.plan import Connection, Plan, attempt, run
from sscard.terminal.psam import PsamInfo, PsamKeys, open_psam

Answer = TypeVar("Answer")
_NOBODY = Factors(bytes(8), bytes(8), bytes(8))


class PsamSource:
    """A PSAM as a ``KeySource``: it has one version of each key, and seals with its first STK."""

    def __init__(self, connection: Connection, suite: Suite) -> None:
        """Opens it.  Raises StatusError for one without an environment of this suite."""
        self._connection = connection
        self._keys = PsamKeys(suite)
        self._held: dict[str, bool] = {}
        self.info: PsamInfo = run(open_psam(suite), connection)

    def holds(self, name: str, version: int) -> bool:
        """Whether it makes session keys of the key, in the version that it says it has."""
        if version != self.info.application.key_version:
            return False
        if name not in self._held:
            self._held[name] = self._delivers(name)
        return self._held[name]

    def authentication(
        self, name: str, version: int, factors: Factors, challenge: bytes, data: bytes
    ) -> bytes:
        """The 8 bytes that prove a key.  Raises KeyStoreError, also for another version."""
        if not self.holds(name, version):
            raise KeyNotHeld(f"the PSAM has no {name} v{version}")
        return self._run(name, self._keys.authentication(name, factors, challenge, data))

    def sealed(
        self,
        name: str,
        factors: Factors,
        challenge: bytes,
        command: CommandAPDU,
        *,
        enciphered: bool = False,
    ) -> CommandAPDU:
        """The command with its MAC.  Raises KeyStoreError, for enciphered data always."""
        if enciphered:
            raise KeyNotHeld(f"{name}: a terminal does not encipher data with a PSAM")
        return self._run(name, self._keys.protected(name, factors, challenge, command))

    def mac(
        self, name: str, _version: int, _factors: Factors, _session: bytes, _message: bytes
    ) -> bytes:
        """Raises KeyNotHeld: PSAMs give MACs of whole commands only."""
        raise KeyNotHeld(f"{name}: a PSAM computes no MAC of other texts than commands")

    def tac(self, name: str, _version: int, _factors: Factors, _message: bytes) -> bytes:
        """Raises KeyNotHeld: that key stays at the host."""
        raise KeyNotHeld(f"{name}: no PSAM has the key of TACs")

    def _delivers(self, name: str) -> bool:
        try:
            found = run(attempt(self._keys.deliver(name, _NOBODY, bytes(8))), self._connection)
        except KeyStoreError:
            return False
        return not isinstance(found, StatusError)

    def _run(self, name: str, plan: Plan[Answer]) -> Answer:
        if not self.holds(name, self.info.application.key_version):
            raise KeyNotHeld(f"the PSAM has no {name}")
        try:
            return run(plan, self._connection)
        except StatusError as refused:
            raise KeyNotHeld(f"PSAM: {name}: {refused}") from None

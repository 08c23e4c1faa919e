"""A PSAM gets its keys from the place that holds their roots, and nobody between sees them.

What a terminal's PSAM holds is above a card's level: a city's, a province's or the ministry's key.
No other request gives such a key out.  Here it leaves as the data of CREATE KEY (ssc 5.3, 4 row 7
[S]), under the master key of one PSAM's application, which the same place derives.
"""

from __future__ import annotations

from typing import Final, NamedTuple, Protocol, runtime_checkable

from sscard.errors import KeyStoreError
from sscard.keys.hierarchy import Factors
from sscard.keys.key_table import KEYS_BY_NAME
from sscard.keys.load_forms import LoadLine, PsamRecord
from sscard.keys.operations import KeyReference
from sscard.keys.suite_protocol import Suite
from sscard.keys.types import SecretKey

#: The masters of a PSAM's own keys, diversified like a card's: of its DDF and of its ADF, and what
#: gives the right to load keys of the ministry, the province and the city (names assumed).
PSAM_DDF_MASTER: Final = KeyReference("PSAM-MKDDF", 1)
PSAM_ADF_MASTER: Final = KeyReference("PSAM-MKADF", 1)
PSAM_OWN: Final = tuple(KeyReference(f"PSAM-KID{kid:02}", 1) for kid in (1, 2, 3))
PSAM_KEY_NAMES: Final = frozenset(
    each.name for each in (PSAM_DDF_MASTER, PSAM_ADF_MASTER, *PSAM_OWN)
)
_LEVELS = 3  # diversifications from the ministry's root to a card


class PsamLoad(NamedTuple):
    """One key for one PSAM: ``factors`` are the PSAM's own, as a card's are.

    ``usage`` and ``key_id`` are those of ``PsamUse``: three bits of the usage say at which level
    the key is held, so the first of the PSAM's own factors lead down to it.
    """

    key: KeyReference
    usage: int
    key_id: int
    factors: Factors

    @property
    def area(self) -> tuple[bytes, ...]:
        """The factors from the ministry's root down to the key."""
        above = (self.factors.province, self.factors.city)
        return above[: _LEVELS - (self.usage >> 5)]


class Sealing(NamedTuple):
    """Header of the command (CLA INS P1 P2) and the PSAM's challenge."""

    header: bytes
    challenge: bytes


@runtime_checkable
class LoadsPsams(Protocol):
    """A place that can seal a root key for a PSAM."""

    def load_psam(self, load: PsamLoad, sealing: Sealing) -> bytes:
        """The data of the command.  Raises KeyStoreError."""
        ...


def require_loadable(load: PsamLoad) -> None:
    """Raises KeyStoreError for a key that no PSAM holds, and for a use that is not its own."""
    entry = KEYS_BY_NAME.get(load.key.name)
    ids = {use.key_id for use in entry.psam} if entry else set()
    if load.key_id not in ids or not 1 <= load.usage >> 5 <= _LEVELS:
        raise KeyStoreError(
            f"key {load.key.name}: no PSAM holds it as {load.usage:02X},{load.key_id:02X}"
        )


def sealed(
    suite: Suite, load: PsamLoad, sealing: Sealing, key: SecretKey, master: SecretKey
) -> bytes:
    """The data of CREATE KEY: the record with ``key``, under the PSAM's ``master``."""
    record = PsamRecord(load.usage, load.key_id, key)
    line = LoadLine(suite, master, sealing.challenge, direct=True)
    return line.seal(sealing.header, record.build())

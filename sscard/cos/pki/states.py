"""The lives of the key pairs and of the master keys, and who may do what, as tables.

Order of work and commands are known (ssc-more 1.5 [2+]); what a card forbids is not (ssc-more 8):
every transition that is not there, and every right, is assumed.  Of the two programs that write
certificates one shows both PINs before, the other the user's alone (ssc-more 1.5): so what they
ask for is a setting of the chip.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, IntEnum, unique
from functools import cache
from types import MappingProxyType

from sscard.apdu.status import StatusError, StatusWord


@unique
class Pair(Enum):
    """The two pairs of keys."""

    SIGNATURE = "signature"
    ENCRYPTION = "encryption"


@unique
class PairState(IntEnum):
    """Stored with the public key."""

    EMPTY = 0x00
    #: The public half is there, the private one is to come.
    PUBLIC = 0x01
    COMPLETE = 0x03


@unique
class PairEvent(IntEnum):
    """What moves a pair on.  Importing the public key that is there is none."""

    GENERATE = 1
    IMPORT_PUBLIC = 2
    IMPORT_PRIVATE = 3


#: A signature pair is made on the card and nowhere else, an encryption pair comes from outside.
PAIRS: Mapping[tuple[Pair, PairState, PairEvent], PairState] = MappingProxyType(
    {
        (Pair.SIGNATURE, PairState.EMPTY, PairEvent.GENERATE): PairState.COMPLETE,
        (Pair.SIGNATURE, PairState.COMPLETE, PairEvent.GENERATE): PairState.COMPLETE,
        (Pair.ENCRYPTION, PairState.EMPTY, PairEvent.IMPORT_PUBLIC): PairState.PUBLIC,
        (Pair.ENCRYPTION, PairState.PUBLIC, PairEvent.IMPORT_PUBLIC): PairState.PUBLIC,
        (Pair.ENCRYPTION, PairState.COMPLETE, PairEvent.IMPORT_PUBLIC): PairState.PUBLIC,
        (Pair.ENCRYPTION, PairState.PUBLIC, PairEvent.IMPORT_PRIVATE): PairState.COMPLETE,
        (Pair.ENCRYPTION, PairState.COMPLETE, PairEvent.IMPORT_PRIVATE): PairState.COMPLETE,
    }
)


@unique
class MasterState(IntEnum):
    """Of a directory's master key."""

    #: The transport value of the region's blank cards.
    TRANSPORT = 0x03
    #: A key of this card.
    OWN = 0x07


#: Replacing is the one event.
MASTERS: Mapping[MasterState, MasterState] = MappingProxyType(
    {MasterState.TRANSPORT: MasterState.OWN, MasterState.OWN: MasterState.OWN}
)


@unique
class Proof(Enum):
    """What can be shown to the application: PINs until power-off.

    The current directory's master key until the next SELECT of a directory, as decision 5 has it.
    """

    USER = "user PIN"
    ADMIN = "admin PIN"
    MASTER = "master key"


@unique
class Act(Enum):
    """What asks for a right."""

    GENERATE = "make the signature pair"
    GENERATE_AGAIN = "make another one in its place"
    DECRYPT = "use a private key to decrypt"
    SIGN = "use a private key to sign"
    SET_SESSION_KEY = "give the session key"
    IMPORT = "bring the encryption pair"
    UPDATE = "write a certificate"
    CHANGE_ADMIN_PIN = "change the administrator's PIN"
    REPLACE_MASTER = "replace the current directory's master key"


Rights = Mapping[Act, frozenset[Proof]]
#: All of these must have been shown; what is written from outside asks for ``WRITING``.
_RIGHTS: Rights = MappingProxyType(
    {
        Act.GENERATE: frozenset({Proof.USER}),
        Act.GENERATE_AGAIN: frozenset({Proof.USER, Proof.ADMIN}),
        Act.DECRYPT: frozenset({Proof.USER}),
        Act.SIGN: frozenset({Proof.USER}),
        Act.CHANGE_ADMIN_PIN: frozenset({Proof.ADMIN}),
        Act.REPLACE_MASTER: frozenset({Proof.MASTER}),
    }
)
_WRITTEN = (Act.SET_SESSION_KEY, Act.IMPORT, Act.UPDATE)
#: What the ``writing`` of a chip means.
WRITING: Mapping[str, frozenset[Proof]] = MappingProxyType(
    {
        "user": frozenset({Proof.USER}),
        "admin": frozenset({Proof.ADMIN}),
        "both": frozenset({Proof.USER, Proof.ADMIN}),
    }
)


@cache
def rights(writing: str) -> Rights:
    """What each act asks for on a chip with this setting."""
    return MappingProxyType({**_RIGHTS, **dict.fromkeys(_WRITTEN, WRITING[writing])})


def after(pair: Pair, state: PairState, event: PairEvent) -> PairState:
    """The next state of a pair.  Whatever the table does not allow is 6985."""
    try:
        return PAIRS[pair, state, event]
    except KeyError:
        raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED, event.name) from None

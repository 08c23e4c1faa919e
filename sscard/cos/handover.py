"""The hand-over area (公共区): EF 001C under the MF, with rules of its own (decision 11, assumed).

The first byte is its state.  00: never used, not readable.  A5: carries data, readable by anyone on
contacts.  5A: closed; the card zeroes the data and refuses every later write.
"""

from __future__ import annotations

from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.environment import Environment
from sscard.cos.ssse import records
from sscard.dialects.reference import HANDOVER_FID

UNUSED, CARRYING, CLOSED = 0x00, 0xA5, 0x5A
_STATES = (UNUSED, CARRYING, CLOSED)


def read_binary(env: Environment, command: CommandAPDU) -> bytes:
    """As for any transparent file, but an area that was never used cannot be read."""
    data = records.read_binary(env, command)
    if _is_current(env) and _state(env) == UNUSED:
        raise StatusError(StatusWord.SECURITY_NOT_SATISFIED)
    return data


def update_binary(env: Environment, command: CommandAPDU) -> bytes:
    """As for any transparent file; writing state 5A clears the area and locks it for good.

    Raises StatusError 6985 for a closed area, 6A80 for a state that is none.
    """
    before = _state(env)
    records.update_binary(env, command)
    if not _is_current(env):
        return b""
    if before == CLOSED:
        raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)
    if _state(env) not in _STATES:
        raise StatusError(StatusWord.WRONG_DATA)
    if _state(env) == CLOSED:
        at, size = env.files.directories[env.root].by_fid[HANDOVER_FID].places[0]
        env.nvm.write(at + 1, bytes(size - 1))
    return b""


def _is_current(env: Environment) -> bool:
    """Whether the file just named is the area: other files of the MF have no states."""
    return env.ef is not None and env.ef.fid == HANDOVER_FID


def _state(env: Environment) -> int | None:
    """The state byte in the working copy; None where the card has no such area."""
    root = env.files.directories.get(env.root)
    area = root.by_fid.get(HANDOVER_FID) if root else None
    return env.nvm.image[area.places[0][0]] if area else None

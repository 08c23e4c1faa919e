"""The hand-over area (公共区): EF 001C under the MF, with rules of its own (decision 11, assumed).

The first byte is its state.  00: never used, not readable.  A5: carries data, readable by anyone on
contacts.  5A: closed; the card zeroes the data and refuses every later write.
"""

from __future__ import annotations

from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.environment import Environment
from sscard.cos.files import ElementaryFile
from sscard.cos.ssse import records
from sscard.dialects.reference import HANDOVER_FID

UNUSED, CARRYING, CLOSED = 0x00, 0xA5, 0x5A
_STATES = (UNUSED, CARRYING, CLOSED)


def read_binary(env: Environment, command: CommandAPDU) -> bytes:
    """As for any transparent file, but an area that was never used cannot be read.

    Raises StatusError 6985 for the area on another interface than the contacts.
    """
    file, offset = records.body(env, command)
    env.require(file.read)
    if file.fid == HANDOVER_FID:
        _require_contacts(env)
        if _state(env, file) == UNUSED:
            raise StatusError(StatusWord.SECURITY_NOT_SATISFIED)
    return records.part(env, file, offset, command.ne)


def update_binary(env: Environment, command: CommandAPDU) -> bytes:
    """As for any transparent file; writing state 5A clears the area and locks it for good.

    Raises StatusError 6985 for a closed area and on another interface than the contacts, 6A80 for
    a state that is none.
    """
    file, offset = records.body(env, command)
    env.require(file.update)
    if file.fid != HANDOVER_FID:
        records.write_part(env, file, offset, command.data)
        return b""
    _require_contacts(env)
    if _state(env, file) == CLOSED:
        raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)
    records.write_part(env, file, offset, command.data)
    state = _state(env, file)
    if state not in _STATES:
        raise StatusError(StatusWord.WRONG_DATA)
    if state == CLOSED:
        at, size = file.places[0]
        env.nvm.write(at + 1, bytes(size - 1))
    return b""


def _require_contacts(env: Environment) -> None:
    if env.contactless:
        raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)


def _state(env: Environment, area: ElementaryFile) -> int:
    """The state byte in the working copy."""
    return env.nvm.image[area.places[0][0]]

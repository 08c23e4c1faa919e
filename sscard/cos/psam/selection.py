"""SELECT and INIT ENVIRONMENT of a PSAM (ssc 5.3 [S])."""

from __future__ import annotations

from sscard.apdu.command import CommandAPDU
from sscard.apdu.psam import ENVIRONMENTS
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.files import Directory
from sscard.cos.psam.environment import APPLICATION, MF, PsamEnvironment
from sscard.dialects.operations import Structure
from sscard.keys import TDES_SUITE

BY_FID, UNDER_CURRENT, BY_NAME = 0x00, 0x02, 0x04
FORMS = (BY_FID, UNDER_CURRENT, BY_NAME)
_SHORTEST_NAME = 5
#: Cards of a province whose code begins so use SSF33 where they do not say otherwise (ssc 1.2 [S]).
_SSF33_PROVINCE = 0x11


def select(env: PsamEnvironment, command: CommandAPDU) -> bytes:
    """A directory answers with its FCI, an EF with nothing; no data is the MF.

    Raises StatusError 6700, 6A81 (no MF; the environment of SSF33), 6A82.
    """
    if command.p1 == BY_NAME:
        if len(command.data) < _SHORTEST_NAME:
            raise StatusError(StatusWord.WRONG_LENGTH)
        return _enter(env, _named(env, command.data))
    if len(command.data) not in (0, 2):
        raise StatusError(StatusWord.WRONG_LENGTH)
    fid = int.from_bytes(command.data, "big") if command.data else MF
    if command.p1 == BY_FID and fid in (MF, *env.files.directories):
        return _enter(env, env.files.directories.get(fid))
    file = env.directory.by_fid.get(fid) if env.directory else None
    if file is None or file.structure is Structure.INTERNAL:
        raise StatusError(StatusWord.FILE_NOT_FOUND)
    env.select_file(file)
    return b""


def init_environment(env: PsamEnvironment, command: CommandAPDU) -> bytes:
    """Select the application for a user card, by the first byte of its identification code.

    Raises StatusError 6A80 (no packed digits), 6A81 (SSF33), 6985.
    """
    if not command.data.hex().isdigit():
        raise StatusError(StatusWord.WRONG_DATA)
    if env.suite is TDES_SUITE and command.data[0] == _SSF33_PROVINCE:
        raise StatusError(StatusWord.FUNCTION_NOT_SUPPORTED)
    application = env.files.directories.get(APPLICATION)
    if application is None:
        raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)
    env.select_directory(application)
    return b""


def _named(env: PsamEnvironment, name: bytes) -> Directory:
    if name == ENVIRONMENTS["ssf33"]:
        raise StatusError(StatusWord.FUNCTION_NOT_SUPPORTED)
    directory = env.by_name(name)
    if directory is None:
        raise StatusError(StatusWord.FILE_NOT_FOUND)
    return directory


def _enter(env: PsamEnvironment, directory: Directory | None) -> bytes:
    if directory is None:
        raise StatusError(StatusWord.FUNCTION_NOT_SUPPORTED)
    return env.select_directory(directory)

"""The factory stage of a PSAM: the reference dialect's commands, for one environment."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos import factory
from sscard.cos.environment import Environment
from sscard.cos.factory import Factory, NoBank
from sscard.cos.life_cycle import CardEvent
from sscard.cos.psam.environment import APPLICATION, MF
from sscard.cos.system import System
from sscard.dialects.operations import (
    CreateDirectory,
    EndPreIssue,
    KeyType,
    LoadKey,
)

_WRITE_KEY = (0x84, 0xD4)
_KEYS = frozenset({KeyType.MASTER, KeyType.EXTERNAL})


def concerns(command: CommandAPDU) -> bool:
    """Whether it is a factory command; with a key file in P2 it is CREATE or CHANGE KEY."""
    header = command.cla, command.ins
    if header == _WRITE_KEY:
        return command.p2 == 0 and command.p1 in (0, 1)
    return header in factory.INSTRUCTIONS


class PsamFactory(Factory):
    """An MF, which is the environment, and one application below it."""

    def __init__(self, system: System, env: Environment) -> None:
        super().__init__(system, env, env, NoBank())
        self._do = DO

    def create(self, env: Environment, operation: CreateDirectory) -> None:
        """Raises StatusError 6A80 for any other directory, 6A81 (no MF yet), 6A89, 6A84."""
        if operation.fid not in (MF, APPLICATION):
            raise StatusError(StatusWord.WRONG_DATA)
        if operation.fid == APPLICATION and MF not in env.files.directories:
            raise StatusError(StatusWord.FUNCTION_NOT_SUPPORTED)
        env.select_directory(env.files.create_directory(operation))

    def load_own_key(self, env: Environment, operation: LoadKey) -> None:
        """Raises StatusError 6A80 for a key that a PSAM has no use for."""
        if operation.type not in _KEYS:
            raise StatusError(StatusWord.WRONG_DATA)
        factory.DO[LoadKey](self, env, operation)

    def end(self, env: Environment, _operation: EndPreIssue) -> None:
        """Raises StatusError 6985 without MF and application, or without the final ATR."""
        if APPLICATION not in env.files.directories:
            raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)
        self._system.happen(CardEvent.END_PRE_ISSUE)
        self._system.opened = False


#: What each operation does to a PSAM.
DO: Mapping[type[Any], Any] = MappingProxyType(
    {
        **factory.DO,
        CreateDirectory: PsamFactory.create,
        LoadKey: PsamFactory.load_own_key,
        EndPreIssue: PsamFactory.end,
    }
)

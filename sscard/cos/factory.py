"""The factory stage: what the reference dialect's commands do to the card.

Open only before the end of pre-issue and after the transport key was shown since power-on.  Here,
and nowhere else, one hand reaches into the MF and into SSSE, because a factory makes both.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import replace
from typing import Any, Protocol

from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel import ssc
from sscard.cos.environment import Environment
from sscard.cos.life_cycle import FACTORY, CardEvent, DirectoryEvent
from sscard.cos.ssse.pin import SIZE as PIN_SIZE
from sscard.cos.system import System
from sscard.dialects import reference
from sscard.dialects.operations import (
    AuthenticateTransport,
    CreateDirectory,
    CreateFile,
    DeleteInstance,
    EndPreIssue,
    InstallInstance,
    KeyType,
    LoadKey,
    ReplaceMaster,
    SetFci,
    WriteHistorical,
)
from sscard.errors import MalformedData
from sscard.keys import SecretKey, Suite

INSTRUCTIONS = frozenset((row.cla, row.ins) for row in reference.ROWS)


class Bank(Protocol):
    """The financial side as a factory sees it."""

    def __contains__(self, name: object) -> bool:
        """Whether SELECT finds an application of this name there."""
        ...

    def install(self, name: bytes, /) -> None:
        """Make an application.  Raises StatusError 6A80, 6A89, 6A84, 6985."""
        ...

    def delete(self, name: bytes, /) -> None:
        """Delete one that is not issued.  Raises StatusError 6A88, 6985."""
        ...


class NoBank:
    """A chip without a financial side: nothing is found there or made."""

    def __contains__(self, name: object) -> bool:
        return False

    def install(self, _name: bytes, /) -> None:
        """Raises StatusError 6985."""
        raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)

    delete = install


class Factory:
    """Executes factory commands; ``select`` makes a new directory current on the card."""

    def __init__(
        self,
        system: System,
        main: Environment,
        social: Environment,
        bank: Bank,
        taken: Container[bytes] = (),
    ) -> None:
        self._system = system
        #: DF names that other applications of the chip have.
        self._taken = taken
        self._main = main
        self._social = social
        self._bank = bank
        #: What each operation does to the card.
        self._do = DO

    def execute(self, env: Environment, command: CommandAPDU) -> Environment:
        """Carry out one command in the current environment; returns the new current one.

        Raises StatusError 6985 (not blank), 6A86, 6982 (not opened), 6700, 6984, 6987, 6988, 6A80 …
        """
        if self._system.state not in FACTORY:
            raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)
        row = reference.row_at(command)
        if row is None:
            raise StatusError(StatusWord.WRONG_P1P2)
        if len(command.data) not in row.lc or command.ne:
            raise StatusError(StatusWord.WRONG_LENGTH)
        if row.operation is not AuthenticateTransport and not self._system.opened:
            raise StatusError(StatusWord.SECURITY_NOT_SATISFIED)
        plain = self._in_clear(env, command) if row.secured else command
        try:
            operation = reference.parse(plain)
        except MalformedData:
            raise StatusError(StatusWord.WRONG_DATA) from None
        return self._do[type(operation)](self, env, operation) or env

    def _in_clear(self, env: Environment, command: CommandAPDU) -> CommandAPDU:
        key, challenge = self._master(env), env.challenges.take()
        plain = ssc.unwrap_enciphered(command, env.suite, key, challenge)
        return replace(plain, cla=command.cla)  # the table knows the command by its secured class

    def _master(self, env: Environment) -> SecretKey:
        """The current directory's master key; until it has one, the lot's transport key."""
        stored = env.master()
        return env.secret(stored) if stored else self._system.transport_key()

    def _open(self, env: Environment, operation: AuthenticateTransport) -> None:
        self._system.open(operation, env.challenges.take())

    def _create_directory(self, env: Environment, operation: CreateDirectory) -> Environment:
        if operation.fid == self._main.root:
            target = self._main
        else:
            if self._main.root not in self._main.files.directories:
                raise StatusError(StatusWord.FUNCTION_NOT_SUPPORTED)  # no MF yet
            target = self._social
            if env is self._main and operation.fid != target.root:
                raise StatusError(StatusWord.WRONG_DATA)
        others = self._main if target is self._social else self._social
        name = operation.name
        if name and (name in self._bank or name in self._taken or others.by_name(name)):
            raise StatusError(StatusWord.FILE_EXISTS)
        target.select_directory(target.files.create_directory(operation))
        return target

    def _create_file(self, env: Environment, operation: CreateFile) -> None:
        directory = env.current()
        env.files.create_file(directory, operation)
        env.files.happen(directory, DirectoryEvent.COMPLETE)

    def _set_fci(self, env: Environment, operation: SetFci) -> None:
        directory = env.current()
        env.files.set_fci(directory, operation.proprietary)
        env.files.happen(directory, DirectoryEvent.COMPLETE)

    def _load_key(self, env: Environment, operation: LoadKey) -> None:
        if not _fits(operation, env.suite) or operation.limit > 0x0F:
            raise StatusError(StatusWord.WRONG_DATA)
        directory, master = env.current(), operation.type is KeyType.MASTER
        event = DirectoryEvent.LOAD_MASTER if master else DirectoryEvent.COMPLETE
        env.files.load_key(directory, operation)
        env.files.happen(directory, event)

    def _replace_master(self, env: Environment, operation: ReplaceMaster) -> None:
        stored = env.master()
        if stored is None:
            raise StatusError(StatusWord.KEY_NOT_FOUND)
        env.files.happen(env.current(), DirectoryEvent.REPLACE_MASTER)
        env.files.replace_key(stored, operation.value)

    def _install(self, _env: Environment, operation: InstallInstance) -> None:
        if any(env.by_name(operation.name) for env in (self._main, self._social)):
            raise StatusError(StatusWord.FILE_EXISTS)
        self._bank.install(operation.name)

    def _delete(self, _env: Environment, operation: DeleteInstance) -> None:
        self._bank.delete(operation.name)

    def _write_historical(self, _env: Environment, operation: WriteHistorical) -> None:
        self._system.write_historical(operation.historical)

    def _end(self, _env: Environment, _operation: EndPreIssue) -> None:
        if not all(env.root in env.files.directories for env in (self._main, self._social)):
            raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)  # a card for nothing, for good
        self._system.happen(CardEvent.END_PRE_ISSUE)
        self._system.opened = False


def _fits(key: LoadKey, suite: Suite) -> bool:
    """Whether the suite has keys of this length; a PIN has 8 bytes in every suite."""
    if key.type is KeyType.PIN:
        return len(key.value) == PIN_SIZE
    return is_key(key.value, suite)


def is_key(value: bytes, suite: Suite) -> bool:
    """Whether the suite has keys of this length."""
    try:
        suite.key(value)
    except ValueError:
        return False
    return True


#: The handlers of a user card; another card has some of its own.
DO: Mapping[type[Any], Callable[[Any, Environment, Any], Environment | None]] = {
    AuthenticateTransport: Factory._open,
    CreateDirectory: Factory._create_directory,
    CreateFile: Factory._create_file,
    SetFci: Factory._set_fci,
    LoadKey: Factory._load_key,
    ReplaceMaster: Factory._replace_master,
    InstallInstance: Factory._install,
    DeleteInstance: Factory._delete,
    WriteHistorical: Factory._write_historical,
    EndPreIssue: Factory._end,
}

"""Keys that a trace loads, opened by whoever has the transport key or the master key before them.

Of a key only type, identifier, version and check value are said, never the key, and of a PIN
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from sscard.apdu.status import StatusError
from sscard.channel.ssc import unwrap_enciphered
from sscard.dialects import reference
from sscard.dialects.operations import (
    CreateDirectory,
    KeyType,
    LoadKey,
    Operation,
    ReplaceKey,
    ReplaceMaster,
)
from sscard.dialects.reference import Row
from sscard.errors import MalformedData
from sscard.keys.types import SecretKey
from sscard.trace.row import Detail
from sscard.trace.social.card import MF_FID, Card
from sscard.trace.social.commands import Asked
from sscard.trace.social.known_keys import NO_CHALLENGE, UNDER_TRANSPORT, Keys, Known, version

#: The name of a directory's own master key in the key stores.
_MASTER, _MF = "MK", "MF"
_TEMPORARY = "临时主密钥 temporary master key"
_CHALLENGES = (4, 8)
_TYPES: Mapping[KeyType, str] = MappingProxyType(
    {
        KeyType.MASTER: "主密钥 master key",
        KeyType.PIN: "PIN",
        KeyType.MAINTENANCE: "应用维护密钥 maintenance key",
        KeyType.LOAD: "划入密钥 load key",
        KeyType.PURCHASE: "消费密钥 purchase key",
        KeyType.TRANSACTION: "交易密钥 transaction key",
        KeyType.EXTERNAL: "外部认证密钥 external key",
        KeyType.INTERNAL: "内部认证密钥 internal key",
        KeyType.LOCK: "锁定密钥 lock key",
    }
)


class LoadedKeys:
    """Follows the directories that a trace creates, and the master key that each has now."""

    def __init__(self, card: Card, keys: Keys) -> None:
        self._card, self._keys = card, keys
        self._masters: dict[int, Known] = {}
        self._created = MF_FID
        self._next: tuple[int, Known | None] | None = None

    def forget(self) -> None:
        """Another command comes: what the last one has not done it will not do."""
        self._next = None

    def done(self) -> None:
        """The card has agreed to the command."""
        if self._next is None:
            return
        self._created, master = self._next
        self._masters.pop(self._created, None)
        if master is not None:
            self._masters[self._created] = master

    def command(
        self, asked: Asked, row: Row, challenge: bytes, answer: bytes
    ) -> tuple[Detail, ...]:
        """What a command of this dialect loads; ``answer`` is the card's ATR."""
        if row.operation is CreateDirectory:
            self._next = (int.from_bytes(asked.command.data[:2], "big"), None)
        if not row.secured:
            return ()
        if len(challenge) not in _CHALLENGES:
            return (_said(NO_CHALLENGE),)
        fid = self._directory(asked, row)
        known = list(self._candidates(fid, answer))
        for each in known:
            loaded = self._opened(asked, each.key, challenge)
            if loaded is not None:
                return (_said(self._words(loaded, fid, answer, each)),)
        if not known:
            return (_said("未打开：没有主密钥 not opened: no key is known that it is under"),)
        names = ", ".join(each.name for each in known)
        return (_said(f"无法打开 NOT opened by {names}"),)

    def _directory(self, asked: Asked, row: Row) -> int:
        """Where keys go: into the directory that was created last, on issued cards the current."""
        if not row.issued:
            return self._created
        directory = asked.place.directory
        return directory.fid if directory else MF_FID

    def _owner(self, fid: int) -> str:
        directory = self._card.by_fid(fid)
        return _MF if fid == MF_FID else directory.name if directory else f"{fid:04X}"

    def _candidates(self, fid: int, answer: bytes) -> Iterator[Known]:
        if fid in self._masters:
            yield self._masters[fid]
        if self._keys.transport is not None:
            yield Known(UNDER_TRANSPORT, self._keys.transport)
        name = _MASTER + self._owner(fid)
        stored = self._keys.of(name, 1, answer)
        if stored is not None:
            yield Known(name, stored)

    def _opened(self, asked: Asked, key: SecretKey, challenge: bytes) -> Operation | None:
        """Right MAC, right encipherment, and a key in it."""
        try:
            plain = unwrap_enciphered(asked.command, self._keys.suite, key, challenge)
            return reference.parse(replace(plain, cla=asked.command.cla))
        except (StatusError, MalformedData):
            return None

    def _words(self, loaded: Operation, fid: int, answer: bytes, under: Known) -> str:
        """What was loaded, under what, and whether it is the store's; masters are remembered."""
        owner = self._owner(fid)
        parts = [f"{_title(loaded)} {owner}" if _is_master(loaded) else _title(loaded)]
        key = self._key(loaded)
        if key is not None:
            parts.append(f"KCV {key.kcv.hex().upper()}")
            parts += self._beside_store(loaded, key, fid, answer)
        if _is_master(loaded) and key is not None:
            self._next = (fid, Known(f"{_TYPES[KeyType.MASTER]} {owner}", key))
        parts.append(f"加密于 under {under.name}")
        return ", ".join(parts)

    def _key(self, loaded: Operation) -> SecretKey | None:
        """None for a PIN, which has no check value, and for what is no key of this suite."""
        if isinstance(loaded, LoadKey | ReplaceKey) and loaded.type is KeyType.PIN:
            return None
        if not isinstance(loaded, LoadKey | ReplaceKey | ReplaceMaster):
            return None
        try:
            return self._keys.suite.key(loaded.value)
        except ValueError:
            return None

    def _beside_store(
        self, loaded: Operation, key: SecretKey, fid: int, answer: bytes
    ) -> Iterator[str]:
        name, number = self._name(loaded, fid)
        stored = self._keys.of(name, number, answer) if name else None
        if stored is not None:
            same = stored == key
            yield f"与密钥库{'一致 as' if same else '不同 NOT as'} {name} in the store"

    def _name(self, loaded: Operation, fid: int) -> tuple[str, int]:
        """Name and version in the stores; a temporary master key has none."""
        if isinstance(loaded, ReplaceMaster):
            return _MASTER + self._owner(fid), 1
        directory = self._card.by_fid(fid)
        if directory is None or not isinstance(loaded, LoadKey | ReplaceKey):
            return "", 0
        number = loaded.new_version if isinstance(loaded, ReplaceKey) else loaded.version
        for each in directory.keys:
            if each.kid == loaded.kid and each.type == loaded.type.name.lower():
                return each.name, number
        return "", 0


def _is_master(loaded: Operation) -> bool:
    first = isinstance(loaded, LoadKey) and loaded.type is KeyType.MASTER
    return first or isinstance(loaded, ReplaceMaster)


def _title(loaded: Operation) -> str:
    if isinstance(loaded, ReplaceMaster):
        return _TYPES[KeyType.MASTER]
    if isinstance(loaded, LoadKey) and loaded.type is KeyType.MASTER:
        return _TEMPORARY
    if isinstance(loaded, LoadKey) and loaded.type is not KeyType.PIN:
        return f"{_TYPES[loaded.type]} {loaded.kid:02X} {version(loaded.version)}"
    if isinstance(loaded, ReplaceKey):
        return f"{_TYPES[loaded.type]} {loaded.kid:02X} {version(loaded.new_version)}"
    return _TYPES[KeyType.PIN]


def _said(words: str) -> Detail:
    return Detail(0, None, "密钥", "key", "", words)

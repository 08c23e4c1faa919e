"""The disk under SQLite: every write and sync of its files is a place, and what a sync has kept.

SQLite opens its files through a VFS; ours is the usual one with two functions of each file replaced
(ctypes, in the library that Python's own module has loaded).  ``Disk.remains`` is what a power cut
leaves: of each file what was there at its last sync, and of later writes none, all, or any of them,
sector by sector.  Names of SQLite's files count as kept from their first sync on, because SQLite
syncs the directory with it; ``-shm`` is lost.  Lists are all lost, too: they can be written again.
"""

from __future__ import annotations

import ctypes
import os
import random
from collections.abc import Callable
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_int64, c_void_p, cast
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from tests.issuance.exactly_once.faults import reach

SECTOR = 512
_FULL, _DEFAULT = 13, 1


class Tail(Enum):
    """What becomes of writes that were not synced."""

    LOST = "lost"
    TORN = "torn"


@dataclass
class Disk:
    """What is on the disk under the page cache."""

    synced: dict[Path, bytes] = field(default_factory=dict)
    #: Asked before each write: whether there is no room for it.
    full: Callable[[], bool] = lambda: False

    def sync(self, path: Path) -> None:
        self.synced[path] = path.read_bytes()

    def remains(self, root: Path, into: Path, tail: Tail, seed: int) -> None:
        """Write down what is left of SQLite's files under ``root``."""
        for path, kept in self.synced.items():
            if not path.is_relative_to(root) or not path.exists():
                continue
            here = kept if tail is Tail.LOST else _torn(kept, path.read_bytes(), seed)
            there = into / path.relative_to(root)
            there.parent.mkdir(parents=True, exist_ok=True)
            there.write_bytes(here)


def _torn(kept: bytes, now: bytes, seed: int) -> bytes:
    """Each sector as it was synced, or as it was written since."""
    chance = random.Random(seed)
    size = chance.choice((len(kept), len(now)))
    kept, now = kept.ljust(size, b"\0"), now.ljust(size, b"\0")
    ends = range(0, size, SECTOR)
    return b"".join(chance.choice((kept, now))[at : at + SECTOR] for at in ends)[:size]


class _Methods(Structure):
    _fields_ = (
        ("version", c_int),
        ("close", c_void_p),
        ("read", c_void_p),
        ("write", c_void_p),
        ("truncate", c_void_p),
        ("sync", c_void_p),
        ("rest", c_void_p * 13),
    )


class _File(Structure):
    _fields_ = (("methods", POINTER(_Methods)),)


class _VFS(Structure):
    _fields_ = (
        ("version", c_int),
        ("file_size", c_int),
        ("longest_path", c_int),
        ("next", c_void_p),
        ("name", c_char_p),
        ("data", c_void_p),
        ("open", c_void_p),
        ("rest", c_void_p * 15),
    )


# The name stays a pointer: SQLite keeps it, and it must not be one to a copy.
_Open = CFUNCTYPE(c_int, c_void_p, c_void_p, POINTER(_File), c_int, c_void_p)
_Write = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
_Sync = CFUNCTYPE(c_int, c_void_p, c_int)


class NoLibrary(Exception):
    """Python's SQLite is no library of its own here."""


def _library() -> ctypes.CDLL:
    import _sqlite3  # what it has loaded, whatever its version

    maps = Path("/proc/self/maps").read_text().split()
    paths = {each for each in maps if "libsqlite3" in each}
    if len(paths) != 1 or not _sqlite3:
        raise NoLibrary("SQLite is built into Python")
    return ctypes.CDLL(paths.pop())


class _Shim:
    """Keeps everything that C points to."""

    def __init__(self, disk: Disk) -> None:
        self.disk = disk
        library = _library()
        library.sqlite3_vfs_find.restype = POINTER(_VFS)
        library.sqlite3_vfs_find.argtypes = [c_char_p]
        self._usual = library.sqlite3_vfs_find(None)
        self._vfs = _VFS.from_buffer_copy(self._usual.contents)
        self._vfs.name = b"exactly-once"
        self._usual_open = _Open(self._vfs.open)
        self._open = _Open(self._opened)
        self._vfs.open = cast(self._open, c_void_p)
        self._names: dict[int, Path] = {}
        self._methods: dict[int, _Methods] = {}
        self._calls: list[object] = []
        library.sqlite3_vfs_register.argtypes = [POINTER(_VFS), c_int]
        library.sqlite3_vfs_register(ctypes.byref(self._vfs), _DEFAULT)

    def _opened(self, _vfs: int, name: int | None, file: Any, flags: int, out: int) -> int:
        code = self._usual_open(cast(self._usual, c_void_p), name, file, flags, out)
        found = file.contents.methods
        if code == 0 and found:
            address = ctypes.addressof(found.contents)
            if address not in self._methods:
                self._methods[address] = self._watched(found.contents)
            shown = ctypes.string_at(name) if name else b"-"
            self._names[ctypes.addressof(file.contents)] = Path(os.fsdecode(shown))
            file.contents.methods = ctypes.pointer(self._methods[address])
        return int(code)

    def _watched(self, usual: _Methods) -> _Methods:
        methods = _Methods.from_buffer_copy(usual)
        usual_write, usual_sync = _Write(usual.write), _Sync(usual.sync)

        def write(file: int, data: int, size: int, at: int) -> int:
            if self.disk.full():
                return _FULL
            reach("page<")
            return int(usual_write(file, data, size, at))

        def sync(file: int, flags: int) -> int:
            reach("sync<")
            code = int(usual_sync(file, flags))
            self.disk.sync(self._names[file])
            reach("sync>")
            return code

        calls = (_Write(write), _Sync(sync))
        methods.write, methods.sync = (cast(each, c_void_p) for each in calls)
        self._calls += [usual_write, usual_sync, *calls]
        return methods


def watch_disk() -> Disk:
    """The disk of every SQLite file that this process opens from now on.  Raises NoLibrary."""
    disk = Disk()
    _KEPT.append(_Shim(disk))
    return disk


_KEPT: list[_Shim] = []

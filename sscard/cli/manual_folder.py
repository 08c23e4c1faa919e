"""The folder of a manual: only files that a manual wrote are replaced or removed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from sscard.errors import ProfileError
from sscard.profiles.manual import DIAGRAMS, GENERATOR

#: Within so many bytes of a file of ours stands what made it.
_HEAD = 1024


def write_manual(folder: Path, manual: Mapping[str, str]) -> list[str]:
    """Write the files of ``manual``; names of files of an earlier one that are gone with it.

    Raises ProfileError, with nothing changed, when something else is in ``folder``; OSError.
    """
    there = dict(_ours(folder))
    for name, content in manual.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", newline="\n")
    removed = sorted(there.keys() - manual.keys())
    for name in removed:
        there[name].unlink()
    return removed


def _ours(folder: Path) -> Iterator[tuple[str, Path]]:
    """The files of an earlier manual by name.  Raises ProfileError at anything else."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise ProfileError(f"{folder}: 不是目录 is no folder")
    for path in sorted(folder.iterdir()) if folder.exists() else ():
        if path.name == DIAGRAMS and path.is_dir() and not path.is_symlink():
            for inner in sorted(path.iterdir()):
                yield _checked(folder, inner)
        else:
            yield _checked(folder, path)


def _checked(folder: Path, path: Path) -> tuple[str, Path]:
    name = path.relative_to(folder).as_posix()
    if path.is_symlink() or not path.is_file() or GENERATOR.encode() not in _head(path):
        raise ProfileError(
            f"{folder}: 含有其他文件 holds something that is no part of a manual: {name}; "
            "请另选目录 choose another folder"
        )
    return name, path


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD)

"""What stands where a file should be."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from tests.issuance.exchange.broken_files import Broken, sound

LAYOUT = "office-list"


def made(folder: Path) -> Iterator[Broken]:
    file = folder / "sound.txt"
    file.write_bytes(sound(LAYOUT))
    (folder / "a-folder").mkdir()
    (folder / "a-link").symlink_to(file)
    (folder / "a-link-to-nowhere").symlink_to(folder / "nowhere")
    (folder / "a-link-to-itself").symlink_to(folder / "a-link-to-itself")
    (folder / "a-link-to-secrets").symlink_to("/etc/passwd")
    os.mkfifo(folder / "a-pipe")
    (folder / "forbidden").write_bytes(sound(LAYOUT))
    (folder / "forbidden").chmod(0)
    for name in ("a-folder", "a-link", "a-link-to-nowhere", "a-link-to-itself", "a-pipe"):
        yield _place(folder / name, "NO_FILE", f"{name}: is no regular file")
    yield _place(folder / "a-link-to-secrets", "NO_FILE", "a-link-to-secrets: is no regular file")
    yield _place(Path("/dev/zero"), "NO_FILE", "zero: is no regular file")
    yield _place(folder / "nothing", "UNREADABLE", "nothing: cannot be read (No such file")
    yield _place(
        folder / "forbidden", "UNREADABLE", "forbidden: cannot be read (Permission denied)"
    )
    yield Broken("table-folder", "table", LAYOUT, folder / "a-folder", ("NO_FILE",), "a-folder")
    yield Broken("table-pipe", "table", LAYOUT, folder / "a-pipe", ("NO_FILE",), "a-pipe")


def _place(path: Path, code: str, said: str) -> Broken:
    return Broken(f"place-{path.name}", "list", LAYOUT, path, (code,), said)

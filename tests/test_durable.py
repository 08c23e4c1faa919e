"""Files replaced in one step, whoever writes them."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from sscard.durable import DRAFT, replace_file


def test_the_old_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    for content in (b"old", b"new\n"):
        replace_file(path, content)
        assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_only_the_owner_reads_it_whatever_a_killed_run_left(tmp_path: Path) -> None:
    path = tmp_path / "a.card"
    draft = tmp_path / f".a.card.{os.getpid()}.new"
    for each in (path, draft):
        each.write_bytes(b"of a run that was killed")
        each.chmod(0o666)
    match = DRAFT.fullmatch(draft.name)
    assert match is not None
    assert match["name"] == path.name
    replace_file(path, b"new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_leaves_the_old_file_and_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "rejects.csv"
    replace_file(path, b"old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left") as caught:
        replace_file(path, b"new")
    assert caught.value.filename == str(path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("place", ["missing/report.html", "folder"])
def test_an_error_names_the_file_and_not_its_draft(tmp_path: Path, place: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match=place) as caught:
        replace_file(tmp_path / place, b"new")
    assert ".new" not in str(caught.value)
    assert [each.name for each in tmp_path.iterdir()] == ["folder"]

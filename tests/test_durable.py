"""Files replaced in one step, whoever writes them."""

from __future__ import annotations

import errno
import os
import stat
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from sscard.durable import DRAFT, create_file, replace_file


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


@pytest.fixture(params=["links", "no links"])
def links(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """File systems with second names for a file, and without."""

    def refused(*_: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    if request.param == "no links":
        monkeypatch.setattr("os.link", refused)


@pytest.mark.usefixtures("links")
def test_a_new_file_takes_no_other_s_place(tmp_path: Path) -> None:
    path = tmp_path / "a.card"
    create_file(path, b"first")
    with pytest.raises(FileExistsError) as caught:
        create_file(path, b"second")
    assert caught.value.filename == str(path)
    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path]
    if os.name != "nt":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.stat().st_nlink == 1


@pytest.mark.usefixtures("links")
@pytest.mark.skipif(os.name == "nt", reason="Windows makes symbolic links for few")
def test_a_link_to_nowhere_is_something(tmp_path: Path) -> None:
    (tmp_path / "a.card").symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileExistsError):
        create_file(tmp_path / "a.card", b"new")
    assert [each.name for each in tmp_path.iterdir()] == ["a.card"]


@pytest.mark.usefixtures("links")
@pytest.mark.skipif(os.name == "nt", reason="Windows has no fork")
def test_of_many_who_create_a_file_one_does(tmp_path: Path) -> None:
    """Processes, as two runs of a command are."""
    path, barrier = tmp_path / "a.card", get_context("fork").Barrier(4)
    runs = [get_context("fork").Process(target=_create, args=(path, barrier)) for _ in range(4)]
    for each in runs:
        each.start()
    for each in runs:
        each.join()
    assert sorted(each.exitcode or 0 for each in runs) == [0, 3, 3, 3]
    (winner,) = (each for each in runs if each.exitcode == 0)
    assert path.read_bytes() == str(winner.pid).encode()
    assert list(tmp_path.iterdir()) == [path]


def _create(path: Path, barrier: Barrier) -> None:
    barrier.wait()
    try:
        create_file(path, str(os.getpid()).encode())
    except FileExistsError:
        os._exit(3)
    os._exit(0)

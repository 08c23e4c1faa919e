"""Every broken file: a clear error with its code and its place, no value told, nothing imported."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sscard.issuance.exchange import (
    Code,
    Fault,
    ListError,
    check_list,
    load_list_layout,
    make_list,
    read_seal,
)
from tests.issuance.exchange.broken_files import Broken, bring_in, broken_files, sound
from tests.issuance.exchange.broken_lists import TABLE

#: What a message never holds: names and numbers of the people in the examples.
VALUES = ("诸葛", "欧阳", "110101199003070038", "110101199201010028", "6228000100001117", "1380000")
NOBODY = 65534
#: Address space of a process that reads a line of 1 GiB.
ROOM = 512 << 20


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Broken, ...]:
    return tuple(broken_files(tmp_path_factory.mktemp("broken")))


@contextmanager
def as_somebody_else(broken: Broken) -> Iterator[None]:
    """Root may read everything."""
    if "Permission denied" not in broken.said or os.geteuid():
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def told(broken: Broken) -> ListError:
    with as_somebody_else(broken), pytest.raises(ListError) as caught:
        bring_in(broken)
    return caught.value


def test_each_is_told_of_with_its_place(broken: tuple[Broken, ...]) -> None:
    wrong = []
    for each in broken:
        error = told(each)
        codes = tuple(code.value for code in error.codes)
        if not each.name.startswith("vector-"):
            codes = tuple(dict.fromkeys(codes))
        if codes != each.codes or each.said not in str(error):
            wrong.append((each.name, each.codes, codes, str(error)))
        if not str(error).startswith(each.path.name) or any(v in str(error) for v in VALUES):
            wrong.append((each.name, "names its file and no value", (), str(error)))
    assert wrong == []


def imported(broken: Broken, out: Path, came: list[object]) -> None:
    layout = load_list_layout(broken.layout)
    if broken.way == "table":
        make_list(broken.path, layout).write(out)
    else:
        came.extend(check_list(broken.path, layout).records())


def test_nothing_of_a_broken_file_is_imported(broken: tuple[Broken, ...], tmp_path: Path) -> None:
    for each in broken:
        if each.way in ("list", "table"):
            came: list[object] = []
            with as_somebody_else(each), pytest.raises(ListError):
                imported(each, tmp_path / "out", came)
            assert came == [], each.name
    assert list(tmp_path.iterdir()) == []


def test_how_many_and_of_which_kinds(broken: tuple[Broken, ...]) -> None:
    assert len({each.name for each in broken}) == len(broken) >= 60
    ways = Counter(each.way for each in broken)
    assert all(count >= 4 for count in ways.values())
    assert set(ways) == {"list", "table", "sealed", "macced", "enclosed"}
    codes = {code for each in broken for code in each.codes}
    # Those of writing, of asking for more, and of what only a running process meets.
    elsewhere = {Code.DELIMITER, Code.UNWRITABLE, Code.MISSING_COLUMN, Code.TOO_MANY_RECORDS}
    elsewhere |= {Code.OTHER_LIST}
    faults = {Fault.CHANGED, Fault.ANNOUNCED, Fault.SHEET}
    assert {code.value for code in Code} - codes == {code.value for code in elsewhere}
    assert {code.value for code in Fault} - codes == {code.value for code in faults}


def test_what_the_broken_ones_are_made_of_is_sound(tmp_path: Path) -> None:
    for layout in ("office-list", "bank-numbers", "stock", "progress", "writer-holder"):
        path = tmp_path / layout
        path.write_bytes(sound(layout))
        assert check_list(path, load_list_layout(layout)).sound
    path = tmp_path / "table.csv"
    path.write_bytes(TABLE.encode())
    make_list(path, load_list_layout("unit-application")).require_sound()


def in_little_room(*arguments: str) -> subprocess.CompletedProcess[str]:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (ROOM, ROOM))

    command = [sys.executable, "-m", "sscard", "list", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, preexec_fn=limit, encoding="utf-8"
    )


@pytest.mark.parametrize("name", ["line-of-1-gb", "line-of-1-gb-behind", "csv-of-1-gb"])
def test_a_gigabyte_needs_no_room(broken: tuple[Broken, ...], name: str, tmp_path: Path) -> None:
    (found,) = (each for each in broken if each.name == name)
    assert found.path.stat().st_size >= 1 << 30
    assert found.path.stat().st_blocks * 512 < 1 << 20
    arguments = ["check", str(found.path), "--layout", found.layout]
    if found.way == "table":
        out = str(tmp_path / "out")
        arguments = ["make", str(found.path), "--layout", found.layout, "--out", out]
    done = in_little_room(*arguments)
    assert done.returncode == 2, done.stderr
    assert found.said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_a_list_of_another_batch_is_not_taken_for_this_one(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(sound("office-list"))
    checked = check_list(path, load_list_layout("office-list"))
    checked.require_header({"batch": "B0001"})
    with pytest.raises(ListError, match="line 1, field batch: is not what was asked for") as caught:
        checked.require_header({"batch": "B0002", "unit": "验收测试学校"})
    assert caught.value.codes == (Code.OTHER_LIST,)
    assert "B0001" not in str(caught.value)


def test_a_seal_that_is_no_file_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "list.txt.seal")
    with pytest.raises(ListError, match=r"list\.txt\.seal: is no regular file"):
        read_seal(tmp_path / "list.txt")

"""One key for each card, unless somebody says so; lines that a power cut left are no lines."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import given, settings
from hypothesis import strategies as st

from sscard.errors import KeyStoreError
from sscard.issuance.ca import register as module
from sscard.issuance.ca.register import AnotherKey, Register


@pytest.fixture
def make(tmp_path: Path) -> Callable[[], Register]:
    return lambda: Register(tmp_path / "ca.register", lambda: datetime(2026, 5, 1, tzinfo=UTC))


def test_nothing_is_there_before_the_first_answer(make: Callable[[], Register]) -> None:
    register = make()
    assert register.entries() == ()
    assert not register.path.exists()
    register.enter("A", "k1", "10", again=False)
    assert [(e.card_id, e.key, e.serial, e.at) for e in make().entries()] == [
        ("A", "k1", "10", "2026-05-01T00:00:00+00:00")
    ]


def test_two_that_write_one_file(make: Callable[[], Register]) -> None:
    one, other = make(), make()
    one.enter("A", "k1", "10", again=False)
    other.enter("B", "k1", "11", again=False)
    with pytest.raises(AnotherKey, match="card B"):
        one.enter("B", "k2", "12", again=False)
    other.enter("B", "k2", "12", again=True)
    one.enter("B", "k2", "12", again=False)  # it was said
    one.enter("B", "k1", "11", again=False)  # the old key asks again: nothing new
    assert one.entries() == other.entries() == make().entries()
    assert [e.again for e in make().entries()] == [False, False, False, True]


def test_a_word_is_for_one_more_key(make: Callable[[], Register]) -> None:
    register = make()
    assert register.allow("A") is False  # it has none yet
    register.enter("A", "k1", "10", again=False)
    assert (register.allow("A"), make().allow("A")) == (True, False)
    make().enter("A", "k1", "10", again=False)
    make().enter("A", "k2", "11", again=False)
    with pytest.raises(AnotherKey):
        register.enter("A", "k3", "12", again=False)
    assert [(e.key, e.answered, e.refused, e.allowed, e.again) for e in register.entries()] == [
        ("k1", True, False, False, False),
        ("", False, False, True, True),
        ("k2", True, False, False, True),
        ("k3", False, True, False, False),
    ]
    assert register.allow("A")
    register.enter("A", "k3", "12", again=False)


def test_what_a_power_cut_left(make: Callable[[], Register]) -> None:
    make().enter("A", "k1", "10", again=False)
    whole = make().path.read_bytes()
    for size in range(1, len(whole)):
        make().path.write_bytes(whole + whole[:size].replace(b"A", b"B"))
        assert len(make().entries()) == 1
    make().path.write_bytes(whole + whole[:-1] * 3)  # longer than what comes next
    make().path.write_bytes(whole + b"B" * 2 * len(whole))
    make().enter("C", "k1", "13", again=False)
    assert [e.card_id for e in make().entries()] == ["A", "C"]
    assert make().path.read_bytes().count(b"B") == 0


def test_a_line_is_on_the_disk_before_anybody_is_told(
    make: Callable[[], Register], monkeypatch: pytest.MonkeyPatch
) -> None:
    on_disk: list[bytes] = []
    monkeypatch.setattr(os, "fsync", lambda _: on_disk.append(make().path.read_bytes()))
    make().enter("A", "k1", "10", again=False)
    make().allow("A")
    assert [each.count(b"\n") for each in on_disk] == [1, 2]


@pytest.mark.parametrize(
    "line", [b"{}\n", b"[]\n", b"x\n", b'{"card_id": 1}\n', b"\xff\n", b"[" * 9999 + b"\n"]
)
def test_a_damaged_line_is_named(make: Callable[[], Register], line: bytes) -> None:
    make().enter("A", "k1", "10", again=False)
    path = make().path
    path.write_bytes(path.read_bytes() + line)
    with pytest.raises(KeyStoreError, match="line 2 of the CA's register is damaged"):
        make().enter("A", "k1", "10", again=False)


def test_a_register_that_was_put_back_is_not_written_on(make: Callable[[], Register]) -> None:
    """A service that runs on knows more than an older copy of the file."""
    running = make()
    running.enter("A", "k1", "10", again=False)
    older = running.path.read_bytes()
    running.enter("B", "k1", "11", again=False)
    running.path.write_bytes(older)
    with pytest.raises(KeyStoreError, match="has become shorter"):
        running.enter("C", "k1", "12", again=False)
    assert running.path.read_bytes() == older
    running.path.unlink()
    with pytest.raises(KeyStoreError, match="has become shorter"):
        running.enter("C", "k1", "12", again=False)


def test_a_register_that_another_program_keeps(
    make: Callable[[], Register], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LONGEST_WAIT", 0.01)
    with FileLock(f"{make().path}.lock"), pytest.raises(KeyStoreError, match="another program"):
        make().enter("A", "k1", "10", again=False)


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    register = Register(tmp_path / "file" / "ca.register", lambda: datetime.now(UTC))
    with pytest.raises(KeyStoreError, match=r"ca\.register"):
        register.enter("A", "k1", "10", again=False)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("AB"), st.sampled_from("kl"), st.booleans(), st.booleans()),
        max_size=8,
    )
)
def test_whatever_is_asked(
    tmp_path_factory: pytest.TempPathFactory, asked: list[tuple[str, str, bool, bool]]
) -> None:
    """A second key is there only after ``again``; reading the file gives what was written."""
    path = tmp_path_factory.mktemp("register") / "ca.register"
    both = [Register(path, lambda: datetime(2026, 5, 1, tzinfo=UTC)) for _ in range(2)]
    known: dict[str, set[str]] = {"A": set(), "B": set()}
    for card, key, again, which in asked:
        allowed = again or not known[card] or key in known[card]
        try:
            both[which].enter(card, key, f"10{key}", again=again)
        except AnotherKey:
            assert not allowed
        else:
            assert allowed
            known[card].add(key)
    assert both[0].entries() == both[1].entries()
    found = {(e.card_id, e.key) for e in both[0].entries() if not e.refused}
    assert found == {(card, key) for card, keys in known.items() for key in keys}

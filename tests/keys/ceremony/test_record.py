"""The record: every way to change it is found; nothing but check values is in it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sscard.keys import KeyReference
from sscard.keys.ceremony import (
    KINDS,
    CeremonyError,
    Desk,
    PersonalPassphrase,
    Record,
    RecordDamaged,
    enrol,
    joining,
    making,
    read,
)
from sscard.keys.ceremony.components import Component
from sscard.keys.ceremony.entry import Chain, opening
from sscard.keys.ceremony.steps import Closed, Mended, Stored

KEY = KeyReference("UK1DF01", 1)
HOLDERS = ("李四", "王五", "赵六")
AT = datetime(2026, 11, 30, tzinfo=UTC)


@pytest.fixture
def held(desk: Desk, store: Any) -> Desk:
    """A ceremony in which a key was made, combined and stored."""
    sheets = making.generate(desk, KEY, KINDS["3des"], HOLDERS)
    combine(desk, sheets, store)
    return desk


def combine(desk: Desk, sheets: Any, sink: Any, key: KeyReference = KEY) -> None:
    made = desk.minutes.components_of(key)
    kind = KINDS[sheets[0].kind]
    parts = [Component(s.number, s.total, kind.key(s.value.reveal())) for s in sheets]
    joining.enter_combined(desk, key, joining.put_together(key.name, parts), parts, made, sink)


def lines(desk: Desk) -> list[bytes]:
    return desk.record.path.read_bytes().splitlines(keepends=True)


def refused(desk: Desk, changed: list[bytes], why: str) -> None:
    desk.record.path.write_bytes(b"".join(changed))
    with pytest.raises(RecordDamaged, match=why):
        read(desk.record.path)


def test_a_sound_record_is_read(held: Desk, store: Any) -> None:
    reading = read(held.record.path)
    assert [each.step.what for each in reading.entries] == ["opened", "made", "combined", "stored"]
    assert (reading.torn, reading.chain.minutes) == (0, held.minutes)
    assert held.minutes.stored == {KEY: store.kcv(*KEY)}
    assert not held.minutes.pending
    assert Record(held.record.path).head == held.record.head


def test_every_changed_byte_is_found(held: Desk) -> None:
    content = held.record.path.read_bytes()
    for at in range(0, len(content) - 1, 7):
        changed = bytearray(content)
        changed[at] ^= 0x01
        refused(held, [bytes(changed)], r"line \d")


def test_lines_taken_out_are_found(held: Desk) -> None:
    whole = lines(held)
    refused(held, whole[1:], "line 1: a record begins with")
    for at in (1, 2):
        refused(held, whole[:at] + whole[at + 1 :], f"line {at + 1}: it does not follow")


def test_a_truncated_middle_is_found(held: Desk) -> None:
    whole = lines(held)
    refused(held, [whole[0], whole[1][:-40], b"\n", *whole[2:]], "line 2: no entry")
    refused(held, [whole[0], whole[1][:-40], *whole[2:]], "line 2: no entry")


def test_lines_moved_or_doubled_are_found(held: Desk) -> None:
    whole = lines(held)
    refused(held, [whole[0], whole[2], whole[1], whole[3]], "line 2: it does not follow")
    refused(held, [*whole[:2], whole[1], *whole[2:]], "line 3: it does not follow")
    refused(held, [*whole[:2], b"\n", *whole[2:]], "line 3: no entry")


def edited(line: bytes, **changes: object) -> bytes:
    document = json.loads(line) | changes
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.encode() + b"\n"


@pytest.mark.parametrize(
    "changes", [{"time": "2026-12-01T00:00:00Z"}, {"who": "李四"}, {"signature": "00" * 64}]
)
def test_an_edited_line_is_found(held: Desk, changes: dict[str, object]) -> None:
    whole = lines(held)
    refused(held, [*whole[:2], edited(whole[2], **changes), whole[3]], "line 3: edited")


def test_a_line_of_other_form_is_found(held: Desk) -> None:
    """The same entry, written otherwise: a hash must have one meaning."""
    whole = lines(held)
    other = json.dumps(json.loads(whole[1])).encode() + b"\n"
    refused(held, [whole[0], other, *whole[2:]], "line 2: edited: it is not written as")


def test_a_field_that_nobody_declared_is_found(held: Desk) -> None:
    whole = lines(held)
    step = json.loads(whole[1])["step"] | {"value": "00"}
    refused(held, [whole[0], edited(whole[1], step=step), *whole[2:]], "line 2: no entry")


def test_another_key_is_found(held: Desk, passphrases: Mapping[str, PersonalPassphrase]) -> None:
    """Somebody without the officer's passphrase adds a line that fits, or puts one in."""
    _, forger = enrol("forger", passphrases["李四"], os.urandom, cost=4)
    chain = read(held.record.path).chain
    forged = chain.next(Mended(bytes_cut=1), forger, AT)
    whole = lines(held)
    refused(held, [*whole, forged.line + b"\n"], "line 5: edited, or not signed with the officer")


def test_a_whole_record_of_another_officer_has_another_fingerprint(
    held: Desk, opened: Callable[..., Desk]
) -> None:
    other = opened("other", seed=2)
    assert other.minutes.officer.fingerprint != held.minutes.officer.fingerprint


def test_lines_cut_off_at_the_end_miss_the_printed_hash_and_the_closing_entry(held: Desk) -> None:
    head = held.record.head
    held.record.path.write_bytes(b"".join(lines(held)[:-1]))
    reading = read(held.record.path)  # the chain is sound as far as it goes
    assert head not in {each.hash for each in reading.entries}
    assert not reading.chain.minutes.closed


def test_nothing_follows_a_closing_entry(held: Desk) -> None:
    held.close()
    with pytest.raises(CeremonyError, match="is closed"):
        held.enter(Mended(bytes_cut=1))
    with pytest.raises(CeremonyError, match="is closed"):
        making.generate(held, KEY, KINDS["sm4"], HOLDERS)
    assert read(held.record.path).entries[-1].step == Closed(not_stored=())


def test_a_closing_entry_names_what_never_got_to_its_store(desk: Desk, store: Any) -> None:
    def full(*_: object) -> None:
        raise OSError("no space")

    sheets = making.generate(desk, KEY, KINDS["3des"], HOLDERS)
    store.put = full
    with pytest.raises(OSError, match="no space"):
        combine(desk, sheets, store)
    assert list(desk.minutes.pending) == [KEY]
    with pytest.raises(CeremonyError, match="must be named"):
        desk.enter(Closed(not_stored=()))
    desk.close()
    assert read(desk.record.path).entries[-1].step == Closed(not_stored=(("UK1DF01", 1),))


def test_an_interrupted_step_is_repeated(desk: Desk, store: Any) -> None:
    sheets = making.generate(desk, KEY, KINDS["3des"], HOLDERS)
    before = lines(desk)
    combine(desk, sheets, store)
    desk.record.path.write_bytes(b"".join([*before, lines(desk)[len(before)]]))
    again = Desk(Record(desk.record.path), desk.officer, desk.now, desk.random)
    assert again.minutes.pending == {KEY: store.kcv(*KEY)}
    combine(again, sheets, store)
    assert not again.minutes.pending


def test_a_store_with_another_key_is_found_before_anything_is_written(
    desk: Desk, store: Any
) -> None:
    store.put(*KEY, KINDS["3des"].key(bytes(range(16))))
    sheets = making.generate(desk, KEY, KINDS["3des"], HOLDERS)
    before = lines(desk)
    with pytest.raises(CeremonyError, match="another key UK1DF01 version 1"):
        combine(desk, sheets, store)
    assert lines(desk) == before


def test_steps_out_of_order_are_refused(held: Desk) -> None:
    with pytest.raises(CeremonyError, match="was not in hand"):
        held.enter(Stored(key="IRK", version=1, kcv=b"123"))
    assert len(lines(held)) == 4


def test_one_by_one_nobody_gets_two_and_no_number_twice(desk: Desk) -> None:
    kind = KINDS["sm4"]
    made = [making.generate_one(desk, KEY, kind, (1, 3), "李四")]
    with pytest.raises(CeremonyError, match="李四 holds one of set 01 already"):
        making.generate_one(desk, KEY, kind, (2, 3), "李四")
    with pytest.raises(CeremonyError, match="component 1 of set 01 was made already"):
        making.generate_one(desk, KEY, kind, (1, 3), "王五")
    with pytest.raises(CeremonyError, match="未知 is no custodian"):
        making.generate_one(desk, KEY, kind, (2, 3), "未知")
    with pytest.raises(CeremonyError, match="set 01, which was begun, is of 3 sm4 components"):
        making.generate_one(desk, KEY, KINDS["3des"], (2, 3), "王五")
    made += [making.generate_one(desk, KEY, kind, (2, 3), "王五")]
    with pytest.raises(CeremonyError, match="component 3 of set 01 was not made"):
        desk.minutes.sets[0].label(desk.minutes.ceremony, 3)
    made += [making.generate_one(desk, KEY, kind, (3, 3), "赵六")]
    combine(desk, made, None)
    assert len(desk.minutes.sets) == 1
    making.generate_one(desk, KEY, kind, (1, 2), "李四")
    assert len(desk.minutes.sets) == 2, "a whole set is not continued"


def test_a_component_whose_sheet_is_lost_costs_its_set_and_not_the_ceremony(desk: Desk) -> None:
    """Killed between record and sheet, or the sheet is gone: nobody has component 1 of set 01."""
    kind = KINDS["sm4"]
    making.generate_one(desk, KEY, kind, (1, 3), "李四")
    with pytest.raises(CeremonyError, match="begin the set anew"):
        making.generate_one(desk, KEY, kind, (1, 3), "李四")
    made = [making.generate_one(desk, KEY, kind, (1, 2), "李四", anew=True)]
    made += [making.generate_one(desk, KEY, kind, (2, 2), "王五")]
    combine(desk, made, None)
    assert [each.complete for each in desk.minutes.sets] == [False, True]


@pytest.mark.parametrize("total", [0, 1, 17])
def test_a_key_is_divided_into_two_to_sixteen(desk: Desk, total: int) -> None:
    with pytest.raises(CeremonyError, match="2 to 16"):
        making.generate(desk, KEY, KINDS["sm4"], [f"{at}" for at in range(total)])


def test_ninety_nine_sets_are_enough(desk: Desk) -> None:
    desk.minutes.sets[:] = [None] * 99  # type: ignore[list-item]
    with pytest.raises(CeremonyError, match="open another"):
        making.generate(desk, KEY, KINDS["sm4"], HOLDERS)


def test_a_folder_has_one_ceremony(desk: Desk, opened: Callable[..., Desk]) -> None:
    with pytest.raises(CeremonyError, match="was opened here before"):
        opened("ceremony", seed=3)


def test_no_ceremony_is_no_ceremony(tmp_path: Path) -> None:
    with pytest.raises(CeremonyError, match=r"no ceremony is here \(no record.jsonl\)"):
        read(tmp_path / "record.jsonl")


@pytest.mark.parametrize("torn", [b"{", b'{"number":5,"previous":"00', b"\0" * 4096])
def test_a_torn_last_line_does_not_count_and_is_cut_with_a_note(held: Desk, torn: bytes) -> None:
    whole = held.record.path.read_bytes()
    held.record.path.write_bytes(whole + torn)
    assert read(held.record.path).torn == len(torn)
    record = Record(held.record.path)
    assert record.mend(held.officer, AT) == len(torn)
    reading = read(held.record.path)
    assert reading.entries[-1].step == Mended(bytes_cut=len(torn))
    assert held.record.path.read_bytes().startswith(whole)
    assert (reading.torn, record.mend(held.officer, AT)) == (0, 0)


def test_half_a_line_of_a_full_disk_is_not_followed_by_the_next(
    held: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = held.record.path.read_bytes()

    def full(_: int) -> None:
        held.record.path.write_bytes(before + b'{"half')
        raise OSError("no space")

    with monkeypatch.context() as disk:
        disk.setattr("os.fsync", full)
        with pytest.raises(OSError, match="no space"):
            held.close()
    assert not held.minutes.closed
    held.close()
    assert read(held.record.path).chain.minutes.closed


@given(st.binary(max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_file_is_a_record_or_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "record.jsonl"
    path.write_bytes(content)
    with pytest.raises(RecordDamaged):
        read(path)


def test_a_first_line_that_refers_back_is_no_first_line(held: Desk) -> None:
    first = read(held.record.path).entries[0]
    forged = first.model_copy(update={"previous": bytes(31) + b"\1"}).signed_by(held.officer)
    refused(held, [forged.line + b"\n"], "line 1: a record begins")


def test_nobody_is_there_twice(desk: Desk, passphrases: Mapping[str, PersonalPassphrase]) -> None:
    opened = read(desk.record.path).entries[0].step
    officer, custodians = desk.minutes.officer, desk.minutes.custodians
    twice = custodians[0].model_copy(update={"name": "other"})
    for people in ((custodians[0], officer), (custodians[0], twice)):
        step = opened.model_copy(update={"custodians": people})
        with pytest.raises(CeremonyError, match=r"twice|same key"):
            Chain.begin(opening(step, desk.officer, AT))  # type: ignore[arg-type]

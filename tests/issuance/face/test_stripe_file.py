"""The encoder's file: written at once, destroyed with proof, in one chain with the bank's files."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sscard.errors import LedgerError, MalformedData
from sscard.issuance.bank_data import Summary, load_layout
from sscard.issuance.bank_data.purge import purge, require_not_purged, resume, verify
from sscard.issuance.face import FaceError
from sscard.issuance.face.stripe import (
    StripeAccount,
    StripeLine,
    Tracks,
    load_stripe_rules,
    purge_stripes,
    tracks,
    write_stripes,
)
from sscard.keys import KeyReference
from sscard.keys.stores import load_bank

NOW = datetime(2026, 2, 3, 4, 5, tzinfo=UTC)


def made(number: str = "6228005000000010") -> Tracks:
    return tracks(StripeAccount(number, "3601", "220", "0123456789"), load_stripe_rules())


@pytest.fixture
def stripes(tmp_path: Path) -> Path:
    """The file of a batch of two cards."""
    path = tmp_path / "stripes.csv"
    lines = [StripeLine("T00000019", made(), "123"), StripeLine("T00000027", made(SECOND))]
    assert write_stripes(path, "B7", lines, purged=tmp_path) == 2
    return path


SECOND = "6228005000000028"


def destroy(path: Path, folder: Path, now: datetime = NOW) -> Path:
    store = load_bank()
    return purge_stripes(path, folder, "B7", store=store, random=bytes, now=now).record


def test_what_the_encoder_gets(stripes: Path) -> None:
    head, first, second, end = stripes.read_bytes().split(b"\r\n")
    assert head == b"batch,card_number,track1,track2,track3,cvv2"
    assert first.startswith(b"B7,T00000019,%B6228005000000010^")
    assert first.endswith(b"?,123")
    assert second.endswith(b"?,")
    assert end == b""
    assert stripes.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("other", [("T00000019", SECOND), ("T00000027", "6228005000000010")])
def test_no_card_and_no_account_twice(stripes: Path, other: tuple[str, str]) -> None:
    before = stripes.read_bytes()
    lines = [StripeLine("T00000019", made()), StripeLine(other[0], made(other[1]))]
    with pytest.raises(FaceError, match="card 2: has the number or the account of another one"):
        write_stripes(stripes, "B7", lines, purged=stripes.parent)
    assert stripes.read_bytes() == before


@pytest.mark.parametrize("wrong", [("T0000001", ""), ("T00000019", "12"), ("T00000019", "١٢٣")])
def test_lines_that_are_none(wrong: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="has"):
        StripeLine(wrong[0], made(), wrong[1])


def test_a_purge_leaves_a_proof_and_nothing_of_a_card(stripes: Path, tmp_path: Path) -> None:
    folder = tmp_path / "proofs"
    record = destroy(stripes, folder)
    assert not stripes.exists()
    document = json.loads(record.read_bytes())
    assert (document["kind"], document["batch"], document["records"]) == ("stripe", "B7", 2)
    assert document["purged_fields"] == ["track1", "track2", "track3", "cvv2"]
    assert document["state"] == "done"
    assert verify(folder, load_bank()) == 1
    assert b"6228005" not in record.read_bytes()
    record.write_bytes(record.read_bytes().replace(b'"records": 2', b'"records": 3'))
    with pytest.raises(LedgerError, match="MAC is wrong"):
        verify(folder, load_bank())


def test_a_purge_that_was_stopped_goes_on(stripes: Path, tmp_path: Path) -> None:
    def stopped(size: int) -> bytes:
        raise KeyboardInterrupt

    store = load_bank()
    with pytest.raises(KeyboardInterrupt):
        purge_stripes(stripes, tmp_path, "B7", store=store, random=stopped, now=NOW)
    assert stripes.exists()
    done = resume(stripes, tmp_path, store=store, random=bytes)
    assert done is not None
    assert done.records == 2
    assert not stripes.exists()
    assert verify(tmp_path, store) == 1


def test_one_chain_with_the_bank_s_own_files(stripes: Path, tmp_path: Path) -> None:
    """The purge of stripes does not stand for that of the file they were made of."""
    folder, store = tmp_path / "proofs", load_bank()
    destroy(stripes, folder)
    data = tmp_path / "b.bdp"
    data.write_bytes(b"data")
    found = Summary("B7", 2, bytes(range(32)), KeyReference("TK-MAC", 1))
    require_not_purged(folder, data, found)
    later = NOW.replace(hour=9)
    purge(data, folder, found, load_layout(), store=store, random=bytes, now=later)
    assert verify(folder, store) == 2
    with pytest.raises(LedgerError, match="B7 is not issued any more"):
        require_not_purged(folder, data, found)


def test_another_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("name,sex\n", encoding="utf-8")
    with pytest.raises(MalformedData, match=r"people\.csv: is no file for an encoder"):
        destroy(path, tmp_path / "proofs")
    assert path.exists()
    assert not (tmp_path / "proofs").exists()


def test_another_batch_is_left_alone(stripes: Path, tmp_path: Path) -> None:
    stripes.unlink()
    write_stripes(stripes, "B8", [StripeLine("T00000019", made())], purged=tmp_path)
    with pytest.raises(MalformedData, match="of another batch than B7"):
        destroy(stripes, tmp_path / "proofs")
    assert stripes.exists()


def test_a_purged_batch_is_not_written_again(stripes: Path, tmp_path: Path) -> None:
    lines = [StripeLine("T00000019", made())]
    destroy(stripes, tmp_path)
    with pytest.raises(LedgerError, match=r"batch B7: .* are not written again"):
        write_stripes(stripes, "B7", lines, purged=tmp_path)
    assert not stripes.exists()
    assert write_stripes(stripes, "B8", lines, purged=tmp_path) == 1


def test_a_batch_whose_purge_was_begun_is_not_written_again(stripes: Path, tmp_path: Path) -> None:
    def stopped(size: int) -> bytes:
        raise KeyboardInterrupt

    before = stripes.read_bytes()
    with pytest.raises(KeyboardInterrupt):
        purge_stripes(stripes, tmp_path, "B7", store=load_bank(), random=stopped, now=NOW)
    with pytest.raises(LedgerError, match="batch B7"):
        write_stripes(stripes, "B7", [StripeLine("T00000019", made())], purged=tmp_path)
    assert stripes.read_bytes() == before


@pytest.mark.parametrize("batch", ["", "=B1", "B 1", "批次", "B" * 33, "B1\n"])
def test_what_is_no_batch_number(stripes: Path, batch: str) -> None:
    before = stripes.read_bytes()
    with pytest.raises(FaceError, match="batch: "):
        write_stripes(stripes, batch, [], purged=stripes.parent)
    assert stripes.read_bytes() == before


@pytest.mark.parametrize("content", [None, "name,sex\n", "", "\0"])
def test_no_other_file_is_written_over(stripes: Path, content: str | None) -> None:
    """Stripes of another batch would be gone without a proof, a list of people for good."""
    if content is not None:
        stripes.write_text(content, encoding="utf-8")
    before = stripes.read_bytes()
    lines = [StripeLine("T00000019", made())]
    with pytest.raises(FaceError, match="holds no stripes of this batch"):
        write_stripes(stripes, "B8", lines, purged=stripes.parent)
    assert stripes.read_bytes() == before


def test_the_same_batch_is_written_again(stripes: Path) -> None:
    lines = [StripeLine("T00000019", made())]
    assert write_stripes(stripes, "B7", lines, purged=stripes.parent) == 1


def test_nothing_of_a_stripe_is_left_anywhere(stripes: Path, tmp_path: Path) -> None:
    """Neither account nor track nor verification value is in any file of the tree.

    A run that was killed has left a draft of the file.
    """
    (tmp_path / ".stripes.csv.4711.new").write_bytes(stripes.read_bytes())
    destroy(stripes, tmp_path / "proofs")
    left = [each for each in tmp_path.rglob("*") if each.is_file()]
    assert [each.suffix for each in left] == [".json"]
    for part in (b"6228005", b"0123456789", b"3601", b"%B", b"123,"):
        assert not [each for each in left if part in each.read_bytes()]

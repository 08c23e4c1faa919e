"""Bank data-preparation files: written by a test bank, read in a stream, put on a card, purged."""

from __future__ import annotations

import hashlib
import io
import json
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from Crypto.Cipher import DES, DES3
from hypothesis import given
from hypothesis import strategies as st

from simulator import VirtualCard
from sscard.apdu import cps
from sscard.errors import KeyStoreError, LedgerError, MalformedData, ProfileError
from sscard.issuance.bank_data import (
    BankDataError,
    BankRecord,
    Reader,
    check,
    load_layout,
    open_reader,
    write,
)
from sscard.issuance.bank_data import chip as chip_data
from sscard.issuance.bank_data.purge import last_hash, purge, resume, verify
from sscard.keys import KeyReference
from sscard.keys.stores import load_bank
from sscard.perso import audit_pse, pse
from sscard.perso.plan import run
from sscard.perso.pse import BankAccount, Dgi, Instance, prepare
from sscard.profiles import load_profile

LAYOUT = load_layout("demo")
STORE = load_bank()
NOW = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
NAME = "诸葛验收"
CVV2, TRACK1 = "123", "B6228000100001117^ZHUGE^3012201"
VALUES = {
    "id_number": "110101199003070038",
    "emboss_number": "6228 0001 0000 1117",
    "emboss_name": NAME,
    "emboss_expiry": "12/30",
    "cvv2": CVV2,
    "track1": TRACK1,
    "track2": "6228000100001117=30122010123456789",
}
HEADER = {"batch": "B0001", "transport_key_version": "1", "mac_key_version": "1"}


def rule(name: str) -> bytes:
    """The TEST key of this name, by the rule that test-bank.toml states; parity does not matter."""
    return hashlib.sha256(f"sscard TEST {name} v1".encode()).digest()[:16]


class TestBank:
    """The bank's side, by other people's 3DES."""

    __test__ = False

    def encipher(self, data: bytes, /) -> bytes:
        return DES3.new(rule("TK"), DES3.MODE_ECB).encrypt(data)

    def mac(self, message: bytes, /) -> bytes:
        key = rule("TK-MAC")
        padded = message + b"\x80" + bytes(-(len(message) + 1) % 8)
        left = DES.new(key[:8], DES.MODE_CBC, bytes(8)).encrypt(padded)[-8:]
        right = DES.new(key[8:], DES.MODE_ECB).decrypt(left)
        return DES.new(key[:8], DES.MODE_ECB).encrypt(right)


@cache
def instances() -> tuple[Instance, ...]:
    account = BankAccount("TEST", "6228000100001117", "3012", "01", test=True)
    profile = load_profile("gen2")
    return prepare(profile, account, NAME, load_bank(), effective=date(2026, 2, 3))


def made(count: int = 3, **changed: str) -> bytes:
    stream = io.BytesIO()
    values: dict[str, Any] = {**VALUES, **changed}
    header: dict[str, Any] = {**HEADER}
    records = ((values, instances()) for _ in range(count))
    assert write(stream, LAYOUT, header, records, TestBank()) == count
    return stream.getvalue()


def read(raw: bytes) -> list[BankRecord]:
    return list(Reader(io.BytesIO(raw), LAYOUT, STORE))


def plain(each: Dgi) -> bytes:
    if each.transport is None:
        return each.value
    return DES3.new(rule("TK"), DES3.MODE_ECB).decrypt(each.value)


def test_what_the_bank_wrote_is_read() -> None:
    records = read(made())
    assert [each.number for each in records] == [1, 2, 3]
    for each in records:
        assert {name: each.values[name] for name in VALUES} == VALUES
        assert [one.title for one in each.instances] == ["PSE", "debit application"]
        for found, wanted in zip(each.instances, instances(), strict=True):
            assert found.name == wanted.name
            assert [(one.identifier, one.secret) for one in found.dgis] == [
                (one.identifier, one.secret) for one in wanted.dgis
            ]
            assert [plain(one) for one in found.dgis] == [one.value for one in wanted.dgis]


def test_the_file_byte_by_byte() -> None:
    raw = made(1)
    assert raw.startswith(b"BDPF01B0001           0101R")
    size = int.from_bytes(raw[27:31], "big")
    record = raw[26 : 31 + size]
    assert raw[31 : 31 + 8 + 18] == b"00000001110101199003070038"
    assert TestBank().mac(record) == raw[31 + size : 39 + size]
    trailer = raw[39 + size :]
    assert trailer[:9] == b"T00000001"
    assert trailer[9:41] == hashlib.sha256(raw[: 39 + size]).digest()
    assert trailer[41:] == TestBank().mac(trailer[:41])


def test_a_file_without_a_record() -> None:
    assert read(made(0)) == []


def test_onto_a_card_without_a_plain_secret_on_the_way() -> None:
    """Translated inside the store: the plan only ever has what is under a key."""
    (record,) = read(made(1))
    card = VirtualCard.blank("gen2-32k")
    card.power_on()
    sent: list[bytes] = []

    class Line:
        def transmit(self, raw: bytes) -> bytes:
            sent.append(raw)
            return card.transmit(raw)

        def reset(self) -> bytes:
            return card.reset()

    run(pse.personalize(record.instances, load_bank(), random=bytes), Line())
    card.reset()
    findings = run(audit_pse.audit(instances()), card)
    assert findings
    assert all(each.agrees for each in findings)
    secrets = [each.value for each in instances()[-1].dgis if each.secret]
    assert secrets
    assert not [each for each in secrets for raw in sent if each in raw]
    values = [each.value for each in record.instances[-1].dgis if each.secret]
    assert not [each for each in values for raw in sent if each in raw], "under the TK"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda raw: b"X" + raw[1:], r"header, field mark: is not BDPF"),
        (lambda raw: raw[:4] + b"02" + raw[6:], "header, field layout_version: is not 01"),
        (lambda raw: raw[:22] + b"0A" + raw[24:], "header, field transport_key_version: is not di"),
        (lambda raw: raw[:20], "header: the file ends here"),
        (lambda raw: raw[:40] + b"\xff" + raw[41:], "record 1, MAC: is wrong"),
        (lambda raw: raw[:27] + b"\xff" + raw[28:], "record 1, length: is more than 65536"),
        (lambda raw: raw[:100], "record 1: the file ends here"),
        (lambda raw: raw[:26] + b"X" + raw[27:], "after record 0: is neither record nor trailer"),
        (lambda raw: raw[:-1], "trailer, field mac: runs past the end"),
        (lambda raw: raw[:-1] + bytes((raw[-1] ^ 1,)), "trailer, MAC: is wrong"),
        (
            lambda raw: raw[:-41] + bytes((raw[-41] ^ 1,)) + raw[-40:],
            "trailer, field count: is not 2",
        ),
        (lambda raw: raw + b"\0", "after the trailer: there is more"),
        (lambda raw: b"", "header: the file ends here"),
    ],
)
def test_damage_is_told_by_its_place(change: Any, message: str) -> None:
    with pytest.raises(BankDataError, match=message):
        read(change(made(2)))


def split(raw: bytes) -> tuple[bytes, list[bytes], bytes]:
    head, at, records = raw[:26], 26, []
    while raw[at : at + 1] == b"R":
        end = at + 5 + int.from_bytes(raw[at + 1 : at + 5], "big") + 8
        records.append(raw[at:end])
        at = end
    return head, records, raw[at:]


def test_records_cannot_be_taken_out_doubled_or_moved() -> None:
    head, (one, two, three), trailer = split(made(3))
    for records in ([one, two], [one, one, two, three], [two, one, three], [one, three], []):
        with pytest.raises(BankDataError, match=r"record \d, field sequence|trailer"):
            read(head + b"".join(records) + trailer)


def test_another_file_s_trailer_is_noticed() -> None:
    head, records, _ = split(made(2))
    *_, trailer = split(made(2, emboss_expiry="11/30"))
    with pytest.raises(BankDataError, match="trailer, field digest: is of another file"):
        read(head + b"".join(records) + trailer)


def test_keys_of_another_version_are_missing() -> None:
    raw = made(1)
    with pytest.raises(KeyStoreError, match="no key TK-MAC version 2"):
        read(raw[:24] + b"02" + raw[26:])


def test_no_message_has_a_value() -> None:
    raw = made(1)
    damaged = [raw[:at] + bytes((raw[at] ^ 0x55,)) + raw[at + 1 :] for at in range(len(raw))]
    for each in damaged:
        with pytest.raises(BankDataError) as caught:
            read(each)
        said = str(caught.value)
        assert not [secret for secret in ("1101011990", "62280001", NAME, TRACK1) if secret in said]


def test_nothing_of_a_record_is_printed() -> None:
    shown = repr(read(made(1)))
    assert not [value for value in VALUES.values() if value in shown]


@given(st.binary(max_size=400))
def test_any_bytes_parse_or_raise(raw: bytes) -> None:
    good = made(1)
    for each in (raw, good[:26] + raw, good[:31] + raw):
        try:
            read(each)
        except (MalformedData, KeyStoreError):
            continue


class AnyMAC:
    """A store to which every MAC is right: what is behind the MACs must hold by itself."""

    def __init__(self) -> None:
        self.test = True

    def transport_mac(self, key: KeyReference, message: bytes) -> bytes:
        del key, message
        return bytes(8)


@given(st.binary(max_size=300))
def test_any_content_behind_a_right_mac(content: bytes) -> None:
    raw = made(1)[:26] + b"R" + len(content).to_bytes(4, "big") + content + bytes(8)
    store: Any = AnyMAC()
    with pytest.raises(MalformedData):
        list(Reader(io.BytesIO(raw), LAYOUT, store))


def untransported(each: Dgi) -> Dgi:
    return replace(each, transport=None)


@given(st.binary(max_size=200))
def test_any_chip_data(raw: bytes) -> None:
    transport = KeyReference("TK", 1)
    try:
        found = chip_data.parse(raw, transport)
    except MalformedData:
        return
    again = [replace(each, dgis=tuple(map(untransported, each.dgis))) for each in found]
    parsed = chip_data.parse(chip_data.build(again, lambda data: data), transport)
    assert parsed == found


def test_secret_groupings_are_those_of_the_8000s() -> None:
    for wrong in (Dgi(0x0101, bytes(8), secret=True), Dgi(0x8000, bytes(8))):
        with pytest.raises(ValueError, match="8000 to 8FFF"):
            chip_data.build([Instance("x", b"x", (wrong,))], lambda data: data)
    with pytest.raises(BankDataError, match="application 58, DGI 8000: is not whole blocks"):
        chip_data.parse(b"\1X\0\0\x0a" + cps.encode_dgi(0x8000, bytes(7)), KeyReference("TK", 1))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"cvv2": "12A"}, "record 1, field cvv2: is no value of the form digits"),
        ({"cvv2": "1234"}, "record 1, field cvv2: has 4 bytes, not 3"),
        ({"emboss_name": "王" * 14}, "record 1, field emboss_name: has 28 bytes, not 26"),
        ({"emboss_name": "\U00020bb7"}, "record 1, field emboss_name: is no text in gbk"),
        ({"track1": "A" * 256}, "record 1, field track1: has 256 bytes, too many"),
        ({"emboss_name": 7}, "record 1, field emboss_name: is no value of the form text"),
    ],
)
def test_what_does_not_fit_is_not_written(values: dict[str, Any], message: str) -> None:
    with pytest.raises(BankDataError, match=message) as caught:
        made(1, **values)
    assert "12A" not in str(caught.value)


def test_a_million_records_would_take_the_memory_of_one() -> None:
    """The small form: 3,000 records of 700 bytes, more than is ever in memory."""
    small = (Instance("PSE", b"x", (Dgi(0x0101, bytes(500)),)),)
    whole = io.BytesIO()
    values: dict[str, Any] = {**VALUES}
    header: dict[str, Any] = {**HEADER}
    write(whole, LAYOUT, header, ((values, small) for _ in range(3000)), TestBank())
    raw = whole.getvalue()
    assert len(raw) > 1_500_000
    stream = io.BytesIO(raw)
    tracemalloc.start()
    try:
        count = sum(1 for _ in Reader(stream, LAYOUT, STORE))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 3000
    assert peak < 300_000


# Layouts


def layout(tmp_path: Path, old: str, new: str) -> Path:
    from importlib import resources

    text = (resources.files("sscard.issuance.layouts") / "demo.toml").read_text("utf-8")
    assert old in text
    path = tmp_path / "own.toml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('name = "sequence"', 'name = "number"', "record: has a field sequence of the form"),
        ('name = "cvv2"', 'name = "track1"', "record: a name is there twice"),
        ("prefix = 1", "prefix = 1\nsize = 3", "a field has a size or a prefix"),
        ('mark = "T"', 'mark = "R"', "marks of record and trailer"),
        ('encoding = "gbk"', 'encoding = "ebcdic"', "encoding"),
        ("length_size = 4", "length_size = 5", "length_size"),
        ('form = "chip"', 'form = "bytes"', "has a field chip of the form chip"),
        ('name = "demo"', "name = ", "own.toml: "),
        ("\npurge = true", "\nerase = true", "erase"),
    ],
)
def test_wrong_layouts(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(ProfileError, match=message):
        load_layout(layout(tmp_path, old, new))


def test_layouts_that_are_not_there(tmp_path: Path) -> None:
    for name, told in (("none", "no layout none"), (tmp_path / "none.toml", "No such file")):
        with pytest.raises(ProfileError, match=told):
            load_layout(name)


def test_another_layout_reads_what_it_wrote(tmp_path: Path) -> None:
    """Binary numbers, a two-byte mark, MACs of four bytes."""
    path = layout(tmp_path, 'form = "digits"\nsize = 8', 'form = "binary"\nsize = 3')
    text = path.read_text("utf-8").replace('mark = "R"', 'mark = "RR"')
    text = text.replace('mark = "T"', 'mark = "TT"').replace("mac_size = 8", "mac_size = 4")
    path.write_text(text, "utf-8")
    own, stream = load_layout(path), io.BytesIO()
    header: dict[str, Any] = {**HEADER}
    values: dict[str, Any] = {**VALUES}
    write(stream, own, header, [(values, instances())] * 2, TestBank())
    found = list(Reader(io.BytesIO(stream.getvalue()), own, STORE))
    assert [each.values["sequence"] for each in found] == [1, 2]
    with pytest.raises(BankDataError):
        read(stream.getvalue())


# The purge


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "batch.bdp"
    path.write_bytes(made(2))
    return path


def purged(path: Path, folder: Path, random: Any = bytes, now: datetime = NOW) -> Any:
    found = check(path, LAYOUT, STORE)
    return purge(path, folder, found, LAYOUT, store=STORE, random=random, now=now)


def test_the_file_is_gone_and_the_record_says_what_it_was(file: Path, tmp_path: Path) -> None:
    raw = file.read_bytes()
    done = purged(file, tmp_path / "out")
    assert not file.exists()
    document = json.loads(done.record.read_text("utf-8"))
    assert document["file_sha256"] == hashlib.sha256(raw).hexdigest() == done.sha256
    assert (document["records"], document["batch"], document["size"]) == (2, "B0001", len(raw))
    assert document["purged_fields"] == ["cvv2", "track1", "track2"]
    assert document["state"] == "done"
    assert any("flash disks" in each for each in document["limits"])
    assert verify(tmp_path / "out", STORE) == 1
    text = done.record.read_text("utf-8")
    assert not [value for value in VALUES.values() if value in text]


def test_every_byte_is_overwritten_before_the_name_goes(file: Path, tmp_path: Path) -> None:
    other, size = tmp_path / "hard-link", file.stat().st_size
    other.hardlink_to(file)
    seen: list[bytes] = []

    def random(count: int) -> bytes:
        seen.append(other.read_bytes())
        begun = json.loads(next((tmp_path / "out").glob("*.json")).read_text("utf-8"))
        assert begun["state"] == "begun"
        return b"\xaa" * count

    purged(file, tmp_path / "out", random)
    assert len(seen) == 1
    assert len(seen[0]) == size
    assert other.read_bytes() == b""


class PowerCut(Exception):
    pass


@pytest.mark.parametrize("removed", [True, False])
def test_a_purge_that_was_stopped_goes_on(file: Path, tmp_path: Path, removed: bool) -> None:
    def cut(count: int) -> bytes:
        raise PowerCut

    with pytest.raises(PowerCut):
        purged(file, tmp_path / "out", cut)
    if removed:
        file.unlink()
    other = tmp_path / "other.bdp"
    other.write_bytes(made(1))
    with pytest.raises(LedgerError, match="begun and not finished"):
        purged(other, tmp_path / "out")
    assert resume(other, tmp_path / "out", store=STORE, random=bytes) is None
    done = resume(file, tmp_path / "out", store=STORE, random=bytes)
    assert done is not None
    assert not file.exists()
    assert json.loads(done.record.read_text("utf-8"))["state"] == "done"
    assert verify(tmp_path / "out", STORE) == 1
    purged(other, tmp_path / "out", now=NOW.replace(second=7))
    assert verify(tmp_path / "out", STORE) == 2


def chained(tmp_path: Path) -> Iterator[Path]:
    for at in range(3):
        path = tmp_path / f"{at}.bdp"
        path.write_bytes(made(at))
        yield purged(path, tmp_path / "out", now=NOW.replace(second=at)).record


def test_records_are_a_chain(tmp_path: Path) -> None:
    first, second, _ = chained(tmp_path)
    assert verify(tmp_path / "out", STORE) == 3
    assert (
        json.loads(second.read_text("utf-8"))["before"]
        == hashlib.sha256(first.read_bytes()).hexdigest()
    )
    first.unlink()
    with pytest.raises(LedgerError, match="does not follow the record before it"):
        last_hash(tmp_path / "out")


def test_a_changed_record_is_noticed(tmp_path: Path) -> None:
    *_, last = chained(tmp_path)
    text = last.read_text("utf-8")
    last.write_text(text.replace('"records": 2', '"records": 3'), "utf-8")
    with pytest.raises(LedgerError, match="its MAC is wrong"):
        verify(tmp_path / "out", STORE)
    last.write_text("[]", "utf-8")
    with pytest.raises(LedgerError, match="is no purge record"):
        verify(tmp_path / "out", STORE)


def test_a_missing_file(tmp_path: Path) -> None:
    with (
        pytest.raises(BankDataError, match="No such file"),
        open_reader(tmp_path / "none", LAYOUT, STORE),
    ):
        pass

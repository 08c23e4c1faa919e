"""Nothing secret and nothing personal leaves a run by a side door: log, output, ledger, report."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

import sscard.keys.stores as stores
from simulator import VirtualCard
from sscard.cli.run import Options, issue_all
from sscard.errors import MalformedData
from sscard.issuance.accounts import DEFAULT_PSN
from sscard.issuance.ledger import Ledger, LedgerKeys
from sscard.keys.stores import load_bank, load_exchange, load_social_security
from sscard.perso import handover
from sscard.perso.order import CardNumbers, prepare
from sscard.profiles import load_profile
from sscard.profiles.element import Element
from sscard.profiles.fields import FieldError

#: Invented, and unlike anything else in the files of a run.
NAME, ID, PHONE, ADDRESS = "欧阳犇犇", "110101199003070038", "13912345678", "金丝雀路八十八号"
LIST = (
    "银行,姓名,性别,身份证号,联系电话,工作证号,户口所在地地址\n"
    f"测试银行,{NAME},男,{ID},{PHONE},E1,{ADDRESS}\n"
    f"测试银行,{NAME},女,{ID},{PHONE},E1,{ADDRESS}\n"
)
INITIAL_PIN = "123456"


@pytest.fixture
def run(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> dict[str, bytes]:
    """Everything that a run leaves where others may look, by place."""
    people = tmp_path / "people.csv"
    people.write_text(LIST, encoding="utf-8")
    out = tmp_path / "out"
    with caplog.at_level(logging.DEBUG):
        assert issue_all(
            Options(people, out, "gen2", None, "B1", (None, None, None), False, False, False)
        )
    printed = capfd.readouterr()
    files = [path for path in out.rglob("*") if path.is_file() and path.parent.name != "cards"]
    places = {str(path.relative_to(out)): path.read_bytes() for path in files}
    return {
        "stdout": printed.out.encode(),
        "stderr": printed.err.encode(),
        "log": caplog.text.encode(),
        "file names": " ".join(str(path) for path in out.rglob("*")).encode(),
        **places,
    }


def masters() -> Iterator[bytes]:
    """Every key of the TEST stores."""
    folder = Path(stores.__file__).parent
    for path in folder.glob("test-*.toml"):
        for value in re.findall(r'"([0-9A-Fa-f]{32,160})"', path.read_text("utf-8")):
            yield bytes.fromhex(value)


def derived(out: Path) -> Iterator[bytes]:
    """Every key that was made for the one card of the run, made once more from its records."""
    with Ledger.open(out / "ledger.sqlite", LedgerKeys.of(load_social_security())) as ledger:
        (row,) = ledger.cards()
    number, bank_number = row.card_number, row.bank_number or ""
    profile, bank = load_profile("gen2"), load_bank()
    card = prepare(
        profile,
        {"id_number": ID, "name": NAME},
        CardNumbers(number, row.serial, profile.setting("issuing_division").text, date(2026, 1, 1)),
        store=load_social_security(),
        exchange=load_exchange(),
        lot="TEST-GEN2",
    )
    assert card.atr == row.atr, "these are the keys of another card"
    chip = VirtualCard.load(out / "cards" / f"{number}.card")
    memory = bytes(chip.card.nvm.cells)
    kept = [*card.keys.values(), card.exchange]
    kept += [bank.udk(purpose, bank_number, DEFAULT_PSN) for purpose in ("ac", "mac", "enc")]
    for key in kept:
        assert key.reveal() in memory, "the card has other keys"
        yield key.reveal()
    yield card.lot.transport.reveal()
    for instance in chip.card.banking._instances.values():
        sequence = (int.from_bytes(instance.sequence, "big") - 1).to_bytes(2, "big")
        session = bank.session_keys(instance.identity.keydata, sequence)
        yield from (key.reveal() for key in (session.enc, session.mac, session.dek, session.rmac))
        own = (instance.value(each) for each in range(0x8201, 0x8206))
        yield from (each for each in own if each is not None)


def test_personal_data_is_only_in_the_lists_made_for_it(run: dict[str, bytes]) -> None:
    lists = {"issued.csv", "rejects.csv"}
    assert {"ledger.sqlite", "report.html"} <= set(run)
    assert NAME.encode() in run["issued.csv"], "the canary does not sing where it should"
    for place, content in run.items():
        for canary in (NAME, ID, PHONE, ADDRESS):
            if Path(place).name not in lists:
                assert canary.encode() not in content, place
                assert canary.encode("gbk") not in content, place
        if Path(place).name in lists:
            assert PHONE.encode() not in content
            assert ADDRESS.encode() not in content


def test_no_key_and_no_pin_is_anywhere(run: dict[str, bytes], tmp_path: Path) -> None:
    values = {*masters(), *derived(tmp_path / "out")}
    assert len(values) > 255
    for place, content in run.items():
        text = content.lower()
        for value in values:
            assert value not in content, place
            assert value.hex().encode() not in text, place
            assert repr(value)[2:-1].lower().encode() not in text, place
        assert not re.search(rb"(?<![0-9A-F])" + INITIAL_PIN.encode() + rb"(?![0-9A-F])", content)


# What an exception keeps


def told(error: object, seen: set[int] | None = None) -> Iterator[str]:
    """Everything that a debugger, a log or an error tracker could take out of an exception."""
    seen = set() if seen is None else seen
    if error is None or id(error) in seen:
        return
    seen.add(id(error))
    if isinstance(error, BaseException):
        yield from (str(error), repr(error))
        for name in ("__context__", "__cause__", "args", "object", "params", "statement", "orig"):
            yield from told(getattr(error, name, None), seen)
    elif isinstance(error, list | tuple | set | dict):
        for each in error.values() if isinstance(error, dict) else error:
            yield from told(each, seen)
    else:
        yield repr(error)
        if isinstance(error, bytes):
            yield from (error.hex(), error.decode("gbk", "replace"))


def sung(error: BaseException) -> list[str]:
    """The canaries that an exception has eaten; three digits or characters are enough."""
    text = " ".join(told(error))
    pieces = {ID[:6], ID[6:14], ID[-6:], NAME[:2], repr(NAME[:2].encode("gbk"))[2:-1], PHONE[:8]}
    return sorted(piece for piece in pieces if piece in text)


def wrapped() -> None:
    try:
        f"{ID}\xff".encode("ascii")
    except UnicodeEncodeError:
        raise ValueError("hidden") from None


def test_the_walk_finds_what_hides() -> None:
    with pytest.raises(ValueError, match="hidden") as caught:
        wrapped()
    assert sung(caught.value)


@pytest.mark.parametrize("at", [3, 9, 20, 24, 25, 30, 51])
@pytest.mark.parametrize("byte", [0x80, 0xFF])
def test_a_hand_over_area_with_bytes_that_are_no_text(at: int, byte: int) -> None:
    area = bytearray(handover.Holder(ID, NAME + NAME + NAME + "王王王").encode(64))
    area[at : at + 2] = bytes((byte, byte))
    with pytest.raises(MalformedData) as caught:
        handover.Holder.parse(bytes(area))
    assert not sung(caught.value)


ELEMENTS = [e for d in load_profile("gen2").directories for f in d.files for e in f.elements]
BAD = [
    f"{ID}{NAME}\U0001f600",
    f"{NAME}\ud800",
    (NAME + ID) * 20,
    f"{ID}Z",
    f"{ID[6:14]}99",
    f"{ID[6:10]}-13-77",
    [{"x": NAME}] * 400,
]


@pytest.mark.parametrize("element", ELEMENTS, ids=lambda each: each.name)
def test_a_value_that_no_element_can_hold(element: Element) -> None:
    for value in BAD:
        try:
            element.encode(value)
        except FieldError as error:
            assert not sung(error), value  # noqa: PT017 - many fail, some may pass

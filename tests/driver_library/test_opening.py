"""A configuration becomes a driver: simulated card, simulated PSAM, HSM with TEST keys."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sscard.driver import slots
from sscard.driver.configuration import ConfigurationError, read_configuration
from sscard.driver.opening import open_session
from sscard.driver.session import Session
from sscard.errors import KeyStoreError, ProfileError, TransportError
from sscard.terminal.driver import ErrorCode, Moment
from sscard.transport import CardMute, CardRemoved, NoCard, NoReader, NoService, ReaderInUse

from .conftest import HOLDER


@contextmanager
def opened(configuration: Path) -> Iterator[Session]:
    session = open_session(read_configuration(configuration))
    try:
        yield session
    finally:
        session.close()


def called(desk: Any, name: str, *args: bytes | int) -> tuple[int, str]:
    with opened(desk.configuration) as session:
        code, out = session.call(name, args)
    return code, out.decode("gbk")


@pytest.mark.parametrize("generation", [2, 3])
def test_basic(new_desk: Callable[[int], Any], generation: int) -> None:
    code, out = called(new_desk(generation), "iReadCardBas", 1)
    assert code == 0
    fields = out.split("|")
    assert fields[:3] == ["639900", HOLDER["id_number"], "X00000019"]
    assert (fields[4], fields[6]) == ("诸葛验收", f"{generation}.00")
    assert fields[9:] == ["639900000001", "终端设备号", ""]


def card_info(desk: Any) -> bytes:
    fields = called(desk, "iReadCardBas", 1)[1].split("|")
    return f"{fields[3]}|{fields[2]}|".encode()


def test_a_pin_that_is_configured(desk: Any) -> None:
    name = b"SSSEEF06|09|$DF01EF06|28|$"
    code, out = called(desk, "iReadCard", 1, 1, card_info(desk), name)
    assert (code, out) == (0, "SSSEEF06|诸葛验收|$DF01EF06|13987654321|$")
    assert called(desk, "iChangePIN", 1)[0] == 0
    assert called(desk, "iVerifyPIN", 1) == (int(ErrorCode.PIN_WRONG), "5|")
    desk.configured('[pin]\nsource = "fixed"\npin = "246802"\n')
    assert called(desk, "iVerifyPIN", 1)[0] == 0, "what was changed is in the image"


def test_without_a_keypad_nobody_enters_a_pin(desk: Any) -> None:
    desk.configured("")
    assert called(desk, "iVerifyPIN", 1)[0] == int(ErrorCode.NOT_SUPPORTED)


def test_an_hsm_in_place_of_the_psam(new_desk: Callable[[int], Any]) -> None:
    desk = new_desk(3)
    desk.configured("", 'contact = "sim:holder.card"\n')
    assert called(desk, "iReadCardBas", 1) == (int(ErrorCode.NO_PSAM), "")
    desk.configured('[hsm]\nsm4 = "TEST"\n', 'contact = "sim:holder.card"\n')
    code, out = called(desk, "iReadCardBas", 1)
    assert (code, out.split("|")[9]) == (0, "0" * 12)
    desk.configured('[hsm]\n3des = "TEST"\n', 'contact = "sim:holder.card"\n')
    assert called(desk, "iReadCardBas", 1)[0] < 0


def test_steps_keep_the_card_and_let_it_go(desk: Any) -> None:
    with opened(desk.configuration) as session, opened(desk.configuration) as other:
        assert session.call("iReadCardBas_HSM_Step1", (1,))[0] == 0
        assert other.call("iReadCardBas", (1,))[0] == int(ErrorCode.READER), "another has it"
        session.close()
        assert other.call("iReadCardBas", (1,))[0] == 0
        assert session.call("iReadCardBas", (1,))[0] == 0, "nobody holds it between calls"


def test_one_card_in_both_readers(new_desk: Callable[[int], Any]) -> None:
    desk = new_desk(3)
    desk.configured("", 'contact = "sim:holder.card"\ncontactless = "sim:holder.card"\n')
    with opened(desk.configuration) as session:
        assert session.call("iReadCardBas_HSM_Step1", (1,))[0] == 0
        assert session.call("iReadCardBas_HSM_Step1", (2,))[0] == 0


def test_a_card_without_antenna_is_no_card_in_the_field(desk: Any) -> None:
    desk.configured("", 'contact = "sim:holder.card"\ncontactless = "sim:holder.card"\n')
    assert called(desk, "iReadCardBas_HSM_Step1", 2) == (int(ErrorCode.NO_CARD), "")
    assert called(desk, "iReadCardBas_HSM_Step1", 4)[0] == 0


@pytest.mark.parametrize(
    ("readers", "code"),
    [
        ('contact = "sim:none.card"\n', ErrorCode.READER),
        ('contact = "sim:driver.toml"\n', ErrorCode.READER),
        ('contact = "tcp:127.0.0.1:1"\n', ErrorCode.READER),
        ('contactless = "sim:holder.card"\n', ErrorCode.NOT_CONNECTED),
    ],
)
def test_a_reader_that_is_not_there(desk: Any, readers: str, code: ErrorCode) -> None:
    desk.configured("", readers)
    assert called(desk, "iReadCardBas", 1) == (int(code), "")
    spec = readers.split('"')[1].rpartition(":")[2]
    assert code is ErrorCode.NOT_CONNECTED or spec in desk.log, "why it is, the log knows"


def test_each_power_up_opens_the_reader_afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    class Reader:
        def connect(self, *, contactless: bool | None) -> Reader:
            done.append(f"open {contactless}")
            return self

        def reset(self) -> bytes:
            return b"ATR"

        def close(self) -> None:
            done.append("close")

    monkeypatch.setattr(slots, "reader", lambda _spec, _folder: Reader())
    slot = slots.Slot("0", Path(), logging.Logger("driver"), contactless=True)
    with pytest.raises(TransportError, match="no power"):
        slot.transmit(b"")
    assert slot.reset() + slot.reset() == b"ATRATR"
    slot.power_off()
    slot.power_off()
    assert done == ["open True", "close", "open True", "close"]


@pytest.mark.parametrize(
    ("error", "moment", "code"),
    [
        (NoService, Moment.POWER_UP, -11),
        (NoReader, Moment.POWER_UP, -11),
        (ReaderInUse, Moment.POWER_UP, -11),
        (NoCard, Moment.POWER_UP, -2),
        (CardMute, Moment.POWER_UP, -4),
        (CardRemoved, Moment.COMMAND, -2),
        (TransportError, Moment.POWER_UP, -11),
        (TransportError, Moment.COMMAND, -4),
    ],
)
def test_why_there_is_no_answer(error: type[TransportError], moment: Moment, code: int) -> None:
    assert slots.blame(error("x"), moment) == code


def test_what_is_long_needs_room(desk: Any) -> None:
    desk.configured('[pin]\nsource = "fixed"\npin = "123456"\n[answers]\nlongest = 256\n')
    info = card_info(desk)
    long = b"SSSEEF06|08|09|$" * 10
    assert called(desk, "iReadCard", 1, 1, info, long)[0] == int(ErrorCode.DATA_LENGTH)
    assert "answers.longest is 256" in desk.log


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ('[hsm]\nsm4 = "none.toml"\n', KeyStoreError, "none.toml"),
        ('[profiles]\ngen2 = "none.toml"\n', ProfileError, "profiles.gen2: .*none.toml"),
        ('[profiles]\ngen3 = "gen3+nobody"\n', ProfileError, "profiles.gen3: .*nobody"),
    ],
)
def test_what_cannot_be_opened_is_named(
    desk: Any, text: str, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        open_session(read_configuration(desk.configured(text)))


def test_a_log_that_cannot_be_written(desk: Any) -> None:
    desk.configured("")
    text = desk.configuration.read_text("utf-8").replace("driver.log", "none/driver.log")
    desk.configuration.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"log\.file: .*driver\.log: "):
        open_session(read_configuration(desk.configuration))


def test_a_store_of_another_suite(desk: Any) -> None:
    from importlib.resources import files

    store = files("sscard.keys.stores") / "test-ssse-sm4.toml"
    (desk.folder / "office.toml").write_text(store.read_text("utf-8"), encoding="utf-8")
    with pytest.raises(KeyStoreError, match=r"hsm\.3des: .* has keys for sm4"):
        open_session(read_configuration(desk.configured('[hsm]\n3des = "office.toml"\n')))


def test_the_log_knows_nobody(desk: Any) -> None:
    info = card_info(desk)
    read = b"SSSEEF06|08|09|$"
    assert called(desk, "iReadCard", 1, 1, info, read)[0] == 0
    assert called(desk, "iReadCard", 1, 1, b"x|y|", read)[0] < 0
    assert "iReadCardBas: 0, " in desk.log
    secrets = [value for value in HOLDER.values() if len(value) > 1]
    for secret in (*secrets, *info.decode().split("|")[:2], "123456", "SSSEEF06"):
        assert secret not in desk.log

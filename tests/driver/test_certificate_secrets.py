"""Nothing that the certificate functions raise or show holds a PIN, a key or a name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from sscard.keys.types import Pin
from sscard.terminal.driver import DriverError, Interface
from sscard.terminal.driver.certificates import operations
from sscard.terminal.driver.certificates.arguments import (
    answer_in,
    certificate_in,
    signature_in,
)
from sscard.terminal.driver.meeting import Met
from tests.certified_card import authority
from tests.driver.certificate_office import Office
from tests.driver.certificate_office import office as office_at

if TYPE_CHECKING:
    from sscard.keys.x509 import CertificateAnswer
    from tests.driver.conftest import Desk

PIN, TEXT = "87654321", "我同意"
DATA = TEXT.encode()
ANOTHER = bytes(authority().root.public).hex()
CALLS: dict[str, Callable[[Any, dict[str, str]], object]] = {
    "a wrong PIN": lambda at, _: operations.sign(*at, DATA, PIN),
    "no PIN": lambda at, _: operations.sign(*at, DATA, f"{PIN}x"),
    "another key": lambda at, texts: operations.write_certificates(*at, answer(texts)),
    "no answer": lambda at, texts: answer({**texts, "GLYPIN": f"{PIN}9"}),
    "no key": lambda at, texts: answer({**texts, "ZKMY": texts["ZKMY"] + "00"}),
    "no certificate": lambda at, texts: certificate_in(texts["QMZS"][4:]),
    "another text": lambda at, texts: operations.verify(
        *at, DATA, bytes(64), certificate_in(texts["QMZS"])
    ),
    "no signature": lambda *_: signature_in(TEXT),
}


def answer(texts: dict[str, str]) -> CertificateAnswer:
    return answer_in(tuple(texts.values()))


@pytest.fixture
def office(new_desk: Callable[[int], Desk]) -> Office:
    return office_at(new_desk(3))


def chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize("name", CALLS)
def test_errors(office: Office, name: str) -> None:
    office.key()
    texts = dict(office.answer(ANOTHER))
    office.driver()
    at = (office.desk.terminal, Interface.CONTACT)
    with pytest.raises(DriverError) as raised:
        CALLS[name](at, texts)
    shown = " ".join(f"{each!r} {each} {vars(each)}" for each in chain(raised.value))
    for secret in (PIN, TEXT, "张三", *texts.values(), office.desk.info.split("|")[1]):
        assert secret not in shown


def test_what_a_terminal_shows(office: Office) -> None:
    office.driver()
    shown = repr(office.desk.terminal.certificates)
    assert "00112233" not in shown.upper()
    assert "master=<SM4 128 bits>" in shown


def test_no_pin_waits_for_the_second_step(office: Office) -> None:
    """Between the steps there may be a night; what waits is the card."""
    driver = office.driver()
    assert driver.iWriteCaStep1(1, "123456")[0] == 0
    waiting = driver._steps._waiting
    assert waiting is not None
    plan: Any = waiting.conversation._plan
    kept: list[object] = []
    while plan is not None:
        kept += plan.gi_frame.f_locals.values()
        plan = plan.gi_yieldfrom
    assert any(isinstance(each, Met) for each in kept), "these are the locals of the dialogue"
    assert "123456" not in kept
    assert not [each for each in kept if isinstance(each, Pin)]

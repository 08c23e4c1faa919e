"""Nothing that the certificate functions raise or show holds a PIN, a key or a name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from sscard.terminal.driver import DriverError, Interface
from sscard.terminal.driver.operations import played_alone
from tests.certified_card import authority
from tests.driver.certificate_office import Office
from tests.driver.certificate_office import office as office_at

if TYPE_CHECKING:
    from sscard.terminal.driver.certificates.plans import CertificatePlans
    from sscard.terminal.driver.dialogue import Dialogue
    from tests.driver.conftest import Desk

PIN, TEXT = "87654321", "我同意"
ANOTHER = bytes(authority().root.public).hex()
CALLS: dict[str, Callable[[CertificatePlans, dict[str, str]], Dialogue[object]]] = {
    "a wrong PIN": lambda plans, _: plans.sign(PIN, TEXT),
    "no PIN": lambda plans, _: plans.sign(f"{PIN}x", TEXT),
    "another key": lambda plans, texts: plans.write(texts),
    "no answer": lambda plans, texts: plans.write({**texts, "GLYPIN": f"{PIN}9"}),
    "no key": lambda plans, texts: plans.write({**texts, "ZKMY": texts["ZKMY"] + "00"}),
    "another text": lambda plans, texts: plans.verify(texts["QMZS"], TEXT, "00" * 64),
    "no signature": lambda plans, texts: plans.verify(texts["QMZS"], TEXT, "x"),
}


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
    terminal = office.desk.terminal
    with pytest.raises(DriverError) as raised:
        played_alone(terminal, Interface.CONTACT, lambda plans: CALLS[name](plans, texts))
    shown = " ".join(f"{each!r} {each} {vars(each)}" for each in chain(raised.value))
    for secret in (PIN, TEXT, "张三", *texts.values(), office.desk.info.split("|")[1]):
        assert secret not in shown


def test_what_a_terminal_shows(office: Office) -> None:
    office.driver()
    shown = repr(office.desk.terminal.certificates)
    assert "00112233" not in shown.upper()
    assert "master=<SM4 128 bits>" in shown

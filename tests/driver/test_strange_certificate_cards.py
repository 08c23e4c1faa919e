"""Whatever a card answers to the certificate functions, there is a code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.driver.certificate_office import NAMES, Office
from tests.driver.certificate_office import office as office_at

if TYPE_CHECKING:
    from tests.driver.conftest import Desk

#: What commands of the application begin with; SELECT by FID, READ BINARY and VERIFY among them.
COMMANDS = ("00A4040C0C", "00A4000002", "00B0", "0084", "002001", "8040", "804E", "804A", "80C2")
MORE = ("00D6", "845E", "84D4", "0082", "8074")
WORDS = ("9000", "63C0", "63C5", "6300", "6700", "6983", "6985", "6A80", "6A82", "6D00", "6CFF")
strange = st.dictionaries(
    st.sampled_from(COMMANDS + MORE),
    st.builds(lambda data, sw: data.hex() + sw, st.binary(max_size=70), st.sampled_from(WORDS)),
    min_size=1,
    max_size=3,
)


@pytest.fixture
def office(new_desk: Callable[[int], Desk]) -> Office:
    return office_at(new_desk(3))


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(strange, st.booleans())
def test_any_answers(office: Office, answers: Mapping[str, str], first: bool) -> None:
    office.desk.card.instead = {}
    texts = dict(office.answer())
    driver = office.driver()
    office.desk.card.instead = dict(answers)
    codes = [
        driver.iReadSignatureKey(1)[0],
        driver.PKI_SignData("123456", "x", 1)[0],
        driver.PKI_VerifySign("", "", "x", "00" * 64, 1)[0],
        driver.iWriteCA(1, *(texts[name] for name in NAMES))[0] if first else 0,
    ]
    assert all(code <= 0 for code in codes)

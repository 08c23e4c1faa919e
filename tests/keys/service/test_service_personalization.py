"""Both stations of a line with their keys behind services, one for each side."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from simulator import VirtualCard
from sscard.errors import KeyStoreError
from sscard.issuance.applicants import read_applicants
from sscard.issuance.issue_folder import open_folder
from sscard.issuance.ledger import Ledger, LedgerKeys
from sscard.issuance.line import Job, Line
from sscard.issuance.machines import CHINA, Machines, Timing
from sscard.issuance.report_data import Outcome
from sscard.issuance.states import CardState
from sscard.issuance.stations import BankStation, SocialStation
from sscard.keys.stores import OperationsStore, load_exchange, load_social_security
from sscard.keys.stores.certificates import load_certificates
from sscard.keys.stores.service.client import RemoteBankStore, RemoteOperations
from sscard.profiles import load_profile

EXAMPLES = Path(__file__).parents[3] / "examples"


def people(count: int) -> Any:
    path = EXAMPLES / "applicants.csv"
    register = read_applicants(path, load_profile("gen2"), today=date(2026, 1, 1))
    return register.applicants[:count]


def line(
    folder: Path, operations: Any, bank_store: Any, stack: AbstractContextManager[Any]
) -> Line:
    profile, exchange = load_profile("gen2"), load_exchange()
    lots = {"TEST-GEN2": load_social_security().lot("TEST-GEN2")}
    social = OperationsStore(operations, lots, "key service")
    assert isinstance(stack, ExitStack)
    issue = stack.enter_context(open_folder(folder))
    keys = LedgerKeys.of(load_social_security())
    return Line(
        social=SocialStation(profile, social, exchange, "TEST-GEN2", os.urandom),
        bank=BankStation(profile, bank_store, exchange, os.urandom, load_certificates()),
        ledger=stack.enter_context(Ledger.open(issue.ledger, keys)),
        folder=issue,
        machines=Machines(VirtualCard.blank, VirtualCard.load),
        job=Job("B1", ("gen2", bytes(32))),
        now=lambda: datetime.now(CHINA),
        timing=Timing(time.perf_counter),
    )


def test_twenty_cards_are_made_and_audited(
    tmp_path: Path,
    operations: RemoteOperations,
    bank_store: RemoteBankStore,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    applicants = people(20)
    with ExitStack() as stack:
        made = line(tmp_path / "out", operations, bank_store, stack)
        results = list(made.issue(applicants))
        assert [each.outcome for each in results] == [Outcome.ISSUED] * 20
    log = caplog.text
    assert "station-1 person_hash ledger-id-hash/1: ok" in log
    assert "bank-1 session_keys KMC/1: ok" in log
    for each in applicants:
        assert each.id_number not in log
        assert each.name not in log


def test_a_service_that_goes_away_stops_the_line_and_the_next_run_goes_on(
    tmp_path: Path,
    start: Callable[..., Any],
    way: Callable[..., Any],
    bank_store: RemoteBankStore,
) -> None:
    from sscard.keys.stores.service.served import ServedOperations

    first = start(ServedOperations("social-security", load_social_security()))
    remote = RemoteOperations(way(first), "social-security")
    applicants = people(3)
    with ExitStack() as stack:
        made = line(tmp_path / "out", remote, bank_store, stack)
        results = made.issue(applicants)
        assert next(results).outcome is Outcome.ISSUED
        first.stop()
        with pytest.raises(KeyStoreError, match="no connection"):
            next(results)
        assert made.ledger.counts()[CardState.ISSUED] == 1
        start(ServedOperations("social-security", load_social_security()), port=first.port)
        outcomes = [each.outcome for each in made.issue(applicants)]
        assert outcomes.count(Outcome.ISSUED) == 2
        assert outcomes.count(Outcome.ISSUED_BEFORE) == 1
    remote.close()


def test_a_terminal_makes_no_cards(
    tmp_path: Path,
    social: Any,
    way: Callable[..., Any],
    tokens: dict[str, str],
    bank_store: RemoteBankStore,
) -> None:
    """The line says so before a number is spent."""
    remote = RemoteOperations(way(social, tokens["terminal"]), "social-security")
    with ExitStack() as stack:
        made = line(tmp_path / "out", remote, bank_store, stack)
        with pytest.raises(KeyStoreError, match="kiosk-7 may not"):
            list(made.issue(people(1)))
        assert sum(made.ledger.counts().values()) == 0
    remote.close()

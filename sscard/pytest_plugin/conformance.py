"""The cases of LD/T 6001 as tests of one's own card: a test for each case, or for each group."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any, Literal

import pytest

from sscard.conformance import Bench, Case, KeySource, PowerCutter, Session, StoreKeys, cases_for
from sscard.conformance.certificate_card import certificate_card
from sscard.conformance.certificates import NONE, CertificateMeans
from sscard.conformance.report.junit import dialogue
from sscard.conformance.report.marks import JUDGED, MARKS, WRONG, said
from sscard.conformance.report.telling import Telling
from sscard.conformance.report.told import CaseTold
from sscard.conformance.running import run
from sscard.conformance.suites import Label
from sscard.errors import ProfileError, SscardError
from sscard.issuance.machines import CHINA
from sscard.keys import SUITES, Pin
from sscard.keys.stores import load_social_security
from sscard.perso.plan import Connection
from sscard.perso.plan import run as drive
from sscard.profiles import Profile, load_profile

#: Name of the marker and of the fixture.
NAME = "ssc_conformance"
_PER = ("case", "group")


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the marker says.  ``per``: a test for each case, or for each group."""

    profile: str = "gen2"
    preset: str = "full"
    groups: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    quirks: tuple[str, ...] = ()
    per: Literal["case", "group"] = "case"
    destructive: bool = False

    @classmethod
    def of(cls, marker: pytest.Mark | None) -> Chosen:
        """What is marked; without a marker everything for gen2.  UsageError for a wrong one."""
        options = dict(marker.kwargs) if marker else {}
        for name in ("groups", "cases", "quirks"):
            options[name] = tuple(options.get(name, ()))
        try:
            chosen = cls(*(marker.args if marker else ()), **options)
        except TypeError as error:
            raise pytest.UsageError(f"{NAME}: {error}") from None
        if chosen.per not in _PER:
            raise pytest.UsageError(f"{NAME}: per is one of {', '.join(_PER)}")
        return chosen

    def tests(self) -> dict[str, tuple[Case, ...]]:
        """The cases of each test, by its id.  UsageError for a profile or preset that is none."""
        try:
            found = cases_for(
                load_profile(self.profile), self.preset, self.quirks, only=self._wants
            )
        except ProfileError as error:
            raise pytest.UsageError(f"{NAME}: {error}") from None
        if self.per == "case":
            return {case.id: (case,) for case in found}
        groups: dict[str, tuple[Case, ...]] = {}
        for case in found:
            name = f"{case.group}-destructive" if case.destructive else case.group
            groups[name] = (*groups.get(name, ()), case)
        return groups

    def _wants(self, label: Label) -> bool:
        by_group = not self.groups or label.group in self.groups
        return by_group and (
            not self.cases or any(fnmatchcase(label.id, each) for each in self.cases)
        )


@dataclass(frozen=True, slots=True)
class Functions:
    """Two functions as a connection."""

    transmit: Callable[[bytes], bytes]
    reset: Callable[[], bytes]


@dataclass(slots=True)
class Met:
    """The cards that the tests of a session have met: keys that were refused once stay so."""

    sessions: dict[str, tuple[Connection, Session]] = field(default_factory=dict)

    def session(self, name: str, connection: Connection, bench: Bench) -> Session:
        """That of the last test with this card; another card begins anew, but for the refused."""
        before = self.sessions.get(name)
        if before is not None and before[0] is connection:
            return before[1]
        new = Session(bench)
        if before is not None:
            new.trust.refused.update(before[1].trust.refused)
        self.sessions[name] = connection, new
        return new


@dataclass(frozen=True, slots=True)
class Conformance:
    """The cases of one test; call it with the card."""

    chosen: Chosen
    cases: tuple[Case, ...]
    met: Met
    name: str
    tell: Callable[[str, object], None]

    def __call__(
        self,
        card: Connection | Callable[[bytes], bytes],
        *,
        reset: Callable[[], bytes] | None = None,
        test_keys: bool = False,
        keys: KeySource | None = None,
        pin: str | None = None,
        power: PowerCutter | None = None,
        contactless: bool = False,
    ) -> None:
        """Run the cases against ``card``: ``reset()`` and ``transmit(command)``, or a function.

        With ``test_keys`` it is shown the packaged TEST keys and the profile's initial PIN; else
        what is given in ``keys`` and ``pin``, and nothing else.  The test fails with the dialogue
        of whatever is wrong, and is skipped where nothing could be judged.
        """
        connection = _connection(card, reset)
        profile = load_profile(self.chosen.profile)
        bench = Bench(
            profile=profile,
            random=os.urandom,
            keys=_test_keys(profile) if test_keys and keys is None else keys,
            pin=_pin(profile, pin, test_keys=test_keys),
            power=power,
            contactless=contactless,
            destructive=self.chosen.destructive,
            today=datetime.now(CHINA).date(),
            certificates=_certificates(profile, connection) if test_keys else NONE,
        )
        session = self.met.session(self.name, connection, bench)
        results = run(
            self.cases, bench, connection, time.monotonic, session=session, wait=time.sleep
        )
        telling = Telling(profile)
        self._judge([telling.told(each) for each in results])

    def _judge(self, told: Iterable[CaseTold]) -> None:
        found = list(told)
        for case in found:
            self.tell(case.id, case.verdict.value)
        if wrong := [case for case in found if case.verdict in WRONG]:
            pytest.fail("\n\n".join(map(_shown, wrong)), pytrace=False)
        if not any(case.verdict in JUDGED for case in found):
            pytest.skip("; ".join(dict.fromkeys(case.reason for case in found)))


def generate(metafunc: pytest.Metafunc) -> None:
    """A test for each case, or for each group."""
    chosen = Chosen.of(metafunc.definition.get_closest_marker(NAME))
    tests = chosen.tests()
    values = [(chosen, cases) for cases in tests.values()]
    metafunc.parametrize(NAME, values, ids=list(tests), indirect=True)


def conformance(request: pytest.FixtureRequest, met: Met) -> Conformance:
    """What the fixture gives to one test."""
    chosen, cases = request.param

    def tell(name: str, value: object) -> None:
        request.node.user_properties.append((name, value))

    name = request.node.nodeid.partition("[")[0]
    return Conformance(chosen, cases, met, name, tell)


def _connection(card: Any, reset: Callable[[], bytes] | None) -> Connection:
    if reset is not None:
        return Functions(getattr(card, "transmit", card), reset)
    if hasattr(card, "transmit") and hasattr(card, "reset"):
        connection: Connection = card
        return connection
    raise TypeError("a function alone cannot take a card's power: give reset=, which gives the ATR")


def _test_keys(profile: Profile) -> KeySource:
    return StoreKeys(load_social_security(None, SUITES[profile.suite]))


def _certificates(profile: Profile, connection: Connection) -> CertificateMeans:
    """What the TEST CA says of the card, or what blank cards of the TEST lot have."""
    from sscard.issuance.ca.known import known_test_card

    if profile.certificates is None:
        return NONE
    try:
        shown = drive(certificate_card(profile.certificates), connection)
    except SscardError:  # a card that does not answer fails in its cases
        return NONE
    found = known_test_card(profile, shown.card_id, shown.content)
    if found is None:
        return NONE
    return CertificateMeans.of(
        found.user_pin, found.admin_pin, found.master, found.root, found.issuers
    )


def _pin(profile: Profile, pin: str | None, *, test_keys: bool) -> bytes | None:
    if pin is None and test_keys:
        pin = profile.setting("initial_pin").text
    return None if pin is None else Pin(pin).encoded()


def _shown(case: CaseTold) -> str:
    heading = f"{MARKS[case.verdict].sign} {case.id}: {said(case.title)} ({case.clause})"
    return f"{heading}\n{dialogue(case)}"

"""The conformance suite over a card in this process, right or wrong."""

from __future__ import annotations

import random
import re
import struct
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from fnmatch import fnmatchcase, translate
from functools import cache
from types import MappingProxyType

from simulator import Protocol, VirtualCard
from simulator.faults import FaultyCard, SimulatedPowerCutter
from simulator.reader import Reader
from sscard.conformance import Bench, Case, Result, Session, StoreKeys, Verdict, cases_for, run
from sscard.conformance.certificates import CertificateMeans
from sscard.errors import TransportError
from sscard.keys import SUITES, Pin
from sscard.keys.stores import load_social_security
from sscard.profiles import load_profile
from tests.certified_card import BLANK, Certified
from wrong_cards.right_cards import TODAY, right_card
from wrong_cards.table import controls, mutants

_PROTOCOLS = MappingProxyType(
    {"T=1": Protocol.T1, "T=0": Protocol.T0, "contactless": Protocol.CONTACTLESS}
)
#: How cards are reached; the antenna only where there is one.
WAYS = tuple(_PROTOCOLS)
#: Exact values of our own model; without them a card is judged as any other.
OWN, NEUTRAL = ("sscard",), ()
CAUGHT = frozenset({Verdict.FAILED, Verdict.BROKEN})


class InReader:
    """The card as programs meet it: on T=0 a reader keeps the Le behind data to itself."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def reset(self) -> bytes:
        """Power off and on; the card's own answer, over the antenna its ATS."""
        self._reader.power_off()
        with _mute_when_lost():
            return self._reader.card.power_on(self._reader.protocol)

    def transmit(self, command: bytes, /) -> bytes:
        """One exchange."""
        with _mute_when_lost():
            return self._reader.transmit(command)


@contextmanager
def _mute_when_lost() -> Iterator[None]:
    """A wrong card that loses its way is a mute one.  Raises TransportError."""
    try:
        yield
    except (LookupError, ValueError, struct.error):
        raise TransportError("the card does not answer") from None


def ways_to(generation: str) -> tuple[str, ...]:
    """How a card of this generation can be reached."""
    return WAYS if load_profile(generation).contactless else WAYS[:2]


@cache
def cases_of(generation: str, quirks: tuple[str, ...]) -> tuple[Case, ...]:
    """All cases, destructive ones last."""
    return cases_for(load_profile(generation), quirks=quirks)


@cache
def named_cases(generation: str, quirks: tuple[str, ...]) -> tuple[Case, ...]:
    """Those cases that are named for any wrong card, and the controls: soon made."""
    patterns = {*controls(), *(each for mutant in mutants() for each in mutant.caught)}
    named = re.compile("|".join(map(translate, sorted(patterns))))
    profile = load_profile(generation)
    return cases_for(profile, quirks=quirks, only=lambda label: bool(named.match(label.id)))


def judge(
    card: VirtualCard, generation: str, way: str, cases: Iterable[Case]
) -> tuple[Result, ...]:
    """Run these cases on the card by the profile that it should be of."""
    protocol = _PROTOCOLS[way]
    faulty = FaultyCard(card, ())
    faulty.power_on(protocol)
    bench = replace(_bench(generation), power=SimulatedPowerCutter(faulty))
    bench = replace(bench, protocol="T=0" if way == "T=0" else "T=1")
    bench = replace(bench, contactless=way == "contactless")
    reader = InReader(Reader(faulty, protocol))
    return run(cases, bench, reader, time.perf_counter, session=Session(bench))


def failing(results: Iterable[Result]) -> tuple[Result, ...]:
    """Those that say that the card is wrong."""
    return tuple(each for each in results if each.verdict in CAUGHT)


def _bench(generation: str) -> Bench:
    right = right_card(generation)
    profile = right.profile
    return Bench(
        profile=profile,
        random=random.Random(3).randbytes,
        keys=StoreKeys(load_social_security(None, SUITES[profile.suite])),
        pin=Pin(profile.setting("initial_pin").text).encoded(),
        destructive=True,
        facts=frozenset({"bank"}),
        bank_pin=Pin(profile.bank_setting("offline_pin").text).encoded(),
        today=TODAY,
        certificates=_means(right.certified),
    )


def _means(found: Certified | None) -> CertificateMeans:
    if found is None:
        return CertificateMeans()
    return CertificateMeans(
        BLANK.user_pin.encoded(),
        found.answer.admin_pin.encoded(),
        found.answer.master,
        found.authority.root,
        found.authority.issuers,
    )


def like(cases: Iterable[Case], patterns: Iterable[str]) -> tuple[Case, ...]:
    """The cases whose ids are like one of the patterns, in their order."""
    wanted = tuple(patterns)
    return tuple(case for case in cases if any(fnmatchcase(case.id, each) for each in wanted))

"""pytest plugin: simulated cards, PSAMs and readers for tests of one's own programs.

Whoever has sscard installed has the fixtures; what they need is imported when a test asks for one
of them.  docs/pytest.md has a worked example.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from simulator import PsamCard
    from simulator.faults import FaultyCard
    from sscard.pytest_plugin.cards import Cards, Wanted
    from sscard.pytest_plugin.conformance import Conformance, Met
    from sscard.pytest_plugin.reader import SimulatedReader

#: Who holds the cards, where the marker says nothing else.  Invented.
HOLDER: Mapping[str, str] = MappingProxyType(
    {
        "id_number": "110101199003070038",
        "name": "张三",
        "sex": "1",
        "birth_date": "1990-03-07",
        "phone": "13800000000",
    }
)
_MARKERS = (
    "ssc_profile(spec, blank=False, **values): profile of ssc_card and ssc_psam (gen2); a blank "
    "chip; columns of the holder",
    "ssc_faults(*faults): what goes wrong with ssc_card: simulator.faults.Fault objects, or the "
    "path of a scenario file",
    "ssc_conformance(profile, preset='full', groups=(), cases=(), quirks=(), per='case', "
    "destructive=False): the cases of ssc_conformance, a test for each case or each group",
)


def pytest_configure(config: pytest.Config) -> None:
    """Declares the markers."""
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Makes a test for each case of LD/T 6001 where a test asks for ``ssc_conformance``."""
    if "ssc_conformance" in metafunc.fixturenames:
        from sscard.pytest_plugin.conformance import generate

        generate(metafunc)


@pytest.fixture(scope="session")
def ssc_met() -> Met:
    """The cards that ``ssc_conformance`` has met in this session."""
    from sscard.pytest_plugin.conformance import Met

    return Met()


@pytest.fixture
def ssc_conformance(request: pytest.FixtureRequest, ssc_met: Met) -> Conformance:
    """Cases of LD/T 6001: call it with a card.  The marker of this name chooses among them."""
    from sscard.pytest_plugin.conformance import conformance

    return conformance(request, ssc_met)


@pytest.fixture
def ssc_holder(request: pytest.FixtureRequest) -> Mapping[str, str]:
    """Whose card ``ssc_card`` is, by column of an applicants' list; ``pin`` is the card's PIN."""
    return _wanted(request).holder


@pytest.fixture(scope="session")
def ssc_cards(tmp_path_factory: pytest.TempPathFactory) -> Cards:
    """Where cards come from: each kind is made once in a session."""
    from sscard.pytest_plugin.cards import Cards

    return Cards(tmp_path_factory.mktemp("ssc"))


@pytest.fixture
def ssc_card(request: pytest.FixtureRequest, ssc_cards: Cards) -> FaultyCard:
    """A finished card with TEST keys, with power, on T=1; each test has its own.

    The markers ``ssc_profile`` and ``ssc_faults`` say which, and what goes wrong with it.
    """
    faults = (fault for marker in request.node.iter_markers("ssc_faults") for fault in marker.args)
    card = ssc_cards.user_card(_wanted(request), faults)
    card.power_on()
    return card


@pytest.fixture
def ssc_psam(request: pytest.FixtureRequest, ssc_cards: Cards) -> PsamCard:
    """A PSAM of the same city with the same TEST keys, with power, on T=1."""
    card = ssc_cards.psam(_wanted(request))
    card.power_on()
    return card


@pytest.fixture
def ssc_reader(ssc_card: FaultyCard) -> Iterator[SimulatedReader]:
    """A reader with ``ssc_card`` in it, which other threads and processes reach, too."""
    from sscard.pytest_plugin.reader import reader_with

    with reader_with(ssc_card) as reader:
        yield reader


def _wanted(request: pytest.FixtureRequest) -> Wanted:
    from sscard.pytest_plugin.cards import Wanted

    marker = request.node.get_closest_marker("ssc_profile")
    arguments = marker.args if marker else ()
    options = dict(marker.kwargs) if marker else {}
    return Wanted.of(*arguments, holder=HOLDER, **options)

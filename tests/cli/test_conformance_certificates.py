"""What ``sscard conformance`` brings to the certificate application, and whom it shows it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from simulator import VirtualCard
from sscard.cli.conformance import conformance
from sscard.cli.conformance_bench import Means, bench
from sscard.cli.conformance_card import UnderTest
from sscard.cli.readers import Source
from sscard.conformance.certificates import CertificateMeans
from sscard.errors import KeyStoreError
from sscard.issuance.ca.trusted import Trusted
from sscard.profiles import load_profile
from sscard.pytest_plugin import HOLDER
from sscard.pytest_plugin.cards import Cards, Wanted
from tests.certified_card import authority, certified_card

ALONE = typer.Typer(pretty_exceptions_enable=False)
ALONE.command()(conformance)
_CHAIN = ("--profile", "gen3", "--case", "CHECK_CERT.0018.chain")


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished card of the third generation with certificates of the TEST CA."""
    folder = tmp_path_factory.mktemp("certificates")
    Cards(folder).user_card(Wanted.of("gen3", holder=HOLDER), ()).save(folder / "gen3.card")
    return folder / "gen3.card"


@pytest.fixture(scope="module")
def others_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Root and issuing CA of somebody else."""
    path = tmp_path_factory.mktemp("root") / "other.pem"
    path.write_text(Trusted(authority(12).root, authority(12).issuers).pem())
    return path


def invoke(*words: object, answers: str = "") -> Result:
    return CliRunner().invoke(ALONE, list(map(str, words)), input=answers)


def brought(image: Path, means: Means, *, simulated: bool) -> CertificateMeans:
    inside = VirtualCard.load(image)
    inside.power_on()
    source = Source("a reader", inside, inside if simulated else None)  # type: ignore[arg-type]
    with bench(load_profile("gen3"), UnderTest(source, "T=1"), means) as (found, _):
        return found.certificates


@pytest.mark.parametrize("way", [(), ("--t0",), ("--contactless",)])
def test_a_card_of_ones_own(image: Path, way: tuple[str, ...]) -> None:
    """The TEST CA is asked what it has answered: PINs, master key and chain are right."""
    cases = ("CHECK_CERT.0018.*", "ACSE_SAFETY.secret.*.right")
    chosen = [word for each in cases for word in ("--case", each)]
    done = invoke(image, "--profile", "gen3", *chosen, *way, "--quirks", "sscard", "--json", "-")
    assert done.exit_code == 0, done.output
    verdicts = {each["id"]: each["verdict"] for each in json.loads(done.stdout)["cases"]}
    assert set(verdicts.values()) == {"passed"}
    assert len(verdicts) > 15


def test_the_root_of_another_ca(image: Path, others_root: Path) -> None:
    assert invoke(image, *_CHAIN, "--ca-root", others_root).exit_code == 1
    assert "no certificates in PEM" in str(invoke(image, *_CHAIN, "--ca-root", image).exception)


@pytest.mark.parametrize(
    ("simulated", "means", "has"),
    [
        (True, Means(), True),
        (False, Means(), False),
        (False, Means(test_keys=True), True),
    ],
)
def test_a_card_in_a_reader_is_shown_what_was_named(
    image: Path, simulated: bool, means: Means, has: bool
) -> None:
    found = brought(image, means, simulated=simulated)
    assert len(found.secrets()) == (4 if has else 0)
    assert (found.root is not None) is has


def test_the_day_is_chinas(image: Path) -> None:
    """A card that was certified this morning is valid, wherever its tester is."""
    inside = VirtualCard.load(image)
    inside.power_on()
    source = Source("a reader", inside, None)  # type: ignore[arg-type]
    with bench(load_profile("gen3"), UnderTest(source, "T=1"), Means()) as (found, _):
        assert found.today == datetime.now(timezone(timedelta(hours=8))).date()


def test_the_answer_of_the_ca(image: Path, tmp_path: Path) -> None:
    answer = certified_card().answer
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(dict(answer.texts())))
    found = brought(image, Means(certificate_answer=path), simulated=False)
    assert found.admin_pin == answer.admin_pin.encoded()
    assert found.master == answer.master
    assert found.user_pin is None
    assert answer.admin_pin.reveal().decode() not in repr(found)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff", "is no JSON"),
        (b"{}", "QMZS is missing"),
        (None, "No such file"),
    ],
)
def test_no_answer_of_a_ca(image: Path, tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "answer.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(KeyStoreError, match=f"answer.json.*{said}"):
        brought(image, Means(certificate_answer=path), simulated=False)


def test_an_answer_that_is_no_object(image: Path, tmp_path: Path) -> None:
    path = tmp_path / "answer.json"
    path.write_text("[]")
    done = invoke(image, *_CHAIN, "--certificate-answer", path)
    assert done.exit_code == 2
    assert "no object of texts" in done.stderr


def test_the_user_pin_is_asked_for(image: Path) -> None:
    """Another one than the card has: it is shown once."""
    cases = ("--profile", "gen3", "--case", "ACSE_SAFETY.secret.user-PIN.*")
    done = invoke(image, *cases, "--ask-user-pin", "--json", "-", answers="654321\n")
    assert done.exit_code == 1
    verdicts = [each["verdict"] for each in json.loads(done.stdout)["cases"]]
    assert verdicts.count("failed") == 1
    assert set(verdicts) == {"failed", "not run"}
    assert "654321" not in done.stdout

"""``sscard validate``: exit codes, what it prints and writes, and what it keeps to itself."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.testing import CliRunner, Result

from sscard.cli.validate import validate
from sscard.errors import ApplicantError, ProfileError, SscardError
from tests.html_page import Page

if TYPE_CHECKING:
    from tests.conformance.validation.conftest import Bench

#: What is the holder's and nobody else's; the account in track 2 and in its record.
SECRETS = ("诸葛验收", "110101199003070038", "13987654321", "6228000100001117", "X00000019")


@pytest.fixture(scope="module")
def run() -> Callable[..., Result]:
    alone = typer.Typer()  # all commands together take longer to build than this one to run
    alone.command()(validate)

    def invoke(*arguments: object) -> Result:
        return CliRunner().invoke(alone, [*map(str, arguments)])

    return invoke


@pytest.fixture
def image(bench: Callable[..., Bench], tmp_path: Path) -> Path:
    path = tmp_path / "one.card"
    bench("gen3").card.create(path)
    return path


@pytest.fixture
def record(bench: Callable[..., Bench], tmp_path: Path) -> Path:
    return written(tmp_path, bench("gen3").record)


def written(folder: Path, record: dict[str, object]) -> Path:
    path = folder / "record.json"
    path.write_text(json.dumps(record), encoding="utf-8")
    return path


def test_a_right_card(run: Callable[..., Result], image: Path, record: Path) -> None:
    before = image.read_bytes()
    done = run(image, "--profile", "gen3", "--data", record)
    assert done.exit_code == 0, done.output
    assert "不一致 differs 0" in done.stdout
    assert "TEST KEYS" in done.stderr
    assert image.read_bytes() == before, "a copy was used"


def test_a_card_that_differs(
    run: Callable[..., Result], image: Path, bench: Callable[..., Bench], tmp_path: Path
) -> None:
    record = written(tmp_path, {**bench("gen3").record, "expiry_date": "2036-02-01"})
    page = tmp_path / "page.html"
    done = run(image, "--profile", "gen3", "--data", record, "--html", page)
    assert done.exit_code == 1
    assert "SSSE/EF05/expiry_date" in done.stdout
    assert "不一致 differs 1 " in done.stdout
    assert "2036-01-31" in page.read_text(), "an issuer's date is nobody's secret"


def test_the_page_and_json_mask_what_is_personal(
    run: Callable[..., Result], image: Path, bench: Callable[..., Bench], tmp_path: Path
) -> None:
    """Also where it differs: then only from which character on."""
    page = tmp_path / "page.html"
    wrong = {"name": "诸葛验牧", "phone": "13987654322"}
    record = written(tmp_path, {**bench("gen3").record, **wrong})
    done = run(image, "--profile", "gen3", "--data", record, "--html", page, "--json")
    assert done.exit_code == 1
    findings = {each["subject"]: each for each in json.loads(done.stdout)["findings"]}
    name = findings["SSSE/EF06/name"]
    assert (name["verdict"], name["expected"]) == ("differs", "●●●")
    assert "第 4 位起不同" in name["read"]
    text = page.read_text("utf-8")
    for secret in (*SECRETS, *wrong.values()):
        for spelling in (secret, secret.encode("gbk").hex().upper()):
            assert spelling not in done.stdout + done.stderr
            assert spelling not in text
    done = run(image, "--profile", "gen3", "--data", record, "--html", page, "--json", "--reveal")
    for secret in SECRETS[:4]:
        assert secret in done.stdout
        assert secret in page.read_text("utf-8")


def test_the_page_is_one_file(
    run: Callable[..., Result], image: Path, record: Path, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    run(image, "--profile", "gen3", "--data", record, "--html", page)
    text = page.read_text("utf-8")
    parsed = Page(text)
    tags = [tag for tag, _ in parsed.tags]
    assert parsed.open == []
    assert not [tag for tag, attributes in parsed.tags if "src" in attributes]
    assert all((a.get("href") or "#").startswith("#") for _, a in parsed.tags)
    assert "script" not in tags
    assert tags.count("thead") == tags.count("table") >= 10
    assert "url(" not in text
    links = set(re.findall(r'href="#([^"]+)"', text))
    assert links <= set(re.findall(r'id="([^"]+)"', text))


def test_the_template(run: Callable[..., Result], tmp_path: Path) -> None:
    done = run("--template", "--profile", "gen3")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["name"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--profile", "gen3"), "--data"),
        (("--profile", "gen3", "--data", "RECORD"), "card image or --reader"),
        (("IMAGE", "--reader", "sim:IMAGE", "--data", "RECORD"), "card image or --reader"),
    ],
)
def test_usage(
    run: Callable[..., Result], image: Path, record: Path, arguments: tuple[str, ...], said: str
) -> None:
    names = {"IMAGE": image, "RECORD": record, "sim:IMAGE": f"sim:{image}"}
    done = run(*(names.get(each, each) for each in arguments))
    assert done.exit_code == 2
    assert said in done.stderr


@pytest.mark.parametrize(
    ("profile", "record", "error", "said"),
    [
        ("gen3", "{", ApplicantError, "record.json: 第 1 行 line 1"),
        ("gen3", '{"nmae": "x"}', ApplicantError, "record.json: 未知列 unknown column 'nmae'"),
        ("gen2", None, ProfileError, "of chip gen3-80k"),
        ("gen9", None, ProfileError, "gen9"),
    ],
)
def test_what_cannot_begin(
    run: Callable[..., Result],
    image: Path,
    bench: Callable[..., Bench],
    tmp_path: Path,
    profile: str,
    record: str | None,
    error: type[SscardError],
    said: str,
) -> None:
    path = written(tmp_path, bench("gen3").record)
    if record is not None:
        path.write_text(record)
    done = run(image, "--profile", profile, "--data", path)
    assert isinstance(done.exception, error)
    assert said in str(done.exception)


def test_a_card_in_a_reader_is_shown_only_what_was_named(
    run: Callable[..., Result], image: Path, record: Path, tmp_path: Path
) -> None:
    """Its image would keep a wrong try: without stores and --ask-pin nothing is tried."""
    place = ("--reader", f"sim:{image}", "--profile", "gen3", "--data", record, "--json")
    log = tmp_path / "log.jsonl"
    done = run(*place, "--record", log)
    found = json.loads(done.stdout)
    assert done.exit_code == 0
    assert found["counts"]["not proven"] > 200
    assert not re.search(r'"(0082|0088|0020....0)', log.read_text())
    assert "TEST KEYS" not in done.stderr
    again: Any = json.loads(run(*place, "--test-keys").stdout)
    assert again["counts"]["not proven"] < 50
    assert again["agrees"]

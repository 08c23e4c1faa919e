"""``sscard conformance``: what it writes, how it ends, what it goes on with, whom it shows keys."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import typer
from typer.testing import CliRunner, Result

from simulator import VirtualCard
from simulator.faults import FaultyCard
from sscard.apdu import iso7816, ssc
from sscard.cli import conformance_run
from sscard.cli.conformance import conformance
from sscard.cli.conformance_bench import Means, bench
from sscard.cli.conformance_card import UnderTest, under_test
from sscard.cli.conformance_psam import PsamSource
from sscard.cli.readers import Source
from sscard.conformance import Case
from sscard.conformance.general_test.check import card_facts
from sscard.errors import KeyStoreError, MalformedData, TransportError
from sscard.keys import SUITES, Factors
from sscard.keys.operations import KeyNotHeld
from sscard.perso.plan import run
from sscard.profiles import load_profile
from sscard.pytest_plugin import HOLDER
from sscard.pytest_plugin.cards import Cards, Wanted

#: The command without the others of ``sscard``, which take longer to be declared than to run.
ALONE = typer.Typer(pretty_exceptions_enable=False)
ALONE.command()(conformance)
#: A handful: reading, a right, two keys, a wrong PIN, an update that is put back.
FEW = (
    "SSSE_RECORD.EF05.*",
    "SSSE_SAFETY.EF05.update.nothing-shown",
    "SSSE_SAFETY.EF07.read.*",
    "SSSE_SAFETY.EF05.write-back.1",
    "KEY_VER1.UKSSSE",
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Cards:
    return Cards(tmp_path_factory.mktemp("conformance"))


def image_of(made: Cards, path: Path, spec: str = "gen2") -> Path:
    made.user_card(Wanted.of(spec, holder=HOLDER), ()).save(path)
    return path


@pytest.fixture
def card(made: Cards, tmp_path: Path) -> Path:
    """A finished card of the second generation."""
    return image_of(made, tmp_path / "a.card")


@pytest.fixture(scope="module")
def wrong(made: Cards, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A card of the second generation with the PIN of somebody else."""
    faulty = made.user_card(Wanted.of("gen2", holder=HOLDER), ())
    faulty.power_on()
    select = iso7816.select(ssc.SSSE_NAME)
    for command in (select, ssc.change_pin(bytes.fromhex("123456"), bytes.fromhex("654321"))):
        assert faulty.transmit(bytes(command))[-2:] == b"\x90\x00"
    path = tmp_path_factory.mktemp("wrong") / "wrong.card"
    faulty.save(path)
    return path


def invoke(*words: object) -> Result:
    return CliRunner().invoke(ALONE, list(map(str, words)), catch_exceptions=False)


def few(*patterns: str) -> tuple[str, ...]:
    return tuple(word for each in patterns or FEW for word in ("--case", each))


def test_a_good_card_in_every_form(card: Path, tmp_path: Path) -> None:
    before = card.read_bytes()
    names = ("page.html", "junit.xml", "all.json")
    page, junit, document = (tmp_path / name for name in names)
    done = invoke(
        card, *few(), "--html", page, "--junit", junit, "--json", document, "--quirks", "sscard"
    )
    assert done.exit_code == 0, done.output
    assert "✓ 合格 conforms" in done.stdout
    assert re.search(r"^KEY_VER1 +✓ 合格 passed +1 +1 ", done.stdout, re.MULTILINE)
    assert "测试密钥 TEST KEYS" in done.stderr
    found = json.loads(document.read_text("utf-8"))
    tests = list(ET.parse(junit).getroot().iter("testcase"))
    assert [each["id"] for each in found["cases"]] == [each.get("name") for each in tests]
    assert found["verdict"] == "conforms"
    assert len(found["fingerprints"]) == 3
    text = page.read_text("utf-8")
    assert "测试密钥" in text
    assert "chip serial number" in text
    for said in (text, junit.read_text("utf-8"), document.read_text("utf-8")):
        assert HOLDER["name"] not in said
        assert HOLDER["id_number"] not in said
        assert HOLDER["id_number"].encode().hex().upper() not in said
    assert card.read_bytes() == before, "a copy is tested"


def test_json_for_programs(card: Path) -> None:
    done = invoke(card, "--case", "SSSE_RECORD.EF05.1", "--json", "-")
    assert json.loads(done.stdout)["counts"]["passed"] == 1


def test_a_card_that_does_not_take_its_pin(wrong: Path, tmp_path: Path) -> None:
    done = invoke(wrong, *few("SSSE_SAFETY.EF07.read.*"), "--json", tmp_path / "all.json")
    assert done.exit_code == 1
    assert "✗ 不合格" in done.stdout
    cases = json.loads((tmp_path / "all.json").read_text("utf-8"))["cases"]
    verdicts = [each["verdict"] for each in cases]
    assert verdicts.count("failed") == 1, "shown once"
    refused = [each for each in cases if "was refused in" in each["reason"]]
    assert refused
    assert all(each["verdict"] == "not run" for each in refused)


def test_cases_are_listed(card: Path) -> None:
    done = invoke("--profile", "gen3", "--preset", "smoke", "--list")
    assert done.exit_code == 0
    assert re.search(r"^  KEY_VER2\.UK1DF03  ", done.stdout, re.MULTILINE)
    listed = json.loads(invoke("--preset", "smoke", "--list", "--json", "-").stdout)
    assert {"id", "title", "group", "needs", "destructive"} <= listed[0].keys()
    assert all(each["group"] != "DF06_RECORD" for each in listed if "DF06" not in each["id"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--group", "DF09"), "no group DF09; there are: ATR"),
        (("--case", "nothing*"), "there are no such cases"),
        (("--quirks", "nobody.toml"), "nobody.toml"),
        (("--preset", "half"), "no suite 'half'"),
        (("--profile", "gen3"), "is of chip gen2-32k"),
        (("--reader", "sim:a.card"), "one of both"),
        (("--pack", "nothing.toml"), "nothing.toml: cannot be read"),
    ],
)
def test_what_cannot_be_done(card: Path, words: tuple[str, ...], message: str) -> None:
    words = words if "--case" in words else (*words, "--case", "atr.form")
    done = CliRunner().invoke(ALONE, [str(card), *words])
    said = done.output + str(done.exception)
    assert message in " ".join(re.sub("[│╭╮╰╯─]", " ", said).split())
    assert done.exit_code != 0


# Going on


def test_an_interrupted_run_goes_on_with_the_next_case(
    card: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = tmp_path / "journal"
    place = f"sim:{card}"
    ran: list[str] = []
    real = conformance_run.run

    def counted(cases: tuple[Case, ...], *rest: Any, **more: Any) -> Any:
        ran.extend(case.id for case in cases)
        if len(ran) == 4:
            raise KeyboardInterrupt
        return real(cases, *rest, **more)

    monkeypatch.setattr(conformance_run, "run", counted)
    assert invoke("--reader", place, *few(), "--resume", journal).exit_code == 130
    first = list(ran)
    done = invoke("--reader", place, *few(), "--resume", journal, "--json", tmp_path / "all.json")
    assert done.exit_code == 0, done.output
    assert ran[: len(first)] == first
    assert ran[len(first)] == first[-1], "what only reads is done again"
    assert not set(ran[len(first) :]) & set(first[:-1])
    found = json.loads((tmp_path / "all.json").read_text("utf-8"))
    assert len(found["cases"]) == len(set(ran))
    so_far = len(ran)
    assert invoke("--reader", place, *few(), "--resume", journal).exit_code == 0
    assert len(ran) == so_far, "nothing is left to be done"


@pytest.mark.parametrize(("name", "again"), [("SSSE_RECORD.EF05.1", True), ("write-back.1", False)])
def test_a_case_that_was_broken_off(card: Path, tmp_path: Path, name: str, again: bool) -> None:
    """What may have changed the card is not taken up again: nobody knows what it had changed."""
    journal = tmp_path / "journal"
    assert invoke(card, *few(), "--resume", journal).exit_code == 0
    lines = journal.read_text("utf-8").splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if line.startswith('{"begun"') and name in line)
    journal.write_text("".join(lines[: at + 1]) + '{"case": {"id": "torn', "utf-8")
    done = invoke(card, *few(), "--resume", journal, "--json", tmp_path / "all.json")
    cases = json.loads((tmp_path / "all.json").read_text("utf-8"))["cases"]
    (case,) = (each for each in cases if each["id"].endswith(name))
    assert (case["verdict"] == "passed") is again
    assert done.exit_code == (0 if again else 1)
    if not again:
        assert "上次运行在此中断" in case["reason"]


def test_a_key_that_was_refused_is_not_tried_by_the_next_run(wrong: Path, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    first = few("SSSE_SAFETY.EF07.read.*")
    assert invoke(wrong, *first, "--resume", journal).exit_code == 1
    lines = journal.read_text("utf-8").splitlines()
    (refused,) = (json.loads(line)["refused"] for line in lines if line.startswith('{"refused"'))
    assert list(refused) == ["PIN"]
    kept = [lines[0], json.dumps({"refused": refused})]
    journal.write_text("\n".join(kept) + "\n", "utf-8")
    invoke(wrong, *first, "--resume", journal, "--json", tmp_path / "all.json")
    cases = json.loads((tmp_path / "all.json").read_text("utf-8"))["cases"]
    assert not [each for each in cases if "0020000003" in json.dumps(each)]


def test_a_journal_of_another_run_is_refused(card: Path, made: Cards, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    assert invoke(card, *few(), "--resume", journal).exit_code == 0
    before = journal.read_bytes()
    other = invoke(card, "--case", "KEY_VER1.UKSSSE", "--resume", journal)
    assert other.exit_code == 2
    assert "cases differs" in " ".join(other.stderr.split())
    gen3 = image_of(made, tmp_path / "gen3.card", "gen3")
    assert invoke(gen3, "--profile", "gen3", *few(), "--resume", journal).exit_code == 2
    assert journal.read_bytes() == before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,number\n", "line 1"),
        ('{"other": 1}\n', "no journal of a conformance run"),
        ("[1]\n", "no object"),
        ('{"keystore": "in one line"}', "no journal of a conformance run"),
        ("name,number\nwithout,end", "line 1"),
    ],
)
def test_what_is_no_journal_stays_as_it_is(
    card: Path, tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "list.csv"
    path.write_text(text, "utf-8")
    done = CliRunner().invoke(ALONE, [str(card), *few(), "--resume", str(path)])
    assert message in str(done.exception)
    assert path.read_text("utf-8") == text


@pytest.mark.parametrize("damaged", ['{"refused": 5}', '{"case": {"id": 1}}', "{}", '{"case": 1}'])
def test_a_damaged_journal_names_the_line(card: Path, tmp_path: Path, damaged: str) -> None:
    journal = tmp_path / "journal"
    words = (card, "--case", "atr.form", "--resume", journal)
    assert invoke(*words).exit_code == 0
    text = journal.read_text("utf-8") + f"{damaged}\n"
    journal.write_text(text, "utf-8")
    done = CliRunner().invoke(ALONE, list(map(str, words)))
    assert isinstance(done.exception, MalformedData)
    assert f"{journal}, line 4: " in str(done.exception)
    assert journal.read_text("utf-8") == text


def test_a_journal_whose_first_line_was_torn_begins_anew(card: Path, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    words = (card, "--case", "atr.form", "--resume", journal)
    assert invoke(*words).exit_code == 0
    whole = journal.read_bytes()
    journal.write_bytes(whole[:30])
    assert invoke(*words).exit_code == 0
    assert journal.read_bytes().startswith(whole.splitlines(keepends=True)[0])


def test_a_journal_holds_nothing_of_anybody(card: Path, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    invoke(card, "--case", "SSSE_*.EF0[67].*", "--resume", journal)
    text = journal.read_text("utf-8")
    for secret in (HOLDER["name"], HOLDER["id_number"], "123456FF"):
        assert secret not in text
        assert secret.encode("gbk").hex().upper() not in text


def test_the_card_goes(card: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A card that is pulled out ends the run; the cases behind are still to be done."""
    said = 0
    real = FaultyCard.transmit

    def transmit(self: FaultyCard, command: bytes, /) -> bytes:
        nonlocal said
        said += 1
        if said > 20:
            raise TransportError("pulled out")
        return real(self, command)

    def reset(self: FaultyCard) -> bytes:
        if said > 20:
            raise TransportError("pulled out")
        return self.power_on()

    monkeypatch.setattr(FaultyCard, "transmit", transmit)
    monkeypatch.setattr(FaultyCard, "reset", reset)
    done = invoke(card, *few(), "--json", tmp_path / "all.json")
    assert done.exit_code == 2
    assert "the card is gone, the run stops: pulled out" in done.stderr
    found = json.loads((tmp_path / "all.json").read_text("utf-8"))
    assert found["cases"][-1]["verdict"] == "broken"
    assert found["unfinished"] > 0


def test_another_card_comes(card: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody has put in another one: it is shown nothing, and the run ends."""
    said, after = 0, []
    transmit, reset = FaultyCard.transmit, FaultyCard.reset

    def counted(self: FaultyCard, command: bytes, /) -> bytes:
        nonlocal said
        said += 1
        if said > 20:
            after.append(command)
        return transmit(self, command)

    def other(self: FaultyCard) -> bytes:
        answer = reset(self)
        return answer if said < 20 else answer[:-1] + b"\0"

    monkeypatch.setattr(FaultyCard, "transmit", counted)
    monkeypatch.setattr(FaultyCard, "reset", other)
    done = invoke(card, *few(), "--json", tmp_path / "all.json")
    assert done.exit_code == 2
    assert "another card is in the reader" in done.stderr
    assert not [each for each in after if each[1] in (0x20, 0x82)]


# Whom keys and PINs are shown


def another_card(card: Path, *, simulated: bool) -> UnderTest:
    inside = VirtualCard.load(card)
    inside.power_on()
    return UnderTest(Source("a reader", inside, inside if simulated else None), "T=1")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("simulated", "means", "keys", "pin"),
    [
        (True, Means(), True, True),
        (False, Means(), False, False),
        (False, Means(test_keys=True), True, True),
    ],
)
def test_a_real_card_is_shown_what_was_named(
    card: Path, simulated: bool, means: Means, keys: bool, pin: bool
) -> None:
    profile = load_profile("gen2")
    with bench(profile, another_card(card, simulated=simulated), means) as (brought, test):
        assert (brought.keys is not None, brought.pin is not None) == (keys, pin)
        assert test is keys
        assert (brought.bank_pin is not None) is pin


def test_the_line_of_t0_is_for_simulated_cards(card: Path) -> None:
    done = invoke(card, "--t0", *few("terminal.t0.get-response.*"), "--json", "-")
    verdicts = {each["verdict"] for each in json.loads(done.stdout)["cases"]}
    assert verdicts <= {"passed", "deviates", "reported"}
    there = under_test(None, "tcp:localhost:1", None, contactless=False, t0=True)
    with pytest.raises(typer.BadParameter, match="only a card that is simulated here"), there:
        pytest.fail("a real reader hides its protocol")


def test_by_antenna(made: Cards, tmp_path: Path) -> None:
    card = image_of(made, tmp_path / "gen3.card", "gen3")
    done = invoke(card, "--profile", "gen3", "--contactless", *few("contactless.directory.*"))
    assert done.exit_code == 0, done.output
    gen1 = image_of(made, tmp_path / "gen1.card", "gen1")
    done = CliRunner().invoke(ALONE, [str(gen1), "--profile", "gen1", "--contactless", *few()])
    assert "has no antenna" in str(done.exception)


# The general test


@pytest.fixture
def till(made: Cards) -> PsamSource:
    card = made.psam(Wanted.of("gen2", holder=HOLDER))
    card.power_on()
    return PsamSource(card, SUITES["3des"])


def test_a_psam_has_one_version_of_each_key(till: PsamSource) -> None:
    factors = Factors.of("639900", bytes(13))
    assert till.holds("UK1DF01", 1)
    assert not till.holds("UK1DF01", 2)
    assert not till.holds("MK", 1)
    assert not till.holds("DLK", 1)
    assert len(till.authentication("UK1DF01", 1, factors, bytes(8), bytes(8))) == 8
    with pytest.raises(KeyNotHeld):
        till.authentication("UK1DF01", 2, factors, bytes(8), bytes(8))
    with pytest.raises(KeyStoreError):
        till.mac("UK1DF01", 1, factors, bytes(8), bytes(8))
    with pytest.raises(KeyStoreError):
        till.tac("DTK", 1, factors, bytes(8))


def test_the_general_test(card: Path, made: Cards, tmp_path: Path) -> None:
    pack, page, psam = tmp_path / "pack.toml", tmp_path / "page.html", tmp_path / "till.card"
    made.psam(Wanted.of("gen2", holder=HOLDER)).save(psam)
    assert invoke("--new-pack", pack).exit_code == 0
    assert invoke("--new-pack", pack).exit_code == 2, "nothing is written over"
    sample = VirtualCard.load(card)
    sample.power_on()
    facts = run(card_facts(), sample)
    assert facts.identification is not None
    text = re.sub(
        r'"\d{6}D156000005\d*"', f'"{facts.identification.hex().upper()}"', pack.read_text("utf-8")
    )
    pack.write_text(text, "utf-8")
    words = ("--preset", "general-test", "--psam", f"sim:{psam}", *few("*.EF05.1", "KEY_VER?.UK1*"))
    done = invoke(card, *words, "--pack", pack, "--html", page)
    assert done.exit_code == 0, done.output
    assert "测试密钥" not in done.stderr
    shown = page.read_text("utf-8")
    assert "通用性检测结果单" in shown
    assert f"1 / 1 <code>{facts.identification.hex().upper()}" in shown
    pack.write_text(text.replace('spec_version = "2.00"', 'spec_version = "3.00"'), "utf-8")
    done = invoke(card, *words, "--pack", pack, "--html", page)
    assert done.exit_code == 1
    assert "申请与卡不符" in done.stdout

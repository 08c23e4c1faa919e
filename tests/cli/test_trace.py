"""``sscard trace`` on logs of other programs and on recordings of its own."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from simulator import VirtualCard
from simulator.contents import contents
from sscard.cli import app
from sscard.errors import MalformedData
from sscard.keys import SUITES, Factors
from sscard.keys.stores import load_social_security
from sscard.trace.entries import Exchange
from sscard.trace.formats import json_lines
from sscard.transport.recorder import Recorder
from tests import certificate_session as certified

VECTORS = Path(__file__).parents[1] / "vectors" / "traces"
LOGS = sorted(each.name for each in VECTORS.glob("*.log"))
#: In two lists of one person each.
PEOPLE = ("唐敏", "孙杰")
Run = Callable[..., Result]


def sscard(*arguments: object) -> Result:
    return CliRunner().invoke(app, list(map(str, arguments)))


def done(*arguments: object) -> str:
    ended = sscard(*arguments)
    assert ended.exit_code == 0, ended.output
    return ended.stdout


@pytest.fixture(scope="module")
def bench(examples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished card of each of two people, made in a reader and recorded; one was read, too."""
    folder = tmp_path_factory.mktemp("bench")
    header, *rows = (examples / "applicants.csv").read_text("utf-8").splitlines()
    for name in PEOPLE:
        (row,) = [each for each in rows if name in each]
        people, image = folder / f"{name}.csv", folder / f"{name}.card"
        people.write_text(f"{header}\n{row}\n", encoding="utf-8")
        VirtualCard.blank("gen2-32k").save(image)
        made = ("--reader", f"sim:{image}", "--record", folder / f"{name}.trace")
        done("personalize", people, *made, "--out", folder / f"{name}.out")
    done("card", "show", folder / "唐敏.card", "--record", folder / "read.trace")
    return folder


def facts(image: Path) -> list[tuple[str, dict[str, str]]]:
    return [(each.place, dict(each.facts)) for each in contents(VirtualCard.load(image))]


def secrets() -> Iterator[str]:
    """Keys of the first card and of its lot."""
    store = load_social_security(None, SUITES["3des"])
    factors = Factors.of("639900", bytes.fromhex("0081544C868684639900000001"))
    for name in ("RKSSSE", "UKSSSE", "MKSSSE", "STKDF01"):
        yield store.card_key(name, 1, factors).reveal().hex().upper()
    yield store.lot("TEST-GEN2").transport.reveal().hex().upper()


@pytest.fixture
def copy(bench: Path, tmp_path: Path) -> Iterator[Path]:
    """The first card; whatever is said to it, no counter and no try on it changes."""
    path = tmp_path / "copy.card"
    path.write_bytes((bench / "唐敏.card").read_bytes())
    before = facts(path)
    yield path
    assert facts(path) == before


@pytest.mark.parametrize("name", LOGS)
def test_logs_of_other_programs(name: str) -> None:
    said = done("trace", "explain", VECTORS / name, "--profile", "gen3")
    for words in (
        "选择 select SSSE 社会保障系统环境",
        "选择文件 select EF05 发卡机构数据 issuer data",
        "03 规范版本 specification version",
        "3 规范版本 specification version  3.00  332E3030",
        "9000 成功 done",
    ):
        assert words in said
    assert "INS " not in said
    assert not [line for line in said.splitlines() if line.strip() == "9000"], "said twice"


@pytest.mark.parametrize("name", LOGS)
def test_programs_get_the_same(name: str) -> None:
    found = json.loads(done("trace", "explain", VECTORS / name, "--profile", "gen3", "--json"))
    rows = [row for each in found for row in each["rows"]]
    (version,) = [row for row in rows for each in row["objects"] if each["reading"] == "3.00"]
    assert version["from_to"] == "card to terminal"
    lines = [each["line"] for each in found if each["rows"]]
    assert lines == sorted(lines)


def test_what_a_driver_wrote_in_chinese_is_hidden_until_asked_for() -> None:
    log = VECTORS / "reader-gbk.log"
    words = [
        line
        for line in log.read_bytes().decode("gbk").splitlines()
        if line and not line.isascii() and not line.startswith((">", "<"))
    ]
    assert words
    said = done("trace", "explain", log)
    assert not [each for each in words if each in said]
    assert "# 2: 1 行不是交互" in said
    assert "******" in said
    revealed = done("trace", "explain", log, "--reveal")
    assert not [each for each in words if each not in revealed]
    assert "0020000003******" not in revealed


def test_a_log_of_ones_own(tmp_path: Path) -> None:
    log = tmp_path / "own.log"
    log.write_text("ok\nSEND 0084000004\nRECV 01020304 9000\n", encoding="gbk")
    words = ("--expression", "SEND (?P<command>.+)", "--expression", "RECV (?P<response>.+)")
    assert "取随机数 get challenge" in done("trace", "explain", log, *words)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--format", "word"], "scriptor"),
        (["--format", "scriptor"], "no line of this is from"),
        (["--format", "json"], "line 1: no JSON"),
        (["--expression", "SEND"], "command"),
        (["--expression", "("], "expression"),
    ],
)
def test_what_cannot_be_read(arguments: list[str], said: str) -> None:
    ended = sscard("trace", "explain", VECTORS / "pcscd.log", *arguments)
    assert ended.exit_code
    assert said in f"{ended.output} {ended.exception}"


def test_a_file_that_is_not_there() -> None:
    ended = sscard("trace", "explain", "none.log")
    assert isinstance(ended.exception, MalformedData)
    assert str(ended.exception).startswith("none.log: cannot be read")


def test_a_recording_explained(bench: Path) -> None:
    said = done("trace", "explain", bench / "唐敏.trace")
    for words in ("装载密钥 load key", "传输密钥认证", "外部认证 external authenticate", " ms"):
        assert words in said
    assert "INS " not in said
    assert "没有应答" not in said
    assert not [name for name in PEOPLE if name in said]
    assert "唐敏" in done("trace", "explain", bench / "read.trace", "--reveal")


def test_a_recording_is_its_owners_and_has_no_pin(bench: Path) -> None:
    for name in ("唐敏.trace", "read.trace"):
        path = bench / name
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        said = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        assert said[0] == {"sscard-trace": 1}
        shown = [each["command"] for each in said[1:] if each.get("command", "")[2:4] == "20"]
        assert shown
        assert all(not each[10:].strip("0") for each in shown)
        text = path.read_text("utf-8")
        assert "24123456FFFFFFFF" not in text, "the PIN as the bank's side takes it"
        assert not [value for value in secrets() if value in text]


def test_the_same_card_answers_alike(bench: Path, copy: Path) -> None:
    said = done("trace", "replay", bench / "read.trace", "--reader", f"sim:{copy}")
    assert "相同 same  外部认证 external authenticate RKSSSE (0A)" in said
    assert "略过 left out  校验PIN verify PIN" in said
    assert "DIFFERENT" not in said
    assert "唐敏" not in said


def test_another_persons_card_answers_otherwise(bench: Path, copy: Path) -> None:
    ended = sscard("trace", "replay", bench / "read.trace", "--reader", f"sim:{bench}/孙杰.card")
    assert ended.exit_code == 1
    assert (
        "不同 DIFFERENT  读记录 read EF06 持卡人基本信息 cardholder basics #2 姓名" in ended.stdout
    )
    assert "what differs is hidden" in ended.stdout
    assert not [name for name in PEOPLE if name in ended.stdout]


def test_how_a_card_was_made_is_not_done_again(bench: Path, copy: Path) -> None:
    ended = sscard("trace", "replay", bench / "唐敏.trace", "--reader", f"sim:{copy}", "--json")
    assert ended.exit_code == 1, "the ATR of the blank chip is another one"
    found: dict[str, Any] = json.loads(ended.stdout)
    counts = found["counts"]
    assert counts["same"] > counts["different"] > 0
    assert counts["left_out"] > 100
    assert sum(counts.values()) == len(found["exchanges"])


def test_a_recording_replaces_no_file_and_needs_a_card(bench: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_text("mine", encoding="utf-8")
    ended = sscard("card", "show", bench / "唐敏.card", "--record", kept)
    assert ended.exit_code == 2
    assert "is there already" in ended.output
    assert kept.read_text("utf-8") == "mine"
    empty = tmp_path / "empty.trace"
    assert sscard("card", "show", "--reader", "sim:none.card", "--record", empty).exit_code
    assert not empty.exists()
    ended = sscard("personalize", bench / "唐敏.csv", "--out", tmp_path / "o", "--record", empty)
    assert ended.exit_code == 2
    assert "--reader" in ended.output


def test_with_the_keys_every_proof_of_a_personalization_is_right(bench: Path) -> None:
    trace = bench / "唐敏.trace"
    told = done("trace", "explain", trace, "--reveal", "--test-keys")
    lines = [line.strip() for line in told.splitlines()]
    keys = [each for each in lines if each.startswith("密钥 key")]
    proofs = [each for each in lines if each.startswith(("认证数据 proof", "报文鉴别码 MAC"))]
    assert len(keys) == 180, "nine temporary master keys, 171 keys that stay"
    assert len([each for each in keys if "一致 as" in each]) == 169, "all but PIN and EK"
    assert not [each for each in proofs if "正确 right: " not in each]
    assert len([each for each in proofs if each.endswith("right: EK 版本 version 1")]) == 2
    assert not [value for value in secrets() if value in told]


@pytest.mark.parametrize(
    "words", [["--test-keys"], ["--reveal", "--test-keys", "--keystore", "a.keystore"]]
)
def test_keys_are_for_those_who_may_see_everything(words: list[str]) -> None:
    ended = sscard("trace", "explain", VECTORS / "pcscd.log", *words)
    assert ended.exit_code == 2
    assert "--reveal" in ended.output


def test_proofs_of_the_certificate_application_are_checked_with_what_blank_cards_have(
    tmp_path: Path,
) -> None:
    log = tmp_path / "kiosk.trace"
    lines = [json_lines.written(None)]
    recorder = Recorder(
        certified.blank(),
        lambda said, answer, _: lines.append(json_lines.written(Exchange(said or b"", answer))),
        lambda: 0.0,
    )
    certified.Machine(recorder).all()
    log.write_text("".join(lines), encoding="utf-8")
    explain = ("trace", "explain", log, "--profile", "gen3")
    told = done(*explain, "--reveal", "--test-keys")
    proofs = [line for line in told.splitlines() if "认证数据 proof" in line or "MAC  " in line]
    assert len(proofs) == 8
    assert all("正确 right: " in each for each in proofs)
    hidden = done(*explain)
    assert "主体名称 subject's name  ****" in hidden
    assert certified.NAME not in hidden
    assert certified.NAME in told

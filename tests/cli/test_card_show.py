"""``sscard card show``: what people and programs see, and that the image stays as it was."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner, Result

from simulator import VirtualCard
from sscard.apdu.ssc import card_block
from sscard.channel.ssc import wrap
from sscard.cli import app, main
from sscard.cos import NVM
from sscard.cos.life_cycle import CardEvent
from sscard.perso.order import CardOrder
from sscard.profiles.chips import load_chip
from tests.certified_card import HOLDER, blank_card, certified_card

if TYPE_CHECKING:
    from tests.conftest import Terminal


@pytest.fixture
def image(clone: Callable[..., Any], tmp_path: Path) -> Path:
    """A card that has left the social-security station."""
    path = tmp_path / "X00000019.card"
    clone().card.save(path)
    return path


def show(*arguments: object, given: str = "") -> Result:
    words = ["card", "show", *map(str, arguments)]
    return CliRunner().invoke(app, words, input=given, catch_exceptions=False)


def walk(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node["children"]:
        yield from walk(child)


def line(result: Result, *words: str) -> str:
    """The one line that has all these words."""
    (found,) = [each for each in result.stdout.splitlines() if all(word in each for word in words)]
    return found


def test_people_see_a_tree(image: Path, order: CardOrder) -> None:
    result = show(image)
    assert result.exit_code == 0
    assert "X00000019.card" in result.stdout.splitlines()[0]
    start = order.name.encode("gbk")[:8].hex().upper()
    assert order.name in line(result, "姓名 name  ", f"{start}…")
    assert "男 male" in line(result, "性别 sex")
    assert "空 empty" in line(result, "民族 ethnicity")
    assert "凭 with RKSSSE" in line(result, "EF08", "照片 photo")
    assert "×30" in line(result, "医疗交易明细 medical transaction  ")
    assert "载有数据 carrying data" in line(result, "001C")
    assert "TEST KEYS" in result.stderr


def test_columns_of_a_file_are_aligned(image: Path) -> None:
    result = show(image)
    places = {
        line(result, label).index(value)
        for label, value in (("卡的类别", "3  成年人"), ("规范版本", "2.00"))
    }
    assert len(places) == 1


def test_programs_get_everything_as_json(image: Path, order: CardOrder) -> None:
    result = show(image, "--json")
    card, phone = json.loads(result.stdout), str(order.values["phone"])
    assert (card["image"], card["kind"], card["name"]) == ("X00000019.card", "card", "gen2")
    by_name = {node["name"]: node for node in walk(card) if node["name"]}
    assert by_name["card_number"]["value"] == "X00000019"
    assert by_name["sex"]["meaning"] == "男 male"
    assert by_name["phone"]["raw"] == phone.encode().ljust(15, b"\0").hex().upper()
    assert by_name["ethnicity"]["value"] is None
    assert len(by_name["photo"]["raw"]) == 2 * 4096
    assert order.name in result.stdout


def test_the_image_is_never_written(image: Path) -> None:
    before, inode = image.read_bytes(), image.stat().st_ino
    for _ in range(7):  # one more than the PIN has tries
        result = show(image, "--ask-pin", given="000000\n")
        assert "wrong, 5 tries left" in result.stdout
    assert (image.read_bytes(), image.stat().st_ino) == (before, inode)
    assert stat.S_IMODE(image.stat().st_mode) == 0o600
    assert list(image.parent.iterdir()) == [image]


def test_the_pin_is_asked_for_and_not_shown(image: Path) -> None:
    result = show(image, "--ask-pin", "--json", given="123456\n")
    assert "PIN 正确 accepted" in result.stdout
    assert "123456" not in result.output
    json.loads(result.stdout)


def test_a_pin_that_cannot_be_one(image: Path) -> None:
    result = show(image, "--ask-pin", given="12ab\n")
    assert result.exit_code == 2
    assert "4 to 16 decimal digits" in result.stderr
    assert "12ab" not in result.output


def test_no_key_and_no_pin_in_the_output(image: Path, order: CardOrder) -> None:
    shown = show(image, "--json").stdout
    secrets = [key.reveal() for key in order.keys.values()] + [order.exchange.reveal()]
    assert not [secret for secret in secrets if secret.hex().upper() in shown]
    assert "123456FFFFFFFFFF" not in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["no.card"], "no.card: cannot be read"),
        ([__file__], "this is not a card image"),
        (["IMAGE", "--profile", "gen9"], "no profile 'gen9'"),
        (["IMAGE", "--keystore", "no.toml"], "no.toml"),
    ],
)
def test_what_cannot_be_used_ends_with_one_message_and_2(
    image: Path,
    arguments: list[str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = [str(image) if word == "IMAGE" else word for word in arguments]
    monkeypatch.setattr(sys, "argv", ["sscard", "card", "show", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert "Traceback" not in err


@pytest.fixture
def silent(terminal: Terminal, tmp_path: Path) -> Path:
    """A card after CARD BLOCK."""
    terminal.select()
    terminal.show("BK")
    key = terminal.order.suite.key(terminal.key("STK"))
    command = wrap(card_block(), terminal.order.suite, key, terminal.challenge())
    assert terminal.status(command) == 0x9000
    path = tmp_path / "blocked.card"
    terminal.card.save(path)
    return path


def test_a_blocked_card_says_so_once(silent: Path) -> None:
    result = show(silent)
    assert result.exit_code == 0
    assert result.stdout.count("卡已锁定 blocked or dead") == 1
    assert "卡已锁定" in result.stdout.splitlines()[0]
    assert "FUNCTION_NOT_SUPPORTED" not in result.stdout
    assert "芯片序列号 chip serial number" in result.stdout


def test_a_blocked_card_says_so_to_programs(silent: Path) -> None:
    card = json.loads(show(silent, "--json").stdout)
    assert card["note"].startswith("卡已锁定 blocked or dead")
    assert [child["kind"] for child in card["children"]] == ["atr"]


def test_a_dead_chip_says_so(tmp_path: Path, order: CardOrder) -> None:
    card = VirtualCard.blank(order.profile.chip)
    card.card.system.happen(CardEvent.TRANSPORT_TRIES_USED)
    card.card.nvm.commit()
    card.save(tmp_path / "dead.card")
    assert show(tmp_path / "dead.card").stdout.count("卡已锁定 blocked or dead") == 1


def test_a_profile_for_another_chip_is_told_once(
    sm4_issued_cells: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "sm4.card"
    VirtualCard(NVM(bytearray(sm4_issued_cells)), load_chip("gen3-80k")).save(path)
    monkeypatch.setattr(sys, "argv", ["sscard", "card", "show", str(path)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        f"错误 error: {path}: this card is of chip gen3-80k (sm4), profile gen2 is for gen2-32k "
        "(3des); --profile names another"
    ]


def test_the_help_teaches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    text = " ".join(show("--help").stdout.split())
    assert "sscard card show issued/cards/" in text
    assert "never written" in text
    assert "hold the keys and PIN" in text


def test_help_loads_no_card_and_no_profile() -> None:
    """Decision 32: heavy imports happen where they are used."""
    program = "import sys, sscard.cli.card; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert not loaded & {"pydantic", "construct", "simulator", "sqlalchemy", "sscard.profiles"}


def test_certificates_are_readable(tmp_path: Path) -> None:
    path, card = tmp_path / "certified.card", certified_card().card
    assert isinstance(card, VirtualCard)
    card.save(path)
    before = path.read_bytes()
    result = show(path, "--profile", "gen3")
    assert "✓  与0012一致 that in file 0012" in line(result, "公钥 public key", "0012")
    assert line(result, "签名 signature: 数字签名")
    assert line(result, "加密 encryption: 密钥加密")
    assert len([each for each in result.stdout.splitlines() if HOLDER in each]) == 2
    assert "own  已更换" in line(result, "应用主控密钥")
    assert "6  次可试 tries left" in line(result, "管理PIN admin PIN")
    assert path.read_bytes() == before
    programs = json.loads(show(path, "--profile", "gen3", "--json").stdout)
    assert [n["value"] for n in walk(programs) if n["name"] == "key_matches"] == ["✓", "✓"]


def test_an_empty_certificate_application_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "blank.card"
    blank_card().save(path)
    result = show(path, "--profile", "gen3")
    assert line(
        result, "数字证书应用", "空：尚无密钥对与证书 empty: no key pair and no certificate yet"
    )
    assert "SS.CERT" not in result.stdout

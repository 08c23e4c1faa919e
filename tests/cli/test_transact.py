"""``sscard transact``: what is paid, what is printed, how it ends; and what is never shown."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from simulator import VirtualCard
from sscard.apdu.cvr import Fact
from sscard.apdu.tsi import TSI
from sscard.apdu.tvr import TVR
from sscard.cli import app, main
from sscard.cli.transact_words import bits
from sscard.keys import rsa_generation
from sscard.keys.sm2_keys import generate
from sscard.keys.stores import load_bank
from sscard.keys.stores.certificates import load_certificates
from sscard.perso.plan import run
from sscard.perso.pse import personalize
from sscard.perso.pse_data import BankAccount, Signing, prepare
from sscard.perso.pse_signing import RSASigning, SM2Signing
from sscard.profiles import load_profile

ACCOUNT, NAME = "6228000100001117", "诸葛验收"
PIN = "123456"


def make(name: str, path: Path, certificates: Path | None = None) -> Path:
    """A card on which the bank wrote everything that the profile declares."""
    profile = load_profile(name)
    written = tuple(each.model_copy(update={"written": True}) for each in profile.groupings)
    store, chance = load_certificates(certificates), random.Random(6).randbytes
    signing = Signing(
        RSASigning(store.rsa, rsa_generation.generate(1024)),
        SM2Signing(store.sm2, generate(chance)),
    )
    instances = prepare(
        profile.model_copy(update={"groupings": written}),
        BankAccount("TEST", ACCOUNT, "3012", "01", test=True),
        NAME,
        load_bank(),
        effective=date(2026, 2, 3),
        id_number="110101199003070038",
        signing=signing,
    )
    card = VirtualCard.blank(profile.chip, random=chance)
    card.power_on()
    run(personalize(instances, load_bank(), random=chance), card)
    card.save(path)
    return path


@pytest.fixture(scope="module")
def gen3(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make("gen3", tmp_path_factory.mktemp("gen3") / "gen3.card")


@pytest.fixture(scope="module")
def gen2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make("gen2", tmp_path_factory.mktemp("gen2") / "gen2.card")


@pytest.fixture
def own(gen3: Path, tmp_path: Path) -> Path:
    """A copy that may change."""
    path = tmp_path / "own.card"
    path.write_bytes(gen3.read_bytes())
    return path


def transact(*arguments: object, given: str = "", pin: str = "") -> Result:
    words = ["transact", *map(str, arguments)]
    env = {"SSCARD_CARD_PIN": pin or None}
    return CliRunner().invoke(app, words, input=given, catch_exceptions=False, env=env)


def document(*arguments: object, pin: str = PIN) -> dict[str, Any]:
    result = transact(*arguments, "--json", pin=pin)
    found: dict[str, Any] = json.loads(result.stdout)
    assert result.exit_code == {True: 0, False: 1, None: 2}[found["approved"]]
    return found


@pytest.mark.parametrize("interface", [(), ("--contactless",)])
@pytest.mark.parametrize("family", [(), ("--sm",)])
def test_both_interfaces_and_both_families(
    gen3: Path, interface: tuple[str, ...], family: tuple[str, ...]
) -> None:
    found = document(gen3, "--amount", "12.30", "--online", *interface, *family)
    assert found["outcome"] == "approved_online"
    assert found["algorithms"] == ("sm4" if family else "3des")
    assert found["contactless"] == bool(interface)
    assert found["cryptogram"]["first_verified"] is True
    assert found["cryptogram"]["last_verified"] is True
    assert "DDA FAILED" not in " ".join(found["tvr"]["words"]).upper()
    assert (found["before"]["atc"], found["after"]["atc"], found["atc"]) == (0, 1, 1)
    assert found["host_balance"] == 1_000_000 - 1230
    ways = {each["from_to"] for each in found["dialogue"]}
    assert ways == {"terminal to card", "card to terminal", "terminal to host", "host to terminal"}


def test_a_second_generation_card_has_contacts_and_3des_only(gen2: Path) -> None:
    found = document(gen2, "--amount", "12.30", "--sm")
    assert (found["approved"], found["algorithms"]) == (True, "3des")
    assert found["before"]["cash"] is None


def test_the_host_declines_for_want_of_money(gen3: Path) -> None:
    found = document(gen3, "--amount", "12.30", "--balance", "12.29")
    assert found["outcome"] == "declined_online"
    assert (found["response_code"], found["host_balance"]) == ("51", 1229)
    assert found["cryptogram"]["kind"] == "AAC"


def test_nobody_is_asked_offline(gen3: Path) -> None:
    found = document(gen3, "--amount", "12.30", "--offline")
    assert found["outcome"] == "approved_offline"
    assert found["cryptogram"]["kind"] == "TC"
    assert found["response_code"] == "Y3", "the card wants to ask, and there is nobody"
    assert found["host_balance"] == 1_000_000 - 1230, "the terminal hands it in later"


def test_a_card_without_cash_wants_to_ask_somebody(gen3: Path) -> None:
    found = document(gen3, "--amount", "12.30", "--offline", "--contactless")
    assert (found["outcome"], found["host_balance"]) == ("declined_offline", None)
    said = [each["meaning"] for each in found["dialogue"] if each["from_to"] == "host to terminal"]
    assert said == ["主机不可达 the host cannot be reached"]


def test_cash_is_loaded_and_spent(own: Path) -> None:
    before = own.read_bytes()
    loaded = document(own, "--amount", "0.01", "--load", "500.00", "--save")
    assert (loaded["before"]["cash"], loaded["after"]["cash"]) == (0, 50_000)
    assert loaded["scripts"] == [{"commands": 1, "failed": None, "sw": "9000"}]
    assert loaded["saved"] is True
    assert own.read_bytes() != before
    spent = document(own, "--amount", "12.30", "--ecash", "--offline")
    assert spent["outcome"] == "approved_offline"
    assert (spent["before"]["cash"], spent["after"]["cash"]) == (50_000, 48_770)
    assert spent["cryptogram"]["last_verified"] is True
    assert spent["ecash"] == {"balance": 50_000, "threshold": 20_000, "left": 48_770}
    assert spent["host_balance"] is None, "it left the account when it was loaded"
    tapped = document(own, "--amount", "12.30", "--contactless", "--sm")
    assert tapped["outcome"] == "approved_offline"
    assert (tapped["before"]["cash"], tapped["after"]["cash"]) == (50_000, 48_770)
    assert tapped["tvr"]["words"] == [], "the fDDA signature holds"


def test_the_image_stays_as_it_was(gen3: Path) -> None:
    before, inode = gen3.read_bytes(), gen3.stat().st_ino
    result = transact(gen3, "--amount", "12.30", pin=PIN)
    assert (gen3.read_bytes(), gen3.stat().st_ino) == (before, inode)
    assert list(gen3.parent.iterdir()) == [gen3]
    assert "卡映像未改动 the image was not changed" in result.stdout


def test_people_see_the_dialogue_and_why(gen3: Path) -> None:
    result = transact(gen3, "--amount", "12.30", "--online", "--floor", "10", pin=PIN)
    assert result.exit_code == 0
    text = result.stdout
    for words in (
        "复位应答 answer to reset",
        "取处理选项 get processing options",
        "授权请求 authorization request",
        "联机批准 approved by the issuer (00)  12.30 元 CNY",
        "超过最低限额 floor limit exceeded",
        "商户要求联机 merchant forced online",
        "已进行脱机数据认证 offline data authentication performed",
        "第二次 second: TC 批准",
        "主机验证正确 verified",
        "0 → 1",
        "9987.70 元 CNY",
        "622800******1117",
    ):
        assert words in text
    assert "TEST KEYS" in result.stderr


@pytest.mark.parametrize("mode", ["--json", "--contactless", "--sm"])
def test_nothing_of_the_holder_is_shown(gen3: Path, mode: str) -> None:
    result = transact(gen3, "--amount", "12.30", "--ask-pin", mode, given=f"{PIN}\n")
    name = NAME.encode("gbk").hex().upper()
    assert result.exit_code == 0
    for secret in (ACCOUNT, NAME, name, "110101199003070038", PIN, f"26{PIN}"):
        assert secret not in result.output


def test_the_pin_is_asked_for_only_when_the_card_wants_it(gen3: Path) -> None:
    result = transact(gen3, "--amount", "1.00", "--contactless", "--ask-pin")
    assert result.exit_code == 0
    assert "PIN (" not in result.stderr
    declined = transact(gen3, "--amount", "12.30", "--ask-pin", "--json", given="\n")
    found = json.loads(declined.stdout)
    assert "pin not entered" in found["tvr"]["words"]


def test_whoever_interrupts_at_the_pin_declines_nothing(own: Path) -> None:
    before = own.read_bytes()
    result = transact(own, "--amount", "1.00", "--online", "--ask-pin", "--save")
    assert (result.exit_code, result.stdout.strip()) == (130, "")
    assert own.read_bytes() == before


def test_without_a_pin_there_is_no_pin_pad(gen3: Path) -> None:
    found = document(gen3, "--amount", "12.30", "--online", pin="")
    assert found["approved"] is True
    assert "pin not entered" not in found["tvr"]["words"]
    assert found["cvm"]["signature"] is True


def test_what_is_no_pin_is_not_repeated(gen3: Path) -> None:
    result = transact(gen3, "--amount", "12.30", pin="12ab")
    assert result.exit_code == 2
    assert "decimal digits" in result.stderr
    assert "12ab" not in result.output


def test_a_card_breaks_off(own: Path, tmp_path: Path) -> None:
    blocked = document(own, "--amount", "1.00", "--script", "block-application", "--save")
    assert blocked["approved"] is True
    result = transact(own, "--amount", "1.00", pin=PIN)
    assert result.exit_code == 2
    assert "应用已锁定 application is blocked" in result.stdout
    assert result.stderr.splitlines()[-1].startswith("错误 error: ")
    found = document(own, "--amount", "1.00")
    assert (found["approved"], found["outcome"]) == (None, None)
    assert found["error"]


def test_a_chip_as_it_was_delivered(tmp_path: Path) -> None:
    VirtualCard.blank("gen2-32k").save(tmp_path / "blank.card")
    found = document(tmp_path / "blank.card", "--amount", "1.00")
    assert found["approved"] is None
    assert found["error"]


def test_another_bank_does_not_know_the_card(gen3: Path, tmp_path: Path) -> None:
    keys = "".join(
        f'IMK-{use} = ["{at:02X}{"23" * 15}"]\n'
        for use, at in (("AC", 0x10), ("MAC", 0x20), ("ENC", 0x40))
    )
    store = tmp_path / "other.toml"
    store.write_text(f'kind = "bank"\ntest = true\n[keys]\n{keys}', encoding="utf-8")
    found = document(gen3, "--amount", "12.30", "--bank-keystore", store)
    assert (found["approved"], found["response_code"]) == (False, "A0")
    assert found["cryptogram"]["last_verified"] is False
    people = transact(gen3, "--amount", "12.30", "--bank-keystore", store, pin=PIN)
    assert "主机验证失败 NOT verified" in people.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["no.card", "--amount", "1"], "no.card: cannot be read"),
        ([__file__, "--amount", "1"], "this is not a card image"),
        (["GEN2", "--amount", "1", "--contactless"], "has no antenna"),
        (["GEN2", "--amount", "1", "--load", "1"], "keeps no e-cash"),
        (["GEN2", "--amount", "1", "--bank-keystore", "no.toml"], "no.toml"),
        (["GEN2", "--amount", "1", "--ca-keys", "no.toml"], "no.toml"),
    ],
)
def test_what_cannot_be_used_ends_with_one_message_and_2(
    gen2: Path,
    arguments: list[str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = [str(gen2) if word == "GEN2" else word for word in arguments]
    monkeypatch.setattr(sys, "argv", ["sscard", "transact", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert "Traceback" not in err


@pytest.mark.parametrize("amount", ["", "1,00", "-1", "1.234", "x", "12345678901", "1e400", "NaN"])
def test_amounts_are_yuan(gen2: Path, amount: str) -> None:
    result = transact(gen2, f"--amount={amount}")
    assert result.exit_code == 2
    assert "12.30" in result.stderr


@pytest.mark.parametrize("family", [(), ("--sm",)])
def test_terminals_trust_the_authorities_they_are_given(
    family: tuple[str, ...], sscard: Callable[..., Any], tmp_path: Path
) -> None:
    done = sscard("keys", "testca", "--out", tmp_path / "ca")
    assert done.returncode == 0, done.stderr
    card = make("gen3", tmp_path / "own.card", tmp_path / "ca" / "certificates.toml")
    paid = (card, "--amount", "1.00", "--online", *family)
    known = document(*paid, "--ca-keys", tmp_path / "ca" / "ca-keys.toml")
    assert (known["approved"], known["tvr"]["words"]) == (
        True,
        ["online pin entered", "merchant forced online"],
    )
    assert "dda failed" in document(*paid)["tvr"]["words"]


def test_every_bit_has_chinese_words() -> None:
    for kind in (TVR, TSI, Fact):
        for bit in kind:
            (words,) = bits(bit)
            assert words.split(" ", 1)[1] == bit.words()[0]
            assert not words.isascii()
    assert bits(TVR(1)) == ("byte 5 b1",)


def test_the_help_teaches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    text = " ".join(transact("--help").stdout.split())
    assert "sscard transact issued/cards/" in text
    assert "without --save" in text
    assert "1 when it was declined" in text


def test_the_command_is_a_command(sscard: Callable[..., Any], gen3: Path) -> None:
    done = sscard("transact", gen3, "--amount", "1.00", "--contactless")
    assert (done.returncode, "批准" in done.stdout) == (0, True)

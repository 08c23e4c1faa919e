"""``sscard transact`` with cards whose profile has everything written."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from simulator import VirtualCard
from sscard.keys import rsa_generation
from sscard.keys.sm2_keys import generate
from sscard.keys.stores import load_bank
from sscard.keys.stores.certificates import load_certificates
from sscard.perso.plan import run
from sscard.perso.pse import personalize
from sscard.perso.pse_data import BankAccount, Signing, prepare
from sscard.perso.pse_signing import RSASigning, SM2Signing
from sscard.profiles import load_profile

ACCOUNT = BankAccount("TEST", "6228000100001117", "4912", "01", test=True)
Run = Callable[..., CompletedProcess[str]]


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A third-generation card with both families, signed by the TEST issuers."""
    profile = load_profile("gen3")
    written = tuple(each.model_copy(update={"written": True}) for each in profile.groupings)
    profile = profile.model_copy(update={"groupings": written})
    source = random.Random(3).randbytes
    store = load_certificates(random=source)
    signing = Signing(
        RSASigning(store.rsa, rsa_generation.generate(1024)),
        SM2Signing(store.sm2, generate(source)),
    )
    instances = prepare(
        profile, ACCOUNT, "诸葛验收", load_bank(), effective=date(2026, 1, 31), signing=signing
    )
    made = VirtualCard.blank(profile.chip, random=source)
    made.power_on()
    run(personalize(instances, load_bank(), random=source), made)
    path = tmp_path_factory.mktemp("cards") / "T.card"
    made.save(path)
    return path


def test_online_and_explained(sscard: Run, card: Path) -> None:
    before = card.read_bytes()
    ended = sscard("transact", card, "--amount", "12.30", "--online")
    assert ended.returncode == 0, ended.stderr + ended.stdout
    assert "结果 outcome: 联机批准 approved by the issuer" in ended.stdout
    assert "账号 account: 622800******1117" in ended.stdout
    assert "选择 select PSE 支付系统环境" in ended.stdout
    assert "授权金额 amount, authorized: 000000001230" in ended.stdout
    assert "merchant forced online" in ended.stdout
    assert "TEST KEYS (bank)" in ended.stderr
    for secret in ("6228000100001117", "诸葛", "诸葛验收".encode("gbk").hex().upper()):
        assert secret not in ended.stdout + ended.stderr
    assert card.read_bytes() == before


@pytest.mark.parametrize("way", [(), ("--contactless",)])
@pytest.mark.parametrize("family", [(), ("--sm",)])
def test_both_families_on_both_interfaces(
    way: tuple[str, ...], family: tuple[str, ...], sscard: Run, card: Path
) -> None:
    ended = sscard("transact", card, "--amount", "1", "--online", *way, *family)
    assert ended.returncode == 0, ended.stderr + ended.stdout
    assert f"algorithm {'04' if family else '01'}" in ended.stdout
    results = ended.stdout.rpartition("TVR: ")[2]
    assert "failed" not in results
    assert "not performed" not in results


def test_too_little_money_is_a_no(sscard: Run, card: Path) -> None:
    ended = sscard("transact", card, "--amount", "12.30", "--online", "--balance", "12.29")
    assert ended.returncode == 1, ended.stderr
    assert "响应码 response code: 51" in ended.stdout


def test_a_card_that_is_kept_has_counted(sscard: Run, card: Path, tmp_path: Path) -> None:
    image = tmp_path / "kept.card"
    image.write_bytes(card.read_bytes())
    counts = []
    for _ in range(2):
        ended = sscard("transact", image, "--amount", "1.00", "--online", "--keep")
        counts += [line for line in ended.stdout.splitlines() if "交易序号 ATC" in line]
    assert counts[-2:] == ["交易序号 ATC: 1", "交易序号 ATC: 2"]


@pytest.mark.parametrize("amount", ["1.234", "-1", "x", "1e400", "NaN"])
def test_what_is_no_amount(amount: str, sscard: Run, card: Path) -> None:
    ended = sscard("transact", card, f"--amount={amount}")
    assert ended.returncode == 2
    assert "no amount in yuan" in ended.stderr


def test_what_is_no_card(sscard: Run, tmp_path: Path) -> None:
    ended = sscard("transact", tmp_path / "none.card", "--amount", "1")
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr


def test_a_blank_chip_pays_nothing(sscard: Run, tmp_path: Path) -> None:
    path = tmp_path / "blank.card"
    VirtualCard.blank("gen3-80k").save(path)
    ended = sscard("transact", path, "--amount", "1")
    assert ended.returncode == 2
    assert "the card takes part in no transaction of this kind" in ended.stderr
    VirtualCard.blank("gen2-32k").save(path)
    ended = sscard("transact", path, "--amount", "1", "--contactless")
    assert "has no antenna" in ended.stderr


@pytest.mark.parametrize("family", [(), ("--sm",)])
def test_a_tap_is_approved_by_the_card_alone(
    family: tuple[str, ...], sscard: Run, card: Path, tmp_path: Path
) -> None:
    image = tmp_path / "tapped.card"
    image.write_bytes(card.read_bytes())
    # A new card has no electronic cash: it asks, and its issuer's script is what loads it.
    loading = ("--online", "--load", "500.00", "--keep")
    ended = sscard("transact", image, "--amount", "1.00", *loading)
    assert "发卡行脚本 issuer script: 完成 done" in ended.stdout
    ended = sscard("transact", image, "--amount", "1.00", "--contactless", *family)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "结果 outcome: 脱机批准 approved offline" in ended.stdout, ended.stdout
    assert "密文 cryptogram: TC" in ended.stdout

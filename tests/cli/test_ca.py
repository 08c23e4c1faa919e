"""``sscard ca`` as an office and its CA run it; ``openssl`` checks what they get."""

from __future__ import annotations

import json
import random
import re
import subprocess
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from simulator import VirtualCard
from sscard.cli import app as everything
from sscard.cli.ca import app
from sscard.errors import KeyStoreError, SscardError
from sscard.issuance.ca.authority import AnswerAwaited, RequestRefused
from sscard.issuance.ca.folder import name_of
from sscard.issuance.ca.load import load_authority
from sscard.issuance.ca.trusted import pem
from sscard.keys.sm2_keys import generate
from sscard.keys.stores import sealed_file
from sscard.keys.x509 import CertificateRequest
from sscard.perso.certificates.elementary_files import enter, write
from sscard.perso.plan import run
from tests.certified_card import HOLDER, application, blank_card, certified_card, certify

NAME, NUMBER = "诸葛验收", "X00000019"
STORE_WORDS, FOLDER_WORDS = "a passphrase of the CA", "a passphrase of the folder"
DISTID = "distid:1234567812345678"


@pytest.fixture(autouse=True)
def at_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder, both passphrases in the environment, a scrypt that takes no time."""
    monkeypatch.setenv("SSCARD_CA_PASSPHRASE", STORE_WORDS)
    monkeypatch.setenv("SSCARD_CA_FOLDER_PASSPHRASE", FOLDER_WORDS)
    monkeypatch.setattr(sealed_file, "COST", 1 << 4)
    monkeypatch.setattr(sealed_file, "_SMALLEST_COST", 1 << 4)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ca(*words: str) -> Result:
    return CliRunner().invoke(app, words, prog_name="sscard ca", terminal_width=120)


def done(*words: str) -> str:
    ended = ca(*words)
    assert ended.exit_code == 0, ended.output
    return ended.stdout


def refused(*words: str) -> str:
    ended = ca(*words)
    assert isinstance(ended.exception, SscardError), ended.output
    return str(ended.exception)


def request_for(seed: int, card: str) -> CertificateRequest:
    public = generate(random.Random(seed).randbytes).public
    return CertificateRequest(card * 16, NAME, "510100", NUMBER, public, date.today())


def openssl(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["openssl", *words], capture_output=True, encoding="utf-8", check=False)


@pytest.fixture
def office() -> Callable[..., None]:
    """``office(request)``: puts it into the folder."""

    def put(request: CertificateRequest) -> None:
        with pytest.raises(AnswerAwaited):
            load_authority(Path("exchange")).answer(request)

    return put


def test_the_whole_way_by_files(office: Callable[..., None]) -> None:
    assert "office.pem" in done("new", "office.ca", "--name", "测试根")
    done("folder", "exchange", "--ca", "office.ca")
    one, other, twin = request_for(1, "A1"), request_for(2, "B2"), request_for(3, "A1")
    office(one)
    office(other)
    assert done("answer", "exchange", "--ca", "office.ca").count("已答复 answered") == 2
    office(twin)
    ended = ca("answer", "exchange", "--ca", "office.ca", "--json")
    outcomes = {each["request"]: each["outcome"] for each in json.loads(ended.stdout)}
    assert ended.exit_code == 1
    assert outcomes == {
        name_of(one): "before",
        name_of(other): "before",
        name_of(twin): "another_key",
    }
    done("answer", "exchange", "--ca", "office.ca", "--again")
    shown = done("show", "exchange")
    assert shown.count("已答复 answered") == 3
    register = json.loads(done("show", "office.ca", "--json"))["register"]
    assert register == {"cards": 2, "certified": 3, "again": 1, "refused": 1}
    assert "2 张卡 cards, 3 份答复 answers, 1 重新 again, 1 拒绝 refused" in done(
        "show", "office.ca"
    )
    answer = load_authority(Path("exchange")).answer(twin)
    Path("sign.cer").write_bytes(answer.signature)
    Path("enc.cer").write_bytes(answer.encryption + bytes(300))  # as a card has it
    for file in ("sign.cer", "enc.cer"):
        told = done("verify", file, "--root", "office.pem")
        assert "验证通过 verified" in told
        assert NAME not in told
    assert NAME in done("verify", "sign.cer", "--root", "office.pem", "--reveal")


def test_one_more_key_for_a_card() -> None:
    done("new", "office.ca")
    one, other = request_for(1, "A1"), request_for(2, "A1")
    at_hand = load_authority(Path("office.ca"))
    at_hand.answer(one)
    with pytest.raises(RequestRefused, match="sscard ca again"):
        at_hand.answer(other)
    assert "可再签发 may have one more key" in done("again", "office.ca", other.card_id.lower())
    at_hand.answer(other)
    ended = ca("again", "office.ca", "B2" * 16)
    assert (ended.exit_code, "没有改变 nothing changed" in ended.stdout) == (0, True)
    assert ca("again", "office.ca", "B2").exit_code == 2
    register = json.loads(done("show", "office.ca", "--json"))["register"]
    assert register == {"cards": 1, "certified": 2, "again": 1, "refused": 1}


def test_openssl_says_the_same(office: Callable[..., None]) -> None:
    """Link by link: openssl 3 hands the signer's name of SM2 to the first certificate only."""
    done("new", "office.ca")
    done("folder", "exchange", "--ca", "office.ca")
    request = request_for(1, "A1")
    office(request)
    done("answer", "exchange", "--ca", "office.ca")
    answer = load_authority(Path("exchange")).answer(request)
    root, issuing = re.findall(
        "-----BEGIN.*?-----END CERTIFICATE-----\n", Path("office.pem").read_text(), re.DOTALL
    )
    Path("root.pem").write_text(root)
    Path("issuing.pem").write_text(issuing)
    for name, der in (("sign", answer.signature), ("enc", answer.encryption)):
        Path(f"{name}.cer").write_bytes(der)
        openssl("x509", "-inform", "DER", "-in", f"{name}.cer", "-out", f"{name}.pem")
    way = ("verify", "-x509_strict", "-vfyopt", DISTID)
    assert openssl(*way, "-CAfile", "root.pem", "issuing.pem").stdout == "issuing.pem: OK\n"
    below = openssl(*way, "-partial_chain", "-CAfile", "issuing.pem", "sign.pem", "enc.pem")
    assert below.stdout == "sign.pem: OK\nenc.pem: OK\n"
    done("new", "other.ca")
    Path("issuing.pem").write_text(done("show", "other.ca", "--pem").partition("\n\n")[0])
    assert openssl(*way, "-partial_chain", "-CAfile", "issuing.pem", "sign.pem").returncode


def test_what_is_not_verified() -> None:
    answer = load_authority().answer(request_for(1, "A1"))
    done("new", "office.ca")
    Path("sign.cer").write_bytes(answer.signature)
    assert "TEST KEYS (CA)" in ca("verify", "sign.cer").stderr
    ended = ca("verify", "sign.cer", "--root", "office.pem", "--json")
    told = json.loads(ended.stdout)
    assert (ended.exit_code, told["verified"]) == (1, False)
    assert told["certificates"][0]["certificate"]["holder"] == "****"
    late = ca("verify", "sign.cer", "--at", "2040-01-01")
    assert late.exit_code == 1
    told = " ".join(late.stdout.split())
    assert "未通过 not verified" in told
    assert "not at 2040-01-01" in told
    changed = bytearray(answer.signature)
    changed[-1] ^= 1
    Path("sign.cer").write_bytes(changed)
    assert "signature" in ca("verify", "sign.cer").stdout
    Path("sign.cer").write_bytes(bytes(1020))
    assert (
        refused("verify", "sign.cer") == "sign.cer: certificate: there is none, the file is empty"
    )
    assert "cannot be read" in refused("verify", "none.cer")


@pytest.fixture
def image() -> Path:
    """A card that has certificates."""
    made = certified_card()
    Path("root.pem").write_text(pem((made.authority.root, *made.authority.issuers)))
    assert isinstance(made.card, VirtualCard)
    made.card.save(Path("x.card"))
    return Path("x.card")


def test_the_certificates_of_a_card(image: Path) -> None:
    words = ("verify", "--card", str(image), "--root", "root.pem", "--at", "2026-03-01")
    told = json.loads(done(*words, "--json", "--save", "out"))
    assert told["verified"] is True
    names = [(each["name"], each["key_matches"]) for each in told["certificates"]]
    assert names == [("sign.cer", True), ("enc.cer", True)]
    shown = done(*words)
    assert shown.count("验证通过 verified") == shown.count("与卡上一致") == 2
    assert HOLDER not in shown
    for name in ("sign.cer", "enc.cer"):
        done("verify", f"out/{name}", "--root", "root.pem", "--at", "2026-03-01")
        assert Path("out", name).stat().st_mode & 0o77 == 0
    assert ca("verify", "--card", str(image)).exit_code == 1  # the TEST CA is another one


def test_a_card_with_another_certificate_and_one_without(image: Path) -> None:
    twin = certify(blank_card(seed=5))
    assert isinstance(twin.card, VirtualCard)
    run(enter(application()), twin.card)
    der = load_authority().answer(request_for(1, "A1")).signature
    run(write(0x0018, der.ljust(1020, b"\0"), bytes(1020)), twin.card)
    twin.card.save(Path("other.card"))
    ended = ca("verify", "--card", "other.card", "--root", "root.pem", "--at", "2026-03-01")
    assert ended.exit_code == 1
    assert "not of the public key beside it" in ended.stdout
    assert "验证通过 verified" in ended.stdout
    run(write(0x0019, bytes(1020), twin.answer.encryption), twin.card)
    twin.card.save(Path("half.card"))
    ended = ca("verify", "--card", "half.card", "--root", "root.pem", "--at", "2026-03-01")
    assert (ended.exit_code, "has only the other one" in ended.stdout) == (1, True)
    blank = blank_card()
    blank.save(Path("blank.card"))
    ended = ca("verify", "--card", "blank.card")
    assert (ended.exit_code, "没有证书" in ended.stdout) == (1, True)
    assert ca("verify").exit_code == ca("verify", "x", "--card", "y").exit_code == 2


def test_what_cannot_begin(office: Callable[..., None]) -> None:
    done("new", "office.ca")
    assert refused("new", "office.ca") == "office.ca: is there already"
    done("folder", "exchange", "--ca", "office.ca")
    assert "is there already" in refused("folder", "exchange", "--ca", "office.ca")
    assert refused("answer", "exchange") == "exchange: was made for another CA"
    assert "No such file" in refused("answer", "none")
    assert "is a folder, and no store" in refused("folder", "more", "--ca", "exchange")
    assert ca("new", "x.ca", "--name", "x" * 65).exit_code == 2
    assert not Path("x.ca").exists()


def test_short_and_missing_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSCARD_CA_PASSPHRASE", "short")
    assert "at least 12" in refused("new", "office.ca")
    monkeypatch.delenv("SSCARD_CA_PASSPHRASE")
    assert "set SSCARD_CA_PASSPHRASE" in refused("new", "office.ca")
    assert list(Path().iterdir()) == []


def test_the_test_ca_is_said_loudly(office: Callable[..., None]) -> None:
    ended = ca("folder", "exchange")
    assert "TEST KEYS (CA)" in ended.stderr
    office(request_for(1, "A1"))
    ended = ca("answer", "exchange")
    assert (ended.exit_code, "TEST KEYS (CA)" in ended.stderr) == (0, True)
    assert json.loads(done("show", "exchange", "--json"))["test"] is True
    assert Path("exchange/ca.register").exists()
    assert done("show", "--pem") == load_test_pem()


def load_test_pem() -> str:
    from sscard.issuance.ca.load import packaged_authority
    from sscard.issuance.ca.store import public_certificates

    return public_certificates(packaged_authority().secrets).pem()


def test_a_broken_request_is_shown_and_lost_to_nobody(office: Callable[..., None]) -> None:
    done("folder", "exchange")
    for at, card in enumerate(("A1", "B2")):
        office(request_for(at, card))
    broken = Path("exchange") / f"{name_of(request_for(0, 'A1'))}.request"
    broken.write_bytes(broken.read_bytes()[:-3])
    before = broken.read_bytes()
    ended = ca("answer", "exchange")
    assert ended.exit_code == 1
    assert "损坏 broken" in ended.stdout
    assert broken.name in ended.stdout.replace("\n", "")
    assert "已答复 answered" in ended.stdout
    assert broken.read_bytes() == before
    assert "损坏 broken" in done("show", "exchange")


def test_nothing_secret_is_printed(office: Callable[..., None]) -> None:
    done("new", "office.ca")
    done("folder", "exchange", "--ca", "office.ca")
    request = request_for(1, "A1")
    office(request)
    told = ""
    for words in (
        ("answer", "exchange", "--ca", "office.ca"),
        ("answer", "exchange", "--ca", "office.ca", "--json"),
        ("show", "exchange"),
        ("show", "exchange", "--json"),
        ("show", "office.ca"),
    ):
        told += ca(*words).output
    texts = load_authority(Path("exchange")).answer(request).texts()
    secrets = [NAME, NUMBER, STORE_WORDS, FOLDER_WORDS, *texts.values()]
    assert [each for each in secrets if each in told] == []


def test_serve_refuses_to_begin(at_work: Path) -> None:
    assert "none.toml: No such file" in refused("serve", "--clients", "none.toml", "--plain")
    assert "--certificate and --key, or --plain" in " ".join(
        ca("serve", "--clients", "none.toml").output.replace("│", " ").split()
    )
    Path("c.toml").write_text(
        "[clients.one]\ntoken_sha256 = '" + "0" * 64 + "'\noperations = ['certify']\nkeys = ['x']\n"
    )
    with pytest.raises(KeyStoreError, match="'x' is neither a kind of key nor a key"):
        raise ca("serve", "--clients", "c.toml", "--plain").exception or AssertionError


@pytest.mark.parametrize("command", ["new", "show", "folder", "answer", "again", "serve", "verify"])
def test_help_has_an_example_and_exit_codes(command: str) -> None:
    text = CliRunner().invoke(everything, ["ca", command, "--help"], terminal_width=120).output
    assert f"Example: sscard ca {command}" in text
    assert "Ends with 0" in text

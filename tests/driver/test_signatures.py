"""PKI_SignData and PKI_VerifySign; signatures are checked without a line of the driver's."""

from __future__ import annotations

import shutil
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from sscard.keys import sm2
from sscard.keys.sm2_keys import SM2PublicKey
from sscard.keys.x509 import CertificateAnswer, parse
from sscard.terminal.driver import (
    DriverError,
    Interface,
    KeypadCancelled,
    KeypadTimeout,
    Prompt,
)
from sscard.terminal.driver.certificates import operations
from tests.certified_card import authority
from tests.driver.certificate_office import NOW, Office
from tests.driver.certificate_office import office as office_at

if TYPE_CHECKING:
    from tests.driver.conftest import Desk

PIN, WRONG = "123456", "654321"
#: SubjectPublicKeyInfo of a point on this curve (RFC 5480; 1.2.156.10197.1.301), up to the point.
SPKI = bytes.fromhex("3059301306072A8648CE3D020106082A811CCF5501822D03420004")
VERIFY, SIGN = 0x20, 0x74
TEXT = "我同意。I agree|$"


@pytest.fixture
def office(new_desk: Callable[[int], Desk]) -> Office:
    """Its card has a pair, and no certificate."""
    made = office_at(new_desk(3))
    made.key()
    return made


def checked_by(office: Office, text: bytes, signature: str) -> bool:
    public = SM2PublicKey(office.file(0x12)[2:66])
    return sm2.verify(public, text, bytes.fromhex(signature))


@pytest.mark.parametrize("kind", [1, 3, 4])
def test_a_signature(office: Office, kind: int) -> None:
    code, signature = office.driver().PKI_SignData(PIN, TEXT, kind)
    assert (code, len(signature)) == (0, 128)
    assert checked_by(office, TEXT.encode("gbk"), signature)


def test_over_the_antenna(office: Office) -> None:
    office.desk.raw.contactless = True
    driver = office.desk.with_(
        contact=None, contactless=office.desk.card, certificates=office.certificates
    )
    code, signature = driver.PKI_SignData(PIN, "x", 2)
    assert code == 0
    office.desk.raw.contactless = False
    assert checked_by(office, b"x", signature)


def test_with_types(office: Office) -> None:
    texts = office.answer()
    office.driver()
    at = office.desk.terminal, Interface.CONTACT
    operations.write_certificates(*at, CertificateAnswer.from_texts(texts))
    signature = operations.sign(*at, b"\0\1", PIN)
    operations.verify(*at, b"\0\1", signature)
    assert sm2.verify(operations.read_signature_key(*at), b"\0\1", signature)
    with pytest.raises(DriverError) as refused:
        operations.verify(*at, b"\0\2", signature, parse(b64decode(texts["QMZS"])))
    assert refused.value.code == -61


@pytest.mark.parametrize("data", [b"", b"\xff\x81", b"\x81\x30\x81\x30\x82", bytes(range(1, 256))])
def test_the_bytes_are_signed_as_they_stand(office: Office, data: bytes) -> None:
    code, signature = office.driver().call("PKI_SignData", [PIN.encode(), data, 1])
    assert code == 0
    assert checked_by(office, data, signature.decode())


def test_openssl_agrees(office: Office, tmp_path: Path, absent: Callable[[str], NoReturn]) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        absent("openssl")
    _, signature = office.driver().PKI_SignData(PIN, TEXT, 1)
    (tmp_path / "text").write_bytes(TEXT.encode("gbk"))
    (tmp_path / "key").write_bytes(SPKI + office.file(0x12)[2:66])
    (tmp_path / "signature").write_bytes(der(bytes.fromhex(signature)))
    words = ["pkeyutl", "-verify", "-rawin", "-digest", "sm3", "-pubin", "-keyform", "DER"]
    words += ["-inkey", "key", "-in", "text", "-sigfile", "signature"]
    words += ["-pkeyopt", "distid:1234567812345678"]
    done = subprocess.run([openssl, *words], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def der(signature: bytes) -> bytes:
    """SEQUENCE of two INTEGERs."""
    numbers = [int.from_bytes(half, "big") for half in (signature[:32], signature[32:])]
    parts = [each.to_bytes(each.bit_length() // 8 + 1, "big") for each in numbers]
    inner = b"".join(b"\x02" + bytes((len(each),)) + each for each in parts)
    return b"\x30" + bytes((len(inner),)) + inner


def test_wrong_pins_leave_the_last_try(office: Office) -> None:
    driver = office.driver()
    for left in (5, 4, 3, 2, 1):
        assert driver.PKI_SignData(WRONG, "x", 1) == (-51, f"{left}|")
    tried = office.desk.card.sent(VERIFY)
    assert driver.PKI_SignData(WRONG, "x", 1) == (-51, "1|")
    assert driver.PKI_SignData(PIN, "x", 1) == (-51, "1|"), "a program never takes the last one"
    assert office.desk.card.sent(VERIFY) == tried
    office.desk.types(PIN)
    assert driver.PKI_SignData("", "x", 1)[0] == 0, "whoever types it does"
    assert driver.PKI_SignData(PIN, "x", 1)[0] == 0


def test_a_pin_that_is_typed(office: Office) -> None:
    driver = office.driver()
    office.desk.types(PIN, WRONG, "123", KeypadCancelled(), KeypadTimeout())
    assert driver.PKI_SignData("", "x", 1)[0] == 0
    assert office.desk.pad.asked == [Prompt.CERTIFICATE_PIN]
    assert [driver.PKI_SignData("", "x", 1) for _ in range(4)] == [
        (-51, "5|"),
        (-33, ""),
        (-31, ""),
        (-32, ""),
    ]


def test_a_blocked_pin(office: Office) -> None:
    driver = office.driver()
    office.desk.types(*[WRONG] * 6, PIN)
    answers = [driver.PKI_SignData("", "x", 1) for _ in range(7)]
    assert answers == [*((-51, f"{left}|") for left in (5, 4, 3, 2, 1)), (-52, ""), (-52, "")]
    assert office.desk.card.sent(SIGN) == 0


@pytest.mark.parametrize("pin", ["12345", "123", "1" * 18, "12a456", "１２３４５６"])
def test_no_pin(office: Office, pin: str) -> None:
    assert office.driver().PKI_SignData(pin, "x", 1) == (-33, "")


def test_who_does_not_sign(office: Office) -> None:
    tried = office.desk.card.sent(VERIFY)
    assert office.driver(signing="none").PKI_SignData(PIN, "x", 1) == (-13, "")
    assert office.desk.with_(keypad=None, certificates=office.certificates).PKI_SignData(
        "", "x", 1
    ) == (-13, "")
    assert office.driver().PKI_SignData(PIN, "x", 5) == (-14, "")
    assert office.desk.card.sent(VERIFY) == tried


def test_a_card_without_a_pair_is_shown_no_pin(new_desk: Callable[[int], Desk]) -> None:
    office = office_at(new_desk(3))
    assert office.driver().PKI_SignData(PIN, "x", 1) == (-27013, "")
    assert office.desk.card.sent(VERIFY) == 0


@pytest.mark.parametrize(
    ("answer", "code"),
    [("6D00", -0x6D00), ("01" * 64 + "9000", -61), ("9000", -61), ("6985", -27013)],
)
def test_what_a_card_may_say(office: Office, answer: str, code: int) -> None:
    """The command is assumed: what is no signature of this key is given to nobody."""
    card = office.desk.card
    card.instead = {"8074": answer}
    assert office.driver().PKI_SignData(PIN, "x", 1) == (code, "")


def test_a_card_that_does_not_tell_its_tries(office: Office) -> None:
    card, question = office.desk.raw, bytes.fromhex("00200181")

    class Silent:
        reset = staticmethod(card.reset)

        def transmit(self, command: bytes) -> bytes:
            answer: bytes = b"\x67\x00" if command == question else card.transmit(command)
            return answer

    driver = office.desk.with_(contact=Silent(), certificates=office.certificates)
    assert driver.PKI_SignData(PIN, "x", 1)[0] == 0
    assert driver.PKI_SignData(WRONG, "x", 1) == (-51, "5|")


@pytest.fixture
def signed(office: Office) -> tuple[Office, str, str]:
    """With certificates: the card's own, and a signature."""
    texts = office.written()
    code, signature = office.driver().PKI_SignData(PIN, TEXT, 1)
    assert code == 0
    return office, texts["QMZS"], signature


def test_verification(signed: tuple[Office, str, str]) -> None:
    office, certificate, signature = signed
    driver = office.driver()
    assert driver.PKI_VerifySign("", "", TEXT, signature, 1) == (0, ""), "by the card's own"
    assert driver.PKI_VerifySign("", certificate, TEXT, f"{signature.lower()}|", 1) == (0, "")
    assert driver.PKI_VerifySign("", certificate, TEXT + "x", signature, 1) == (-61, "")
    assert driver.PKI_VerifySign("", "", TEXT, signature[2:] + "00", 1) == (-61, "")
    issuing = b64encode(authority().issuers[0].der).decode()
    assert driver.PKI_VerifySign("", issuing, TEXT, signature, 1) == (-62, ""), "it signs no texts"


def test_a_wrong_signature_is_a_code_and_nothing_else(
    signed: tuple[Office, str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    """gmssl-fast would write to the stderr of the program that loaded the library."""
    office, certificate, signature = signed
    assert office.driver().PKI_VerifySign("", certificate, "x", signature, 1) == (-61, "")
    assert capfd.readouterr() == ("", "")


def test_residue_behind_the_cards_certificate_does_not_matter(
    signed: tuple[Office, str, str],
) -> None:
    office, certificate, signature = signed
    memory = office.desk.raw.card.certificates._standing.memory
    memory.files[0x18].write(len(b64decode(certificate)), b"\x01")
    memory.nvm.commit()
    assert office.driver().PKI_VerifySign("", "", TEXT, signature, 1) == (0, "")


def test_a_certificate_needs_no_card(signed: tuple[Office, str, str]) -> None:
    office, certificate, signature = signed
    sent = len(office.desk.card.commands)
    folded = "\n".join(certificate[at : at + 64] for at in range(0, len(certificate), 64))
    for text in (certificate, folded, f"{certificate}|"):
        assert office.driver().PKI_VerifySign(WRONG, text, TEXT, signature, 1) == (0, "")
    assert len(office.desk.card.commands) == sent


def test_chains(signed: tuple[Office, str, str]) -> None:
    office, certificate, signature = signed
    other = authority(2)

    def code(clock: datetime = NOW, **changes: Any) -> int:
        office.driver(**changes)
        driver = office.desk.with_(
            certificates=office.desk.terminal.certificates, clock=lambda: clock
        )
        return driver.PKI_VerifySign("", certificate, TEXT, signature, 1)[0]

    assert code() == 0
    assert code(datetime(2026, 11, 1, 0, 30)) == 0, "a clock without a zone is China's"
    assert code(datetime(2026, 10, 31, 20)) == -62
    assert code(root=other.root, issuers=other.issuers) == -62
    assert code(issuers=()) == -62
    assert code(datetime(2037, 1, 1, tzinfo=UTC)) == -62
    assert code(datetime(2026, 10, 1, tzinfo=UTC)) == -62
    assert code(datetime(2037, 1, 1, tzinfo=UTC), root=None) == 0, "nobody said which root"


def test_a_certificate_for_encryption(signed: tuple[Office, str, str]) -> None:
    office, _, signature = signed
    texts = office.answer()
    driver = office.driver()
    assert driver.PKI_VerifySign("", texts["JMZS"], TEXT, signature, 1) == (-62, "")


@pytest.mark.parametrize(
    ("certificate", "signature"),
    [("MIIC", "00" * 64), ("签名", "00" * 64), ("", "00" * 63), ("", ""), ("", "0x" + "00" * 63)],
)
def test_arguments_that_are_none(office: Office, certificate: str, signature: str) -> None:
    assert office.driver().PKI_VerifySign("", certificate, "x", signature, 1) == (-14, "")


@pytest.mark.parametrize("change", ["!{}", "{}||", "|{}"])
def test_a_certificate_with_more_than_one_bar_or_other_letters(
    signed: tuple[Office, str, str], change: str
) -> None:
    office, certificate, signature = signed
    driver, other = office.driver(), change.format(certificate)
    assert driver.PKI_VerifySign("", other, TEXT, signature, 1) == (-14, "")


def test_a_card_without_a_certificate(office: Office) -> None:
    assert office.driver().PKI_VerifySign("", "", "x", "00" * 64, 1) == (-23, "")


def test_the_certificate_is_read_whole(signed: tuple[Office, str, str]) -> None:
    office, certificate, _ = signed
    assert office.file(0x18).startswith(b64decode(certificate))

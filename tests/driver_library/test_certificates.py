"""The certificate functions by a configuration: TEST keys and a CA's file, on an image on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from importlib.resources import files
from typing import Any

import pytest

from sscard.driver.configuration import ConfigurationError, read_configuration
from sscard.driver.opening import open_session
from sscard.errors import KeyStoreError
from sscard.issuance.ca.load import packaged_authority
from sscard.issuance.ca.trusted import pem
from sscard.keys.sm2_keys import SM2PublicKey
from sscard.keys.x509 import CertificateRequest

from .conftest import HOLDER

Call = Callable[..., tuple[int, str]]
Calls = Callable[[Any], Call]
TABLE = '[pin]\nsource = "fixed"\npin = "123456"\n[certificates]\n'
PUBLIC = f'{TABLE}master = "TEST"\nroot = "TEST"\nsigning = "gmt0016"\n'
TEXT = "我同意".encode("gbk")


def texts(call: Call, key: str) -> list[bytes]:
    """What the packaged CA answers for this card."""
    _, _, number, identification, *_ = call("iReadCardBas", 1)[1].split("|")
    public = SM2PublicKey(bytes.fromhex(key))
    day = date(2026, 11, 1)
    request = CertificateRequest(identification, "诸葛验收", "639900", number, public, day)
    return [each.encode() for each in packaged_authority().answer(request).texts().values()]


@pytest.fixture
def desk(new_desk: Callable[[int], Any]) -> Any:
    made = new_desk(3)
    made.configured(PUBLIC)
    return made


@pytest.fixture
def calls() -> Iterator[Calls]:
    """A driver by the desk's configuration, to be called."""
    with ExitStack() as opened:

        def open_(desk: Any) -> Call:
            session = open_session(read_configuration(desk.configuration))
            opened.callback(session.close)

            def call(name: str, *args: bytes | int) -> tuple[int, str]:
                code, out = session.call(name, args)
                return code, out.decode("gbk")

            return call

        yield open_


def test_from_the_key_to_a_signature(desk: Any, calls: Calls) -> None:
    call = calls(desk)
    code, key = call("iReadSignatureKey", 1)
    assert (code, len(key)) == (0, 128)
    answer = texts(call, key)
    assert call("iWriteCA", 1, *answer) == (0, "")
    code, signature = call("PKI_SignData", b"123456", TEXT, 1)
    assert code == 0
    assert call("PKI_VerifySign", b"", b"", TEXT, signature.encode(), 1) == (0, "")
    assert call("PKI_VerifySign", b"", answer[0], b"x", signature.encode(), 1) == (-61, "")
    assert calls(desk)("iReadSignatureKey", 1) == (0, key), "it is on the image"
    secrets = [*(each.decode() for each in answer), key, signature, HOLDER["name"], "123456"]
    assert not [each for each in secrets if each in desk.log]


def test_over_the_antenna(desk: Any, calls: Calls) -> None:
    desk.configured(PUBLIC, 'contactless = "sim:holder.card"\n')
    call = calls(desk)
    assert call("iReadSignatureKey", 1) == (-12, "")
    code, key = call("iReadSignatureKey", 4)
    assert (code, len(key)) == (0, 128)
    code, signature = call("PKI_SignData", b"123456", TEXT, 2)
    assert (code, len(signature)) == (0, 128)


def test_the_holder_types_the_pin(desk: Any, calls: Calls) -> None:
    call = calls(desk)
    call("iReadSignatureKey", 1)
    assert call("PKI_SignData", b"", TEXT, 1)[0] == 0


def test_without_the_table(desk: Any, calls: Calls) -> None:
    desk.configured("")
    call = calls(desk)
    assert call("iReadSignatureKey", 1) == (-27013, "")
    assert call("PKI_SignData", b"123456", TEXT, 1) == (-13, "")


def test_a_ca_of_ones_own(desk: Any, calls: Calls) -> None:
    authority = packaged_authority()
    file = desk.folder / "ca.pem"
    file.write_text(pem((*authority.issuers, authority.root)), "ascii")
    desk.configured(f'{TABLE}master = "TEST"\nroot = "ca.pem"\n')
    call = calls(desk)
    assert call("iWriteCA", 1, *texts(call, call("iReadSignatureKey", 1)[1])) == (0, "")
    file.write_text(pem(authority.issuers), "ascii")
    with pytest.raises(KeyStoreError, match=r"ca\.pem: "):
        calls(desk)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('master = "none.toml"\nlot = "a"\n', r"none\.toml"),
        ('master = "TEST"\nlot = "nobody"\n', "no chip lot nobody"),
        ('root = "none.pem"\n', r"none\.pem"),
    ],
)
def test_what_cannot_be_opened_is_named(desk: Any, calls: Calls, table: str, said: str) -> None:
    desk.configured(f"{TABLE}{table}")
    with pytest.raises(KeyStoreError, match=said):
        calls(desk)


def test_a_lot_without_a_master_key(desk: Any, calls: Calls) -> None:
    store = (files("sscard.keys.stores") / "test-ssse-sm4.toml").read_text("utf-8")
    kept = [line for line in store.splitlines() if not line.startswith("certificate_master")]
    (desk.folder / "chips.toml").write_text("\n".join(kept), "utf-8")
    desk.configured(f'{TABLE}master = "chips.toml"\nlot = "TEST-GEN3"\n')
    with pytest.raises(KeyStoreError, match=r"certificates\.lot: TEST-GEN3"):
        calls(desk)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('[certificates]\nmaster = "TEST"\n', "certificates"),
        ('[certificates]\nroot = "TEST"\n', "certificates"),
        ('[hsm]\nsm4 = "TEST"\n[certificates]\nroot = "TEST"\n', "HSM, certificates"),
    ],
)
def test_production_wants_keys_of_its_own(desk: Any, calls: Calls, table: str, said: str) -> None:
    desk.configured(table)
    text = desk.configuration.read_text("utf-8")
    desk.configuration.write_text(f"production = true\n{text}", "utf-8")
    with pytest.raises(ConfigurationError, match=f"TEST keys of {said} are not"):
        calls(desk)


def test_keys_that_everybody_has_are_named(desk: Any) -> None:
    def named() -> tuple[str, ...]:
        session = open_session(read_configuration(desk.configuration))
        session.close()
        return session.test_keys

    assert named() == ("certificates",)
    desk.configured('[hsm]\nsm4 = "TEST"\n')
    assert named() == ("HSM",)

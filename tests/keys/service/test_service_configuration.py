"""Store files that name a key service in place of keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sscard.errors import KeyStoreError
from sscard.keys import TDES_SUITE
from sscard.keys.stores import load_bank, load_social_security
from sscard.keys.stores.sealed_file import Passphrase
from sscard.keys.stores.sealed_store import SealedStore
from sscard.keys.stores.service.refusals import Refused
from sscard.keys.stores.service.served import ServedOperations

VARIABLE = "SSCARD_TEST_SERVICE_TOKEN"


@pytest.fixture
def written(
    tmp_path: Path, certified: Any, tokens: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Path]:
    """Writes a store file: ``written("bank", port=…)``; None leaves an entry out."""
    (tmp_path / "ca.pem").write_bytes(certified.certificate.read_bytes())
    monkeypatch.setenv(VARIABLE, tokens["station"])

    def write(kind: str = "social-security", **changes: object) -> Path:
        entries = {
            "host": "127.0.0.1",
            "port": 1,
            "ca": "ca.pem",
            "token_variable": VARIABLE,
            "timeout": 10,
            **changes,
        }
        lines = [f"{key} = {_toml(value)}" for key, value in entries.items() if value is not None]
        path = tmp_path / "service.toml"
        path.write_text(f'kind = "{kind}"\n[service]\n' + "\n".join(lines) + "\n")
        return path

    return write


def _toml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool | int) else f'"{value}"'


def opened(path: Path, kind: str = "social-security") -> Any:
    return load_bank(path) if kind == "bank" else load_social_security(path)


def test_social_security(social: Any, written: Callable[..., Path]) -> None:
    store = opened(written(port=social.port))
    assert store.kcv("IRK", 1) == load_social_security().kcv("IRK", 1)
    assert repr(store).startswith("<key store ")


def test_a_bank_with_its_token_in_a_file(
    bank: Any, written: Callable[..., Path], tokens: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "bank.token").write_text(tokens["bank"] + "\n")
    path = written("bank", port=bank.port, token_variable=None, token_file="bank.token")
    store = opened(path, "bank")
    assert store.kcv("KMC").hex().upper() == "8BAF47"


def test_without_tls_on_this_machine(
    start: Callable[..., Any], written: Callable[..., Path]
) -> None:
    running = start(ServedOperations("social-security", load_social_security()), plain=True)
    store = opened(written(port=running.port, ca=None, plain=True))
    assert store.test


def test_lots_come_from_a_store_beside_it(
    social: Any, written: Callable[..., Path], tmp_path: Path
) -> None:
    """A transport key opens a chip: that store is sealed, and the service knows none."""
    passphrase = Passphrase("of the chip lots")
    sealed = SealedStore.create(
        tmp_path / "lots.store", "social-security", TDES_SUITE, passphrase, bytes
    )
    sealed.put_lot(load_social_security().lot("TEST-GEN2"))
    path = written(port=social.port)
    path.write_text('lots = "lots.store"\n' + path.read_text())
    store = load_social_security(path, ask=lambda kind, file: passphrase)
    assert store.lot("TEST-GEN2") == load_social_security().lot("TEST-GEN2")
    assert store.person_hash("1") == load_social_security().person_hash("1")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"host": None}, "host is no text"),
        ({"host": ""}, "host is no text"),
        ({"port": None}, "port is no whole number"),
        ({"port": True}, "port is no whole number"),
        ({"port": 0}, "port is 1 to 65535"),
        ({"timeout": 0}, "timeout is more than nothing"),
        ({"timeout": "long"}, "timeout is no whole number"),
        ({"ca": None}, "has ca, or plain"),
        ({"plain": True}, "has ca, or plain"),
        ({"plain": "yes", "ca": None}, "has ca, or plain"),
        ({"ca": "none.pem"}, r"none\.pem: No such file"),
        ({"token_variable": None}, "either token_variable or token_file"),
        ({"token_file": "x"}, "either token_variable or token_file"),
        ({"token_variable": "SSCARD_NOT_SET"}, "variable that token_variable names is not set"),
        ({"token_variable": None, "token_file": "none"}, "none: No such file"),
        ({"token": "secret"}, r"\[service\] has ca, host, plain, port, timeout, token_file"),
    ],
)
def test_wrong_files(written: Callable[..., Path], changes: dict[str, Any], said: str) -> None:
    path = written(**changes)
    with pytest.raises(KeyStoreError, match=said) as caught:
        opened(path)
    assert str(path.parent) in str(caught.value)
    assert "SSCARD_NOT_SET" not in str(caught.value)  # it may be the token, in the wrong place


def test_a_token_file_that_holds_none(written: Callable[..., Path], tmp_path: Path) -> None:
    for content in (b"\xff", b"", "令牌".encode()):
        (tmp_path / "token").write_bytes(content)
        with pytest.raises(KeyStoreError, match="token"):
            opened(written(token_variable=None, token_file="token"))


def test_a_token_is_never_repeated(
    social: Any, written: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "of-nobody-at-all")
    with pytest.raises(Refused) as caught:
        opened(written(port=social.port))
    assert "of-nobody" not in str(caught.value)
    monkeypatch.setenv(VARIABLE, "of-nobody\n")
    with pytest.raises(KeyStoreError) as other:
        opened(written(port=social.port))
    assert "of-nobody" not in str(other.value)

"""Key store files: what is refused, with file and key named and no value shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from sscard.errors import KeyStoreError
from sscard.keys.stores import load_bank, load_social_security

GOOD = "0123456789ABCDEFFEDCBA9876543210"
HEAD = 'kind = "social-security"\ntest = true\n'
LOT = f'[lots.L]\nblank_historical = "{"00" * 13}"\ncos_version = "1"\ntransport = "{GOOD}"\n'


def store(folder: Path, text: str) -> Path:
    path = folder / "store.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_store_of_ones_own(tmp_path: Path) -> None:
    path = store(tmp_path, f'{HEAD}[keys]\nIRK = ["{GOOD}"]\n{LOT}')
    loaded = load_social_security(path)
    assert loaded.test
    assert loaded.kcv("IRK", 1).hex().upper() == "08D7B4"
    assert loaded.lot("L").cos_version == "1"


def test_keys_and_lots_may_be_absent(tmp_path: Path) -> None:
    with pytest.raises(KeyStoreError, match="no key IRK"):
        load_social_security(store(tmp_path, HEAD)).kcv("IRK", 1)


REFUSED = {
    "no TOML": ("kind = \n", "not valid TOML at line 1"),
    "another station's": (HEAD.replace("social-security", "bank"), "no social-security key store"),
    "no kind": ("test = true", "no social-security key store"),
    "plain text in production": (HEAD.replace("true", "false"), "test = true only"),
    "plain text beside [service]": (
        f'kind = "social-security"\n[service]\n[keys]\nIRK = ["{GOOD}"]',
        "test = true only",
    ),
    "plain text beside [pkcs11]": (
        f'kind = "social-security"\n[pkcs11]\n{LOT}',
        "test = true only",
    ),
    "test is not said": ('kind = "social-security"', "test = true only"),
    "test is a word": (HEAD.replace("true", '"true"'), "test = true only"),
    "keys are no table": (f"{HEAD}keys = 1", "keys"),
    "versions are no list": (f'{HEAD}[keys]\nIRK = "{GOOD}"', "IRK: no list"),
    "no text": (f"{HEAD}[keys]\nIRK = [1]", "IRK version 1: not a hexadecimal"),
    "no hex": (f'{HEAD}[keys]\nIRK = ["{GOOD}", "{GOOD[:-1]}G"]', "IRK version 2: not a hexa"),
    "short": (f'{HEAD}[keys]\nIRK = ["{GOOD[:-2]}"]', "IRK version 1: 15 bytes"),
    "weak": (f'{HEAD}[keys]\nIRK = ["{GOOD[:16] * 2}"]', "IRK version 1: both halves"),
    "parity": (f'{HEAD}[keys]\nIRK = ["{GOOD[:-2]}11"]', "IRK version 1: .* parity"),
    "lots are no table": (f"{HEAD}lots = 1", "lots"),
    "a lot is no table": (f"{HEAD}[lots]\nL = 1", r"lots\.L"),
    "short historical": (HEAD + LOT.replace("00" * 13, "00"), "lot L: blank_historical"),
    "no historical": (HEAD + LOT.replace("blank_", ""), "lot L: blank_historical"),
    "no COS version": (HEAD + LOT.replace('"1"', "1"), "cos_version"),
    "no transport key": (HEAD + LOT.replace("transport", "other"), "lot L: transport"),
    "certificate master of 15 bytes": (
        f'{HEAD}{LOT}certificate_master = "{GOOD[2:]}"',
        "lot L: certificate_master: 15 bytes",
    ),
    "certificate master of 32 bytes": (
        f'{HEAD}{LOT}certificate_master = "{GOOD * 2}"',
        "lot L: certificate_master: a key of 16 bytes",
    ),
    "certificate master that was never chosen": (
        f'{HEAD}{LOT}certificate_master = "{"11" * 16}"',
        "lot L: certificate_master: bytes that are all equal",
    ),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(KeyStoreError, match=message) as caught:
        load_social_security(store(tmp_path, text))
    assert "store.toml" in str(caught.value)
    assert GOOD[:8] not in str(caught.value)


def test_not_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "store.toml"
    path.write_bytes(b"\xff")
    with pytest.raises(KeyStoreError, match="not UTF-8"):
        load_bank(path)


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(KeyStoreError, match=r"none\.toml: No such file"):
        load_bank(tmp_path / "none.toml")


def test_key_types_must_fit_their_use(tmp_path: Path) -> None:
    bank = f'kind = "bank"\ntest = true\n[keys]\nKMC = ["{GOOD * 2}"]\n'
    with pytest.raises(KeyStoreError, match="KMC is no 3des key"):
        load_bank(store(tmp_path, bank)).session_keys(bytes(10), bytes(2))
    social = f'{HEAD}[keys]\nledger-id-hash = ["{GOOD}"]\n'
    with pytest.raises(KeyStoreError, match="ledger-id-hash is no key of 32 bytes"):
        load_social_security(store(tmp_path, social)).person_hash("x")

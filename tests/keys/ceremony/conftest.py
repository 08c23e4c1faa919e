"""A ceremony with four custodians whose passphrases cost little, and a store that can be seen."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sscard.errors import KeyStoreError
from sscard.keys import SecretKey
from sscard.keys.ceremony import (
    Agreement,
    Desk,
    Opening,
    PersonalPassphrase,
    Record,
    enrol,
    open_ceremony,
)
from sscard.keys.ceremony.desk import RECORD

OFFICER = "张主任"
CUSTODIANS = ("李四", "王五", "赵六", "Sun Qi")
AT = datetime(2026, 11, 30, 10, 15, tzinfo=UTC)
LOW_COST = 4


class Store:
    """A sink and source in memory."""

    def __init__(self) -> None:
        self.keys: dict[tuple[str, int], SecretKey] = {}
        self.released: list[Agreement] = []

    def put(self, name: str, version: int, key: SecretKey, /) -> None:
        if self.keys.setdefault((name, version), key) != key:
            raise KeyStoreError("another key is there")

    def held(self, name: str, version: int, /) -> bytes | None:
        found = self.keys.get((name, version))
        return found.kcv if found is not None else None

    def require_place(self, name: str, version: int, kind: type[SecretKey], /) -> None:
        pass

    def kcv(self, name: str, version: int, /) -> bytes:
        return self.keys[name, version].kcv

    def release(self, agreement: Agreement, /) -> SecretKey:
        self.released.append(agreement)
        return self.keys[agreement.export.key, agreement.export.version]


@pytest.fixture(scope="session")
def passphrases() -> Mapping[str, PersonalPassphrase]:
    return {name: PersonalPassphrase(f"{name}: correct horse") for name in (OFFICER, *CUSTODIANS)}


@pytest.fixture
def opened(tmp_path: Path, passphrases: Mapping[str, PersonalPassphrase]) -> Callable[..., Desk]:
    """Opens a ceremony in a folder of its own."""

    def open_at(name: str = "ceremony", seed: int = 1) -> Desk:
        chance = random.Random(seed).randbytes
        enrolled = {
            who: enrol(who, passphrase, chance, cost=LOW_COST)
            for who, passphrase in passphrases.items()
        }
        officer, signer = enrolled.pop(OFFICER)
        custodians = tuple(person for person, _ in enrolled.values())
        opening = Opening("Masters 2026 主密钥", officer, custodians, "sscard test")
        open_ceremony(tmp_path / name, opening, signer, AT, chance)
        return Desk(Record(tmp_path / name / RECORD), signer, lambda: AT, chance)

    return open_at


@pytest.fixture
def desk(opened: Callable[..., Desk]) -> Desk:
    return opened()


@pytest.fixture
def store() -> Store:
    return Store()

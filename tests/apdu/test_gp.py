"""INSTALL and DELETE of GlobalPlatform, byte for byte."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.apdu import aid, gp
from sscard.apdu.command import CommandAPDU
from sscard.apdu.gp import Installation
from sscard.dialects import gp as dialect
from sscard.dialects.delivery import Delivery, MadeBy
from sscard.dialects.operations import DeleteInstance, InstallInstance
from sscard.errors import MalformedData, ProfileError

VECTORS = tomllib.loads((Path(__file__).parents[1] / "vectors/gp-install.toml").read_text("utf-8"))[
    "vector"
]
names = st.binary(min_size=5, max_size=16)


def fields(vector: dict[str, Any]) -> list[bytes]:
    order = ("package", "module", "instance", "privileges", "parameters")
    return [bytes.fromhex(vector[name]) for name in order]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_the_published_commands(vector: dict[str, Any]) -> None:
    wanted = Installation(*fields(vector))
    assert bytes(gp.install(wanted)).hex().upper() == vector["command"]
    assert Installation.parse(CommandAPDU.parse(bytes.fromhex(vector["command"])).data) == wanted


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_the_dialect_says_the_same(vector: dict[str, Any]) -> None:
    package, module, name, privileges, parameters = fields(vector)
    operation = InstallInstance(name, package, module, privileges, parameters)
    assert bytes(dialect.build(operation)).hex().upper() == vector["command"]


def test_delete() -> None:
    raw = bytes(dialect.build(DeleteInstance(aid.PSE)))
    assert raw.hex() == "80e40000" + "10" + "4f0e315041592e5359532e4444463031"
    assert gp.deleted(CommandAPDU.parse(raw).data) == aid.PSE


def test_install_for_personalization() -> None:
    raw = bytes(gp.install_for_personalization(aid.DEBIT))
    assert raw.hex() == "80e620000e" + "0000" + "08a000000333010101" + "000000"
    assert gp.personalized(CommandAPDU.parse(raw).data) == aid.DEBIT


def test_set_status() -> None:
    assert [bytes(gp.set_status(state)).hex() for state in (7, 15)] == ["80f08007", "80f0800f"]


@given(names, names, names, st.binary(max_size=3))
def test_round_trip(package: bytes, module: bytes, name: bytes, privileges: bytes) -> None:
    wanted = Installation(package, module, name, privileges)
    assert Installation.parse(bytes(wanted)) == wanted


@given(st.binary(max_size=40))
def test_any_bytes_parse_or_are_malformed(raw: bytes) -> None:
    for parse in (Installation.parse, gp.deleted, gp.personalized):
        with suppress(MalformedData):
            parse(raw)


@pytest.mark.parametrize(
    ("parse", "raw"),
    [
        (Installation.parse, "0000000000"),
        (Installation.parse, "000000000000 00"),
        (Installation.parse, "0000000000 0155"),
        (Installation.parse, "00000000 02C901 00"),
        (gp.deleted, "4F"),
        (gp.deleted, "4F0100 4F0100"),
        (gp.deleted, "500100"),
        (gp.personalized, "0101 00 0155 000000"),
        (gp.personalized, "0000 0155 000001 55"),
    ],
)
def test_what_is_neither(parse: Any, raw: str) -> None:
    with pytest.raises(MalformedData):
        parse(bytes.fromhex(raw))


def test_a_chip_that_says_nothing_comes_with_its_applications() -> None:
    assert Delivery.from_table({}, "tiny.toml") == Delivery()
    assert Delivery().made_by is MadeBy.MAKER


def test_what_a_chip_file_says() -> None:
    table = {"made_by": "gp", "domain": "A0000000030000", "privileges": "00"}
    found = Delivery.from_table(table, "tiny.toml")
    assert (found.made_by, found.domain.hex()) == (MadeBy.GP, "a0000000030000")
    delete, install = found.operations([aid.DEBIT])
    assert delete == DeleteInstance(aid.DEBIT)
    assert isinstance(install, InstallInstance)
    assert (install.privileges, install.package) == (b"\0", Delivery().package)


@pytest.mark.parametrize(
    "table", ["gp", {"made_by": "me"}, {"domain": "A0"}, {"module": 7}, {"other": "00"}]
)
def test_a_wrong_table_is_named(table: object) -> None:
    with pytest.raises(ProfileError, match=r"^tiny\.toml: instances "):
        Delivery.from_table(table, "tiny.toml")

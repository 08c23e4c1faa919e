"""Nothing that the driver raises or shows holds a PIN, a name or an ID number."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from sscard.errors import ProfileError
from sscard.profiles import Profile
from sscard.terminal.driver import DriverError, Interface, operations
from sscard.terminal.driver.standing import Authentication

if TYPE_CHECKING:
    from tests.driver.conftest import Desk

PIN, NEW = "654321", "80808080"
SECRETS = [PIN, NEW, "110101199003070038", "张三", "13987654321", "C4E3BAC3", "你好"]
CONTACT = Interface.CONTACT
CALLS: dict[str, Callable[[Desk, str], object]] = {
    "basic": lambda desk, _: operations.read_basic(desk.terminal, CONTACT),
    "verify": lambda desk, _: operations.verify_pin(desk.terminal, CONTACT),
    "change": lambda desk, _: operations.change_pin(desk.terminal, CONTACT),
    "reload": lambda desk, info: operations.reload_pin(desk.terminal, CONTACT, info),
    "no number": lambda desk, info: operations.write(
        desk.terminal, CONTACT, info, "DF01EF06|28|2D|$", "DF01EF06|13987654321|你好你好你好你好|$"
    ),
    "no digits": lambda desk, info: operations.write(
        desk.terminal, CONTACT, info, "SSSEEF06|0D|$", "SSSEEF06|张三|$"
    ),
    "no GBK": lambda desk, info: operations.write(
        desk.terminal, CONTACT, info, "SSSEEF06|09|$", "SSSEEF06|张三𠮷|$"
    ),
    "a strange card": lambda desk, info: operations.read(
        desk.terminal, CONTACT, Authentication.KEY, info, "SSSEEF06|08|09|$"
    ),
    "other card": lambda desk, _: operations.verify_pin(
        desk.terminal, CONTACT, "110101199003070038|张三|"
    ),
}
STRANGE = {"00B209": "091E" + "张三".encode("gbk").hex() + "07" * 26 + "9000"}


def chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize("name", CALLS)
def test_errors(desk2: Desk, name: str) -> None:
    info = desk2.info
    if name in ("basic", "a strange card"):
        desk2.answering(STRANGE)
    desk2.types(PIN, NEW, NEW, NEW)
    if name == "reload":
        desk2.types(NEW, NEW)
    with pytest.raises(DriverError) as raised:
        CALLS[name](desk2, info)
    shown = " ".join(f"{each!r} {each} {vars(each)}" for each in chain(raised.value))
    assert not [secret for secret in SECRETS if secret in shown]


def test_what_is_shown(desk2: Desk) -> None:
    desk2.types("123456")
    info = operations.read_basic(desk2.terminal, CONTACT)
    paid = operations.debit(desk2.terminal, CONTACT, desk2.info, "12.50|10.00|20261122163005|")
    desk2.types("123456")
    logged = operations.debit_records(desk2.terminal, CONTACT)
    shown = f"{info!r} {paid!r} {logged!r} {desk2.driver!r}"
    for secret in (*SECRETS, "X00000019", "12.50", "000003E8", paid.tac):
        assert secret not in shown


def test_tables_that_are_broken(desk2: Desk) -> None:
    """A configuration that cannot be read is no exception either; its reader has been told."""

    def broken(generation: int) -> Profile:
        raise ProfileError("gen2.toml: no such part")

    assert desk2.with_(profiles=broken).iReadCardBas(1) == (-13, "")


def test_tables_without_a_directory(desk2: Desk) -> None:
    def short(_: int) -> Profile:
        kept = tuple(each for each in desk2.profile.directories if each.name != "DF04")
        return desk2.profile.model_copy(update={"directories": kept})

    desk2.types("123456")
    assert desk2.with_(profiles=short).iReadDebitRecord(1) == (-27266, "")

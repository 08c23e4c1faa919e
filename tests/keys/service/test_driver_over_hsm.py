"""A hospital's driver without a PSAM: the office's HSM behind TLS proves every key (ssc 7 [S])."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

import pytest

from sscard.keys import SUITES
from sscard.keys.stores import load_social_security
from sscard.keys.stores.service import served
from sscard.keys.stores.service.clients import Clients, client
from sscard.keys.stores.service.hsm import RemoteHsm
from sscard.keys.stores.service.token import Token
from sscard.profiles import load_profile
from sscard.pytest_plugin.cards import Cards, Wanted
from sscard.terminal.driver import Driver, Prompt, Terminal

TOKEN = "sscard-key-token-of-a-hospital"
KINDS = ["IRK", "external", "maintenance", "purchase", "transaction"]
HOLDER = {"id_number": "110101199003070038", "name": "张三"}
PAY = "12.50|10.00|20261122163005|"


@cache
def profile_of(generation: int) -> Any:
    return load_profile(f"gen{generation}")


class Pad:
    """Always the same digits."""

    digits = "123456"

    def enter(self, prompt: Prompt) -> str:
        return self.digits


@pytest.mark.parametrize("generation", [2, 3])
def test_every_function(
    generation: int,
    start: Callable[..., Any],
    way: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    suite = SUITES[profile_of(generation).suite]
    known = Clients((client("hospital", Token(TOKEN), ("hsm",), KINDS),))
    offered = served.ServedOperations("social-security", load_social_security(None, suite))
    running = start(offered, known=known)
    hsm = RemoteHsm(way(running, TOKEN))
    card = Cards(tmp_path_factory.mktemp("hsm")).user_card(
        Wanted.of(f"gen{generation}", holder=HOLDER), ()
    )
    pad = Pad()
    driver = Driver(Terminal(profile_of, datetime.now, contact=card, keypad=pad, hsm=hsm))
    code, output = driver.iReadCardBas(1)
    fields = output.split("|")
    assert (code, fields[1], fields[4], fields[9]) == (0, HOLDER["id_number"], "张三", "0" * 12)
    info = f"{fields[3]}|{fields[2]}|"
    address, data = "DF01EF0A|37|$DF02EF06|3A|$", "DF01EF0A|CHN|$DF02EF06|2020300|$"
    assert driver.iWriteCard(1, info, address, data) == (0, "")
    assert driver.iReadCard(1, 2, info, address) == (0, data)
    assert driver.iDoDebit(1, info, PAY)[0] == 0
    assert driver.iUnblockPIN(1, info) == (0, "")
    pad.digits = "86420"
    assert driver.iReloadPIN(1, info) == (0, "")
    assert driver.iVerifyPIN(1, info) == (0, "")
    running.stop()
    assert driver.iReadCardBas(1) == (-2201, ""), "the service is gone"
    hsm.close()

"""The driver on PC/SC readers, a card in one and a PSAM in the other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sscard.driver.configuration import read_configuration
from sscard.driver.opening import open_session
from sscard.pytest_plugin.cards import Cards, Wanted

HOLDER = {
    "id_number": "110101199003070038",
    "name": "诸葛验收",
    "sex": "1",
    "birth_date": "1990-03-07",
    "phone": "13987654321",
}
CONFIGURATION = """
device = "D1"
[readers]
contact = "{}"
psam = "{}"
[pin]
source = "command"
command = ["echo", "123456"]
"""


def test_readers_answer_as_images_do(pcscd: Any, tmp_path: Path) -> None:
    cards, wanted = Cards(tmp_path), Wanted.of("gen3", holder=HOLDER)
    cards.user_card(wanted, ())
    cards.psam(wanted)
    card, psam = tmp_path / f"{wanted.name}.card", tmp_path / "psam-gen3.card"
    configuration = tmp_path / "driver.toml"
    configuration.write_text(CONFIGURATION.format(f"sim:{card}", f"sim:{psam}"), "utf-8")
    session = open_session(read_configuration(configuration))
    code, basic = session.call("iReadCardBas", (3,))
    session.close()
    assert code == 0
    configuration.write_text(CONFIGURATION.format("00 00", "00 01"), "utf-8")
    fields = basic.decode("gbk").split("|")
    asked = (f"{fields[3]}|{fields[2]}|", "SSSEEF06|09|$DF01EF06|28|$")
    called = ("terminal", "call", "--config", configuration, "--json")
    with pcscd.simulated("--card", card, "--psam", psam):
        first, second = pcscd.each(
            (*called, "iReadCardBas", 3), (*called, "iReadCard", 3, 1, *asked)
        )
    assert json.loads(first.out)["output"] == basic.decode("gbk")
    assert json.loads(second.out)["output"] == "SSSEEF06|诸葛验收|$DF01EF06|13987654321|$"

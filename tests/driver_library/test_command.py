"""``sscard terminal``: calls by hand, the service as a process, builds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from sscard.cli import app
from sscard.cli.terminal_words import FIELDS, fields
from sscard.driver.c_build import BuildError
from sscard.driver.configuration import VARIABLE, ConfigurationError
from sscard.terminal.driver import FUNCTIONS

ROOT = Path(__file__).parents[2]
NAME = "诸葛验收"


def invoke(*words: object) -> Result:
    return CliRunner().invoke(app, ["terminal", *map(str, words)])


def test_a_call_is_explained(desk: Any) -> None:
    done = invoke("call", "iReadCardBas", 1, "--config", desk.configuration)
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[0] == "iReadCardBas: 0 成功 done"
    assert lines[1].startswith("639900|")
    assert f"  姓名 name: {NAME}" in lines
    assert lines[-1] == "  终端设备号 terminal device: 终端设备号"
    assert len(lines) == 2 + 11


def test_a_rare_character_is_printed(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four bytes of GB18030, as the driver passes them on from the card."""
    said = (0, "SSSEEF06|张𠮷|$".encode("gb18030"))
    monkeypatch.setattr("sscard.driver.session.Session.call", lambda *_: said)
    words = ("iReadCard", 1, 2, "", "SSSEEF06|09|$", "--config", desk.configuration)
    assert "SSSEEF06|张𠮷|$" in invoke("call", *words).stdout.splitlines()


def test_a_refusal_is_explained(desk: Any) -> None:
    done = invoke("call", "iReadCardBas", 2, "--config", desk.configuration)
    assert done.exit_code == 1
    assert done.stdout == "iReadCardBas: -12 未建立连接 the terminal has no such reader\n"


def test_for_programs(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(desk.configuration))
    basic = json.loads(invoke("call", "iReadCardBas", 1, "--json").stdout)
    assert basic["code"] == 0
    card = f"{basic['fields'][3]['value']}|{basic['fields'][2]['value']}|"
    done = invoke("call", "iReadCard", 1, 1, card, "SSSEEF06|09|0A|$", "--json")
    found = json.loads(done.stdout)
    assert found["output"] == f"SSSEEF06|{NAME}|1|$"
    assert [each["value"] for each in found["fields"]] == [NAME, "1"]
    assert {each["zh"] for each in found["fields"]} == {"SSSEEF06"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("iReadCardbas", 1), "there are iReadCardBas"),
        (("iReadCardBas",), "takes iType"),
        (("iReadCardBas", 1, 2), "takes iType"),
        (("iReadCardBas", "x"), "iType"),
        (("iReadCardBas_HSM_Step2", "💳"), "pKey"),
    ],
)
def test_what_cannot_be_called(desk: Any, words: tuple[object, ...], said: str) -> None:
    done = invoke("call", *words, "--config", desk.configuration)
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.split())


def test_a_negative_number_is_no_option(desk: Any) -> None:
    assert invoke("call", "iReadCardBas", -1, "--config", desk.configuration).exit_code == 1


def test_no_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert isinstance(invoke("call", "iReadCardBas", 1).exception, ConfigurationError)
    assert isinstance(invoke("serve").exception, ConfigurationError)


def test_the_service_until_it_is_told_to_end(desk: Any) -> None:
    command = (sys.executable, "-m", "sscard", "terminal", "serve", "--port", "0")
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    with subprocess.Popen(
        [*command, "--config", str(desk.configuration)],
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment,
    ) as running:
        assert running.stderr is not None
        first = running.stderr.readline()
        assert first.startswith("监听 listening on 127.0.0.1:")
        port = first.strip().rpartition(":")[2]
        for _ in range(3):
            done = invoke("call", "iReadCardBas", 1, "--port", port)
            assert f"姓名 name: {NAME}" in done.stdout
        running.terminate()
        assert running.wait(10) == 0
        assert running.stderr.read() == ""
    assert desk.log.count("iReadCardBas: 0, ") == 3
    assert NAME not in desk.log


def test_test_keys_are_announced(new_desk: Callable[[int], Any]) -> None:
    desk = new_desk(3)
    desk.configured('[hsm]\nsm4 = "TEST"\n')
    done = invoke("call", "iReadCardBas", 1, "--config", desk.configuration)
    assert "TEST KEYS (HSM)" in done.stderr


def test_building_needs_a_compiler(tmp_path: Path) -> None:
    done = invoke("build-library", "--output", tmp_path, "--compiler", "nobody-cc")
    assert isinstance(done.exception, BuildError)
    assert not list(tmp_path.glob("*.so"))


def test_sources_of_the_dll(tmp_path: Path) -> None:
    done = invoke("build-dll", "--output", tmp_path, "--sources")
    assert {Path(line).name for line in done.stdout.split()} == {
        each.name for each in tmp_path.iterdir()
    }


def test_every_function_with_an_output_has_words() -> None:
    nothing = {"iWriteCard", "iWriteCard_HSM_Step2", "iVerifyPIN", "iChangePIN", "iReloadPIN"}
    nothing |= {"iUnblockPIN", "iReloadPIN_HSM_Step3", "iUnblockPIN_HSM_Step3"}
    nothing |= {"iWriteCA", "iWriteCaStep2", "PKI_VerifySign"}
    lists = {"iReadCard", "iReadCard_HSM_Step2", "iReadDebitRecord"}
    assert set(FIELDS) | nothing | lists == set(FUNCTIONS)
    assert not set(FIELDS) & (nothing | lists)


def test_records_and_tries() -> None:
    log = "0001^639900000001^20261122101500^12.00^10.00^|0002^639900000001^20261122^1.00^0.00^|"
    found = list(fields("iReadDebitRecord", 0, log))
    assert [value for _, value in found][:5] == log.split("|")[0].split("^")[:5]
    assert len(found) == 10
    assert list(fields("iVerifyPIN", -51, "5|")) == [(("剩余次数", "tries left"), "5")]
    assert list(fields("iReadCardBas", -2, "")) == []

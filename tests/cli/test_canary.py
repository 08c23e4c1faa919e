"""Nothing secret and nothing personal leaves a run by a side door: log, output, ledger, report."""

from __future__ import annotations

import logging
import re
import tomllib
from pathlib import Path

import pytest

import sscard.keys.stores as stores
from sscard.cli.run import Options, issue_all

#: Invented, and unlike anything else in the files of a run.
NAME, ID, PHONE, ADDRESS = "欧阳犇犇", "110101199003070038", "13912345678", "金丝雀路八十八号"
LIST = (
    "银行,姓名,性别,身份证号,联系电话,工作证号,户口所在地地址\n"
    f"测试银行,{NAME},男,{ID},{PHONE},E1,{ADDRESS}\n"
    f"测试银行,{NAME},女,{ID},{PHONE},E1,{ADDRESS}\n"
)
INITIAL_PIN = "123456"


@pytest.fixture
def run(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> dict[str, bytes]:
    """Everything that a run leaves where others may look, by place."""
    people = tmp_path / "people.csv"
    people.write_text(LIST, encoding="utf-8")
    out = tmp_path / "out"
    with caplog.at_level(logging.DEBUG):
        assert issue_all(Options(people, out, "gen2", None, "B1", (None, None, None), False, False))
    printed = capfd.readouterr()
    places = {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}
    return {
        "stdout": printed.out.encode(),
        "stderr": printed.err.encode(),
        "log": caplog.text.encode(),
        "file names": " ".join(str(path) for path in out.rglob("*")).encode(),
        **places,
    }


def secrets() -> dict[str, bytes]:
    """Every key of the TEST stores."""
    folder = Path(stores.__file__).parent
    text = "".join(path.read_text("utf-8") for path in folder.glob("test-*.toml"))
    found = set(re.findall(r'"([0-9A-Fa-f]{32,64})"', text))
    assert len(found) > 100
    assert tomllib.loads((folder / "test-bank.toml").read_text("utf-8"))
    return {value[:6]: bytes.fromhex(value) for value in found}


def test_personal_data_is_only_in_the_lists_made_for_it(run: dict[str, bytes]) -> None:
    lists = {"issued.csv", "rejects.csv"}
    assert {"ledger.sqlite", "report.html"} <= set(run)
    assert NAME.encode() in run["issued.csv"], "the canary does not sing where it should"
    for place, content in run.items():
        for canary in (NAME, ID, PHONE, ADDRESS):
            if place not in lists:
                assert canary.encode() not in content, place
                assert canary.encode("gbk") not in content, place
        if place in lists:
            assert PHONE.encode() not in content
            assert ADDRESS.encode() not in content


def test_no_key_and_no_pin_is_anywhere(run: dict[str, bytes]) -> None:
    for place, content in run.items():
        for value in secrets().values():
            assert value not in content, place
            assert value.hex().encode() not in content.lower(), place
        assert not re.search(rb"(?<![0-9A-F])" + INITIAL_PIN.encode() + rb"(?![0-9A-F])", content)

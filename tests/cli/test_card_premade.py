"""``sscard card premade``, and what the documentation does with its blanks."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from simulator import VirtualCard
from sscard.cli import app, main
from sscard.issuance.premade_stock import read_stock

PAGE = Path(__file__).parents[2] / "docs" / "instant-issue.md"


def premade(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["card", "premade", *arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.parametrize("profile", ["gen2", "gen3"])
def test_the_blanks_are_listed(tmp_path: Path, profile: str) -> None:
    out = tmp_path / "stock"
    said = premade(
        "--profile", profile, "--count", "2", "--first", "9", "--out", str(out), "--json"
    )
    shown = json.loads(said)
    assert shown["images"] == ["00000009.card", "0000000A.card"]
    items = read_stock(out / shown["list"]).items.values()
    assert [each.image for each in items] == shown["images"]
    for each in items:
        assert each.bank_number not in said
        card = VirtualCard.load(out / each.image)
        assert card.power_on().endswith(each.historical)


def test_a_list_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    premade("--profile", "gen2", "--out", str(tmp_path))
    before = (tmp_path / "premade.csv").read_bytes()
    monkeypatch.setattr("sys.argv", ["sscard", "card", "premade", "--out", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "premade.csv: 文件已存在 is there already" in capsys.readouterr().err
    assert (tmp_path / "premade.csv").read_bytes() == before
    assert sorted(each.name for each in tmp_path.iterdir()) == ["00000001.card", "premade.csv"]


def test_the_example_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = PAGE.read_text(encoding="utf-8")
    command = re.search(r"```sh\nsscard card premade (.*)\n```", text)
    example = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert command
    assert example
    monkeypatch.chdir(tmp_path)
    premade(*command[1].split())
    exec(example[1], {})

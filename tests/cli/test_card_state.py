"""``sscard card diff``, ``export`` and ``import``: what people and programs see, and what not."""

from __future__ import annotations

import json
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner, Result

from sscard.cli import app, main

if TYPE_CHECKING:
    from tests.conftest import Terminal


@pytest.fixture
def images(clone: Callable[..., Terminal], tmp_path: Path) -> tuple[Path, Path]:
    """A card before and after a wrong PIN."""
    before, after = tmp_path / "before.card", tmp_path / "after.card"
    terminal = clone()
    terminal.card.save(before)
    terminal.select()
    terminal.verify("654321")
    terminal.card.save(after)
    return before, after


def card(*arguments: object) -> Result:
    words = ["card", *map(str, arguments)]
    return CliRunner().invoke(app, words, catch_exceptions=False)


def refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: object
) -> str:
    """The one message of a command that ends with 2."""
    monkeypatch.setattr(sys, "argv", ["sscard", "card", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    return capsys.readouterr().err


def test_people_see_what_differs(images: tuple[Path, Path]) -> None:
    result = card("diff", *images)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "before.card → after.card",
        "~ ssse DDF1 kid 00 key pin, version 1  不同 changed",
        "    tries left: 6 of 6 → 5 of 6",
    ]


def test_programs_see_what_differs(images: tuple[Path, Path]) -> None:
    result = card("diff", *images, "--json")
    found = json.loads(result.stdout)
    assert (result.exit_code, found["first"], found["equal"]) == (1, "before.card", False)
    (only,) = found["differences"]
    assert only["kind"] == "key"
    assert only["facts"] == {"tries left": {"first": "6 of 6", "second": "5 of 6"}}


def test_a_card_does_not_differ_from_itself(images: tuple[Path, Path]) -> None:
    result = card("diff", images[0], images[0])
    assert result.exit_code == 0
    assert "没有差别 no difference" in result.stdout
    assert json.loads(card("diff", images[0], images[0], "--json").stdout)["equal"] is True


def test_a_masked_export_has_names_and_facts_and_nothing_else(images: tuple[Path, Path]) -> None:
    found: Any = json.loads(card("export", images[1], "--json").stdout)
    assert found["masked"] is True
    assert {region["content"] for region in found["regions"]} == {None}
    pins = [region for region in found["regions"] if region["detail"].startswith("pin")]
    assert [pin["facts"] for pin in pins] == [{"tries left": "5 of 6"}]
    table = card("export", images[1]).stdout
    assert "tries left 5 of 6" in table
    assert len(table.splitlines()) > len(found["regions"])


def test_an_export_with_reveal_comes_back_byte_for_byte(
    images: tuple[Path, Path], tmp_path: Path
) -> None:
    whole, again = tmp_path / "whole.json", tmp_path / "again.card"
    result = card("export", images[1], "--reveal", "--out", whole)
    assert (result.exit_code, result.stdout) == (0, "")
    assert stat.S_IMODE(whole.stat().st_mode) == 0o600
    assert card("import", whole, "--out", again).exit_code == 0
    assert again.read_bytes() == images[1].read_bytes()
    assert stat.S_IMODE(again.stat().st_mode) == 0o600


def test_what_is_refused(
    images: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    masked = tmp_path / "masked.json"
    card("export", images[0], "--out", masked)
    new = tmp_path / "new.card"
    asked = refused(monkeypatch, capsys, "import", masked, "--out", new)
    assert "masked.json: this export is masked" in asked
    assert not new.exists()
    whole = tmp_path / "whole.json"
    card("export", images[0], "--reveal", "--out", whole)
    asked = refused(monkeypatch, capsys, "import", whole, "--out", images[1])
    assert "is there already; nothing was written" in asked
    assert "--out" in refused(monkeypatch, capsys, "export", images[0], "--reveal")
    images[0].write_bytes(images[0].read_bytes()[:-3])
    asked = refused(monkeypatch, capsys, "diff", *images)
    assert "damaged: its body has" in asked
    assert "before.card" in asked

"""The example of docs/driver.md is run, and prints what stands there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sscard.pytest_plugin.cards import Wanted

if TYPE_CHECKING:
    from sscard.pytest_plugin.cards import Cards

PAGE = Path(__file__).parents[2] / "docs" / "driver.md"


def test_the_example(
    cards: Cards,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = PAGE.read_text(encoding="utf-8")
    program = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    printed = re.search(r"prints\n\n```text\n(.*?)```", text, re.DOTALL)
    assert program
    assert printed
    wanted = Wanted.of("gen3", holder={"id_number": "110101199003070038", "name": "张三"})
    cards.user_card(wanted, ()).save(tmp_path / "X00000019.card")
    cards.psam(wanted).save(tmp_path / "till.card")
    monkeypatch.chdir(tmp_path)
    exec(program[1], {})
    assert capsys.readouterr().out == printed[1]

"""``sscard personalize`` with a profile whose chips come without financial applications."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any


def test_the_command_makes_them(
    sscard: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path, examples: Path
) -> None:
    """A profile that names such a chip, and nothing else about it."""
    (tmp_path / "ours.toml").write_text(
        'extends = "gen2"\nname = "ours"\ntitle_zh = "本市"\ntitle_en = "ours"\n'
        'chip = "gen2-32k-gp"\n',
        "utf-8",
    )
    lines = (examples / "applicants.csv").read_text("utf-8-sig").splitlines()
    (tmp_path / "two.csv").write_text("\n".join((*lines[:3], "")), "utf-8")
    done = sscard(
        *("personalize", tmp_path / "two.csv", "--profile", tmp_path / "ours.toml"),
        *("--out", tmp_path / "out", "--json"),
    )
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    assert [card["outcome"] for card in report["cards"]] == ["issued", "issued"]

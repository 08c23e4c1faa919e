"""``sscard personalize --profile gen3+sichuan+demo-bank`` as a user runs it, over a few rows."""

from __future__ import annotations

import csv
import json
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator import VirtualCard

Sscard = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def applicants(tmp_path_factory: pytest.TempPathFactory, examples: Path) -> Path:
    """Three sound rows, and one whose name has a character outside GBK, with local columns."""
    lines = (examples / "applicants.csv").read_text("utf-8-sig").splitlines()
    path = tmp_path_factory.mktemp("lists") / "few.csv"
    rows = [lines[1], lines[2], lines[3], lines[124]]
    text = [f"{lines[0]},人员识别号,初次申领地", *(f"{row},510100000001,510100" for row in rows)]
    path.write_text("\n".join((*text, "")), encoding="utf-8")
    return path


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def report(
    sscard: Sscard, applicants: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    out = tmp_path_factory.mktemp("run") / "issued"
    spec = "gen3+sichuan+demo-bank"
    done = sscard("personalize", applicants, "--profile", spec, "--out", out, "--json")
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def test_every_eligible_person_has_an_audited_card(report: dict[str, Any]) -> None:
    assert (report["profile"], report["complete"]) == ("gen3+sichuan+demo-bank", True)
    assert Counter(card["outcome"] for card in report["cards"]) == {"issued": 3, "rejected": 1}
    assert [policy["en"] for policy in report["policies"]] == [
        "an unchanged initial PIN means that the PIN is not used",
        "names with a character outside GBK are returned",
        "card numbers made here begin with A",
    ]


def test_the_cards_are_the_regions_and_the_banks(report: dict[str, Any]) -> None:
    out = Path(report["folder"])
    issued = table(out / "issued.csv")
    assert all(line["bank_number"].startswith("622801") for line in issued)
    for line in issued:
        card = VirtualCard.load(out / "cards" / f"{line['card_number']}.card")
        assert card.power_on().hex().upper() == line["atr"]
        assert line["atr"].startswith("3B6D00000081")
    page = (out / "report.html").read_text("utf-8")
    assert "Policies of the region" in page
    assert "自编测试卡号以A开头" in page
    (returned,) = table(out / "rejects.csv")
    assert returned["code"] == "NAME_ENCODING"


def test_local_files_are_on_the_card_and_shown(sscard: Sscard, report: dict[str, Any]) -> None:
    number = next(card["card_number"] for card in report["cards"] if card["card_number"])
    path = Path(report["folder"]) / "cards" / f"{number}.card"
    done = sscard("card", "show", path, "--profile", "gen3+sichuan+demo-bank")
    assert done.returncode == 0, done.stderr
    assert "EF0D" in done.stdout
    wrong = sscard("card", "show", path, "--profile", "gen3+sichuam")
    assert wrong.returncode != 0
    assert "did you mean sichuan?" in " ".join(wrong.stderr.split())

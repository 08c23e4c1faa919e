"""The main job with a card in a PC/SC reader: both stations and the audit, T=0 and T=1."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

LIST = Path(__file__).parents[2] / "examples" / "applicants.csv"


def issued(out: Path) -> list[dict[str, str]]:
    with (out / "issued.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("protocol", ["t0", "t1"])
def test_a_blank_card_becomes_an_audited_one(pcscd: Any, tmp_path: Path, protocol: str) -> None:
    out = tmp_path / "issued"
    place = ("--reader", "0", "--profile", "gen3")
    job = ("personalize", LIST, *place, "--count", 1, "--wait", "0.2", "--json", "--out", out)
    show = ("card", "show", *place)
    with pcscd.simulated("--blank", "gen3", "--protocol", protocol):
        done, again, seen, shown = pcscd.each(job, job, ("reader", "list", "--json"), show)
    assert done.code == 0, done.err
    made = json.loads(done.out)
    assert made["counts"]["issued_now"] == made["counts"]["eligible"] == 1
    (line,) = issued(out)
    answer = json.loads(seen.out)[0]["atr"]
    assert line["atr"][8:] in answer
    kept = (out / "cards" / f"{line['card_number']}.card").read_text("utf-8")
    assert kept == f'# sscard: a card that was made in a reader\natr = "{answer}"\n'

    assert again.code == 2, "the card in the reader is no blank one, and nobody changes it"
    assert "请放入 put in: 批次TEST-GEN3的空白卡" in again.err
    assert "waited for: 批次TEST-GEN3的空白卡 a blank card of lot TEST-GEN3" in again.err
    assert json.loads(again.out)["counts"]["spoiled_total"] == 0, "no number was taken"

    assert line["card_number"] in shown.out
    assert line["name"] in shown.out
    assert "PIN 未出示 not shown" in shown.out

"""The card's certificates on the page of a validation, masked or not, right ones and wrong ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner

from sscard.apdu import pki
from sscard.cli.validate import validate
from sscard.conformance.report.certificates import panels, short
from sscard.perso.certificates.reading import read_pairs
from sscard.perso.plan import run
from tests.certified_card import (
    CARD_NUMBER,
    HOLDER,
    application,
    blank_card,
    certified_card,
)
from tests.html_page import Page

if TYPE_CHECKING:
    from tests.conformance.validation.conftest import Bench


@pytest.fixture
def told(bench: Callable[..., Bench], tmp_path: Path) -> Callable[..., Page]:
    """The page of a finished card with certificates."""
    made = bench("gen3")
    image, record, page = (tmp_path / each for each in ("a.card", "a.json", "a.html"))
    made.card.create(image)
    record.write_text(json.dumps(made.record), encoding="utf-8")
    alone = typer.Typer()
    alone.command()(validate)

    def validated(*more: str) -> Page:
        words = [str(image), "--profile", "gen3", "--data", str(record), "--html", str(page)]
        CliRunner().invoke(alone, [*words, *more], catch_exceptions=False)
        return Page(page.read_text("utf-8"))

    return validated


def test_the_page_has_both_certificates_and_their_holder_masked(told: Callable[..., Page]) -> None:
    text = told().text
    assert "数字证书 certificates on the card" in text
    assert "签名证书 signature certificate ✓ 与公钥文件 0012 一致 of the key in file 0012" in text
    assert "加密证书 encryption certificate ✓ 与公钥文件 0014 一致 of the key in file 0014" in text
    assert "主体名称 subject's name ●●●" in text
    assert HOLDER not in text
    assert CARD_NUMBER not in text
    assert HOLDER in told("--reveal").text


def test_a_card_without_certificates_says_so() -> None:
    blank, without = blank_card(), panels(())
    blank.power_on()
    pairs = run(read_pairs(application()), blank)
    assert [each.mark.words.zh for each in panels(pairs)] == ["空", "空"]
    assert [str(each.value) for each in short(pairs)] == ["– 空 empty", "– 空 empty"]
    assert (without, short(())) == ((), ())


def test_what_is_wrong_is_seen() -> None:
    """Of another key; not readable; a key that waits for its certificate."""
    card = certified_card().card
    card.reset()
    memory = card.card.certificates._standing.memory  # type: ignore[attr-defined]
    memory.files[pki.SIGNATURE_PUBLIC].write(2, memory.files[pki.ENCRYPTION_PUBLIC].content[2:])
    memory.files[pki.ENCRYPTION_CERTIFICATE].write(40, b"\xff" * 40)
    memory.nvm.commit()
    first, second = panels(run(read_pairs(application()), card))
    assert (first.mark.kind, first.mark.words.zh) == ("bad", "与公钥文件 0012 不一致")
    assert (second.mark.words.zh, second.facts) == ("无法解析", ())
    memory.files[pki.SIGNATURE_CERTIFICATE].write(0, bytes(1020))
    memory.nvm.commit()
    first, _ = panels(run(read_pairs(application()), card))
    assert first.mark.words.zh == "有密钥，尚无证书"


def test_residue_of_an_older_certificate_is_said() -> None:
    card = certified_card().card
    card.reset()
    memory = card.card.certificates._standing.memory  # type: ignore[attr-defined]
    memory.files[pki.ENCRYPTION_CERTIFICATE].write(1019, b"\x01")
    memory.nvm.commit()
    first, second = panels(run(read_pairs(application()), card))
    assert (first.mark.kind, second.mark.kind) == ("good", "good")
    said = [sum("旧证书残留" in each.value for each in panel.facts) for panel in (first, second)]
    assert said == [0, 1]


def test_a_line_has_nothing_of_the_holder() -> None:
    card = certified_card().card
    card.reset()
    (first, second) = short(run(read_pairs(application()), card))
    assert first.value.startswith("✓ 与公钥文件 0012 一致; 10")
    assert first.value.endswith("; 2026-01-31 – 2036-01-31")
    assert second.value.startswith("✓ 与公钥文件 0014 一致; 20")
    assert HOLDER not in first.value + second.value
    assert CARD_NUMBER not in first.value + second.value

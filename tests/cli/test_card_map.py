"""``sscard card map``: what people and programs see, and what nobody sees."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from rich.cells import cell_len
from rich.console import Console
from typer.testing import CliRunner, Result

from simulator import MemoryMap, VirtualCard
from sscard.cli import app, card_map, main
from sscard.dialects.chip import PAGE

if TYPE_CHECKING:
    from tests.conftest import Terminal


@pytest.fixture
def image(clone: Callable[..., Terminal], tmp_path: Path) -> Path:
    """A card that has left the social-security station and has been used."""
    path, terminal = tmp_path / "X00000019.card", clone()
    terminal.select()
    for _ in range(5):
        terminal.verify()
    terminal.card.save(path)
    return path


def show(*arguments: object) -> Result:
    words = ["card", "map", *map(str, arguments)]
    return CliRunner().invoke(app, words, catch_exceptions=False)


def printed(found: MemoryMap, width: int) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=width).print(card_map.picture(found, "X00000019.card"))
    return out.getvalue().splitlines()


def after(lines: list[str], word: str) -> list[str]:
    """The lines that follow the last one with this word in it."""
    at = max(at for at, line in enumerate(lines) if word in line)
    return lines[at + 1 :]


def test_people_see_parts_regions_and_wear(image: Path) -> None:
    result = show(image)
    lines = [line.rstrip() for line in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert lines[0] == "X00000019.card  gen2-32k  32,768 字节 bytes, 每页 page 64"
    text = "\n".join(lines)
    for pattern in (
        r"00740 +256 +256 +0  系统 system",
        r"00A40 +20,480 +[\d,]+ +[\d,]+  社保应用 ssse",
        r"00A42 +21 +6 +15    DDF1  目录 directory  sx1\.sh\.社会保障",
        r"010A0 +4,112 +16 +4,096      EF08  文件 file  transparent",
        r"kid 8A  密钥 key  external, version 3",
        r"\d +空闲 free",
        r"A000000333010101  应用 application",
    ):
        assert re.search(pattern, text), pattern
    assert re.search(r"最少 min 0   中位 median 0   最多 max \d\d", text)


def test_the_picture_has_one_character_for_each_page(image: Path) -> None:
    found, lines = VirtualCard.load(image).memory_map(), show(image).stdout.splitlines()
    rows = re.findall(r"^  ([0-9A-F]{5})  ([·▁▂▃▄▅▆▇█]+) *$", "\n".join(lines), re.MULTILINE)
    shown = "".join(bars for _, bars in rows)
    assert len(shown) == len(found.wear)
    assert {int(start, 16) % PAGE for start, _ in rows} == {0}
    assert [bar != "·" for bar in shown] == [count > 0 for count in found.wear]
    assert shown.index(max(shown, key="·▁▂▃▄▅▆▇█".index)) == found.wear.index(max(found.wear))


@pytest.mark.parametrize(
    ("highest", "legend"),
    [
        (0, "· 0"),
        (1, "· 0   ▁ 1"),
        (200, "· 0   ▁ 1   ▂ 2–3   ▃ 4–7   ▄ 8–15   ▅ 16–31   ▆ 32–63   ▇ 64–127   █ 128–255"),
        (256, "· 0   ▁ 1–2   ▂ 3–8   ▃ 9–26   ▄ 27–80   ▅ 81–242   ▆ 243–728"),
    ],
)
def test_the_legend_says_how_often(highest: int, legend: str) -> None:
    lines = [line.rstrip() for line in printed(worn(highest), 160)]
    assert (
        lines.index(legend) == lines.index(f"最少 min 0   中位 median 0   最多 max {highest}") - 1
    )


def test_a_page_at_the_end_of_its_life_has_the_highest_bar() -> None:
    lines = printed(worn(1_000_000), 160)
    (legend,) = [line for line in lines if line.startswith("· 0")]
    assert legend.rstrip().endswith("█ 279,936–1,679,615")
    assert "  00000  █··" in "\n".join(lines)


def worn(highest: int) -> MemoryMap:
    """A map of one region whose first page is worn."""
    region = VirtualCard.blank().memory_map().regions[0]
    whole = replace(region, at=0, size=30 * PAGE)
    return MemoryMap("chip", (whole,), (highest, *[0] * 29))


@pytest.mark.parametrize("width", [80, 120])
def test_it_fits_the_terminal(image: Path, width: int) -> None:
    lines = printed(VirtualCard.load(image).memory_map(), width)
    assert max(cell_len(line) for line in lines) <= width
    columns = {line.index("key  ") for line in lines if re.search(r"kid \w\w  密钥 key  ", line)}
    assert len(columns) == 1
    assert len([line for line in lines if "EF08  文件 file  cyclic, 30 records" in line]) == 1


def test_the_most_worn_pages_are_named(image: Path) -> None:
    worn = after(show(image).stdout.splitlines(), "most worn pages")
    assert len(worn) == 5
    counts = [int(line.split()[1].replace(",", "")) for line in worn]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] == max(VirtualCard.load(image).memory_map().wear)
    assert worn[0].split()[2:] == ["journal:", "journal", "index"]
    assert any("key DDF1 kid" in line for line in worn), "the page with the PIN's tries"


def test_a_later_application_data_names_its_owner(image: Path) -> None:
    card = VirtualCard.load(image)
    card.power_on()
    pse = card.card.banking._instances[b"1PAY.SYS.DDF01"]
    pse.store(0x9102, bytes(9))
    card.card.nvm.commit()
    (line,) = [line for line in printed(card.memory_map(), 120) if "DGI 9102" in line]
    assert line.split()[-1] == "1PAY.SYS.DDF01", "it lies behind the other application"


def test_programs_get_everything_as_json(image: Path) -> None:
    found, card = json.loads(show(image, "--json").stdout), VirtualCard.load(image).memory_map()
    assert (found["image"], found["chip"], found["page"]) == ("X00000019.card", "gen2-32k", 64)
    assert found["wear"] == list(card.wear)
    assert sum(part["size"] for part in found["parts"]) == 32768
    assert all(part["size"] == part["used"] + part["free"] for part in found["parts"])
    places = [(each["offset"], each["size"]) for each in found["regions"]]
    assert [at + size for at, size in places][:-1] == [at for at, _ in places][1:]
    assert {
        "part": "ssse",
        "kind": "file",
        "owner": "DDF1",
        "identifier": "EF08",
        "detail": "transparent",
        "offset": 0x10A0,
        "size": 4112,
        "header": 16,
        "content": 4096,
    } in found["regions"]


def test_no_key_no_pin_and_nothing_personal(image: Path, order: Any) -> None:
    image = image.rename(image.with_name("a.card"))
    for out in (show(image).stdout, show(image, "--json").stdout):
        secrets = [key.reveal() for key in order.keys.values()] + [order.exchange.reveal()]
        assert not [each for each in secrets if each[:4].hex().upper() in out.upper()]
        values = [value for value in order.values.values() if isinstance(value, str)]
        assert order.name not in out
        assert not [value for value in values if len(value) > 5 and value in out]
        assert "123456" not in out


def test_the_image_is_never_written(image: Path) -> None:
    before, inode = image.read_bytes(), image.stat().st_ino
    show(image)
    show(image, "--json")
    assert (image.read_bytes(), image.stat().st_ino) == (before, inode)
    assert list(image.parent.iterdir()) == [image]


@pytest.mark.parametrize(
    ("path", "message"),
    [("no.card", "no.card: cannot be read"), (__file__, "this is not a card image")],
)
def test_what_cannot_be_used_ends_with_one_message_and_2(
    path: str,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["sscard", "card", "map", path])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert "Traceback" not in err


def test_the_help_teaches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    text = " ".join(show("--help").stdout.split())
    assert "sscard card map issued/cards/" in text
    assert "never written" in text
    assert "No key, no PIN" in text

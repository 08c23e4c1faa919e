"""``sscard photo``, and photos on cards as a user makes them."""

from __future__ import annotations

import csv
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest
from typer.testing import CliRunner

from simulator import VirtualCard
from sscard.cli import photo_results
from sscard.cli.photo import app
from sscard.cli.run import Folders, Options, issue_all
from sscard.issuance.photo import PhotoRules, make_card_photo, without_fill
from sscard.issuance.photo.jpeg import parse_jpeg
from sscard.issuance.stations import SocialStation
from sscard.keys.stores import load_exchange, load_social_security
from sscard.perso.findings import Finding
from sscard.perso.order import CardNumbers
from sscard.profiles import load_profile
from sscard.profiles.chips import load_chip

ID = "11010519491231002X"

Sscard = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def made() -> Iterator[ModuleType]:
    here = str(Path(__file__).parents[1] / "issuance" / "photo")
    sys.path.insert(0, here)
    yield importlib.import_module("make_photos")
    sys.path.remove(here)


@pytest.fixture
def files(
    made: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Path]:
    """Photos by their short names, which do not break the lines of a table."""
    monkeypatch.chdir(tmp_path)

    def write(name: str) -> Path:
        path = Path(f"{name.replace(' ', '-')}.jpg")
        path.write_bytes(made.PHOTOS[name]())
        return path

    return write


def run(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(each) for each in arguments], env={"COLUMNS": "160"})
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout


def test_pixels_do_not_stay_in_memory(files: Callable[[str], Path]) -> None:
    for name in ("good", "too much grain for the card"):
        judged = photo_results.judged(files(name), PhotoRules(), None)
        assert judged.found.background is not None, "it was decoded"
        assert judged.found.image is None


def test_a_good_photo(files: Callable[[str], Path]) -> None:
    code, shown = run("check", files("good"))
    assert code == 0
    assert "合格 good: 308×379 px, 301 DPI, 质量 quality 16" in shown


def test_a_name_does_not_steer_the_terminal(files: Callable[[str], Path]) -> None:
    good = files("good")
    code, shown = run("check", good.rename(good.with_name("\x1b[31m照片.jpg")))
    assert code == 0
    assert "\x1b[31m" not in shown
    assert "\\x1b[31m照片.jpg" in "".join(shown.split())


def test_photos_for_programs(files: Callable[[str], Path]) -> None:
    code, shown = run("check", files("good"), files("300 DPI"), files("PNG"), "--json")
    assert code == 1
    good, dpi, png = json.loads(shown)
    assert (good["accepted"], good["problems"]) == (True, [])
    assert (good["width"], good["height"], good["dpi"]) == (358, 441, [350, 350])
    assert good["quality"] == {"quality": 70, "standard": True}
    assert good["card"]["bytes"] <= 4096
    assert (dpi["accepted"], dpi["card"]) == (False, None)
    assert dpi["problems"] == [
        {
            "code": "PHOTO_QUALITY",
            "fault": "DPI",
            "found": "300×300",
            "wanted": "350",
            "zh": "分辨率不符:实际 300×300，应为 350",
            "en": "DPI: found 300×300, wanted 350",
        }
    ]
    assert png["width"] is png["quality"] is png["background"] is None


def test_the_cards_file(files: Callable[[str], Path], tmp_path: Path, made: ModuleType) -> None:
    out = tmp_path / "card.jpg"
    code, shown = run("make", files("good"), "--out", out, "--json")
    assert code == 0
    assert out.read_bytes() == make_card_photo(made.good(), PhotoRules()).data
    (document,) = json.loads(shown)
    assert document["card"] == {
        "bytes": out.stat().st_size,
        "width": 308,
        "height": 379,
        "dpi": 301,
        "quality": 16,
    }


def test_nothing_is_written_of_a_photo_that_goes_back(
    files: Callable[[str], Path], tmp_path: Path
) -> None:
    out = tmp_path / "card.jpg"
    code, shown = run("make", files("blue background"), "--out", out)
    assert code == 1
    assert "背景不是白色" in shown
    assert not out.exists()


def test_the_photo_is_not_overwritten(files: Callable[[str], Path], made: ModuleType) -> None:
    photo = files("good")
    code, _ = run("make", photo, "--out", photo)
    assert code == 2
    assert photo.read_bytes() == made.good()


def test_figures_of_the_office(files: Callable[[str], Path], tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text("dpi = 300\nmin_card_quality = 30\n", encoding="utf-8")
    code, shown = run("check", files("300 DPI"), "--photo-rules", rules)
    assert code == 1
    assert "found 16 (4,096 bytes), wanted ≥ 30" in shown


def test_landmarks(files: Callable[[str], Path], tmp_path: Path) -> None:
    face = tmp_path / "face.json"
    places = {"left_eye": [140, 210], "right_eye": [218, 210], "left_cheek": 75, "right_cheek": 283}
    face.write_text(json.dumps({"hair_top": 30, **places}), encoding="utf-8")
    code, shown = run("check", files("good"), "--landmarks", face)
    assert code == 1
    assert "top of the hair from the upper edge: found 30 px, wanted 7–21 px" in shown
    assert run("check", files("good"), files("PNG"), "--landmarks", face)[0] == 2
    face.write_text(json.dumps({"hair_top": 14, **places}), encoding="utf-8")
    assert run("check", files("good"), "--landmarks", face)[0] == 0


@pytest.mark.parametrize("text", ["", "[]", "{}", "[" * 100_000, "\x00"])
def test_a_file_of_no_landmarks(tmp_path: Path, text: str) -> None:
    face = tmp_path / "face.json"
    face.write_text(text, encoding="utf-8")
    with pytest.raises(photo_results.ApplicantError):
        photo_results.landmarks_of(face)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"nothing\.jpg"):
        photo_results.judged(tmp_path / "nothing.jpg", PhotoRules(), None)


def test_help_loads_no_pictures(environment: dict[str, str]) -> None:
    code = "import sys, sscard.cli.photo, sscard.issuance.photo; sys.exit('PIL' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], env=environment, check=False)
    assert done.returncode == 0


# On cards


@pytest.fixture
def people(examples: Path, tmp_path: Path, made: ModuleType) -> tuple[Path, Path]:
    """Four rows of the examples: photo by ID number, by member number, a bad one, none."""
    with (examples / "applicants.csv").open(encoding="utf-8-sig", newline="") as file:
        header, *rows = list(csv.reader(file))[:5]
    path, folder = tmp_path / "people.csv", tmp_path / "photos"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    folder.mkdir()
    (folder / f"{rows[0][3]}.jpg").write_bytes(made.good(1))
    (folder / f"{rows[1][5]}.jpeg").write_bytes(made.good(2))
    (folder / f"{rows[2][3]}.jpg").write_bytes(made.PHOTOS["CMYK"]())
    (folder / f"{rows[0][3]}.bin").write_bytes(b"\1\2\3")
    return path, folder


def test_check_says_whose_photo_goes_back(sscard: Sscard, people: tuple[Path, Path]) -> None:
    path, folder = people
    done = sscard("check", path, "--photos", folder, "--json")
    assert done.returncode == 1
    found = [
        (each["row"], each["code"], each["detail"]["code"])
        for each in json.loads(done.stdout)["reasons"]
    ]
    assert found == [
        (4, "PHOTO_QUALITY", "FILE_SIZE"),
        (4, "PHOTO_QUALITY", "COLOUR_MODE"),
        (5, "PHOTO_MISSING", "NO_FILE"),
    ]
    shown = sscard("check", path, "--photos", folder)
    assert "照片质量不合格:色彩模式不符:实际 CMYK" in shown.stdout
    assert sscard("check", path).returncode == 0, "photos are asked for only with --photos"


def test_photos_are_on_audited_cards(
    people: tuple[Path, Path], tmp_path: Path, made: ModuleType, capfd: pytest.CaptureFixture[str]
) -> None:
    path, folder = people
    out, stores = tmp_path / "out", (None, None, None)
    options = Options(
        path, out, "gen2", None, "B1", stores, False, False, True, folders=Folders(folder, folder)
    )
    assert issue_all(options)
    with (out / "issued.csv").open(encoding="utf-8-sig", newline="") as file:
        issued = list(csv.DictReader(file))
    assert len(issued) == 2
    for line, seed in zip(issued, (1, 2), strict=True):
        card = VirtualCard.load(out / "cards" / f"{line['card_number']}.card")
        memory = bytes(card.card.nvm.cells)
        photo = make_card_photo(made.good(seed), PhotoRules())
        start = memory.index(photo.data[:64])
        content = memory[start : start + 4096]
        assert without_fill(content) == photo.data
        assert content == photo.data.ljust(4096, b"\0")
        assert parse_jpeg(content).frame.width == 308
    assert b"\1\2\3" + bytes(765) in bytes(
        VirtualCard.load(out / "cards" / f"{issued[0]['card_number']}.card").card.nvm.cells
    )
    told = capfd.readouterr()
    files = [each for each in out.rglob("*") if each.is_file() and each.parent.name != "cards"]
    public = [each for each in files if each.name not in ("issued.csv", "rejects.csv")]
    assert public
    for stem in (each.stem for each in folder.iterdir()):
        assert stem not in told.out + told.err
        assert not [each for each in public if stem.encode() in each.read_bytes()]


def test_the_audit_reads_the_photo_back(made: ModuleType) -> None:
    profile = load_profile("gen2")
    chip, store = load_chip(profile.chip), load_social_security()
    station = SocialStation(profile, store, load_exchange(), chip.lot, os.urandom)
    photo = make_card_photo(made.good(), PhotoRules()).data
    numbers = CardNumbers("T00000001", bytes(4), station.city, date(2026, 1, 1))
    order = station.prepare({"id_number": ID, "name": "王〇", "photo": photo}, numbers)
    card = VirtualCard.blank(chip, lot=store.lot(chip.lot))
    station.run(order, card)
    assert agrees(station.audit(order, card))
    at = bytes(card.card.nvm.cells).index(photo[-64:]) + 63
    card.card.nvm.write(at, bytes((photo[-1] ^ 1,)))  # the last byte of the end marker
    card.card.nvm.commit()
    assert not agrees(station.audit(order, card))


def agrees(findings: Iterable[Finding]) -> bool:
    (found,) = (each for each in findings if each.subject == "SSSE/EF08")
    return found.agrees

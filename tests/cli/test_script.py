"""``sscard script``: a script is exported, checked and tried, and errors say where."""

from __future__ import annotations

import stat
import subprocess
from collections.abc import Callable
from importlib import resources
from itertools import islice
from pathlib import Path

import pytest

from simulator import VirtualCard
from sscard.perso.plan import POWER_UP, Plan, run

Sscard = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def exported(sscard: Sscard, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scripts") / "gen2.script"
    done = sscard("script", "export", "--profile", "gen2", "--out", path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "profile gen2, dialect reference, suite 3des" in done.stdout
    return path


@pytest.fixture(scope="module")
def three(examples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first people of the example list."""
    path = tmp_path_factory.mktemp("lists") / "three.csv"
    with (examples / "applicants.csv").open(encoding="utf-8-sig") as file:
        path.write_text("".join(islice(file, 4)), encoding="utf-8")
    return path


def test_a_script_is_for_every_card(exported: Path) -> None:
    lines = exported.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "script 1"
    assert "    if card has SSSE.EF08.b0" in lines
    assert any("data card.SSSE.EF06.r1 expect" in line for line in lines)


def test_it_makes_cards(exported: Path, three: Path, sscard: Sscard, tmp_path: Path) -> None:
    done = sscard("script", "run", exported, three, "--out", tmp_path / "cards")
    assert done.returncode == 0, done.stderr
    assert "cards written: 3   退回 returned: 0" in done.stdout
    assert "TEST KEYS (social security, exchange)" in done.stderr
    images = sorted((tmp_path / "cards").iterdir())
    assert len(images) == 3
    assert all(stat.S_IMODE(image.stat().st_mode) == 0o600 for image in images)

    def historical() -> Plan[bytes]:
        return (yield POWER_UP).require("power up")

    serials = {run(historical(), VirtualCard.load(image))[-4:] for image in images}
    assert serials == {bytes((0, 0, 0, n)) for n in (1, 2, 3)}


def test_records_that_go_back(exported: Path, three: Path, sscard: Sscard, tmp_path: Path) -> None:
    text = three.read_text(encoding="utf-8")
    wrong = tmp_path / "wrong.csv"
    wrong.write_text(text.replace("130128197609209975", "130128197609209974"), encoding="utf-8")
    done = sscard("script", "run", exported, wrong)
    assert done.returncode == 1, done.stderr
    assert "cards written: 2   退回 returned: 1" in done.stdout


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (" expect 9000", " expct 9000", "script line {at}, column 24: 'expect'"),
        (
            "CHALLENGE := ",
            "CHALENGE := ",
            "script line {behind}: nothing was assigned",
        ),
        ("suite 3des", "suite rot13", "script line 4: there is no cipher suite rot13"),
        ("dialect reference", "dialect starcos", "script line 3: there is no dialect starcos"),
        ("random(16)", "random(16)[0:17]", "script line {at}: a value of 16 bytes has no part"),
        ("send 00840000 le 8", "send 008400 le 8", "script line {at}: CLA INS P1 P2 are 4 bytes"),
        ("script 1", "script 9", "script line 1: "),
    ],
)
def test_check_says_what_is_wrong_and_where(
    exported: Path, sscard: Sscard, tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert sscard("script", "check", exported).returncode == 0
    text, wrong = exported.read_text(encoding="utf-8"), tmp_path / "wrong.script"
    at = text[: text.index(old)].count("\n") + 1
    wrong.write_text(text.replace(old, new, 1), encoding="utf-8")
    done = sscard("script", "check", wrong)
    assert done.returncode == 2
    assert message.format(at=at, behind=at + 1) in done.stderr
    assert "Traceback" not in done.stderr


def test_a_card_that_answers_otherwise_ends_the_run(
    exported: Path, three: Path, sscard: Sscard, tmp_path: Path
) -> None:
    text = exported.read_text(encoding="utf-8")
    wrong = tmp_path / "wrong.script"
    wrong.write_text(text.replace("authenticate(card.UK", "authenticate(card.RK", 1), "utf-8")
    line = next(at for at, each in enumerate(text.splitlines(), 1) if "(card.UKSSSE" in each)
    done = sscard("script", "run", wrong, three, "--out", tmp_path / "cards")
    assert done.returncode == 2
    assert f"script line {line}: " in done.stderr
    assert list((tmp_path / "cards").iterdir()) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("dialect reference", "dialect fmcos", "line 3: the script is for dialect fmcos, in use"),
        ("suite 3des", "suite sm4", "line 4: the script is for suite sm4, in use is 3des"),
        ("profile gen2", "profile gen9", "no profile 'gen9'"),
    ],
)
def test_a_script_for_something_else_is_not_run(
    exported: Path, three: Path, sscard: Sscard, tmp_path: Path, old: str, new: str, message: str
) -> None:
    other = tmp_path / "other.script"
    other.write_text(exported.read_text("utf-8").replace(old, new, 1), encoding="utf-8")
    done = sscard("script", "run", other, three, "--out", tmp_path / "cards")
    assert done.returncode == 2
    assert message in done.stderr
    assert not (tmp_path / "cards").exists()


def test_a_script_of_a_profile_file(
    exported: Path, three: Path, sscard: Sscard, tmp_path: Path
) -> None:
    gen2 = resources.files("sscard.profiles").joinpath("catalog/gen2.toml").read_text("utf-8")
    own, script = tmp_path / "own.toml", tmp_path / "own.script"
    own.write_text(gen2.replace('name = "gen2"', 'name = "own"', 1), encoding="utf-8")
    assert sscard("script", "export", "--profile", own, "--out", script).returncode == 0
    assert "profile own\n" in script.read_text("utf-8")
    done = sscard("script", "run", script, three, "--profile", own)
    assert (done.returncode, "cards written: 3" in done.stdout) == (0, True), done.stderr
    done = sscard("script", "run", script, three)
    assert (done.returncode, "no profile 'own'" in done.stderr) == (2, True)
    done = sscard("script", "run", exported, three, "--profile", own)
    assert done.returncode == 2
    assert "script line 2: the script is for profile gen2, in use is own" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("check", "nowhere.script"), "nowhere.script: cannot be read (No such file or directory)"),
        (("export", "--profile", "gen9", "--out", "x.script"), "no profile 'gen9'"),
        (
            ("export", "--out", "nowhere/x.script"),
            "nowhere/x.script: cannot be written (No such file or directory)",
        ),
        (
            ("run", "SCRIPT", "LIST", "--out", "SCRIPT"),
            "gen2.script: cannot be written (File exists)",
        ),
    ],
)
def test_what_cannot_be_done_ends_with_one_message(
    exported: Path, three: Path, sscard: Sscard, arguments: tuple[str, ...], message: str
) -> None:
    given = {"SCRIPT": exported, "LIST": three}
    done = sscard("script", *(given.get(word, word) for word in arguments))
    assert done.returncode == 2
    (told,) = [line for line in done.stderr.splitlines() if "错误 error: " in line]
    assert told.endswith(message) or told.startswith(f"错误 error: {message}")
    assert "Errno" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_is_no_text(sscard: Sscard, tmp_path: Path) -> None:
    path = tmp_path / "x.script"
    path.write_bytes(b"\xff\xfe\x00")
    done = sscard("script", "check", path)
    assert done.returncode == 2
    assert "not a text in UTF-8" in done.stderr

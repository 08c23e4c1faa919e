"""``sscard profile docs``: the files it writes, and the folders it leaves alone."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sscard.cli.manual_folder import write_manual
from sscard.errors import ProfileError
from sscard.profiles import load_profile
from sscard.profiles.loader import profile_layers
from sscard.profiles.manual import GENERATOR, manual

Run = Callable[..., subprocess.CompletedProcess[str]]
OURS = f"<!-- {GENERATOR} -->"


def contents(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {p.relative_to(folder).as_posix(): p.read_text(encoding="utf-8") for p in files}


def test_the_command_writes_the_manual(sscard: Run, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "manual"
    done = sscard("profile", "docs", "gen3+sichuan", "--out", out)
    assert (done.returncode, done.stderr) == (0, "")
    profile = load_profile("gen3+sichuan")
    expected = dict(manual(profile, profile_layers("gen3+sichuan")))
    assert contents(out) == expected
    lines = done.stdout.splitlines()
    assert lines[:2] == [f"已写 wrote {out / name}" for name in ("index.zh.html", "index.en.html")]
    diagrams, unconfirmed = len(expected) - 2, len(profile.unconfirmed())
    assert lines[2:] == [f"{diagrams} 幅图 diagrams; 未经确认 unconfirmed: {unconfirmed}"]


def test_another_profile_replaces_it(sscard: Run, tmp_path: Path) -> None:
    write_manual(tmp_path, manual(load_profile("gen3"), profile_layers("gen3")))
    done = sscard("profile", "docs", "gen1", "--out", tmp_path, "--json")
    told = json.loads(done.stdout)
    expected = dict(manual(load_profile("gen1"), profile_layers("gen1")))
    assert contents(tmp_path) == expected
    assert (told["profile"], told["out"]) == ("gen1", str(tmp_path))
    assert told["written"] == list(expected)
    assert "diagrams/ats.zh.svg" in told["removed"]


def test_no_such_profile(sscard: Run, tmp_path: Path) -> None:
    done = sscard("profile", "docs", "gen9", "--out", tmp_path / "manual")
    assert done.returncode == 2
    assert "gen9" in done.stderr
    assert not (tmp_path / "manual").exists()


def test_a_folder_with_other_files_is_left_alone(sscard: Run, tmp_path: Path) -> None:
    (tmp_path / "thesis.html").write_text("mine", encoding="utf-8")
    done = sscard("profile", "docs", "gen2", "--out", tmp_path)
    assert done.returncode == 2
    assert done.stderr == (
        f"错误 error: {tmp_path}: 含有其他文件 holds something that is no part of a manual: "
        "thesis.html; 请另选目录 choose another folder\n"
    )
    assert contents(tmp_path) == {"thesis.html": "mine"}


def foreign_file(folder: Path) -> str:
    (folder / "diagrams").mkdir()
    (folder / "diagrams" / "logo.svg").write_text("<svg/>", encoding="utf-8")
    return "diagrams/logo.svg"


def foreign_folder(folder: Path) -> str:
    (folder / "notes").mkdir()
    return "notes"


def link_to_a_manual(folder: Path) -> str:
    elsewhere = folder.parent / "elsewhere.svg"
    elsewhere.write_text(OURS, encoding="utf-8")
    (folder / "index.zh.html").symlink_to(elsewhere)
    return "index.zh.html"


def linked_diagrams(folder: Path) -> str:
    (folder.parent / "others").mkdir()
    (folder / "diagrams").symlink_to(folder.parent / "others")
    return "diagrams"


@pytest.mark.parametrize(
    "prepare", [foreign_file, foreign_folder, link_to_a_manual, linked_diagrams]
)
def test_what_is_not_ours_is_named(tmp_path: Path, prepare: Callable[[Path], str]) -> None:
    folder = tmp_path / "manual"
    folder.mkdir()
    (folder / "old.svg").write_text(OURS, encoding="utf-8")
    name = prepare(folder)
    before = contents(tmp_path)
    with pytest.raises(ProfileError, match=f"no part of a manual: {name};"):
        write_manual(folder, {"index.zh.html": OURS})
    assert contents(tmp_path) == before


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    place = tmp_path / "manual"
    place.write_text("mine", encoding="utf-8")
    with pytest.raises(ProfileError, match="is no folder"):
        write_manual(place, {"index.zh.html": OURS})
    assert place.read_text(encoding="utf-8") == "mine"


def test_old_diagrams_go(tmp_path: Path) -> None:
    write_manual(tmp_path, {"a.html": OURS, "diagrams/x.svg": OURS})
    assert write_manual(tmp_path, {"a.html": OURS + "2"}) == ["diagrams/x.svg"]
    assert contents(tmp_path) == {"a.html": OURS + "2"}

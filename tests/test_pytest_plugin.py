"""The pytest plugin, by running tests that use it: first of all the example's."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "terminal-tests"


def run_tests(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """pytest in a process of its own, as whoever has sscard installed."""
    plugin = ["-p", "sscard.pytest_plugin", "-p", "no:cacheprovider", "-W", "error"]
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            *plugin,
            f"--rootdir={folder}",
            *options,
            str(folder),
        ],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(folder)])},
        cwd=folder,
        check=False,
    )


def test_the_example_passes() -> None:
    done = run_tests(EXAMPLE)
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("." * 8 + " ")


def test_the_example_is_a_project_of_its_own(tmp_path: Path) -> None:
    """Copied elsewhere it runs as its README says, by its own settings."""
    copy = shutil.copytree(EXAMPLE, tmp_path / "waiting-room")
    project = tomllib.loads((copy / "pyproject.toml").read_text(encoding="utf-8"))
    needed = project["project"]["optional-dependencies"]["test"]
    assert [each.partition(">=")[0] for each in needed] == ["pytest", "sscard"]
    assert "\npython -m pytest\n" in (copy / "README.md").read_text(encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "sscard.pytest_plugin", "-k", "welcomed"],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=copy,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "configfile: pyproject.toml" in done.stdout
    assert f"rootdir: {copy}" in done.stdout
    assert "1 passed" in done.stdout


def test_a_terminal_that_is_wrong_fails(tmp_path: Path) -> None:
    """The fixtures do not make everything pass."""
    for path in EXAMPLE.glob("*.py"):
        text = path.read_text(encoding="utf-8").replace("00B2072C00", "00B2012C00")
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    done = run_tests(tmp_path)
    assert done.returncode == 1
    assert "test_a_visitor_is_welcomed" in done.stdout


def written(tmp_path: Path, text: str) -> subprocess.CompletedProcess[str]:
    (tmp_path / "test_it.py").write_text(text, encoding="utf-8")
    return run_tests(tmp_path)


def test_fixtures_and_markers_are_listed(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("def test_it(): pass\n", encoding="utf-8")
    told = run_tests(tmp_path, "--fixtures", "--markers").stdout
    for word in ("ssc_card", "ssc_psam", "ssc_reader", "ssc_holder", "ssc_conformance"):
        assert word in run_tests(tmp_path, "--fixtures").stdout
    for word in ("ssc_profile", "ssc_faults", "ssc_conformance"):
        assert f"@pytest.mark.{word}" in told


def test_each_test_has_a_card_of_its_own(tmp_path: Path) -> None:
    """One test blocks the PIN; the next has all its tries."""
    done = written(
        tmp_path,
        "def test_one(ssc_card):\n"
        "    ssc_card.transmit(bytes.fromhex('00A404000F7378312E73682EC9E7BBE1B1A3D5CF00'))\n"
        "    answers = [ssc_card.transmit(bytes.fromhex('0020000003999999')) for _ in range(9)]\n"
        "    assert answers[-1].hex() == '6983'\n"
        "def test_two(ssc_card, ssc_holder):\n"
        "    ssc_card.transmit(bytes.fromhex('00A404000F7378312E73682EC9E7BBE1B1A3D5CF00'))\n"
        "    pin = bytes.fromhex('0020000003' + ssc_holder['pin'])\n"
        "    assert ssc_card.transmit(pin).hex() == '9000'\n",
    )
    assert done.returncode == 0, done.stdout


def test_a_scenario_file_says_what_goes_wrong(tmp_path: Path) -> None:
    (tmp_path / "worn.toml").write_text(
        'about = "silent"\n[[fault]]\nkind = "mute"\ncommand = 1\n', encoding="utf-8"
    )
    done = written(
        tmp_path,
        "import pytest\nfrom sscard.errors import TransportError\n"
        "@pytest.mark.ssc_faults('worn.toml')\n"
        "def test_one(ssc_card):\n"
        "    with pytest.raises(TransportError):\n"
        "        ssc_card.transmit(bytes.fromhex('0084000008'))\n",
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("marker", "why"),
    [("ssc_profile('gen9')", "gen9"), ("ssc_faults('no.toml')", "no.toml: cannot be read")],
)
def test_a_wrong_marker_says_what_is_wrong(tmp_path: Path, marker: str, why: str) -> None:
    done = written(
        tmp_path, f"import pytest\n@pytest.mark.{marker}\ndef test_one(ssc_card): pass\n"
    )
    assert done.returncode == 1
    assert why in done.stdout


def test_without_its_fixtures_the_plugin_costs_nothing() -> None:
    """Whoever has sscard installed has it in every run of pytest."""
    heavy = "import sys, sscard.pytest_plugin; print([m for m in sys.modules if m in "
    names = "('pydantic', 'simulator', 'sqlalchemy', 'cryptography', 'construct')])"
    done = subprocess.run(
        [sys.executable, "-c", heavy + names],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.stdout.strip() == "[]", done.stderr

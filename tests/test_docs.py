"""The documentation says what the code says, and its site can be built."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest

from sscard.cos.journal import JOURNAL_PAGES, JOURNAL_SLOTS, WITNESSES
from sscard.dialects import reference
from sscard.issuance.accounts import read_accounts
from sscard.issuance.applicants import read_applicants
from sscard.profiles import load_profile

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
SHEETS = ("ssc", "ssc-more", "pboc", "issuance", "dialects")
#: Files that speak about the mark and rest on nothing assumed themselves.
ABOUT_THE_MARK = {
    "cli/conformance.py",
    "cli/profile.py",
    "cli/profile_show.py",
    "cli/run.py",
    "conformance/assumed.py",
    "conformance/building.py",
    "conformance/expansions/__init__.py",
    "conformance/expansions/assumed_rows.py",
    "conformance/expectation.py",
    "conformance/judging.py",
    "conformance/running.py",
    "issuance/report_data.py",
    "profiles/checks.py",
    "profiles/element.py",
    "profiles/field_words.py",
    "profiles/model.py",
}


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def sources() -> Iterator[tuple[str, str]]:
    """Name below ``sscard`` or the root, and text, of whatever may cite a source."""
    for folder in ("sscard", "simulator", "tests", "examples"):
        for kind in ("*.py", "*.toml"):
            for file in sorted((ROOT / folder).rglob(kind)):
                yield file.relative_to(ROOT).as_posix().removeprefix("sscard/"), read(file)


@pytest.fixture(scope="module")
def generate() -> Iterator[ModuleType]:
    sys.path.insert(0, str(DOCS))
    yield importlib.import_module("generate")
    sys.path.remove(str(DOCS))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_generated_parts_are_what_the_code_says(generate: ModuleType, page: Path) -> None:
    assert generate.filled(read(page)) == read(page), "run: python docs/generate.py"


def test_every_table_stands_on_one_page(generate: ModuleType) -> None:
    shown = re.findall(r"<!-- generated: ([\w-]+) -->", "".join(map(read, PAGES)))
    assert sorted(shown) == sorted(generate.TABLES)
    assert all(generate.TABLES[name]() for name in shown)


def test_commands_have_one_name_on_all_pages() -> None:
    page = read(DOCS / "reference" / "commands.md")
    forms = page.split("## Legal forms", 1)[1].split("\n## ", 1)[0]
    told = set(re.findall(r"^\| `[0-9A-F]{2} [0-9A-F]{2}` \| ([^|]+) \|", forms, re.M))
    headings = re.findall(r"^### (.*)", page.split("## Every command", 1)[1], re.M)
    assert told
    assert [name for name in told if not any(h.startswith(f"{name} ") for h in headings)] == []
    assert {"INIT FOR LOAD", "INIT FOR PURCHASE", "UPDATE STARTING DAY"} <= told
    assert {"GET STARTING DAY", "PIN CHANGE/UNBLOCK"} <= told
    assert [heading for heading in headings if re.match("[A-Z][A-Za-z]*[a-z]", heading)] == []


def test_every_factory_command_has_a_name_in_words(generate: ModuleType) -> None:
    names = importlib.import_module("tables.names")
    assert set(names.FACTORY) == {row.operation.__name__ for row in reference.ROWS}


def test_the_pages_of_the_journal_add_up() -> None:
    text = read(DOCS / "card.md").split("The journal has ", 1)[1].split(".", 1)[0]
    pages, *parts = map(int, re.findall(r"\d+", text))
    assert re.sub(r"\d+ ", "", text) == "pages: index, recovery mark, witnesses, copies"
    assert pages == sum(parts) == JOURNAL_PAGES
    assert parts == [1, 1, WITNESSES, JOURNAL_SLOTS]


def test_the_site_builds_strictly(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    assert not [page for page in PAGES if not _built(page, tmp_path).exists()]


def _built(page: Path, site: Path) -> Path:
    built = site / page.relative_to(DOCS).with_suffix(".html")
    return built.with_name("index.html") if built.stem == "README" else built


def test_every_dependency_has_a_paragraph() -> None:
    project = tomllib.loads(read(ROOT / "pyproject.toml"))["project"]
    extras = project["optional-dependencies"].values()
    wanted = [*project["dependencies"], *(each for extra in extras for each in extra)]
    names = {re.split(r"[<>=~!\[ ]", each)[0].lower() for each in wanted}
    text = read(DOCS / "decisions" / "dependencies.md")
    assert set(re.findall(r"\*\*([\w-]+)\*\*", text)) == names


def test_every_cited_section_is_explained() -> None:
    text = read(DOCS / "sources" / "README.md")
    known = {sheet: _sections(text, sheet) for sheet in SHEETS}
    cited = [
        (file, sheet, section)
        for file, source in sources()
        for sheet, section in re.findall(rf"\b({'|'.join(SHEETS)}) (\d+(?:\.\d+)?)\b", source)
    ]
    assert len(cited) > 100
    assert [each for each in cited if each[2] not in known[each[1]]] == []


def _sections(text: str, sheet: str) -> set[str]:
    table = text.split(f"| `{sheet}` | about |", 1)[1].split("\n\n", 1)[0]
    heads = re.findall(r"^\| ([\d, ]+) \|", table, re.MULTILINE)
    return {*", ".join(heads).split(", "), *re.findall(r"\((\d+\.\d+)\)", table)}


def test_every_cited_decision_is_written_down() -> None:
    numbers = re.findall(r"^\| (\d+)(?:–(\d+))? \|", read(DOCS / "decisions" / "README.md"), re.M)
    known = {each for first, last in numbers for each in range(int(first), int(last or first) + 1)}
    cited = {
        int(number)
        for _, source in sources()
        for number in re.findall(r"\bdecisions? (\d+)\b", source)
    }
    assert cited
    assert cited <= known


def test_whatever_is_assumed_outside_profiles_is_on_the_page() -> None:
    page = read(DOCS / "assumptions.md")
    # Decision 11 is one entry, wherever the hand-over area is built, read or shown.
    texts = {file: text.replace("decision 11, assumed", "") for file, text in sources()}
    assuming = {file for file, text in texts.items() if "assumed" in text and file.endswith(".py")}
    library = {file for file in assuming if (ROOT / "sscard" / file).exists()} - ABOUT_THE_MARK
    assert library
    assert [file for file in sorted(library) if f"`{file}`" not in page] == []


def headings(section: str) -> list[tuple[str, str]]:
    """English and Chinese headings of the first table of a section of files.md."""
    text = read(DOCS / "files.md").split(f"## {section}", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"^\| `(\w+)` \| ([^|]+) \| (?:yes|no|for foreigners) \|", text, re.M)


@pytest.mark.parametrize("language", [0, 1])
def test_the_columns_of_both_lists_are_accepted(tmp_path: Path, language: int) -> None:
    path = tmp_path / "list.csv"
    people, accounts = headings("The list of applicants"), headings("The bank's accounts")
    assert (len(people), len(accounts)) == (9, 6)
    path.write_text(",".join(row[language].split(", ")[0] for row in people), encoding="utf-8")
    register = read_applicants(path, load_profile("gen2"), today=date(2026, 1, 1))
    assert register.applicants == register.rejections == ()
    path.write_text(",".join(row[language] for row in accounts), encoding="utf-8")
    assert not read_accounts(path, today=date(2026, 1, 1)).by_person


def test_the_columns_of_the_card_are_accepted(tmp_path: Path) -> None:
    text = read(DOCS / "files.md").split("<!-- generated: card-columns -->", 1)[1]
    rows = re.findall(r"^\| `([\w.]+)` \| ([^|]*) \|", text.split("<!-- end -->", 1)[0], re.M)
    taken = {"name", "sex", "birth_date", "phone"}
    english = [name.replace(".N", ".1") for name, _ in rows if name not in taken]
    assert len(english) > 50
    path = tmp_path / "list.csv"
    core = ["bank", "name", "sex", "id_number", "phone", "member_number"]
    path.write_text(",".join(core + english), encoding="utf-8")
    assert read_applicants(path, load_profile("gen2"), today=date(2026, 1, 1)).applicants == ()


def test_pictures_are_small() -> None:
    pictures = list((DOCS / "images").iterdir())
    assert pictures
    assert [each.name for each in pictures if each.stat().st_size > 250_000] == []

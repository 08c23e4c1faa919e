"""``sscard face`` as a card office uses it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import NoReturn

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from sscard.cli.face import app
from sscard.errors import SscardError
from sscard.issuance.face import FaceError, find_font

NAME, ID, ACCOUNT = "欧阳犇犇", "110101199003070038", "6228005000000010"
HEAD = "银行,姓名,性别,身份证号,联系电话,工作证号,卡号"
PEOPLE = (
    f"{HEAD}\n"
    f"测试银行,{NAME},男,{ID},13912345678,E1,T00000019\n"
    "测试银行,唐敏,男,130128197609209975,12190663322,E2,\n"
)
ACCOUNTS = (
    "身份证号,银行,银行卡号,有效期\n"
    f"{ID},测试银行,{ACCOUNT},2036-01\n"
    "130128197609209975,测试银行,6228005000000028,2036-01\n"
)


@pytest.fixture
def lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with people.csv and accounts.csv; the second one has no card number."""
    monkeypatch.chdir(tmp_path)
    Path("people.csv").write_text(PEOPLE, encoding="utf-8")
    Path("accounts.csv").write_text(ACCOUNTS, encoding="utf-8")
    return tmp_path


def run(*arguments: object, answer: str = "") -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments], input=answer)


def record(*more: object) -> Result:
    common = ("record", "people.csv", "--bank-accounts", "accounts.csv", "--out", "print.jsonl")
    return run(*common, "--issued-on", "2026-01-31", *more)


def test_records_of_everybody_who_has_a_card_number(lists: Path) -> None:
    done = record("--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout) == {
        "made": 1,
        "without_card_number": 1,
        "returned": 0,
        "file": "print.jsonl",
    }
    assert json.loads((lists / "print.jsonl").read_text("utf-8")) == {
        "card": "T00000019",
        "layout": "gen2",
        "name": NAME,
        "sex": "男",
        "id_number": ID,
        "card_number": "T00000019",
        "issue_date": "2026-01-31",
        "valid_date": "2036-01-31",
        "bank_number": "6228 0050 0000 0010",
        "chip_name": NAME,
        "photo_file": "",
    }
    assert NAME not in done.output
    assert ID not in done.output


def test_the_layout_fits_the_profile(lists: Path) -> None:
    assert record("--profile", "gen3", "--layout", "demo-province").exit_code == 1
    wrong = record("--layout", "gen3")
    assert isinstance(wrong.exception, SscardError)
    assert "layout gen3 and profile" in str(wrong.exception)


def test_csv_and_issued_cards(lists: Path, examples: Path) -> None:
    issued = lists / "issued.csv"
    head = "card_number,name,id_number,card_id_code,atr,bank_number,issued_at"
    line = f"X00000027,唐敏,130128197609209975,00,00,{ACCOUNT},2026-03-05T10:11:12+08:00"
    issued.write_bytes(f"\ufeff{head}\r\n{line}\r\n".encode())
    done = run("record", "people.csv", "--issued", issued, "--form", "csv", "--out", "print.csv")
    assert isinstance(done.exception, FaceError)  # the first one has no account
    assert str(done.exception).startswith("第2行 row 2: bank_number: ")
    assert not Path("print.csv").exists()
    done = run(
        *("record", "people.csv", "--issued", issued, "--bank-accounts", "accounts.csv"),
        *("--form", "csv", "--out", "print.csv"),
    )
    assert done.exit_code == 0
    text = Path("print.csv").read_text("utf-8-sig")
    assert "X00000027" in text
    assert "2026-03-05" in text


def test_previews(lists: Path, absent: Callable[[str], NoReturn]) -> None:
    try:
        find_font("song")
    except FaceError:
        absent("a Chinese font (fonts-noto-cjk)")
    record()
    done = run("preview", "print.jsonl", "--out", "faces", "--json")
    assert json.loads(done.stdout) == {"pictures": 1, "folder": "faces"}
    assert [each.name for each in Path("faces").iterdir()] == ["T00000019.png"]
    with Image.open("faces/T00000019.png") as picture:
        assert picture.size == (1011, 638)
    unmarked = run("preview", "print.jsonl", "--out", "faces", "--unmarked")
    assert str(unmarked.exception) == "print.jsonl: T00000019: photo: is missing"
    entries = json.loads(Path("print.jsonl").read_text("utf-8"))
    Path("print.jsonl").write_text(json.dumps({**entries, "photo_file": "../people.csv"}))
    outside = run("preview", "print.jsonl", "--out", "faces", "--photos", "faces")
    assert "is not in the folder of photos" in str(outside.exception)
    Path("print.jsonl").write_text(json.dumps({**entries, "photo_file": "large.jpg"}))
    with Path("large.jpg").open("wb") as large:
        large.truncate((16 << 20) + 1)
    too_large = run("preview", "print.jsonl", "--out", "faces", "--photos", ".")
    assert "photo: 文件过大" in str(too_large.exception)


def stripe(*more: object) -> Result:
    return run("stripe", "people.csv", "--out", "stripes.csv", *more)


def test_stripes_and_their_purge(lists: Path) -> None:
    done = stripe("--bank-accounts", "accounts.csv", "--batch", "B1", "--purge-records", "issued")
    assert done.exit_code == 1
    assert done.stdout == "磁条 stripes: 1, 无卡号 without card number: 1, 退回 returned: 0\n"
    assert ACCOUNT not in done.output
    assert f";{ACCOUNT}=3601201" in Path("stripes.csv").read_text("ascii")
    purge = ("purge", "stripes.csv", "--out", "issued", "--batch", "B1")
    assert run(*purge, answer="n\n").exit_code == 1
    assert Path("stripes.csv").exists()
    done = run(*purge, "--yes", "--json")
    assert done.exit_code == 0
    told = json.loads(done.stdout)
    assert (told["batch"], told["records"]) == ("B1", 1)
    assert Path(told["record"]).exists()
    assert not Path("stripes.csv").exists()
    again = ("--bank-accounts", "accounts.csv", "--batch", "B1", "--purge-records", "issued")
    assert "batch B1" in str(stripe(*again).exception)
    assert not Path("stripes.csv").exists()
    assert not [each for each in lists.rglob("purge-*") if ACCOUNT in each.read_text("utf-8")]


def test_the_latin_name_of_the_bank_s_list(lists: Path) -> None:
    rules = files("sscard.issuance.face.stripe.rules_of_banks") / "demo.toml"
    text = rules.read_text("utf-8").replace('name = "blank"', 'name = "latin"')
    Path("own.toml").write_text(text.replace("name_width = 26", "name_width = 2"), "utf-8")
    given = ("--bank-accounts", "accounts.csv", "--batch", "B1", "--rules", "own.toml")
    missing = stripe(*given)
    assert "row 2: stripe: track 1: the name in Latin letters is missing" in str(missing.exception)
    head, first, second = ACCOUNTS.splitlines()
    text = f"{head},拼音\n{first},OUYANG/BENBEN\n{second},\n"
    Path("accounts.csv").write_text(text, "utf-8")
    assert stripe(*given).exit_code == 1
    assert f"%B{ACCOUNT}^OUYANG/BENBEN^3601" in Path("stripes.csv").read_text("ascii")
    Path("accounts.csv").write_text(text.replace("OUYANG/BENBEN", "欧阳"), "utf-8")
    wrong = stripe(*given)
    assert "line 2: the Latin name is not" in str(wrong.exception)


def test_stripes_of_accounts_need_a_batch(lists: Path) -> None:
    done = stripe("--bank-accounts", "accounts.csv")
    assert done.exit_code == 2
    assert "--batch" in done.output
    assert not Path("stripes.csv").exists()


def test_the_bank_s_own_tracks(lists: Path, examples: Path) -> None:
    shutil.copy(examples / "bank-data.bdp", "b.bdp")
    people = (examples / "applicants.csv").read_text("utf-8-sig").splitlines()
    columns = people[0].split(",")
    at = columns.index("卡号")
    lines = [line.split(",") for line in people[1:3]]
    for line, number in zip(lines, ("T00000019", "T00000027"), strict=True):
        line[at] = number
    text = "\n".join(",".join(line) for line in (columns, *lines))
    Path("people.csv").write_text(f"{text}\n", encoding="utf-8")
    done = stripe("--bank-data", "b.bdp")
    assert (done.exit_code, done.stdout) == (
        0,
        "磁条 stripes: 2, 无卡号 without card number: 0, 退回 returned: 0\n",
    )
    written = Path("stripes.csv").read_text("ascii").splitlines()
    assert len(written) == 3
    assert "^TEST/HOLDER^" in written[1]
    assert len(written[1].rsplit(",", 1)[1]) == 3  # the printed verification value


def test_stripes_need_an_account(lists: Path) -> None:
    done = stripe()
    assert done.exit_code == 2
    assert "--bank-data is needed" in done.output

"""``sscard card migrate``, and ``card show`` of what it has written."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from simulator import VirtualCard
from sscard.cli import app, main
from sscard.keys.stores import load_exchange, load_social_security
from sscard.perso import social_security
from sscard.perso.order import CardOrder, prepare
from sscard.perso.plan import run
from sscard.profiles import load_profile

HEADER = "银行,姓名,性别,身份证号,联系电话,工作证号"
HOLDER = "测试银行,诸葛验收,男,110101199003070038,13987654321,E1"
OTHER = "测试银行,唐敏,男,130128197609209975,12190663322,E2"
NOBODY = "测试银行,王〇一,男,130827197309309977,12872908015,E3"


@pytest.fixture(scope="module")
def first_generation(order: CardOrder, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A card image of the first generation with an old value."""
    profile = load_profile("gen1")
    person = {"id_number": order.id_number, "name": order.name, "contribution_base": 3500}
    made = prepare(
        profile,
        person,
        order.numbers,
        store=load_social_security(None),
        exchange=load_exchange(None),
        lot="TEST-GEN1",
    )
    seeded = random.Random(1).randbytes
    card = VirtualCard.blank(profile.chip, random=seeded)
    run(social_security.personalize(made, seeded), card)
    path = tmp_path_factory.mktemp("gen1") / "X00000019.card"
    card.save(path)
    return path.read_bytes()


@pytest.fixture
def image(first_generation: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "X00000019.card"
    path.write_bytes(first_generation)
    return path


@pytest.fixture
def values(tmp_path: Path) -> Path:
    path = tmp_path / "list.csv"
    rows = (
        f"{HEADER},人员身份类别,国籍,medical_division,registration_certificate_number",
        f"{HOLDER},24,DEU,510100,",
        f"{HOLDER.replace('E1', 'E4')},24,DEU,510100,5101000011000001",
        f"{OTHER},24,,,",
        f"{NOBODY},,,,",
    )
    path.write_text("\n".join(rows), "utf-8")
    return path


def card(*words: object, given: str = "") -> Result:
    return CliRunner().invoke(app, ["card", *map(str, words)], input=given, catch_exceptions=False)


def refusal(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    """The one message of a command that ends with 2."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["sscard", "card", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
    assert ended.value.code == 2
    return capsys.readouterr().err


def walk(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node["children"]:
        yield from walk(child)


def test_people_see_what_was_rewritten(image: Path, values: Path) -> None:
    result = card("migrate", image, "--values", values, "--row", 2)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "已改写 rewritten now  DF01/EF09 tag 32  人员身份类别 category of person",
        "已改写 rewritten now  DF01/EF0A tag 37  国籍 nationality",
        "已改写 rewritten now  DF04/EF05 tag 84  参保地 division of insurance",
    ]
    assert "TEST KEYS" in result.stderr


def test_programs_see_it_as_json_and_a_second_run_writes_nothing(image: Path, values: Path) -> None:
    card("migrate", image, "--values", values, "--row", 2)
    result = card("migrate", image, "--values", values, "--row", 2, "--json")
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert (document["image"], document["rewritten"], document["left"]) == (image.name, [], [])
    assert document["earlier"][0] == {
        "directory": "DF01",
        "file": "EF09",
        "tag": "32",
        "element": "identity_category",
    }
    assert len(document["earlier"]) == 3


def test_a_migrated_card_shows_the_new_meaning(image: Path, values: Path) -> None:
    def nationality() -> dict[str, Any]:
        shown = json.loads(card("show", image, "--profile", "gen1", "--json").stdout)
        (found,) = (node for node in walk(shown) if node["identifier"] == "37")
        return found

    before = nationality()
    assert (before["name"], before["value"], before["note"]) == ("contribution_base", 3500, "")
    card("migrate", image, "--values", values, "--row", 2)
    after = nationality()
    assert (after["name"], after["value"], after["raw"]) == ("nationality", "DEU", "444555EE")
    assert after["note"] == "按第二代定义 as the second generation defines it"


def test_a_list_without_such_values_changes_nothing(image: Path, tmp_path: Path) -> None:
    path = tmp_path / "plain.csv"
    path.write_text(f"{HEADER}\n{HOLDER}\n", "utf-8")
    before = card("show", image, "--profile", "gen1").stdout
    result = card("migrate", image, "--values", path, "--row", 2)
    assert (result.exit_code, "no value for such a record" in result.stdout) == (0, True)
    assert card("show", image, "--profile", "gen1").stdout == before


def test_a_value_without_a_place_ends_with_1(image: Path, tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    header = f"{HEADER},国籍,registration_certificate_number"
    path.write_text(f"{header}\n{HOLDER},DEU,5101000011000001\n", "utf-8")
    result = card("migrate", image, "--values", path, "--row", 2)
    assert result.exit_code == 1
    assert "未迁移 left  DF02/EF09 tag 55" in result.stdout
    assert "no room for the new value" in result.stdout
    assert "rewritten now  DF01/EF0A tag 37" in result.stdout


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (4, "the card in the reader is not that of the person in the record"),
        (3, "list.csv: row 3 goes back (ID_DUPLICATE)"),
        (5, "list.csv: row 5 goes back (ID_CHECKSUM)"),
        (9, "list.csv: row 9 is not in the list"),
    ],
)
def test_what_cannot_be_used_ends_with_2(
    image: Path, values: Path, capsys: pytest.CaptureFixture[str], row: int, message: str
) -> None:
    before = image.read_bytes()
    err = refusal(capsys, "migrate", image, "--values", values, "--row", row)
    assert message in err
    assert "1101011990" not in err
    assert image.read_bytes() == before


def test_a_wrong_pin_counts_on_the_card(image: Path, values: Path) -> None:
    words = ("migrate", image, "--values", values, "--row", 2, "--ask-pin")
    with pytest.raises(Exception, match="PIN"):
        card(*words, given="654321\n")
    shown = json.loads(card("show", image, "--profile", "gen1", "--json").stdout)
    assert "PIN 正确 accepted" in {node["note"] for node in walk(shown)}
    with pytest.raises(Exception, match=r"63C4|PIN"):
        card(*words, given="654321\n")


def test_a_card_of_another_chip_is_refused(
    clone: Any, values: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "gen2.card"
    clone().card.save(path)
    err = refusal(capsys, "migrate", path, "--values", values, "--row", 2)
    assert "this card is of chip gen2-32k" in err
    err = refusal(
        capsys, "migrate", path, "--values", values, "--row", 2, "--profile", "gen2", "--to", "gen2"
    )
    assert "the card is of version 2.00, not of the first generation" in err


def personalize(*words: object) -> Result:
    return CliRunner().invoke(app, ["personalize", *map(str, words)], catch_exceptions=False)


def test_the_line_makes_and_audits_cards_of_the_first_generation(tmp_path: Path) -> None:
    """Both halves; a name that needs tag 4E goes back, as there is none."""
    people = tmp_path / "people.csv"
    header = f"{HEADER},民族,户口所在地地址,婚姻状况"
    long = "测试银行,阿卜杜热合曼·麦麦提明·买买提江,男,110101199003070054,13987654321,E4"
    rows = (f"{HOLDER},01,宽城满族自治县测试路136号,已婚", f"{OTHER},,,", f"{long},,,")
    people.write_text("\n".join((header, *rows)), "utf-8")
    result = personalize(people, "--profile", "gen1", "--out", tmp_path / "out", "--json")
    counts = json.loads(result.stdout)["counts"]
    assert (counts["issued_now"], counts["failed"], counts["rejected"]) == (2, 0, 1)
    assert "NAME_TOO_LONG" in (tmp_path / "out/rejects.csv").read_text("utf-8-sig")
    values = tmp_path / "values.csv"
    values.write_text(f"{HEADER},国籍\n{HOLDER},DEU\n", "utf-8")
    image, *_ = sorted((tmp_path / "out/cards").glob("*.card"))
    result = card("migrate", image, "--values", values, "--row", 2)
    assert result.stdout.startswith("已改写 rewritten now  DF01/EF0A tag 37")


def test_columns_that_the_first_generation_has_not_are_all_named(
    examples: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A list for later cards is refused as it is: nothing is left out of a card in silence."""
    words = ("personalize", examples / "applicants.csv", "--profile", "gen1", "--out", tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["sscard", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
    assert ended.value.code == 2
    columns = "'户口所在地行政区划', '常住地址', '学历', 'degree.1.degree_code'"
    assert f"line 1: unknown column {columns}" in capsys.readouterr().err

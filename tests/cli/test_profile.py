"""``sscard profile``: what people see in wide and narrow terminals, what programs get, endings."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from rich.cells import cell_len
from rich.console import Console, RenderableType
from typer.testing import CliRunner, Result

from sscard.cli import app, main, profile_diff, profile_list, profile_show
from sscard.profiles import load_profile
from sscard.profiles.difference import differences
from sscard.profiles.facts import stated
from sscard.profiles.loader import overlay_names, profile_names

ROOT = Path(__file__).parents[2]
OVERLAYS = [name for names in overlay_names().values() for name in names]
SPECS = [*profile_names(), *(f"gen3+{name}" for name in OVERLAYS)]


def run(*arguments: object) -> Result:
    words = ["profile", *map(str, arguments)]
    return CliRunner().invoke(app, words, catch_exceptions=False)


def ended(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[object, str]:
    """The exit code of the command as a user runs it, and what it said on stderr."""
    monkeypatch.setattr(sys, "argv", ["sscard", "profile", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    out, err = capsys.readouterr()
    assert out == ""
    return end.value.code, err


def printed(what: RenderableType, width: int) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=width).print(what)
    return [line.rstrip() for line in out.getvalue().splitlines()]


def squeezed(lines: list[str]) -> list[str]:
    return [" ".join(line.split()) for line in lines]


# list -------------------------------------------------------------------------


def test_the_list_names_everything_that_is_packaged() -> None:
    result = run("list")
    assert result.exit_code == 0
    lines = squeezed(result.stdout.splitlines())
    [line] = [line for line in lines if line.startswith("gen3 ")]
    assert line.startswith("gen3 第三代社会保障卡 3.00 sm4 gen3-80k 8 ")
    assert line.endswith(f" {len(load_profile('gen3').unconfirmed())}")
    assert "Social security card, third generation" in lines
    for name in (*profile_names(), *OVERLAYS):
        assert any(line.startswith(f"{name} ") for line in lines), name
    assert "地区叠加层 regions" in lines
    assert "银行叠加层 banks" in lines


def test_the_list_for_programs() -> None:
    found = json.loads(run("list", "--json").stdout)
    assert [each["name"] for each in found["profile"]] == list(profile_names())
    for kind, names in overlay_names().items():
        assert [each["name"] for each in found[kind]] == list(names)
    gen2 = next(each for each in found["profile"] if each["name"] == "gen2")
    profile = load_profile("gen2")
    assert (gen2["suite"], gen2["chip"], gen2["layers"]) == ("3des", "gen2-32k", ["gen2"])
    assert gen2["files"] == sum(len(directory.files) for directory in profile.directories)
    assert gen2["unconfirmed"] == len(profile.unconfirmed())
    assert set(found["region"][0]) > {"title_zh", "title_en", "bases", "settings"}


# show -------------------------------------------------------------------------


@pytest.mark.parametrize("spec", SPECS)
def test_the_overview_has_every_directory_and_file(spec: str) -> None:
    profile = load_profile(spec)
    lines = squeezed(run("show", spec).stdout.splitlines())
    assert lines[0] == f"{profile.name} {profile.title_zh} {profile.title_en}"
    for directory in profile.directories:
        assert any(line.startswith(f"{directory.name} {directory.label_zh}") for line in lines)
        for file in directory.files:
            row = f"{file.fid:04X} {file.name_zh} {file.name_en} {file.structure} {file.length:,} "
            assert any(line.startswith(row) for line in lines), row
    assert f"依据未确认 unconfirmed: {len(profile.unconfirmed())}" in lines


def test_a_file_in_detail() -> None:
    lines = squeezed(run("show", "gen2", "DF01/EF15").stdout.splitlines())
    assert lines[0] == "DF01/EF15 学历 education"
    assert "读权限 read PIN or RK1DF01" in lines
    assert "文件结构 structure variable 变长记录" in lines
    assert any(line.startswith("degree 学位信息 degree 40 52 3 ") for line in lines)
    assert any(line.startswith("school 毕业学校 school 59 an 40 ") for line in lines)


def test_a_directory_a_key_an_element_and_the_settings_in_detail() -> None:
    directory = squeezed(run("show", "gen3", "SSSE").stdout.splitlines())
    assert any(line.startswith("IRK 00 internal 3 16 S ssc 3.4") for line in directory)
    assert any(line.startswith("EF06 持卡人基本信息 cardholder basics") for line in directory)
    assert not any("id_number" in line for line in directory)
    key = squeezed(run("show", "gen3", "SSSE.STK").stdout.splitlines())
    assert "密钥标识 key id 02" in key
    assert "密钥用途 key type maintenance 线路保护" in key
    element = squeezed(run("show", "gen3", "SSSE/EF06.sex").stdout.splitlines())
    assert "标签 tag 0A" in element
    assert "代码表 codes sex" in element
    assert "例 examples 1 31" in element
    settings = squeezed(run("show", "gen3", "settings").stdout.splitlines())
    assert any(line.startswith("pin_tries 6 3, 6 and 8 are in use") for line in settings)
    assert any(line.startswith("exchange_fid 28 (1C) ") for line in settings)


@pytest.mark.parametrize("spec", SPECS)
def test_everything_for_programs(spec: str) -> None:
    found = json.loads(run("show", spec, "--json").stdout)
    parts = stated(load_profile(spec))
    assert [each["place"] for each in found["parts"]] == [part.place for part in parts]
    assert found["profile"] == load_profile(spec).name


def test_one_place_for_programs() -> None:
    found = json.loads(run("show", "gen2", "SSSE/EF06", "--json").stdout)["parts"]
    assert found[0]["place"] == "SSSE/EF06"
    assert (found[0]["facts"]["read"], found[0]["facts"]["update"]) == ("free", "UKSSSE")
    assert {each["table"] for each in found[1:]} == {"elements"}


@pytest.mark.parametrize("spec", SPECS)
def test_what_is_assumed(spec: str) -> None:
    places = load_profile(spec).unconfirmed()
    found = json.loads(run("show", spec, "--assumed", "--json").stdout)
    assert sorted(each["place"] for each in found["places"]) == sorted(places)
    assert found["count"] == sum(found["by_mark"].values()) == len(places)
    assert all(each["unconfirmed"] and each["facts"]["source"] for each in found["places"])
    total = run("show", spec, "--assumed").stdout.splitlines()[-1]
    assert total.startswith(f"合计 total: {len(places)} / {len(stated(load_profile(spec)))}  (")


def test_what_is_assumed_is_grouped_with_value_mark_source_and_note() -> None:
    lines = squeezed(run("show", "gen2", "--assumed").stdout.splitlines())
    assert "pin_tries 6 assumed decision 7; ssc 3.2 3, 6 and 8 are in use" in lines
    at = next(at for at, line in enumerate(lines) if line.startswith("DF02 "))
    assert "DF02.RK1DF02 kid 88, type external, versions 3 I ssc 3.4" in lines[at:]
    count = int(lines[at].removeprefix("DF02 "))
    assert lines[at + count + 3] == ""  # two lines of headings, and a line of its own for each


def test_what_a_supplement_leaves_open(tmp_path: Path) -> None:
    private, public, signed = (tmp_path / name for name in ("one.pem", "one.pub", "owner.toml"))
    key = Ed25519PrivateKey.generate()
    encoded = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    private.write_bytes(encoded)
    private.chmod(0o600)
    spki = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    public.write_bytes(spki)
    assert run("supplement", "draft", "gen2", "--out", signed).exit_code == 0
    text = signed.read_text("utf-8").replace('issuer_zh = ""', 'issuer_zh = "省厅"')
    text = text.replace('issuer_en = ""', 'issuer_en = "province"')
    text = text.replace('[[confirms]]\nplace = "DF02.RK1DF02"\n', "")
    signed.write_text(text, encoding="utf-8")
    assert run("supplement", "sign", signed, "--key", private).exit_code == 1  # one is left open
    options = ("--supplement", signed, "--issuer-key", public)
    found = json.loads(run("show", "gen2", "--assumed", "--json", *options).stdout)
    assert [each["place"] for each in found["places"]] == ["DF02.RK1DF02"]
    lines = squeezed(run("show", "gen2", "SSSE/001E", *options).stdout.splitlines())
    assert "标记 mark confirmed" in lines


def test_a_place_and_what_is_assumed_are_two_questions() -> None:
    result = run("show", "gen2", "SSSE", "--assumed")
    assert result.exit_code == 2
    assert "it shows all places" in result.stderr


# check ------------------------------------------------------------------------


@pytest.mark.parametrize("spec", SPECS)
def test_what_is_packaged_holds(spec: str) -> None:
    result = run("check", spec)
    assert result.exit_code == 0
    [line] = result.stdout.splitlines()
    files = sum(len(directory.files) for directory in load_profile(spec).directories)
    assert line.startswith(f"{spec}: 正确 ok: 目录 directories ")
    assert f"文件 files {files}, " in line
    assert f"未确认 unconfirmed {len(load_profile(spec).unconfirmed())}" in line
    assert "字节 bytes exchange " in line


def test_an_overlay_is_checked_on_each_of_its_bases() -> None:
    found = json.loads(run("check", "sichuan", "demo-bank", "--json").stdout)
    assert {"gen2+sichuan", "gen3+sichuan", "gen3+demo-bank"} <= {each["spec"] for each in found}
    assert all(each["ok"] and each["mistakes"] == [] for each in found)
    assert found[0]["bytes"]["ssse"]["needed"] < found[0]["bytes"]["ssse"]["available"]


def test_every_mistake_has_a_line(tmp_path: Path) -> None:
    text = (ROOT / "sscard/profiles/catalog/gen2.toml").read_text(encoding="utf-8")
    path = tmp_path / "mine.toml"
    path.write_text(
        text.replace('codec = "card_id"', 'codec = "card"')
        .replace("kid = 0x02", "kid = 0x82", 1)
        .replace('name = "gen2"', 'name = "mine"'),
        encoding="utf-8",
    )
    result = run("check", "gen2", path, "gen4")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0].startswith("gen2: 正确 ok")
    mistakes = [line for line in lines if line.startswith("mine.toml: directory SSSE")]
    assert any("key STK: kid: bit 8 is set" in line for line in mistakes), lines
    assert any("there is no codec 'card'" in line for line in mistakes), lines
    assert lines[-1].startswith("no profile 'gen4'; there are: gen1, gen2, gen3")


def overlay(path: Path, bases: str) -> Path:
    path.write_text(
        'overlay = "region"\nname = "inner"\n'
        f'title_zh = "内"\ntitle_en = "Inner"\nbases = {bases}\n',
        encoding="utf-8",
    )
    return path


def test_an_overlay_on_a_base_that_is_not_there_is_named(tmp_path: Path) -> None:
    result = run("check", overlay(tmp_path / "inner.toml", '["gen3", "gen9"]'))
    assert result.exit_code == 1
    good, wrong = result.stdout.splitlines()
    assert good.startswith("gen3+")
    assert wrong.startswith("inner.toml: bases: no profile 'gen9'; there are: gen1, gen2, gen3")


@pytest.mark.parametrize("bases", ["[3]", '"gen3"', "[]"])
def test_bases_of_another_form_are_told_once(tmp_path: Path, bases: str) -> None:
    result = run("check", overlay(tmp_path / "inner.toml", bases))
    assert result.exit_code == 1
    [line] = result.stdout.splitlines()
    assert line == "inner.toml: bases: names the profiles on which the overlay can lie"


def test_a_byte_order_mark_is_called_so(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('extends = "gen2"\nname = "mine"\n', encoding="utf-8-sig")
    result = run("check", path)
    assert result.stdout.splitlines() == [
        "mine.toml: begins with a byte order mark (BOM): save it as UTF-8 without one"
    ]


def test_mistakes_for_programs(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('extends = "gen2"\nsuite = "sm4"\n', encoding="utf-8")
    result = run("check", "gen2", path, tmp_path / "none.toml", "--json")
    assert result.exit_code == 1
    good, wrong, missing = json.loads(result.stdout)
    assert good["ok"]
    assert good["files"] > 0
    assert not wrong["ok"]
    assert any("computes with 3des" in line for line in wrong["mistakes"])
    assert "none.toml: cannot be read" in missing["mistakes"][0]


# diff -------------------------------------------------------------------------


def test_no_difference_ends_with_0() -> None:
    result = run("diff", "gen2", "gen2")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == ["gen2 → gen2", "没有差别 no difference"]
    document = json.loads(run("diff", "gen3", "gen3", "--json").stdout)
    assert document == {"before": "gen3", "after": "gen3", "equal": True, "differences": []}


def test_differences_end_with_1() -> None:
    result = run("diff", "gen2", "gen3")
    assert result.exit_code == 1
    lines = squeezed(result.stdout.splitlines())
    assert lines[0] == "gen2 → gen3"
    at = lines.index("~ SSSE/EF06 持卡人基本信息 cardholder basics")
    assert lines[at + 1] == "读权限 read: free → RKSSSE"
    assert "算法 cipher suite: 3des → sm4" in lines
    at = lines.index("~ SSSE/EF07 指纹 fingerprint")
    assert lines[at + 2] == "标记 mark: S → assumed"
    assert lines.index("SSSE") < lines.index("DF01") < lines.index("DF07")
    assert lines[-1].startswith("增加 added ")


def test_what_one_has_alone_is_told_once_and_whole_for_programs() -> None:
    lines = squeezed(run("diff", "gen3", "gen3+sichuan").stdout.splitlines())
    assert any(line.startswith("+ SSSE/EF0C 地方扩展信息") for line in lines)
    assert not any(line.startswith("+ SSSE/EF0C.") for line in lines)
    back = squeezed(run("diff", "gen3+sichuan", "gen3").stdout.splitlines())
    assert any(line.startswith("- SSSE/EF0C 地方扩展信息") for line in back)
    document = json.loads(run("diff", "gen3", "gen3+sichuan", "--json").stdout)
    assert not document["equal"]
    added = [each["place"] for each in document["differences"] if each["how"] == "added"]
    assert any(place.startswith("SSSE/EF0C.") for place in added)
    tries: dict[str, Any] = next(
        each for each in document["differences"] if each["place"] == "settings.pin_tries"
    )
    assert tries["facts"]["value"] == {"before": 6, "after": 3}


# schema -----------------------------------------------------------------------


@pytest.mark.parametrize(("name", "options"), [("profile", []), ("overlay", ["--overlay"])])
def test_the_schema_is_the_shipped_one(name: str, options: list[str]) -> None:
    shipped = ROOT / "docs" / "schema" / f"{name}.schema.json"
    assert run("schema", *options).stdout == shipped.read_text(encoding="utf-8")


# endings, widths, help --------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "gen33"], "no profile 'gen33'; there are: gen1, gen2, gen3; did you mean gen3?"),
        (["show", "gen3+sichaun"], "no overlay 'sichaun'"),
        (["show", "gen3+sichaun"], "did you mean sichuan?"),
        (["show", "gen3", "SSSE/EF66"], "gen3 has no 'SSSE/EF66'; there are: SSSE/EF06"),
        (["show", "gen3", "9999"], "gen3 has no '9999'; there are: SSSE, DF01"),
        (["diff", "gen2", "gen22"], "no profile 'gen22'"),
        (["diff", "no.toml", "gen2"], "no.toml: cannot be read"),
    ],
)
def test_what_is_not_there_ends_with_one_message_and_2(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    code, err = ended(monkeypatch, capsys, *arguments)
    assert code == 2
    assert message in err
    assert "Traceback" not in err


@pytest.mark.parametrize("width", [60, 80, 100])
def test_lines_fit_the_terminal(width: int) -> None:
    old, new = load_profile("gen2"), load_profile("gen3+sichuan")
    pages = [
        profile_list.shown_list(profile_list.packaged(), width),
        profile_show.overview(new, width),
        profile_show.assumed(new, width),
        *(
            profile_show.detail(profile_show.found_at(new, place), place, width)
            for place in ("SSSE", "DF04", "DF04/EF08", "settings", "bank", "certificates")
        ),
        profile_diff.shown_differences(
            (old.name, new.name), differences(old, new), (*stated(old), *stated(new))
        ),
    ]
    for page in pages:
        lines = printed(page, width)
        assert max(map(cell_len, lines)) <= width
        text = "".join("".join(lines).split())
        assert "assumed" in text or page is pages[0] or "mark" in text
    narrow = "".join("".join(printed(pages[2], width)).split())
    for word in ("pin_tries", "SSSE/001E.dir_df01"):  # folded, never cut
        assert word in narrow or width < 100


@pytest.mark.parametrize("command", ["list", "show", "check", "diff", "schema"])
def test_the_help_teaches(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    text = " ".join(run(command, "--help").stdout.split())
    assert f"Example: sscard profile {command}" in text

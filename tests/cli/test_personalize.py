"""The main job as a user runs it: 200 rows, 188 cards, twice; and what must stop it."""

from __future__ import annotations

import csv
import json
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from simulator import VirtualCard
from sscard import __version__
from sscard.apdu import iso7816, record_tlv, ssc
from sscard.apdu.response import ResponseAPDU
from sscard.keys.stores import load_social_security

Sscard = Callable[..., "subprocess.CompletedProcess[str]"]


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def states(out: Path) -> dict[str, str]:
    with closing(sqlite3.connect(out / "ledger.sqlite")) as ledger:
        return dict(ledger.execute("SELECT card_number, state FROM cards"))


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("run") / "issued"


@pytest.fixture(scope="module")
def first_run(out: Path, sscard: Sscard, examples: Path) -> dict[str, Any]:
    done = sscard("personalize", examples / "applicants.csv", "--out", out, "--json")
    assert done.returncode == 0
    (announced,) = done.stderr.splitlines()
    assert "TEST KEYS (social security, bank, exchange, card issuers)" in announced
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def test_188_people_get_a_card_and_12_records_go_back(first_run: dict[str, Any], out: Path) -> None:
    assert first_run["complete"] is True
    assert Counter(card["outcome"] for card in first_run["cards"]) == {
        "issued": 188,
        "rejected": 12,
    }
    assert first_run["counts"]["issued_now"] == len(table(out / "issued.csv")) == 188
    assert len({line["row"] for line in table(out / "rejects.csv")}) == 12
    assert len(list((out / "cards").iterdir())) == 188
    assert set(states(out).values()) == {"ISSUED"}


def test_the_cards_hold_what_the_list_says(first_run: dict[str, Any], out: Path) -> None:
    for line in table(out / "issued.csv")[::31]:
        card = VirtualCard.load(out / "cards" / f"{line['card_number']}.card")
        assert card.power_on().hex().upper() == line["atr"]
        assert element(card, 5, 0x01).hex().upper() == line["card_id_code"]
        assert element(card, 5, 0x07).decode() == line["card_number"]
        assert element(card, 6, 0x08).decode() == line["id_number"]
        name = element(card, 6, 0x09).rstrip(b"\0") + element(card, 6, 0x4E).rstrip(b"\0")
        assert name.decode("gbk") == line["name"]


def element(card: VirtualCard, sfi: int, tag: int) -> bytes:
    card.transmit(bytes(iso7816.select(ssc.SSSE_NAME)))
    answer = ResponseAPDU.parse(card.transmit(bytes(iso7816.read_record_tag(tag, sfi=sfi))))
    ((found, value),) = record_tlv.parse(answer.require("read"))
    assert found == tag
    return value


def test_numbers_of_the_list_are_used(first_run: dict[str, Any], out: Path, examples: Path) -> None:
    wanted = {
        line["身份证号"].upper(): line["卡号"]
        for line in table(examples / "applicants.csv")
        if line["卡号"]
    }
    issued = {line["id_number"]: line["card_number"] for line in table(out / "issued.csv")}
    assert wanted
    assert all(issued[person] == number for person, number in wanted.items() if person in issued)


def test_cards_of_the_third_generation(sscard: Sscard, small: Path, tmp_path: Path) -> None:
    out, profile = tmp_path / "issued", ("--profile", "gen3")
    done = sscard("personalize", small, *profile, "--out", out, "--json")
    assert done.returncode == 0
    issued = table(out / "issued.csv")
    summary = json.loads(done.stdout)
    assert summary["counts"]["issued_now"] == len(issued) > 0
    assert summary["not_modelled"] == []
    blank = {each["zh"]: each["en"] for each in summary["left_blank"]}
    assert [each.split("（")[0] for each in blank] == ["数字证书应用"]
    page = (out / "report.html").read_text("utf-8")
    assert "已声明，未建模" not in page
    assert "留空" in page
    assert all(zh in page and en in page for zh, en in blank.items())
    image = out / "cards" / f"{issued[0]['card_number']}.card"
    shown = sscard("card", "show", image, *profile)
    assert shown.returncode == 0
    assert issued[0]["name"] in shown.stdout
    assert "860103" in shown.stdout, "SM4"
    assert "with RKSSSE" in shown.stdout
    assert "PPSE" in shown.stdout, "seen over the antenna"
    assert "2PAY.SYS.DDF01" in shown.stdout
    assert "已声明，未建模" not in shown.stdout
    shown = sscard("card", "show", image, *profile, "--json")
    assert json.loads(shown.stdout)["not_modelled"] == []


def test_a_second_run_issues_none(
    first_run: dict[str, Any], out: Path, sscard: Sscard, examples: Path
) -> None:
    before = (out / "issued.csv").read_bytes()
    done = sscard("personalize", examples / "applicants.csv", "--out", out, "--json")
    again = json.loads(done.stdout)
    assert done.returncode == 0
    assert (again["counts"]["issued_now"], again["counts"]["issued_before"]) == (0, 188)
    assert (out / "issued.csv").read_bytes() == before
    runs = sorted((out / "runs").iterdir())
    assert len(runs) == 2, "each run keeps its own report and list of returned records"
    for run in runs:
        assert {path.name for path in run.iterdir()} == {"report.html", "rejects.csv"}


def test_a_run_beside_another_is_refused(sscard: Sscard, examples: Path, tmp_path: Path) -> None:
    with FileLock(tmp_path / ".lock"):
        done = sscard("personalize", examples / "applicants.csv", "--out", tmp_path)
    assert done.returncode == 2
    assert "another run" in done.stderr


def test_bank_accounts_of_the_file_are_on_the_cards(
    sscard: Sscard, small: Path, examples: Path, tmp_path: Path
) -> None:
    accounts = examples / "bank-accounts.csv"
    done = sscard("personalize", small, "--out", tmp_path, "--bank-accounts", accounts)
    assert done.returncode == 0
    expected = {line["身份证号"]: line["银行卡号"] for line in table(accounts)}
    lines = table(tmp_path / "issued.csv")
    assert len(lines) == 5
    assert all(line["bank_number"] == expected[line["id_number"]] for line in lines)


def test_a_doubled_bank_account_sends_both_people_back(
    sscard: Sscard, small: Path, tmp_path: Path, examples: Path
) -> None:
    people = [line["身份证号"].upper() for line in table(small)]
    lines = table(examples / "bank-accounts.csv")
    numbers = {line["身份证号"]: line["银行卡号"] for line in lines}
    accounts = tmp_path / "accounts.csv"
    with accounts.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, lines[0].keys())
        writer.writeheader()
        for line in lines:
            shared = line["身份证号"] == people[1]
            writer.writerow(line | {"银行卡号": numbers[people[0]]} if shared else line)
    done = sscard("personalize", small, "--out", tmp_path / "o", "--bank-accounts", accounts)
    assert done.returncode == 0
    codes = [line["code"] for line in table(tmp_path / "o" / "rejects.csv")]
    assert codes == ["BANK_ACCOUNT_DUPLICATE"] * 2
    assert len(table(tmp_path / "o" / "issued.csv")) == 3


def test_a_wrong_transport_key_stops_at_the_first_chip(
    sscard: Sscard, small: Path, tmp_path: Path, wrong_transport_key: Path
) -> None:
    out = tmp_path / "o"
    refused = sscard(
        "personalize", small, "--out", out, "--keystore", wrong_transport_key, "--json"
    )
    assert refused.returncode == 2
    assert "transport key" in refused.stderr
    told = json.loads(refused.stdout)
    (card,) = (card for card in told["cards"] if card["outcome"] != "rejected")
    assert card["outcome"] == "spoiled"
    assert "transport key" in card["detail"]
    assert told["complete"] is False
    assert list(states(out).values()) == ["SPOILED"]
    assert sscard("personalize", small, "--out", out).returncode == 0
    assert sorted(states(out).values()) == ["ISSUED"] * 5 + ["SPOILED"]


def test_an_unreadable_list_names_file_and_line(sscard: Sscard, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes("银行,姓名,性别,身份证号,联系电话,工作证号\n测试银行,张三,男\n".encode())
    done = sscard("personalize", path, "--out", tmp_path / "o")
    assert done.returncode == 2
    assert "people.csv" in done.stderr
    assert "line 2" in done.stderr
    assert not (tmp_path / "o").exists()


def test_production_refuses_test_keys(sscard: Sscard, small: Path, tmp_path: Path) -> None:
    done = sscard("personalize", small, "--out", tmp_path / "o", "--production")
    assert done.returncode == 2
    assert "TEST keys" in done.stderr


def test_check_only_checks(sscard: Sscard, examples: Path, tmp_path: Path) -> None:
    done = sscard("check", examples / "applicants.csv", "--json", "--rejects", tmp_path / "r.csv")
    document = json.loads(done.stdout)
    assert (done.returncode, document["eligible"], document["rejected"]) == (1, 188, 12)
    assert [path.name for path in tmp_path.iterdir()] == ["r.csv"]
    assert sscard("check", tmp_path / "missing.csv").returncode == 2


@pytest.fixture
def small(tmp_path: Path, examples: Path) -> Path:
    """The first five people of the examples."""
    path = tmp_path / "five.csv"
    lines = (examples / "applicants.csv").read_text("utf-8-sig").splitlines()
    path.write_text("\n".join(lines[:6]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def wrong_transport_key(tmp_path: Path) -> Iterator[Path]:
    """The TEST store with another transport key."""
    import sscard.keys.stores as stores

    text = (Path(stores.__file__).parent / "test-ssse-3des.toml").read_text("utf-8")
    right = load_social_security(None).lot("TEST-GEN2").transport.reveal().hex().upper()
    path = tmp_path / "other.toml"
    path.write_text(text.replace(right, "0123456789ABCDEFFEDCBA9876543210"), encoding="utf-8")
    return path


def test_a_ledger_that_was_lost_is_not_begun_again_over_issued_cards(
    sscard: Sscard, small: Path, tmp_path: Path
) -> None:
    out = tmp_path / "o"
    assert sscard("personalize", small, "--out", out).returncode == 0
    before = (out / "issued.csv").read_bytes()
    (out / "ledger.sqlite").unlink()
    lost = sscard("personalize", small, "--out", out)
    assert lost.returncode == 2
    assert "ledger" in lost.stderr
    assert (out / "issued.csv").read_bytes() == before


def test_the_version(sscard: Sscard) -> None:
    assert sscard("--version").stdout == f"sscard {__version__}\n"


def test_a_lists_own_file_is_no_place_for_its_rejects(
    sscard: Sscard, small: Path, tmp_path: Path
) -> None:
    before = small.read_bytes()
    for target in (small, tmp_path / "." / small.name, Path("/dev/null")):
        assert sscard("check", small, "--rejects", target).returncode == 2
    assert small.read_bytes() == before


def test_an_out_directory_may_be_called_anything(
    sscard: Sscard, small: Path, tmp_path: Path
) -> None:
    out = tmp_path / "o[b]"
    done = sscard("personalize", small, "--out", out)
    assert done.returncode == 0
    assert "o[b]" in done.stdout


def test_a_missing_ledger_is_not_replaced_by_an_empty_one(
    sscard: Sscard, small: Path, tmp_path: Path, wrong_transport_key: Path
) -> None:
    """Not even where no card was ever saved: the numbers of the spoiled one must not come back."""
    out = tmp_path / "o"
    assert sscard("personalize", small, "--out", out, "--keystore", wrong_transport_key).returncode
    (out / "ledger.sqlite").rename(tmp_path / "backup")
    before = sorted(path.name for path in out.iterdir())
    assert sscard("personalize", small, "--out", out).returncode == 2
    assert sorted(path.name for path in out.iterdir()) == before
    (tmp_path / "backup").rename(out / "ledger.sqlite")
    assert sscard("personalize", small, "--out", out).returncode == 0
    assert sorted(states(out).values()) == ["ISSUED"] * 5 + ["SPOILED"]


def test_a_strangers_file_stays(sscard: Sscard, small: Path, tmp_path: Path) -> None:
    out = tmp_path / "o"
    out.mkdir()
    for name in (".vimrc.new", ".other.1.new"):
        (out / name).write_text("keep")
    (out / ".issued.csv.1.new").write_text("draft")
    assert sscard("personalize", small, "--out", out).returncode == 0
    assert (out / ".vimrc.new").exists()
    assert (out / ".other.1.new").exists()
    assert not (out / ".issued.csv.1.new").exists()

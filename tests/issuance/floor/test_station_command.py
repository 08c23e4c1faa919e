"""``sscard station`` as people use it: trays, signatures, Ctrl-C, two processes, a kill."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from batch_standins import City, account, office, people
from sqlalchemy import select
from typer.testing import CliRunner, Result

from sscard.cli import app
from sscard.issuance.ledger import reading
from sscard.issuance.ledger.schema import BODIES, CARDS, ORDERS
from sscard.issuance.production_states import BodyState

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def as_it_was(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A city with a batch of two people, and their bodies in a tray."""
    folder = tmp_path_factory.mktemp("city")
    city = City(folder)
    city.batch("B1", people(2))
    done = station("tray", folder / "tray", "--batch", "B1", "--ledger", city.ledger)
    assert done.exit_code == 0, done.output
    return folder


@pytest.fixture
def city(as_it_was: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> City:
    shutil.copytree(as_it_was, tmp_path / "city")
    city = City(tmp_path / "city")
    monkeypatch.setenv("SSCARD_LEDGER", str(city.ledger))
    return city


def station(*arguments: object) -> Result:
    """In this process."""
    return CliRunner().invoke(app, ["station", *map(str, arguments)])


def started(city: City, *arguments: object) -> subprocess.Popen[str]:
    """In a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "sscard", "station", *map(str, arguments)],
        env={**environment, "SSCARD_LEDGER": str(city.ledger)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def heard(run: subprocess.Popen[str], **wanted: object) -> dict[str, object]:
    """The first event of a --json run that has these members."""
    assert run.stdout is not None
    for line in run.stdout:
        event: dict[str, object] = json.loads(line)
        if all(event.get(name) == value for name, value in wanted.items()):
            return event
    raise AssertionError(run.stderr.read() if run.stderr else "")


def ended(run: subprocess.Popen[str]) -> int:
    run.communicate(timeout=60)
    return run.returncode


def tray(city: City, folder: str = "tray") -> dict[str, list[str]]:
    """Where the bodies are."""
    return {
        each.name: sorted(card.stem for card in each.glob("*.card"))
        for each in (city.folder / folder).iterdir()
        if list(each.glob("*.card"))
    }


def ssse(city: City, *more: object, readers: int = 1, name: str = "SSSE-1") -> list[object]:
    place = f"{readers}xtray:{city.folder / 'tray'}"
    return ["ssse", "--batch", "B1", "--readers", place, "--name", name, *more]


BOTH = ["000001-B1-0001", "000002-B1-0002"]
FREE = "--no-first-article"


def test_both_stations_each_with_its_own_keys(city: City, tmp_path: Path) -> None:
    social, exchange, ledger = keys(tmp_path)
    first = station(
        *ssse(city, FREE, "--keystore", social, "--exchange-keystore", exchange, "--json"),
        *("--ledger-keystore", ledger, "--operator", "zhang"),
    )
    assert first.exit_code == 0, first.output
    assert tray(city) == {"out": BOTH}
    with city.orders() as orders:
        orders.hand_over("B1", office())
    place = f"2xtray:{city.folder / 'bank'}"
    shutil.copytree(city.folder / "tray" / "out", city.folder / "bank" / "in")
    bank = ["bank", "--batch", "B1", "--readers", place, "--body", "stripe", "--json"]
    keystores = ["--exchange-keystore", exchange, "--ledger-keystore", ledger]
    done = station(*bank, FREE, *keystores, "--name", "BANK-1")
    assert done.exit_code == 0, done.output
    *_, summary = map(json.loads, done.stdout.splitlines())
    assert (summary["made"], summary["failed"], summary["remaining"]) == (2, 0, 0)
    assert tray(city, "bank") == {"out": BOTH}
    said = first.output + done.output
    kept = b"".join(each.read_bytes() for each in city.folder.glob("city.sqlite*"))
    for person, order in zip(people(2), (1, 2), strict=True):
        for secret in (person.id_number, person.name, person.phone, account(order)):
            assert secret not in said
            assert secret.encode() not in kept
    listed = json.loads(station("list", "--json").stdout)
    assert [(each["name"], each["state"]) for each in listed] == [
        ("BANK-1", "stopped"),
        ("SSSE-1", "stopped"),
    ]


def test_a_number_without_expiry_gets_the_rest_from_the_banks_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    city, (person,) = City(tmp_path), people(1)
    (order,) = city.batch("B1", [person], expiry="")
    monkeypatch.setenv("SSCARD_LEDGER", city.ledger)
    assert station("tray", tmp_path / "tray", "--batch", "B1").exit_code == 0
    assert station(*ssse(city, FREE)).exit_code == 0
    with city.orders() as orders:
        orders.hand_over("B1", office())
    shutil.copytree(tmp_path / "tray" / "out", tmp_path / "bank" / "in")
    bank = ["bank", "--batch", "B1", "--readers", f"tray:{tmp_path / 'bank'}", FREE]
    for number, code in ((account(order + 1), 2), (account(order), 0)):
        listed = tmp_path / f"{code}.csv"
        row = f"{person.id_number},TEST,{number},2030-11,01"
        listed.write_text(f"身份证号,银行,银行卡号,有效期,序号\n{row}\n", "utf-8")
        done = station(*bank, "--bank-accounts", listed, "--name", f"BANK-{code}")
        assert done.exit_code == code, done.output
        assert number not in done.output
    with city.orders() as orders:
        (issued,) = orders.files_of("B1")
        assert issued.card is not None
        assert issued.card.bank_number == account(order)


def keys(folder: Path) -> tuple[Path, Path, Path]:
    """Three stores with nothing in common: social security, exchange, ledger."""
    packaged = ROOT / "sscard" / "keys" / "stores"
    whole = (packaged / "test-ssse-3des.toml").read_text("utf-8")
    mark = next(line for line in whole.splitlines() if line.startswith("ledger-id-hash"))
    social, ledger = folder / "social.toml", folder / "ledger.toml"
    social.write_text(whole.replace(mark + "\n", ""), "utf-8")
    head = whole[: whole.index("[")]
    ledger.write_text(f"{head}[keys]\n{mark}\n", "utf-8")
    exchange = folder / "exchange.toml"
    shutil.copy(packaged / "test-exchange-3des.toml", exchange)
    return social, exchange, ledger


def test_the_second_card_waits_for_a_signature(city: City) -> None:
    run = started(city, *ssse(city, "--json", readers=2))
    drawn = heard(run, state="done")
    heard(run, state="held")
    assert len(tray(city)["in"]) == 1
    done = station("check", drawn["card"], "--what", "first-article", "--by", "wang")
    assert done.exit_code == 0, done.output
    assert ended(run) == 0
    assert tray(city) == {"out": BOTH}


def test_ctrl_c_finishes_the_cards_under_way(city: City) -> None:
    run = started(city, *ssse(city, "--json", FREE))
    heard(run, state="working")
    run.send_signal(signal.SIGINT)
    assert ended(run) == 130
    assert tray(city) == {"in": BOTH[1:], "out": BOTH[:1]}


def test_two_processes_share_a_tray_and_make_each_card_once(city: City) -> None:
    runs = [started(city, *ssse(city, FREE, name=f"SSSE-{n}")) for n in (1, 2)]
    codes = [ended(run) for run in runs]
    assert codes == [0, 0]
    assert tray(city) == {"out": BOTH}
    with city.orders() as orders, reading(orders.engine) as connection:
        rows = connection.execute(select(CARDS.c.body, CARDS.c.state)).all()
        assert sorted((row.body, row.state.name) for row in rows) == [
            (f"B1-{n:04}", "SSSE_DONE") for n in (1, 2)
        ]


def test_a_station_that_is_killed_spoils_the_card_in_hand_and_no_other(city: City) -> None:
    run = started(city, *ssse(city, "--json", FREE))
    heard(run, state="working")
    touched = threading.Event()
    for _ in range(2000):  # the chip is touched as soon as the ledger says so
        if begun(city):
            touched.set()
            break
    run.kill()
    ended(run)
    assert touched.is_set()
    again = station(*ssse(city, FREE))
    assert again.exit_code != 0
    assert "SSSE-1" in str(again.exception)
    back = station("return", "SSSE-1", "--operator", "wang")
    assert "B1-0001: 作废 spoiled" in back.output
    assert station(*ssse(city, FREE)).exit_code == 0
    assert tray(city) == {"rejected": BOTH[:1], "out": BOTH[1:]}
    one = station("destroy", "B1-0001", "--by", "wang", "--witness", "Wang")
    assert one.exit_code != 0
    both = station("destroy", "B1-0001", "--by", "wang", "--witness", "li")
    assert both.exit_code == 0
    with city.orders() as orders, reading(orders.engine) as connection:
        state = select(BODIES.c.state).where(BODIES.c.id == "B1-0001")
        assert connection.execute(state).scalar() is BodyState.DESTROYED
        waits = select(ORDERS.c.state).where(ORDERS.c.position == 1)
        assert connection.execute(waits).scalar().name == "BATCHED"  # the bank's number is gone


def begun(city: City) -> bool:
    with city.orders() as orders, reading(orders.engine) as connection:
        return connection.execute(select(CARDS.c.started_at)).scalar() is not None


def test_a_mismatch_ends_the_run_with_1_and_says_what(city: City) -> None:
    mark = city.folder / "tray" / "in" / f"{BOTH[0]}.body"
    mark.write_text('barcode = "B9-0001"\n')
    done = station(*ssse(city, FREE))
    assert done.exit_code == 1
    assert "台账无此卡体" in done.output
    assert tray(city) == {"in": BOTH[1:], "rejected": BOTH[:1]}


def test_a_halted_line_ends_every_run_with_2_until_two_people_release_it(city: City) -> None:
    from craft_standins import blank, lot_of, with_other_key

    image = city.folder / "tray" / "in" / f"{BOTH[0]}.card"
    blank(lot=with_other_key(lot_of())).save(image)
    first = station(*ssse(city, FREE))
    assert first.exit_code == 2, first.output
    second = station(*ssse(city, FREE, name="SSSE-2"))
    assert second.exit_code == 2
    assert tray(city) == {"in": BOTH[1:], "rejected": BOTH[:1]}
    signed = ("--by", "wang", "--witness", "li", "--reason", "lot locked away")
    assert station("release", *signed).exit_code == 0
    assert station(*ssse(city, FREE, name="SSSE-2")).exit_code == 0


def test_a_number_is_typed_when_the_card_is_in(city: City) -> None:
    image = city.folder / "tray" / "in" / f"{BOTH[1]}.card"
    specs = ["--readers", f"sim:{image}", "--body", "typed"]
    run = started(city, "ssse", "--batch", "B1", *specs, FREE, "--json")
    heard(run, state="identifying")
    assert run.stdin is not None
    assert run.stderr is not None
    for line in run.stderr:
        if "scan or type" in line:
            break
    run.stdin.write("B1-0002\n")
    run.stdin.flush()
    assert heard(run, summary=True)["made"] == 1
    assert ended(run) == 0


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")

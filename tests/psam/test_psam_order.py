"""What a PSAM is made from: which keys, at which level, in which file; and what is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from simulator import PsamCard
from sscard.apdu import iso7816, psam
from sscard.cos.protocol import Protocol
from sscard.errors import KeyStoreError, NotVerified, ProfileError
from sscard.keys import SUITES, TDES_SUITE, Factors, KeyReference
from sscard.keys.load_forms import LoadLine, PsamRecord
from sscard.keys.psam_load import PsamLoad, Sealing, require_loadable
from sscard.keys.roots import MINISTRY_ROOTS, Roots
from sscard.keys.stores import load_social_security
from sscard.perso.activation import WrongLot
from sscard.perso.plan import run
from sscard.perso.psam import PsamNumbers, make, prepare, prove
from sscard.perso.psam.uses import key_file, loads
from sscard.profiles import load_profile

if TYPE_CHECKING:
    from tests.psam.conftest import Made

FACTORS = Factors.of("371000", bytes(13))
LOAD = PsamLoad(KeyReference("UK3DF01", 1), 0x27, 0x24, FACTORS)
SEALING = Sealing(bytes.fromhex("84D40011"), bytes(4))


def uses(profile: str, roots: Roots = MINISTRY_ROOTS, version: int = 1) -> dict[str, str]:
    found = loads(load_profile(profile), roots, FACTORS, version)
    return {f"{e.key.name}/{e.key.version}": f"{e.usage:02X},{e.key_id:02X}" for e in found}


@pytest.mark.parametrize(
    ("name", "city", "province"),
    [
        ("IRK/1", "67,08", "67,08"),
        ("STK/1", "26,09", "26,09"),
        ("UKSSSE/1", "28,12", "48,12"),
        ("UK3DF01/1", "27,24", "47,24"),
        ("UK2DF03/1", "27,29", "47,29"),
        ("UK6DF01/1", "47,2F", "47,2F"),
        ("RK1DF01/1", "27,2E", "47,2E"),
        ("STKDF05/1", "26,B3", "46,B3"),
        ("DPK/1", "22,01", "22,01"),
        ("DPK/3", "22,03", "22,03"),
    ],
)
def test_the_profile_says_at_which_level(name: str, city: str, province: str) -> None:
    assert uses("gen2")[name] == city
    assert uses("gen2+zhejiang")[name] == province


def test_what_a_psam_does_not_hold() -> None:
    names = {each.split("/")[0] for each in uses("gen2")}
    assert not names & {"DLK", "DTK", "MKSSSE", "MKDF04", "STKDF06", "LKDF06"}


def test_one_version_of_each_key_but_of_purchase_keys_all() -> None:
    names = list(uses("gen2", version=2))
    assert {"UKSSSE/2", "STK/1", "DPK/1", "DPK/2", "DPK/3"} <= set(names)
    assert len({each.split("/")[0] for each in names}) == len(names) - 2


def test_a_store_of_a_city_loads_keys_of_one_diversification() -> None:
    found = uses("gen2", Roots(level="city", area="371000"))  # type: ignore[arg-type]
    assert {int(each[:2], 16) >> 5 for each in found.values()} == {1}
    assert found["IRK/1"] == "27,08"


def test_key_files() -> None:
    files = {"08": 0x11, "24": 0x11, "12": 0x12, "42": 0x12, "B3": 0x13, "18": 0x13}
    for key_id, file in files.items():
        assert key_file(LOAD._replace(key_id=int(key_id, 16))) == file
    assert key_file(LOAD._replace(usage=0x22, key_id=3)) == 0x11


def test_two_keys_in_one_place() -> None:
    profile = load_profile("gen2")
    df04 = next(each for each in profile.directories if each.name == "DF04")
    one = df04.keys[2]
    clash = one.model_copy(update={"name": "UK4DF04-local"})
    twice = df04.model_copy(update={"keys": (*df04.keys, clash)})
    others = [twice if each.name == "DF04" else each for each in profile.directories]
    changed = profile.model_copy(update={"directories": tuple(others)})
    with pytest.raises(ProfileError, match=r"UK4DF04-local and UK2DF06 are both 54"):
        loads(changed, MINISTRY_ROOTS, FACTORS, 1)


# ------------------------------------------------------------------- the store


def test_a_root_key_leaves_the_store_for_one_psam_only(oracle: Any, made: Made) -> None:
    """Sealed as the other libraries seal it, under the master key of that PSAM."""
    load = LOAD._replace(factors=Factors.of("510100", made.order.historical))
    chain = (load.factors.province, load.factors.city, load.factors.card)
    master = oracle.below(oracle.root("PSAM-MKADF"), *chain)
    root = oracle.below(oracle.root("UK3DF01"), *chain[:2])
    record = bytes((0x27, 0x24, 0, 3 if made.suite == "sm4" else 0, 0, 0, 0, 0)) + root
    challenge = bytes.fromhex("01020304")
    sealed = made.store.load_psam(load, SEALING._replace(challenge=challenge))
    assert sealed == oracle.sealed(master, challenge, SEALING.header, record)
    assert root not in sealed


@pytest.mark.parametrize(
    "load",
    [
        LOAD._replace(key=KeyReference("MKSSSE", 1)),
        LOAD._replace(key=KeyReference("PSAM-MKADF", 1)),
        LOAD._replace(key=KeyReference("card-authentication-code", 1)),
        LOAD._replace(key_id=0x25),
        LOAD._replace(usage=0x07),
        LOAD._replace(usage=0x87),
        LOAD._replace(key=KeyReference("DTK", 1), key_id=0x24),
    ],
)
def test_what_no_psam_holds_never_leaves(load: PsamLoad) -> None:
    with pytest.raises(KeyStoreError, match="no PSAM holds it"):
        require_loadable(load)
    with pytest.raises(KeyStoreError, match="no PSAM holds it"):
        load_social_security().load_psam(load, SEALING)


def city_store(tmp_path: Path, suite: str = "3des") -> Path:
    """The TEST keys, said to be those of one city."""
    from importlib import resources

    text = (resources.files("sscard.keys.stores") / f"test-ssse-{suite}.toml").read_text("utf-8")
    path = tmp_path / "city.toml"
    path.write_text(f'root_level = "city"\narea = "371000"\n{text}', encoding="utf-8")
    return path


def test_a_store_of_a_city(tmp_path: Path) -> None:
    store = load_social_security(city_store(tmp_path))
    sealed = store.load_psam(LOAD, SEALING)
    own = LOAD.factors
    master = store.card_key("PSAM-MKADF", 1, own)
    plain = LoadLine(TDES_SUITE, master, SEALING.challenge, direct=True).open(
        SEALING.header, sealed
    )
    record = PsamRecord.parse(plain, TDES_SUITE)
    test_root = load_social_security().kcv("UK3DF01", 1)
    assert record.key.kcv == test_root, "what the city holds goes out as it is"
    with pytest.raises(KeyStoreError, match="none above"):
        store.load_psam(LOAD._replace(usage=0x47), SEALING)
    with pytest.raises(KeyStoreError, match="for the city 371000 only"):
        store.load_psam(LOAD._replace(factors=Factors.of("370100", bytes(13))), SEALING)


def test_a_place_that_loads_no_psams() -> None:
    from sscard.keys.stores.social_security import OperationsStore

    class Token:
        roots = MINISTRY_ROOTS

    store = OperationsStore(Token(), {}, "token.toml")  # type: ignore[arg-type]
    with pytest.raises(KeyStoreError, match=r"token\.toml: keys of this store cannot be loaded"):
        store.load_psam(LOAD, SEALING)


# ------------------------------------------------------------------- the order and the making


NUMBERS = PsamNumbers("371000", 1, 1, date(2026, 1, 1), date(2036, 1, 1))


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"serial": 10**8}, "8 digits"),
        ({"terminal": -1}, "8 digits"),
        ({"valid_to": date(2025, 12, 31)}, "valid from"),
    ],
)
def test_numbers_that_do_not_fit(change: Mapping[str, Any], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        replace(NUMBERS, **change)


def test_the_store_must_be_of_the_profile_s_suite() -> None:
    with pytest.raises(KeyStoreError, match="for 3des, profile gen3 for sm4"):
        prepare(load_profile("gen3"), NUMBERS, load_social_security(), "TEST-PSAM")
    with pytest.raises(KeyStoreError, match="no chip lot"):
        prepare(load_profile("gen2"), NUMBERS, load_social_security(), "GEN9")


def test_a_key_that_is_not_held_is_named_before_the_chip_is_touched(tmp_path: Path) -> None:
    path = city_store(tmp_path)
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(x for x in lines if not x.startswith("PUK")), encoding="utf-8")
    with pytest.raises(KeyStoreError, match="no key PUK version 1"):
        prepare(load_profile("gen2"), NUMBERS, load_social_security(path), "TEST-PSAM")


def test_orders_show_no_secret(made: Made) -> None:
    shown = repr(made.order)
    for key in (*made.order.masters, *made.order.own):
        assert key.reveal().hex() not in shown
        assert repr(key.reveal()) not in shown


def test_only_a_blank_chip_of_the_lot(made: Made) -> None:
    slot = made.slot()
    with pytest.raises(WrongLot):
        run(make(made.order, bytes), slot.card)


def test_every_key_is_proved(made: Made) -> None:
    proved = run(prove(made.order), made.slot().card)
    assert len(proved) == len(made.order.loads)
    assert {each.agrees for each in proved} == {True, None}
    assert {each.key.name for each in proved if each.agrees is None} == {"DPK"}


def test_a_key_that_differs_is_found(made: Made) -> None:
    slot = made.slot()
    slot.enter()
    slot.show(2)
    slot.ok(slot.write_key(0x12, bytes((0x28, 0x42, 0)) + bytes(range(16)), change=True))
    proved = run(prove(made.order), slot.card)
    assert [each.key.name for each in proved if each.agrees is False] == ["UK1DF01"]
    missing = PsamLoad(KeyReference("UK1DF01", 1), 0x27, 0x77, made.order.loads[0].factors)
    order = replace(made.order, loads=(missing,))
    assert [each.agrees for each in run(prove(order), slot.card)] == [False]


def test_two_psams_have_no_own_key_in_common(make_psam: Callable[..., Made], made: Made) -> None:
    other = make_psam(made.suite, replace(made.order.numbers, serial=8)).order
    mine = {key.reveal() for key in (*made.order.masters, *made.order.own)}
    theirs = {key.reveal() for key in (*other.masters, *other.own)}
    assert len(mine | theirs) == 10


def test_a_torn_making_leaves_a_chip_that_says_so(
    made: Made, torn_nvm: Any, power_loss: type[Exception], outcomes: Any
) -> None:
    """Power fails at every 25th page: no half-made PSAM is taken for a blank or for a whole one."""
    for cut_at in range(1, 400, 25):
        card = PsamCard.blank(f"psam-{made.suite}-16k", nvm=torn_nvm)
        nvm: Any = card.card.nvm
        nvm.arm(cut_at, outcomes.FIRST_HALF)
        with pytest.raises((power_loss, NotVerified)):
            run(make(made.order, lambda size: bytes(range(size))), card)
        card.reset()
        final = card.power_on().endswith(made.order.historical)
        if final:
            with pytest.raises(WrongLot):
                run(make(made.order, bytes), card)
        selected = card.transmit(bytes(iso7816.select(psam.APPLICATION)))
        whole = selected[-2:] == b"\x90\0"
        assert not (whole and not final)


def test_images(made: Made, tmp_path: Path) -> None:
    from simulator import VirtualCard
    from sscard.errors import MalformedData, TransportError

    slot, path = made.slot(), tmp_path / "p.card"
    slot.card.save(path)
    assert path.stat().st_mode & 0o777 == 0o600
    loaded = PsamCard.load(path)
    assert loaded.power_on() == slot.card.power_on()
    with pytest.raises(MalformedData, match="PSAM's chip"):
        VirtualCard.load(path)
    with pytest.raises(TransportError, match="cannot be read"):
        PsamCard.load(tmp_path / "none.card")
    VirtualCard.blank("gen2-32k").save(path)
    with pytest.raises(MalformedData, match="gen2-32k chip, not of a PSAM"):
        PsamCard.load(path)


def test_images_of_other_chips(made: Made, tmp_path: Path) -> None:
    from simulator.image import Image
    from sscard.errors import MalformedData

    cells, wear = made.cells, (0,) * (len(made.cells) // 64)
    path = tmp_path / "p.card"
    for chip, size, match in (
        ("psam-9k", len(cells), "unknown chip"),
        (f"psam-{made.suite}-16k", len(cells) - 64, "not of a psam"),
    ):
        Image(chip, cells[:size], wear).save(path)
        with pytest.raises(MalformedData, match=match):
            PsamCard.load(path)


def test_suites_have_their_chips() -> None:
    for name in SUITES:
        assert PsamCard.blank(f"psam-{name}-16k").chip.suite == name


def test_a_psam_is_loaded_as_what_it_is_and_keeps_its_counter(made: Made, tmp_path: Path) -> None:
    """One way in for both kinds of card; what is kept in an image outlives its process."""
    from simulator import VirtualCard, load_card
    from simulator.faults import FaultyCard, FaultyNVM
    from simulator.persistence import Persist, kept

    path, user = tmp_path / "p.card", tmp_path / "u.card"
    made.slot().card.save(path)
    VirtualCard.blank("gen2-32k").save(user)
    assert isinstance(load_card(user), VirtualCard)
    assert isinstance(load_card(path), PsamCard)
    data = bytes(18) + b"\2" + bytes.fromhex("20260131235959") + b"\1"
    data += bytes((made.order.suite.algorithm,)) + b"a factor"
    for number in range(3):
        with kept(path, Persist.EACH_COMMAND, load=load_card, nvm=FaultyNVM) as card:
            faulty = FaultyCard(card)
            faulty.power_on()
            faulty.transmit(bytes(iso7816.select(psam.APPLICATION)))
            answer = faulty.transmit(bytes.fromhex("8070010024") + data)
            assert int.from_bytes(answer[:4], "big") == number


def test_speed(made: Made) -> None:
    """The ATR offers T=0 at the speed that every card has."""
    slot = made.slot()
    slot.card.power_on(Protocol.T0)
    assert slot.card.pps(bytes.fromhex("FF00FF")).hex().upper() == "FF00FF"

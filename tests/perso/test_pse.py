"""The bank station: data preparation, the plan without a card, and with one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from Crypto.Cipher import DES3

from sscard.apdu import aid, cps, iso7816, tlv
from sscard.apdu.command import CommandAPDU
from sscard.apdu.response import ResponseAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel import SecurityLevel
from sscard.cos.challenge import Challenges
from sscard.cos.life_cycle import CardState
from sscard.cos.nvm import JOURNAL_PAGES, NVM
from sscard.cos.partition import Partition
from sscard.cos.pse import Banking
from sscard.dialects.chip import PAGE
from sscard.errors import NotVerified, ProfileError
from sscard.keys import TDES, Pin
from sscard.keys.cps import card_keys
from sscard.keys.stores import load_bank
from sscard.perso import audit_pse
from sscard.perso.findings import Finding, Proof
from sscard.perso.plan import run
from sscard.perso.pse import BankAccount, Dgi, Instance, personalize, prepare
from sscard.perso.pse_data import holder_name
from sscard.profiles import FieldError, Profile, Setting, load_profile

NAME = "张〇·阿布都"
ACCOUNT = BankAccount("TEST", "6228000100001117", "3012", "01", test=True)
KEYDATA = bytes.fromhex("6228000FFFFF12345678")
KMC = TDES(bytes.fromhex("404142434445464748494A4B4C4D4E4F"))
BASE = JOURNAL_PAGES * PAGE


class Chip:
    """A connection to a chip that has nothing but a financial side."""

    def __init__(self, kmc: TDES = KMC) -> None:
        nvm = NVM(bytearray(BASE + 4096))
        challenges = Challenges(bytes)
        self.nvm, self.banking = (
            nvm,
            Banking(Partition(nvm, BASE, 4096), challenges, happen=lambda _: None),
        )
        self.banking.manufacture(KEYDATA, card_keys(kmc, KEYDATA))
        self.commands: list[CommandAPDU] = []

    def reset(self) -> bytes:
        self.nvm.power_up()
        self.banking.reset()
        return b""

    def transmit(self, raw: bytes) -> bytes:
        command = CommandAPDU.parse(raw)
        self.commands.append(command)
        try:
            response = self._answer(command)
            self.nvm.commit()
        except StatusError as refusal:
            if self.nvm.roll_back():
                self.banking.rolled_back()
            response = ResponseAPDU(sw=refusal.sw)
        return bytes(response)

    def _answer(self, command: CommandAPDU) -> ResponseAPDU:
        if command.ins != iso7816.INS.SELECT:
            return ResponseAPDU(self.banking.execute(command, CardState.ISSUED))
        answer = self.banking.select(command.data)
        if answer is None:
            raise StatusError(StatusWord.FILE_NOT_FOUND)
        return answer


def small() -> Profile:
    """The second generation with the least that a card needs on its financial side."""
    least = (0x9104, 0x9102, 0x0101, 0x0201, 0x0301, 0x8000, 0x9000, 0x8010, 0x9010)
    profile = load_profile("gen2")
    groupings = tuple(
        each.model_copy(update={"written": each.application != "debit" or each.dgi in least})
        for each in profile.groupings
    )
    return profile.model_copy(update={"groupings": groupings})


def with_bank(**values: str) -> Profile:
    """The same with other bank settings."""
    profile = small()
    changed = {
        name: Setting(value=value, source="test", mark="assumed") for name, value in values.items()
    }
    return profile.model_copy(update={"bank": {**profile.bank, **changed}})


def prepared(
    profile: Profile | None = None, account: BankAccount = ACCOUNT
) -> tuple[Instance, ...]:
    wanted = profile or small()
    return prepare(wanted, account, NAME, load_bank(), effective=date(2026, 2, 3))


def value(instance: Instance, dgi: int, *path: int) -> str | None:
    found = tlv.find(instance.value(dgi), *path)
    return None if found is None else found.hex()


def personalized(instances: tuple[Instance, ...]) -> Chip:
    chip = Chip()
    run(personalize(instances, load_bank(), random=bytes), chip)
    chip.reset()
    return chip


# Data preparation


def test_the_directory() -> None:
    pse, _ = prepared()
    assert pse.name == aid.PSE
    assert pse.value(0x9102).hex() == "a50c8801015f2d027a689f110101", "trace of pboc 2.2"
    entry = "4f08a000000333010101500a50424f43204445424954870101"
    assert pse.value(0x0101).hex() == "702861" + "26" + entry + "9f120a50424f43204445424954"


def test_the_debit_application() -> None:
    _, debit = prepared()
    assert debit.name == aid.DEBIT
    assert value(debit, 0x9104, 0x82) == "1c00", "no offline data authentication yet"
    assert value(debit, 0x9104, 0x94) == "080101001001010018010100"
    assert value(debit, 0x0101, 0x70, 0x57) == "6228000100001117d30122010123456789", "pboc 6.1"
    assert value(debit, 0x0101, 0x70, 0x9F1F) == b"0123456789".hex()
    assert value(debit, 0x0101, 0x70, 0x5F20) == NAME.encode("gbk").hex()
    assert value(debit, 0x0301, 0x70, 0x5A) == "6228000100001117"
    assert value(debit, 0x0301, 0x70, 0x5F24) == "301231"
    assert value(debit, 0x0301, 0x70, 0x5F25) == "260203"
    assert value(debit, 0x0301, 0x70, 0x5F34) == "01"
    assert value(debit, 0x9102, 0xA5, 0xBF0C, 0x9F4D) == "0b0a"
    assert debit.value(0x8010).hex() == "26123456ffffffff"
    assert debit.value(0x9010).hex() == "0303"
    tags = [tag for tag, _ in tlv.parse(tlv.find(debit.value(0x0301), 0x70) or b"")]
    assert " ".join(f"{tag:X}" for tag in tags) == (
        "5A 5F24 5F25 5F34 9F07 8E 9F0D 9F0E 9F0F 5F28 9F08"
    )


def test_the_keys_against_another_implementation() -> None:
    _, debit = prepared()
    store = "9B40E9C4BA7C20AE898AAE5E2F3D890B", "0B75346DA2B9F445D53886374FA120D0"
    for at, imk in enumerate((*store, "16F8CB23DC8FE383071658E5022F3D1A")):
        y = bytes.fromhex((ACCOUNT.number + ACCOUNT.psn)[-16:])
        inverted = bytes(byte ^ 0xFF for byte in y)
        cipher = DES3.new(bytes.fromhex(imk), DES3.MODE_ECB)
        udk = cipher.encrypt(y + inverted)
        assert debit.value(0x8000)[16 * at : 16 * at + 16] == udk
        kcv = DES3.new(udk, DES3.MODE_ECB).encrypt(bytes(8))[:3]
        assert debit.value(0x9000)[3 * at : 3 * at + 3] == kcv


def test_an_odd_number_of_digits_is_filled() -> None:
    _, debit = prepared(account=replace(ACCOUNT, number="6228000100001117999", expiry="2802"))
    assert value(debit, 0x0301, 0x70, 0x5A) == "6228000100001117999f"
    assert value(debit, 0x0101, 0x70, 0x57) == "6228000100001117999d28022010123456789f"
    assert value(debit, 0x0301, 0x70, 0x5F24) == "280229"


def test_a_card_without_pdol_has_no_9f38() -> None:
    _, debit = prepared(with_bank(pdol=""))
    assert value(debit, 0x9102, 0xA5, 0x9F38) is None


@pytest.mark.parametrize(
    ("name", "size"), [("王", 2), ("A", 2), ("张" * 13, 26), ("张" * 14, 26), ("A" + "张" * 13, 25)]
)
def test_names(name: str, size: int) -> None:
    encoded = holder_name(name)
    assert len(encoded) == size
    assert name.ljust(2).startswith(encoded.decode("gbk"))


def test_a_name_outside_gbk_is_refused_without_repeating_it() -> None:
    with pytest.raises(FieldError) as caught:
        holder_name("王\U00020bb7")
    assert "王" not in str(caught.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": "622800010000"},
        {"number": "62280001000011179990"},
        {"number": "622800010000111X"},
        {"expiry": "203012"},
        {"expiry": "3013"},
        {"expiry": "3000"},
        {"psn": "1"},
        {"psn": "０１"},
    ],
)
def test_accounts_of_another_form(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError) as caught:
        replace(ACCOUNT, **wrong)
    assert not set(wrong.values()) & set(str(caught.value).split())


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"offline_pin": "12"}, "bank.offline_pin"),
        ({"aid": "XYZ"}, "hexadecimal"),
        ({"label": "社保"}, "bank.label"),
    ],
)
def test_wrong_settings(setting: dict[str, str], message: str) -> None:
    with pytest.raises(ProfileError, match=message):
        prepared(with_bank(**setting))


def test_a_missing_setting_is_named() -> None:
    profile = small()
    bank = {name: each for name, each in profile.bank.items() if name != "cdol1"}
    with pytest.raises(ProfileError, match="cdol1"):
        prepared(profile.model_copy(update={"bank": bank}))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Dgi(0x8010, bytes(7), secret=True),
        lambda: Dgi(0x10000, b""),
        lambda: Dgi(0x0101, bytes(0x10000)),
        lambda: prepared()[0].value(0x8000),
    ],
)
def test_wrong_groupings(make: Callable[[], object]) -> None:
    with pytest.raises(ValueError):
        make()


def test_nothing_personal_is_printed() -> None:
    shown = repr((prepared(), ACCOUNT))
    for secret in (ACCOUNT.number, NAME, "123456", "3012", bytes.fromhex("26123456").hex()):
        assert secret not in shown


# The plan, stepped by hand


def test_without_any_card() -> None:
    plan = personalize(prepared(), load_bank(), random=bytes)
    assert next(plan) == iso7816.select(aid.PSE)
    assert plan.send(ResponseAPDU()) == cps.initialize_update(bytes(8))
    with pytest.raises(StatusError, match="PSE: INITIALIZE UPDATE"):
        plan.send(ResponseAPDU(sw=StatusWord.CONDITIONS_NOT_SATISFIED))


def test_a_missing_application_is_named() -> None:
    plan = personalize(prepared(), load_bank(), random=bytes)
    next(plan)
    with pytest.raises(StatusError, match="PSE: SELECT: FILE_NOT_FOUND"):
        plan.send(ResponseAPDU(sw=StatusWord.FILE_NOT_FOUND))


def test_other_channel_keys_are_noticed_before_anything_is_tried() -> None:
    chip = Chip(kmc=TDES(bytes(range(16))))
    with pytest.raises(NotVerified, match="channel keys"):
        run(personalize(prepared(), load_bank(), random=bytes), chip)
    assert [command.ins for command in chip.commands] == [0xA4, 0x50]


# The plan on a card


@pytest.mark.parametrize("level", SecurityLevel)
def test_on_a_card(level: SecurityLevel) -> None:
    chip = Chip()
    instances = prepared()
    issued = run(personalize(instances, load_bank(), random=bytes, level=level), chip)
    assert issued == ("PSE", "debit application")
    stored = [command for command in chip.commands if command.ins == 0xE2]
    assert [(command.p1, command.p2) for command in stored] == [
        (0x00, 0),
        (0x80, 1),
        *((0x00, block) for block in range(5)),
        (0x60, 5),
        (0x00, 6),
        (0x60, 7),
        (0x80, 8),
    ]
    assert {command.cla for command in stored} == {0x84 if level else 0x80}


def test_secrets_never_travel_in_plain() -> None:
    chip = Chip()
    instances = prepared()
    run(personalize(instances, load_bank(), random=bytes, level=SecurityLevel.NONE), chip)
    sent = b"".join(command.data for command in chip.commands)
    for dgi in (0x8000, 0x8010):
        assert instances[1].value(dgi) not in sent
    assert instances[1].value(0x9000) in sent


def test_a_refused_grouping_is_named_without_its_value() -> None:
    pse, debit = prepared()
    wrong = tuple(
        replace(each, value=bytes(9)) if each.identifier == 0x9000 else each for each in debit.dgis
    )
    with pytest.raises(StatusError) as caught:
        personalized((pse, replace(debit, dgis=wrong)))
    assert str(caught.value) == "debit application: DGI 9000: WRONG_DATA (6A80)"


def test_a_long_grouping_takes_several_commands() -> None:
    pse, debit = prepared()
    long = Dgi(0x0401, tlv.encode(0x70, tlv.encode(0x90, bytes(245))))
    instances = pse, replace(debit, dgis=(long, *debit.dgis))
    chip = personalized(instances)
    assert sum(command.ins == 0xE2 for command in chip.commands) == 2 + 10 + 1


# The audit


def test_audit_of_a_good_card() -> None:
    instances = prepared()
    chip = personalized(instances)
    findings = run(audit_pse.audit(instances), chip)
    assert all(finding.agrees for finding in findings)
    assert {finding.subject: finding.proof.name for finding in findings} == {
        "PSE: FCI": "READING",
        "PSE: record 0101": "READING",
        "PSE: end of directory": "READING",
        "debit application: FCI": "READING",
        "debit application: processing options": "READING",
        "debit application: record 0101": "READING",
        "debit application: record 0201": "READING",
        "debit application: record 0301": "READING",
        "debit application: PIN tries": "READING",
        "debit application: offline PIN": "AUTHENTICATION",
        "debit application: UDK-AC": "NOT_PROVEN",
        "debit application: UDK-MAC": "NOT_PROVEN",
        "debit application: UDK-ENC": "NOT_PROVEN",
    }


def with_value(instance: Instance, dgi: int, value: bytes) -> Instance:
    dgis = (replace(e, value=value) if e.identifier == dgi else e for e in instance.dgis)
    return replace(instance, dgis=tuple(dgis))


@pytest.mark.parametrize(
    ("at", "dgi", "value", "subject"),
    [
        (0, 0x9102, bytes.fromhex("A50C8801015F2D02656E9F110101"), "PSE: FCI"),
        (0, 0x0101, bytes.fromhex("7003500141"), "PSE: record 0101"),
        (1, 0x0301, bytes.fromhex("70035A0100"), "debit application: record 0301"),
        (1, 0x8010, Pin("654321").block(), "debit application: offline PIN"),
        (1, 0x9010, b"\x05\x05", "debit application: PIN tries"),
        (
            1,
            0x9104,
            bytes.fromhex("82027C00940C080101001001010018010100"),
            "debit application: processing options",
        ),
    ],
)
def test_audit_finds_the_one_difference(at: int, dgi: int, value: bytes, subject: str) -> None:
    wanted = prepared()
    on_card = [*wanted]
    on_card[at] = with_value(wanted[at], dgi, value)
    findings = run(audit_pse.audit(wanted), personalized(tuple(on_card)))
    assert [finding.subject for finding in findings if not finding.agrees] == [subject]


def test_audit_says_that_it_cannot_prove_the_debit_keys() -> None:
    """A card with other keys passes, so nobody may read that its keys were proven."""
    pse, debit = prepared()
    keys = bytes(range(48))
    checks = b"".join(
        DES3.new(keys[at : at + 16], DES3.MODE_ECB).encrypt(bytes(8))[:3] for at in (0, 16, 32)
    )
    other = with_value(with_value(debit, 0x8000, keys), 0x9000, checks)
    findings = run(audit_pse.audit((pse, debit)), personalized((pse, other)))
    assert all(finding.agrees for finding in findings)
    assert [each.subject for each in findings if each.proof is Proof.NOT_PROVEN] == [
        f"debit application: UDK-{purpose}" for purpose in ("AC", "MAC", "ENC")
    ]


def test_audit_finds_a_directory_that_goes_on() -> None:
    instances = prepared()
    chip = personalized(instances)

    class Endless:
        reset = chip.reset

        def transmit(self, raw: bytes) -> bytes:
            # Whatever record is asked for, it is the first.
            return chip.transmit(b"\x00\xb2\x01" + raw[3:] if raw[1] == 0xB2 else raw)

    findings = run(audit_pse.audit(instances[:1]), Endless())
    assert [finding.subject for finding in findings if not finding.agrees] == [
        "PSE: end of directory"
    ]


def test_audit_of_a_chip_that_is_not_personalized() -> None:
    findings = run(audit_pse.audit(prepared()), Chip())
    agreeing = {finding.proof for finding in findings if finding.agrees}
    assert agreeing == {Proof.NOT_PROVEN}


def test_audit_tries_no_pin_where_the_application_is_missing() -> None:
    chip = personalized(prepared())
    stranger = replace(prepared()[1], name=b"3PAY.SYS.DDF01")
    before = len(chip.commands)
    findings = run(audit_pse.audit([stranger]), chip)
    assert findings == (Finding("debit application: FCI", Proof.READING, agrees=False),)
    assert len(chip.commands) == before + 1


@pytest.mark.parametrize("level", SecurityLevel)
@pytest.mark.parametrize("chunk", [100, 239, 1000])
@pytest.mark.parametrize("dependent", [False, True])
def test_however_groupings_are_packed(chunk: int, dependent: bool, level: SecurityLevel) -> None:
    """Fewer commands, the same card: the answers are those of one grouping to a command."""
    cards = []
    for packing in (cps.SINGLY, cps.Packing(chunk, several=True, dependent=dependent)):
        chip = Chip()
        plan = personalize(prepared(), load_bank(), random=bytes, level=level, packing=packing)
        assert run(plan, chip) == ("PSE", "debit application")
        count = len(chip.commands)
        chip.reset()
        assert all(each.agrees for each in run(audit_pse.audit(prepared()), chip))
        cards.append((bytes(chip.nvm.cells[BASE:]), count))
    assert cards[0][0] == cards[1][0]
    assert cards[1][1] < cards[0][1] or chunk == 100


def test_an_error_names_all_groupings_of_a_command() -> None:
    chip = Chip()
    chip.banking._partition.nvm.write(BASE, (4000).to_bytes(2, "big"))
    packing = cps.Packing(several=True)
    plan = personalize(prepared(), load_bank(), random=bytes, packing=packing)
    with pytest.raises(StatusError, match=r"debit application: DGI 9104, DGI 9102, .*: NOT_ENOUGH"):
        run(plan, chip)

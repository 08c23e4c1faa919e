"""What answers where: a third-generation card on contacts and over its antenna, as a table."""

from __future__ import annotations

import random
from importlib.resources import files

import pytest

from simulator import Protocol, VirtualCard
from simulator.reader import Reader
from sscard.apdu import aid, iso7816
from sscard.apdu.card_identity import belongs, historical_bytes
from sscard.cos.pse.state import Event
from sscard.errors import MalformedData
from sscard.keys import SM4_SUITE
from sscard.keys.stores import load_exchange, load_social_security
from sscard.perso import social_security
from sscard.perso.order import CardOrder, prepare
from sscard.perso.plan import run
from sscard.profiles.loader import parse_profile
from tests.conftest import NUMBERS, PERSON

SSSE = "7378312E73682E" + "社会保障".encode("gbk").hex()

#: Object, commands before, the command, status word on contacts, over the antenna.
TABLE = [
    ("SSSE", [], "00A404000F" + SSSE, "9000", "9000"),
    ("EF05 of SSSE, on both", ["SSSE"], "00B2032C00", "9000", "9000"),
    ("EF05 of DF01, on contacts only", ["SSSE", "PIN", "DF01"], "00B2012C00", "9000", "6985"),
    ("EF05 of DF01 without the PIN", ["SSSE", "DF01"], "00B2012C00", "6982", "6982"),
    ("EF06 of DF01, on both", ["SSSE", "PIN", "DF01"], "00B2013400", "9000", "9000"),
    ("EF16 of DF01, on contacts only", ["SSSE", "DF01"], "00B0960001", "9000", "6985"),
    ("hand-over area", ["MF"], "00B09C0040", "9000", "6985"),
    ("PSE", [], "00A404000E" + aid.PSE.hex(), "9000", "6A82"),
    ("PPSE", [], "00A404000E" + aid.PPSE.hex(), "6A82", "9000"),
    ("debit application", [], "00A4040008" + aid.DEBIT.hex(), "9000", "9000"),
]
STEPS = {
    "SSSE": "00A404000F" + SSSE,
    "DF01": "00A4040006D15600000500",
    "MF": "00A40000023F00",
    "PIN": "0020000003123456",
}


@pytest.fixture(scope="module")
def order() -> CardOrder:
    """Of a region that has two files of DF01 on contacts only."""
    text = (files("sscard.profiles") / "catalog" / "gen3.toml").read_text("utf-8")
    for file in ("DF01/EF05", "DF01/EF16"):
        text += f'\n[[contactless.reach]]\ntarget = "{file}"\nover = "contact"\n'
        text += 'source = "invented"\nmark = "assumed"\n'
    return prepare(
        parse_profile(text, "gen3.toml"),
        PERSON,
        NUMBERS,
        store=load_social_security(None, SM4_SUITE),
        exchange=load_exchange(None, SM4_SUITE),
        lot="TEST-GEN3",
    )


@pytest.fixture(scope="module")
def card(order: CardOrder) -> VirtualCard:
    """Left the social-security station; its payment environments are finished."""
    seeded = random.Random(1).randbytes
    made = VirtualCard.blank("gen3-80k", random=seeded)
    run(social_security.personalize(order, seeded), made)
    for name in (aid.PSE, aid.PPSE):
        made.card.banking._instances[name].happen(Event.COMPLETED)
    made.card.nvm.commit()
    return made


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[0])
@pytest.mark.parametrize("protocol", Protocol)
def test_the_table(
    card: VirtualCard, row: tuple[str, list[str], str, str, str], protocol: Protocol
) -> None:
    _, before, command, contact, contactless = row
    reader = Reader(card, protocol)
    reader.power_on()
    for step in before:
        _ask(reader, STEPS[step])
    expected = contactless if protocol is Protocol.CONTACTLESS else contact
    assert _ask(reader, command)[-4:] == expected


def _ask(reader: Reader, command: str) -> str:
    """The answer as a program on any protocol gets it in the end."""
    answer = reader.transmit(bytes.fromhex(command))
    if answer[-2] == 0x6C:
        answer = reader.transmit(bytes.fromhex(command)[:4] + answer[-1:])
    if answer[-2] == 0x61:
        answer = reader.transmit(bytes(iso7816.get_response(answer[-1] or 256)))
    return answer.hex().upper()


@pytest.mark.parametrize("protocol", Protocol)
def test_every_answer_to_reset_tells_the_card(
    card: VirtualCard, order: CardOrder, protocol: Protocol
) -> None:
    answers = {card.power_on(protocol), Reader(card, protocol).power_on()}
    assert len(answers) == (1 if protocol is Protocol.T0 else 2)
    for answer in answers:
        assert belongs(answer, order.historical)
        assert historical_bytes(answer) == order.historical
        assert not belongs(answer, order.historical[:-1] + b"\0")
    assert order.historical[-4:] == bytes.fromhex("C0666779"), "the serial number, TA to TD"


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "3B6D0100" + "00" * 13,  # TB1
        "3B6D0001" + "00" * 13,  # TC1
        "3B7D940001" + "00" * 13,
        "3F6D0000" + "00" * 13,
        "3B6D0000" + "00" * 12,
        "3B8D8001" + "00" * 13 + "8D",
        "127880A003" + "00" * 13,
        "117880A002" + "00" * 13,
        "127880A002" + "00" * 12 + "01",
    ],
)
def test_what_no_card_with_these_bytes_answers(answer: str) -> None:
    right = answer == "127880A003" + "00" * 13  # another chip's interface bytes are none of ours
    assert belongs(bytes.fromhex(answer), bytes(13)) is right


@pytest.mark.parametrize("answer", ["3B7D940000" + "00" * 13, "3BED00000100" + "00" * 12 + "EC"])
def test_speed_and_protocols_may_be_offered(answer: str) -> None:
    assert belongs(bytes.fromhex(answer), bytes(13))


def test_bytes_that_are_neither() -> None:
    with pytest.raises(MalformedData):
        historical_bytes(b"\x12\x78")

"""What is said to another card, and above all what is not."""

from __future__ import annotations

from sscard.profiles import load_profile
from sscard.trace.entries import Exchange, PowerUp
from sscard.trace.replay import Compared, Outcome, replay

GEN3 = load_profile("gen3")
SELECT = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"
CHALLENGE, READ = "0084000008", "00B2010512"
PROOF, SHOWN = "A5" * 8, "0082000A10" + "11" * 16
POWER = PowerUp(b"\x3b\x00")


def exchange(command: str, response: str) -> Exchange:
    return Exchange(bytes.fromhex(command), bytes.fromhex(response))


def ended(
    trace: list[PowerUp | Exchange], answers: dict[str, str], *, has_key: bool = True
) -> tuple[list[Outcome], list[str]]:
    """The outcomes, and what was said to a card that answers like this."""
    said: list[str] = []
    plan = replay(trace, GEN3, lambda *_: bytes.fromhex(PROOF) if has_key else None)
    answer = b""
    try:
        asked = next(plan)
        while True:
            if asked is None:
                answer = POWER.answer
            else:
                said.append(asked.hex().upper())
                answer = bytes.fromhex(answers[asked.hex().upper()[:8]])
            asked = plan.send(answer)
    except StopIteration as finished:
        found: tuple[Compared, ...] = finished.value
    return [each.outcome for each in found], said


SESSION: list[PowerUp | Exchange] = [
    POWER,
    exchange(SELECT, "9000"),
    exchange(CHALLENGE, "01020304050607089000"),
    exchange(SHOWN, "9000"),
    exchange(READ, "AABB9000"),
]
ANSWERS = {"00A40400": "9000", "00840000": "11121314151617189000", "00B20105": "AABB9000"}


def test_a_key_is_proven_for_the_new_challenge() -> None:
    outcomes, said = ended(SESSION, ANSWERS | {"0082000A": "9000"})
    assert outcomes == [Outcome.SAME, Outcome.SAME, Outcome.ALIKE, Outcome.SAME, Outcome.SAME]
    assert said[2] == "0082000A10" + PROOF + "1112131415161718"


def test_behind_a_key_that_nobody_has_nothing_is_compared() -> None:
    locked = ANSWERS | {"00B20105": "6982"}
    outcomes, said = ended(SESSION, locked, has_key=False)
    assert outcomes[3:] == [Outcome.LEFT_OUT, Outcome.NO_RIGHT]
    assert not [each for each in said if each.startswith("0082")]
    outcomes, _ = ended([*SESSION, POWER, exchange(READ, "AABB9000")], locked, has_key=False)
    assert outcomes[-1] is Outcome.DIFFERENT, "no right was ever shown after this power-up"


def test_a_wrong_key_is_shown_once() -> None:
    refusing = ANSWERS | {"0082000A": "63C2", "00B20105": "6982"}
    outcomes, said = ended([*SESSION, *SESSION], refusing)
    assert [each[:8] for each in said].count("0082000A") == 1
    assert outcomes.count(Outcome.DIFFERENT) == 1
    assert outcomes.count(Outcome.NO_RIGHT) == 2


def test_what_the_other_card_had_refused_is_not_shown() -> None:
    refused = [*SESSION[:3], exchange(SHOWN, "63C2")]
    outcomes, said = ended(refused, ANSWERS)
    assert outcomes[-1] is Outcome.LEFT_OUT
    assert len(said) == 2


def test_nothing_that_changes_or_counts_is_said() -> None:
    for command in (
        "0020000003123456",
        "00DC010402AABB",
        "04D6000006AABB11223344",
        "80E00300" + "10" + "00" * 16,
        "84D400001C" + "00" * 28,
        "80AE000000",
        "0102",
    ):
        outcomes, said = ended([exchange(command, "9000")], {})
        assert (outcomes, said) == ([Outcome.LEFT_OUT], [])
    assert ended([exchange("00200000", "63C3")], {"00200000": "63C3"})[0] == [Outcome.SAME]


PKI, ADF = "00A404000C504B492EC9E7BBE1B1A3D5CF", "00A404000C53532E434552542E41444631"


def test_nothing_of_the_certificate_application_is_proven_or_made() -> None:
    """Not even with every key at hand: its counters have no end, its keys are made once."""
    for command in (
        "0082000010" + "11" * 16,
        "0020018110" + "11" * 16,
        "8040000008C0020012C2020013",
        "804E000178C2020013C1820070" + "22" * 112 + "10",
        "804A021012C110" + "33" * 16,
        "80C2400046C0020014CA40" + "44" * 64,
        "84D4010024" + "55" * 36,
        "845E010014" + "66" * 20,
        "8074000026C2020013C120" + "77" * 32 + "40",
        "00D6000002AABB",
    ):
        trace = [exchange(PKI, "9000"), exchange(CHALLENGE, "01" * 8 + "9000")]
        answers = ANSWERS | {command[:8]: "9000"}
        outcomes, said = ended([*trace, exchange(command, "9000")], answers)
        assert outcomes[-1] is Outcome.LEFT_OUT
        assert said == [PKI, CHALLENGE]


def test_a_card_that_is_elsewhere_is_shown_no_key() -> None:
    """Which of both cards is in the certificate application does not matter."""
    proof = exchange("0082000A10" + "11" * 16, "9000")
    challenge = exchange(CHALLENGE, "01" * 8 + "9000")
    for then, now in (("9000", "6A82"), ("6A82", "9000")):
        trace = [exchange(SELECT, "9000"), exchange(ADF, then), challenge, proof]
        outcomes, said = ended(trace, ANSWERS | {"00A40400": "9000", ADF[:8]: now})
        assert outcomes[-1] is Outcome.LEFT_OUT, (then, now)
        assert len(said) == 3
    back = [exchange(ADF, "9000"), exchange(SELECT, "9000"), challenge, proof]
    outcomes, said = ended(back, ANSWERS | {"0082000A": "9000"})
    assert outcomes[-1] is Outcome.SAME
    assert said[-1].startswith("0082000A")


def test_what_anybody_may_ask_the_certificate_application_is_asked() -> None:
    free = ("80C4010305C103414243", "80C9820008C0020012C2020013", "00200181", "00B0980010")
    trace = [exchange(ADF, "9000"), *(exchange(each, "AABB9000") for each in free)]
    answers = {"00A40400": "9000"} | {each[:8]: "AABB9000" for each in free}
    outcomes, said = ended(trace, answers)
    assert set(outcomes) == {Outcome.SAME}
    assert said == [ADF, *free]
    outside = ended([exchange(each, "AABB9000") for each in free[:2]], answers)
    assert outside == ([Outcome.LEFT_OUT, Outcome.LEFT_OUT], [])


def test_with_the_power_the_certificate_application_is_left() -> None:
    challenge, proof = exchange(CHALLENGE, "01" * 8 + "9000"), "0082001C10" + "11" * 16
    trace = [exchange(ADF, "9000"), POWER, challenge, exchange(proof, "9000")]
    outcomes, said = ended(trace, ANSWERS | {proof[:8]: "9000"})
    assert outcomes[-1] is Outcome.SAME, "the key of the hand-over area, below the MF"
    assert said[-1].startswith(proof[:10])

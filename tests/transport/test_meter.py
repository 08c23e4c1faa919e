"""Adding up costs by phase and activity."""

from __future__ import annotations

import pytest

from sscard.transport.line import Activity, LineOptions, Meter, MeteredConnection

ATR = bytes.fromhex("3B6D00000081544C86868451 01C0666779".replace(" ", ""))
CHALLENGE, LOAD_KEY = bytes.fromhex("0084000008"), bytes.fromhex("84D400000411223344")


class Silent:
    """Answers 9000 to everything, with eight bytes where a challenge is asked for."""

    def reset(self) -> bytes:
        return ATR

    def transmit(self, command: bytes, /) -> bytes:
        return (bytes(8) if command[1] == 0x84 else b"") + b"\x90\x00"


@pytest.fixture
def connection() -> MeteredConnection:
    options = LineOptions.parse("contact:TA1=97,clock=5")
    ticks = iter(range(100))
    return MeteredConnection(
        Silent(),
        lambda atr: options.blank() if atr else options.final(),
        Meter(),
        lambda: next(ticks),
    )


def test_a_challenge_belongs_to_what_follows(connection: MeteredConnection) -> None:
    with connection.meter.of("station"):
        connection.transmit(CHALLENGE)
        connection.transmit(LOAD_KEY)
    cost = connection.meter.total("station", Activity.KEY_LOADING)
    assert (cost.exchanges, cost.traffic.to_card, cost.traffic.from_card) == (2, 14, 14)
    assert cost.chip == 2, "one tick each"
    assert connection.meter.total() == cost


def test_a_challenge_before_nothing_is_authentication(connection: MeteredConnection) -> None:
    with connection.meter.of("a"):
        connection.transmit(CHALLENGE)
        connection.transmit(CHALLENGE)
    assert connection.meter.total("a", Activity.AUTHENTICATION).exchanges == 2
    assert connection.meter.total("b").exchanges == 0


def test_the_atr_decides_the_speed_of_what_follows(connection: MeteredConnection) -> None:
    connection.transmit(LOAD_KEY)
    slow = connection.meter.total(activity=Activity.KEY_LOADING).line
    connection.reset()
    connection.transmit(LOAD_KEY)
    both = connection.meter.total(activity=Activity.KEY_LOADING).line
    assert both - slow == pytest.approx(slow * 8 / 372)
    power_up = connection.meter.total(activity=Activity.POWER_UP)
    assert power_up.traffic.from_card == len(ATR)
    assert power_up.line == pytest.approx((17 * 12 + 4) * 372 / 5e6), "an ATR comes at 372/1"


def test_seconds_are_those_of_line_and_chip(connection: MeteredConnection) -> None:
    connection.transmit(LOAD_KEY)
    total = connection.meter.total()
    assert total.seconds == total.line + total.chip

"""A batch as it could be, made by hand: every kind of trouble is in it once."""

from __future__ import annotations

from datetime import datetime, timedelta

from sscard.issuance.ledger.schema.words import Movement
from sscard.issuance.ledger.verification import Head
from sscard.issuance.machines import CHINA
from sscard.issuance.order_states import OrderState
from sscard.issuance.production_states import BatchState, BodyState
from sscard.issuance.reports.batch import (
    BatchFacts,
    BatchReport,
    Check,
    DeadBody,
    LostCard,
    Step,
)
from sscard.issuance.reports.fees import FeeSum
from sscard.issuance.reports.reconciliation import (
    Booked,
    Destruction,
    Numbers,
    Seen,
    reconciled,
)
from sscard.issuance.reports.throughput import Ended, over_time
from sscard.issuance.reports.yields import By, Made, losses, overall, yields
from sscard.issuance.states import CardState

NOON = datetime(2026, 3, 2, 12, tzinfo=CHINA)
NO_SPACE = "write SSSE/EF05: NO_SPACE (6A84)"
MADE = (
    Made("L2601", "S1", "1", "B1", "1", CardState.ISSUED, "", True, 180),
    Made("L2601", "S1", "2", "B1", "2", CardState.ISSUED, "", True, 176),
    Made("L2602", "S2", "1", "B1", "1", CardState.ISSUED, "", True, 118),
    Made("L2602", "S2", "1", "B1", "1", CardState.ISSUED, "", False, 9),
    Made("L2601", "S1", "2", "", "", CardState.FAILED, NO_SPACE, True, 2),
    Made("L2602", "S2", "1", "", "", CardState.FAILED, NO_SPACE, True, 6),
    Made("L2602", "S2", "1", "B1", "1", CardState.SPOILED, "interrupted half-done", True, 1),
    Made("", "S2", "1", "", "", CardState.RESERVED, "", True, 3),
)


def steps(number: str, reason: str) -> tuple[Step, ...]:
    """What happened to one card."""
    told = (
        ("reserved", "", "RESERVED", "{}"),
        ("advanced", "RESERVED", "FAILED", f'{{"reason":"{reason}"}}'),
    )
    return tuple(
        Step(1000 + n, NOON + timedelta(seconds=n), "card", number, *each[:3], "op7", "S2", "1",
             each[3])
        for n, each in enumerate(told)
    )  # fmt: skip


def lost(n: int, reason: str, state: CardState = CardState.FAILED) -> LostCard:
    """One spoiled card."""
    number = f"A{n:07d}X"
    return LostCard(
        number, state, reason, "L2602", f"BODY-{n}", BodyState.DESTROYED, "S2", "1", "op7",
        NOON + timedelta(minutes=n), steps(number, reason),
    )  # fmt: skip


REPORT = BatchReport(
    facts=BatchFacts(
        "2026030201",
        "R1",
        "U0042",
        "第三中学 <No. 3>",
        "510100",
        "A",
        "ABC",
        "gen3",
        bytes(range(32)),
        BatchState.OPEN,
        500,
        NOON - timedelta(days=3),
    ),
    taken_at=NOON + timedelta(hours=9),
    head=Head(12345, bytes(range(64, 96)).hex()),
    orders=((OrderState.BATCHED, 8), (OrderState.AUDITED, 483), (OrderState.RETURNED, 9)),
    cards=(
        (CardState.RESERVED, 3),
        (CardState.ISSUED, 483),
        (CardState.FAILED, 8),
        (CardState.SPOILED, 1),
    ),
    returned=(("PHOTO_QUALITY", 6), ("ID_DUPLICATE", 2), ("=cmd()", 1)),
    overall=overall(MADE),
    yields=tuple(found for by in By for found in yields(MADE, by)),
    losses=losses(MADE),
    throughput=over_time(
        [Ended(NOON + timedelta(minutes=7 * n), 14 + n % 5, int(n % 4 == 0)) for n in range(30)],
        CHINA,
    ),
    lost=(*(lost(n, NO_SPACE) for n in range(8)), lost(8, "interrupted", CardState.SPOILED)),
    checks=(
        Check("first_article", "A0000001X", True, "qc1", NOON, "颜色正常"),
        Check("patrol", "A0000002X", False, "qc1", NOON + timedelta(hours=2), "=HYPERLINK(1)"),
    ),
    dead=(
        DeadBody("BODY-0", "L2602", "integrator", BodyState.DESTROYED, NOON, "op7", "op9"),
        DeadBody("BODY-1", "L2602", "integrator", BodyState.DESTROYED, NOON, "op7", "op7"),
        DeadBody("BODY-T", "L2601", "integrator", BodyState.TEST, NOON, "", ""),
    ),
    reconciliation=reconciled(
        "2026030201",
        (
            Booked("integrator", "body", Movement.RECEIVED, "supplier", 510),
            Booked("integrator", "body", Movement.HANDED_OVER, "bank", 490),
            Booked("integrator", "body", Movement.SPOILED, "", 9),
            Booked("integrator", "body", Movement.TEST, "", 3),
            Booked("integrator", "body", Movement.COUNTED, "", 7),
            Booked("bank", "body", Movement.RECEIVED, "integrator", 489),
            Booked("bank", "body", Movement.ISSUED, "office", 483),
            Booked("bank", "body", Movement.COUNTED, "", 6),
        ),
        (Seen("integrator", BodyState.SPOILED, 8), Seen("integrator", BodyState.TEST, 3)),
        Numbers(483, 1, 8, 3, ("A0000100X", "A0000101X")),
        Destruction(2, ("BODY-1",)),
    ),
    fees=(FeeSum("replacement", "city", 4, 6000), FeeSum("subsidy", "city", 479, 958000, "S-1")),
    lost_total=9,
)

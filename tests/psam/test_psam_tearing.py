"""Power fails in every command that changes a PSAM, at every programmed page, in every way.

Afterwards the memory outside the journal is as before the command, or as after it, or, where a try
is counted first, as after that; and the PSAM goes on as one whose power never failed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from sscard.apdu import iso7816, psam, ssc
from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.apdu.psam import PsamINS
from sscard.channel import authenticate
from sscard.cos import NVM
from sscard.cos.nvm import JOURNAL_PAGES
from sscard.cos.psam.table import COMMANDS
from sscard.dialects.chip import PAGE
from sscard.dialects.psam_chip import CounterStep

if TYPE_CHECKING:
    from tests.conftest import Torn, TornNVM
    from tests.psam.conftest import Made, Slot

VALUE = bytes(range(0x50, 0x60))
Prepare = Callable[["Slot"], CommandAPDU]


def _authenticate(slot: Slot, *, wrong: bool) -> CommandAPDU:
    slot.show(1, wrong=True)  # something to count on from
    challenge = slot.ok(iso7816.get_challenge(8))
    proof = authenticate(slot.order.suite, slot.order.own[0], challenge, challenge)
    return ssc.external_authenticate(1, proof[::-1] if wrong else proof, challenge)


def _update_binary(slot: Slot) -> CommandAPDU:
    slot.show(1)
    return iso7816.update_binary(b"\3", sfi=0x1A)


def _update_record(slot: Slot) -> CommandAPDU:
    slot.hex("00A40000")
    slot.show(0)
    record = slot.ok(iso7816.read_record(1, sfi=1))
    return iso7816.update_record(1, record[:-1] + b"x", sfi=1)


def _init_sam(slot: Slot) -> CommandAPDU:
    data = bytes(18) + b"\2" + bytes.fromhex("20260131235959") + b"\1"
    data += bytes((slot.oracle.algorithm,)) + b"a factor"
    return CommandAPDU(0x80, 0x70, 1, 0, data, 8)


def _credit_sam(slot: Slot) -> CommandAPDU:
    slot.ok(_init_sam(slot))
    pending: Any = slot.card.card.environment.transaction
    return psam.credit_sam_for_purchase(slot.oracle.mac(pending.session.reveal(), bytes(12)))


def _create_key(slot: Slot) -> CommandAPDU:
    slot.show(2)
    algorithm = 3 if slot.oracle.block == 16 else 0
    return slot.write_key(0x12, bytes((0x28, 0x7F, 0, algorithm, 0, 0, 0, 0)) + VALUE)


def _change_key(slot: Slot) -> CommandAPDU:
    slot.show(2)
    return slot.write_key(0x12, bytes((0x28, 0x42, 0)) + VALUE, change=True)


#: The commands that can change the memory, by class and instruction.
UPDATES: Mapping[str, tuple[tuple[int, int], Prepare]] = {
    "wrong authentication": ((0x00, 0x82), lambda slot: _authenticate(slot, wrong=True)),
    "right authentication": ((0x00, 0x82), lambda slot: _authenticate(slot, wrong=False)),
    "UPDATE BINARY": ((0x00, 0xD6), _update_binary),
    "UPDATE RECORD": ((0x00, 0xDC), _update_record),
    "INIT SAM": ((0x80, 0x70), _init_sam),
    "CREDIT SAM": ((0x80, 0x72), _credit_sam),
    "CREATE KEY": ((0x84, 0xD4), _create_key),
    "CHANGE KEY": ((0x84, 0xD4), _change_key),
}
#: The others: they read and compute.
READING = {
    (0x00, INS.SELECT),
    (0x00, INS.GET_CHALLENGE),
    (0x00, INS.READ_RECORD),
    (0x00, INS.READ_BINARY),
    (0xBF, PsamINS.INIT_ENVIRONMENT),
    (0xBF, PsamINS.DELIVERY_SESSION_KEY),
    (0x80, PsamINS.CIPHER_DATA),
}
RULES = {"CREDIT SAM": {"counter_goes_on_at": CounterStep.CREDIT}}


def test_every_command_that_updates_is_here() -> None:
    assert {header for header, _ in UPDATES.values()} == set(COMMANDS["3des"]) - READING


def contents(nvm: NVM) -> bytes:
    return bytes(nvm.image[JOURNAL_PAGES * PAGE :])


@pytest.mark.parametrize("name", UPDATES)
def test_torn(
    made: Made,
    name: str,
    outcome: Torn,
    torn_nvm: type[TornNVM],
    power_loss: type[Exception],
) -> None:
    _, prepare = UPDATES[name]
    legal, answer = _whole(made, name, prepare)
    for cut_at in count(1):
        slot = made.slot(nvm=torn_nvm, **RULES.get(name, {}))
        slot.enter()
        command = prepare(slot)
        memory: Any = slot.card.card.nvm
        memory.arm(cut_at, outcome, cut_at)
        try:
            assert slot.send(command).sw == answer
        except power_loss:
            slot.card.reset()
            assert contents(memory) in legal, f"mixed content, cut at {cut_at}"
        else:
            break
        slot.enter()
        number = slot.counter()
        again = slot.ok(_init_sam(slot))
        assert int.from_bytes(again[:4], "big") == number, "no number is given out twice"
    assert cut_at > 4


def _whole(made: Made, name: str, prepare: Prepare) -> tuple[list[bytes], int]:
    """What the memory may be: before and after each commit of the command; and its answer."""
    kept: list[bytes] = []

    class Recording(NVM):
        def commit(self) -> None:
            super().commit()
            kept.append(contents(self))

    slot = made.slot(nvm=Recording, **RULES.get(name, {}))
    slot.enter()
    command = prepare(slot)
    kept[:] = [contents(slot.card.card.nvm)]
    answer = slot.send(command).sw
    assert len(set(kept)) > 1, "the command changes the card"
    return kept, answer

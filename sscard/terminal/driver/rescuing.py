"""iReloadPIN and iUnblockPIN: the PUK, and a command with a MAC under the STK (ssc 5.1, 7 [S])."""

from __future__ import annotations

from dataclasses import replace

from sscard.apdu import ssc
from sscard.apdu.command import CommandAPDU
from sscard.channel.ssc import MAC_SIZE, SECURE
from sscard.keys import length_data
from sscard.terminal.driver.codes import DriverError, ErrorCode
from sscard.terminal.driver.dialogue import Dialogue, Question, ask
from sscard.terminal.driver.pins import Holder
from sscard.terminal.driver.proofs import WithPsam, challenge, digits, key_address
from sscard.terminal.driver.standing import Standing
from sscard.terminal.driver.step_strings import bytes_in

_PUK, _STK = "PUK", "STK"


def unblock(standing: Standing, psam: WithPsam) -> Dialogue[None]:
    """The PIN gets its tries back.  Raises DriverError, StatusError, KeyStoreError."""
    yield from standing.show(standing.met.key(_PUK))
    command = yield from psam.protected(standing.met, _STK, ssc.unblock_pin())
    (yield from standing.change(command)).require("unblock the PIN")


def reload(standing: Standing, psam: WithPsam, holder: Holder) -> Dialogue[None]:
    """A new PIN.  Raises as ``unblock``; −24 for a PSAM that only makes MACs with an STK."""
    yield from standing.show(standing.met.key(_PUK))
    new = holder.new_pin(standing.met.profile).encoded()
    command = yield from psam.sealed(standing.met, _STK, ssc.reload_pin(new))
    (yield from standing.change(command)).require("reload the PIN")


def unblock_with_hsm(standing: Standing) -> Dialogue[None]:
    """With two questions: for the PUK's proof, and for the command."""
    yield from standing.show(standing.met.key(_PUK))
    yield from _message(standing, Question.UNBLOCK_MESSAGE, ssc.unblock_pin(), "")


def reload_with_hsm(standing: Standing, holder: Holder) -> Dialogue[None]:
    """The same; the second question has the new PIN in it, as the interface wants it."""
    yield from standing.show(standing.met.key(_PUK))
    new = holder.new_pin(standing.met.profile)
    block = standing.met.card.suite.block
    sized = bytes(len(length_data.build(new.encoded(), block)))
    entered = new.reveal().decode("ascii")
    yield from _message(standing, Question.RELOAD_MESSAGE, ssc.reload_pin(sized), entered)


def _message(
    standing: Standing, question: Question, command: CommandAPDU, entered: str
) -> Dialogue[None]:
    """Have the whole command made, and send it if it is that command."""
    sized = replace(command, cla=command.cla | SECURE, data=command.data + bytes(MAC_SIZE))
    header = bytes(sized)[:5]
    met, factor = standing.met, (yield from challenge())
    address = key_address(met.key(_STK), met)
    fields = (met.algorithm, address, digits(factor), digits(header), entered)
    answer, *_ = yield from ask(question, fields, met.seen)
    made = bytes_in(answer.removesuffix("|"), len(header) + len(sized.data))
    if made[: len(header)] != header:
        raise DriverError(ErrorCode.PARAMETER)
    finished = CommandAPDU(sized.cla, sized.ins, sized.p1, sized.p2, made[len(header) :])
    (yield from standing.change(finished)).require("the HSM's command")

"""Challenges, PINs and master keys: showing them and replacing them (ssc-more 1.2, 1.3)."""

from __future__ import annotations

from sscard.apdu import pki
from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel import pki as channel
from sscard.cos.pki.memory import Counted
from sscard.cos.pki.standing import Standing
from sscard.cos.pki.states import Act, Proof

_CHALLENGES = (8, pki.CHALLENGE)
_PROOFS = {pki.USER: Proof.USER, pki.ADMIN: Proof.ADMIN}
#: Bytes of an administrator's PIN: 4 to 12 digits, two a byte (assumed; seen are 8 digits).
_PIN_SIZES = range(2, 7)


def get_challenge(standing: Standing, command: CommandAPDU) -> bytes:
    """16 random bytes, or 8; the most recent challenge counts, and once."""
    if command.ne not in _CHALLENGES:
        raise StatusError(StatusWord.WRONG_LENGTH)
    return standing.challenges.give(command.ne)


def verify(standing: Standing, command: CommandAPDU) -> bytes:
    """Show the user's PIN (P2 81) or the administrator's (P2 00); no data asks for the tries."""
    pin = standing.memory.pins[command.p2]
    if not command.data:
        raise StatusError(StatusWord(0x63C0 | pin.left))
    proof = _PROOFS[command.p2]
    standing.shown.discard(proof)
    _judge(standing, pin, command.data)
    standing.shown.add(proof)
    return b""


def external_authenticate(standing: Standing, command: CommandAPDU) -> bytes:
    """Show the master key of the current directory."""
    standing.shown.discard(Proof.MASTER)
    _judge(standing, standing.current().master, command.data)
    standing.shown.add(Proof.MASTER)
    return b""


def change_admin_pin(standing: Standing, command: CommandAPDU) -> bytes:
    """Another administrator's PIN, under the key of the old one."""
    standing.require(Act.CHANGE_ADMIN_PIN)
    pin, challenge = standing.memory.pins[pki.ADMIN], standing.challenges.take()
    new = channel.new_admin_pin(command, pin.key, challenge)
    if len(new) not in _PIN_SIZES or not new.hex().isdecimal():
        raise StatusError(StatusWord.WRONG_DATA)
    pin.replace(channel.pin_key(new))
    return b""


def replace_master(standing: Standing, command: CommandAPDU) -> bytes:
    """Another master key of the current directory, under the old one; it has to be shown anew."""
    standing.require(Act.REPLACE_MASTER)
    directory, challenge = standing.current(), standing.challenges.take()
    directory.replace_master(channel.new_master(command, directory.master.key, challenge))
    standing.shown.discard(Proof.MASTER)
    return b""


def _judge(standing: Standing, secret: Counted, received: bytes) -> None:
    """Count a try, compare, give the tries back.  Raises StatusError 6983, 6984, 63Cx, 6581."""
    if not secret.left:
        raise StatusError(StatusWord.AUTHENTICATION_BLOCKED)
    challenge = standing.challenges.take()
    secret.fail()
    standing.nvm.commit()
    if not channel.proves(secret.key, challenge, received):
        raise StatusError(StatusWord(0x63C0 | secret.left))
    secret.succeed()
    standing.nvm.commit()

"""Key pairs: made on the card, brought to it, read from it (ssc-more 1.3)."""

from __future__ import annotations

from sscard.apdu import pki
from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel import pki as channel
from sscard.cos.pki.refusal import as_wrong_data
from sscard.cos.pki.standing import Standing
from sscard.cos.pki.states import Act, PairEvent, PairState
from sscard.keys.sm2_keys import SM2PrivateKey, SM2PublicKey, generate
from sscard.keys.types import SM4


def generate_pair(standing: Standing, command: CommandAPDU) -> bytes:
    """Make the signature pair; one that is there goes, and its certificate with it."""
    with as_wrong_data():
        public, private = pki.parse_pair(command.data)
    container = standing.container(public=public, private=private)
    state = standing.after(container, PairEvent.GENERATE)
    there = standing.state(container) is not PairState.EMPTY
    standing.require(Act.GENERATE_AGAIN if there else Act.GENERATE)
    key = generate(standing.challenges.random)
    standing.keep(container, state, bytes(key.public), key.reveal())
    return b""


def choose_public(standing: Standing, command: CommandAPDU) -> bytes:
    """Say which public key comes next."""
    with as_wrong_data():
        public, private = pki.parse_pair(command.data)
    container = standing.container(public=public, private=private)
    standing.point(container)
    standing.chosen = public
    return b""


def export_public(standing: Standing, command: CommandAPDU) -> bytes:
    """The public key that was chosen: head, X ‖ Y."""
    del command
    if standing.chosen is None:
        raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)
    return standing.memory.files[standing.chosen].content


def import_public(standing: Standing, command: CommandAPDU) -> bytes:
    """The public half of the encryption pair; another than there was ends the old pair."""
    with as_wrong_data():
        public, point = pki.parse_point(command.data)
    container = standing.container(public=public)
    state = standing.after(container, PairEvent.IMPORT_PUBLIC)
    standing.require(Act.IMPORT)
    with as_wrong_data():
        SM2PublicKey(point)
    there = standing.state(container) is not PairState.EMPTY
    if not (there and standing.point(container) == point):
        standing.keep(container, state, point, bytes(pki.NUMBER))
    return b""


def import_private(standing: Standing, command: CommandAPDU) -> bytes:
    """The private half, under the session key; it must belong to the public one (6A80)."""
    with as_wrong_data():
        private, enciphered = pki.parse_number(command.data)
    container = standing.container(private=private)
    state = standing.after(container, PairEvent.IMPORT_PRIVATE)
    standing.require(Act.IMPORT)
    if standing.session_key is None:
        raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)
    number = channel.decipher_private_key(standing.session_key, enciphered)
    with as_wrong_data():
        point = bytes(SM2PrivateKey(number).public)
    if point != standing.point(container):
        raise StatusError(StatusWord.WRONG_DATA)
    files = standing.memory.files
    files[container.private].write(0, number)
    files[container.public].become(state)
    return b""


def set_session_key(standing: Standing, command: CommandAPDU) -> bytes:
    """Remember the key under which a private key will come, until the next directory."""
    standing.require(Act.SET_SESSION_KEY)
    with as_wrong_data():
        standing.session_key = SM4(pki.parse_data(command.data))
    return b""

"""What the fuzzer runs: one input is a starting card and what is done to it, step by step.

Byte 0 chooses the starting card.  Then steps: an ``Op`` (1 byte, modulo their number), a length (1,
or 2 for ``LONG``) and so many bytes.  Needs no fuzzer: ``run.py`` has one, ``test_corpus.py`` none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import IntEnum

from fuzz_host import TRANSPORT, Host
from starting_cards import Start, card_at

#: More steps say nothing new and take time.
MOST_STEPS = 200


class Op(IntEnum):
    """What one step does."""

    #: The bytes are the command.
    COMMAND = 0
    #: The same, with a length of two bytes.
    LONG = 1
    #: Power off and on; the bytes choose the protocol.
    RESET = 2
    #: Key id (FF: transport key) and version: a challenge, then the right proof.
    PROOF = 3
    #: The bytes are a command that is sent with the MAC it needs, after a challenge.
    SEALED = 4
    #: The same, and its data is enciphered first; in the bank's channel the value of the DGI.
    ENCIPHERED = 5
    #: The security level: open the bank's channel to the instance that is selected.
    CHANNEL = 6
    #: The bytes are a CREDIT FOR LOAD or DEBIT FOR PURCHASE that is sent with the right MAC; in the
    #: bank's application an issuer's command without its proof.
    TRANSACTION = 7
    #: In the certificate application: reference of a PIN (FF: master key) and the right proof, or a
    #: command that is sent with the cipher and the MAC it needs.
    CERTIFICATE = 8


Step = tuple[Op, bytes]

_DO: Mapping[Op, Callable[[Host, bytes], object]] = {
    Op.COMMAND: Host.send,
    Op.LONG: Host.send,
    Op.RESET: Host.reset,
    Op.PROOF: Host.prove,
    Op.SEALED: Host.seal,
    Op.ENCIPHERED: Host.encipher,
    Op.CHANNEL: Host.open_channel,
    Op.TRANSACTION: Host.transact,
    Op.CERTIFICATE: Host.certify,
}


def one_input(data: bytes) -> int:
    """Carry out one input; the number of commands.  Whatever it raises is a finding."""
    start, steps = decode(data)
    host = Host(card_at(start), data)
    if start.opened:
        host.prove(bytes((TRANSPORT,)))
    for op, body in steps:
        _DO[op](host, body)
    return host.commands


def encode(start: Start, steps: Iterable[Step]) -> bytes:
    """The input that does this."""
    parts = (bytes((op,)) + len(body).to_bytes(_width(op), "big") + body for op, body in steps)
    return bytes((start,)) + b"".join(parts)


def decode(data: bytes) -> tuple[Start, Iterator[Step]]:
    """Starting card and steps of any input; the last step may be cut short."""
    return Start(data[0] % len(Start) if data else 0), _steps(data)


def _steps(data: bytes) -> Iterator[Step]:
    at, left = 1, MOST_STEPS
    while at < len(data) and left:
        op = Op(data[at] % len(Op))
        body = at + 1 + _width(op)
        at, left = body + int.from_bytes(data[at + 1 : body], "big"), left - 1
        yield op, data[body:at]


def _width(op: Op) -> int:
    return 2 if op is Op.LONG else 1

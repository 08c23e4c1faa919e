"""The string forms of Shandong's HSM interface, over any place with keys (ssc-more 6.3 [1]).

A request is its type and the fields of that type; each field is ended by ``|`` and is text, or
bytes in hexadecimal.  The answer is what the middleware passes on to the card.

Inferred [I]: the type is the first field; the fields of an answer are ended by ``|``, too; behind
the name of a local key stands the area that made it, which stores leave out and which the card's
division is in; the type of transaction is one byte (the source says "type 32", and 32 digits where
lengths stand beside other fields).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from sscard.errors import KeyStoreError, MalformedData
from sscard.keys.hierarchy import Factors
from sscard.keys.operations import KeyOperations, KeyReference, Mode, card_request
from sscard.keys.stores.service.addresses import at_address
from sscard.keys.types import Pin

#: Characters in a request.
LONGEST = 512
_ADDRESS = re.compile(r"[0-9A-Fa-f]{4}")
_LOCAL_KEY = re.compile(r"([A-Za-z0-9-]{1,32})_([0-9]{6})")
_UNBLOCK, _RELOAD = bytes.fromhex("84240000"), bytes.fromhex("84240001")
_MAC = 4


def answer(operations: KeyOperations, request: str) -> str:
    """What the HSM answers to a request.

    Raises MalformedData for another form, KeyStoreError for a key that is not there and for a card
    of another suite.  Neither repeats a value.
    """
    if len(request) > LONGEST or not request.endswith("|"):
        raise MalformedData(f"a request has at most {LONGEST} characters and ends with |")
    type_, *fields = request[:-1].split("|")
    if type_ not in _TYPES:
        raise MalformedData(f"requests are of the types {', '.join(_TYPES)}")
    names, work = _TYPES[type_]
    if len(fields) != len(names):
        raise MalformedData(f"a request of type {type_} has {len(names)} fields behind it")
    found = work(_Request(operations, dict(zip(names, fields, strict=True))))
    return "".join(f"{each.hex().upper()}|" for each in found)


class _Request:
    """The fields by name, and the operations under the keys of the card that they are about."""

    def __init__(self, operations: KeyOperations, fields: Mapping[str, str]) -> None:
        self._operations = operations
        self._suite = operations.suite
        self._fields = fields
        self._require_suite()
        self._factors = self._card()

    def text(self, name: str) -> str:
        """A field as it is."""
        return self._fields[name]

    def octets(self, name: str, *sizes: int) -> bytes:
        """Bytes of one of these sizes.  Raises MalformedData."""
        text = self._fields[name]
        try:
            found = bytes.fromhex(text)
        except ValueError:
            raise MalformedData(f"{name} is not hexadecimal") from None
        if len(found) not in sizes or len(text) != 2 * len(found):
            raise MalformedData(f"{name} has {' or '.join(map(str, sizes))} bytes")
        return found

    def challenge(self, name: str) -> bytes:
        """Bytes that a session key is made from: 4, 8, or a block (ssc 4 row 1 [S])."""
        return self.octets(name, *sorted({4, 8, self._suite.block}))

    def key(self) -> KeyReference:
        """By its address, or by its name and area.  Raises MalformedData, KeyNotHeld."""
        text = self.text("key address")
        if _ADDRESS.fullmatch(text):
            return at_address(int(text, 16))
        local = _LOCAL_KEY.fullmatch(text)
        if local is None:
            raise MalformedData("a key address has 4 digits, or is NAME_AREA")
        if not _within(self.octets("division", 3).hex(), local[2]):
            raise MalformedData("the key is of another area than the card's")
        return KeyReference(local[1], 1)

    def compute(self, key: KeyReference, mode: Mode, data: bytes, session_factor: bytes) -> bytes:
        """One operation under the card's key."""
        return self._operations.compute(
            card_request(key, self._factors, mode, data, session_factor)
        )

    def _card(self) -> Factors:
        division, historical = self.octets("division", 3), self.octets("historical bytes", 13)
        try:
            return Factors.of(division.hex(), historical)
        except ValueError as error:
            raise MalformedData(str(error)) from None

    def _require_suite(self) -> None:
        if self.octets("algorithm", 1) != bytes((self._suite.algorithm,)):
            name = self._suite.name
            raise KeyStoreError(f"these keys are for {name}, the card has another algorithm")


def _within(division: str, area: str) -> bool:
    """Whether a card of this division is one of the area's: a province ends with 0000."""
    kept = 2 if area.endswith("0000") else 4 if area.endswith("00") else 6
    return division[:kept] == area[:kept]


def _read_basic(request: _Request) -> Sequence[bytes]:
    """Type 01: the card's proof of its IRK, and ours of the RKSSSE where the card wants one."""
    if request.octets("card id", 16)[:3] != request.octets("division", 3):
        raise MalformedData("the card id is of another division")
    proofs = [_proof(request, KeyReference("IRK", 1), "internal")]
    if request.text("external factor") or request.text("external data"):
        proofs.append(_proof(request, KeyReference("RKSSSE", 1), "external"))
    return proofs if len(proofs) == 2 else [*proofs, b""]


def _external(request: _Request) -> Sequence[bytes]:
    """Type 02: our proof of one key."""
    return (_proof(request, request.key(), "external"),)


def _proof(request: _Request, key: KeyReference, which: str) -> bytes:
    """Authentication data and, behind it, the original data: 16 bytes."""
    data = request.octets(f"{which} data", 8)
    factor = request.challenge(f"{which} factor")
    return request.compute(key, Mode.AUTHENTICATE, data, factor) + data


def _secure_message(request: _Request) -> Sequence[bytes]:
    """Type 03: the whole command that gives the tries back, or sets a new PIN (empty: none)."""
    key, factor = request.key(), request.challenge("factor")
    header, pin = request.octets("command header", 5), _pin(request.text("new PIN"))
    if header[:4] not in (_UNBLOCK, _RELOAD) or (header[:4] == _UNBLOCK and pin):
        raise MalformedData("the command is a PIN reload, or an unblock without a new PIN")
    reload = header[:4] == _RELOAD
    enciphered = request.compute(key, Mode.ENCIPHER, pin, factor) if reload else b""
    if header[4] != len(enciphered) + _MAC:
        raise MalformedData("the length in the command header is not that of the command")
    text = header + enciphered
    return (text + request.compute(key, Mode.MAC, text, factor),)


def _pin(digits: str) -> bytes:
    try:
        return Pin(digits).encoded() if digits else b""
    except ValueError as error:
        raise MalformedData(str(error)) from None


def _debit(request: _Request) -> Sequence[bytes]:
    """Type 04: terminal's proof, card's proof and TAC of a purchase (ssc 5.2 [S]).

    The type of transaction goes into them as it is in the request.
    """
    key, counter = request.key(), request.octets("terminal counter", 4)
    if key.name != "DPK":
        raise MalformedData("a debit is under a DPK")
    amounts, time = request.octets("amounts", 12), request.octets("time", 7)
    kind_and_terminal = request.octets("transaction type", 1) + request.octets("terminal", 6)
    factor = request.octets("random", 4) + request.octets("card counter", 2) + counter[2:]
    return (
        counter,
        time,
        request.compute(key, Mode.MAC, amounts + kind_and_terminal + time, factor),
        request.compute(key, Mode.MAC, amounts, factor),
        request.compute(
            KeyReference("DTK", key.version),
            Mode.TAC,
            amounts + kind_and_terminal + counter + time,
            b"",
        ),
    )


_CARD = ("division", "historical bytes", "algorithm")
_TYPES: Mapping[str, tuple[tuple[str, ...], Callable[[_Request], Sequence[bytes]]]] = (
    MappingProxyType(
        {
            "01": (
                (
                    *_CARD,
                    "card id",
                    "internal factor",
                    "internal data",
                    "external factor",
                    "external data",
                ),
                _read_basic,
            ),
            "02": ((*_CARD, "key address", "external factor", "external data"), _external),
            "03": ((*_CARD, "key address", "factor", "command header", "new PIN"), _secure_message),
            "04": (
                (
                    "division",
                    "historical bytes",
                    "terminal counter",
                    "algorithm",
                    "key address",
                    "random",
                    "card counter",
                    "amounts",
                    "transaction type",
                    "terminal",
                    "time",
                ),
                _debit,
            ),
        }
    )
)

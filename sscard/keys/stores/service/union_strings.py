"""The string forms of Shandong's HSM interface, over any place with keys (ssc-more 6.3 [1]).

A request is its type and the fields of that type; each field is ended by ``|`` and is text, or
bytes in hexadecimal.  The answer is what the middleware passes on to the card.

Inferred [I]: the type is the first field; the fields of an answer are ended by ``|``, too; behind
the name of a local key stands the area that made it, which stores leave out and which the card's
division is in; the type of transaction is one byte (the source says "type 32", and 32 digits where
lengths stand beside other fields).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from sscard.errors import KeyStoreError, MalformedData
from sscard.keys.hierarchy import Factors
from sscard.keys.key_table import KEYS_BY_NAME
from sscard.keys.names import KEY_NAMES
from sscard.keys.operations import KeyOperations, KeyReference, Mode, card_request
from sscard.keys.stores.service.addresses import key_of
from sscard.keys.types import Pin

#: Characters in a request.
LONGEST = 512
_UNBLOCK, _RELOAD = bytes.fromhex("84240000"), bytes.fromhex("84240001")
_MAC = 4
_IRK, _RKSSSE = KeyReference("IRK", 1), KeyReference("RKSSSE", 1)
_EXTERNAL = ("external factor", "external data")
#: Kinds of key that a terminal shows to the card (ssc 3.3 [S]).
_SHOWN = ("external", "lock")


def answer(operations: KeyOperations, request: str) -> str:
    """What the HSM answers to a request.

    Raises MalformedData for another form, KeyStoreError for a key that is not there and for a card
    of another suite.  Neither repeats a value.
    """
    return shown(parse(request).work(operations))


def shown(found: Iterable[bytes]) -> str:
    """The fields of an answer as its text."""
    return joined(each.hex().upper() for each in found)


def joined(fields: Iterable[str]) -> str:
    """Each field with its end."""
    return "".join(f"{each}|" for each in fields)


@dataclass(frozen=True, slots=True)
class OfficeRequest:
    """A request of a known type with the right number of fields; their form is not looked at."""

    type_: str
    fields: Mapping[str, str] = field(repr=False)
    #: What its answer needs.
    keys: tuple[KeyReference, ...]

    @property
    def sizes(self) -> tuple[int | None, ...]:
        """Bytes in each field of its answer, None where that depends."""
        return _TYPES[self.type_].sizes

    def work(self, operations: KeyOperations) -> Sequence[bytes]:
        """The fields of the answer.  Raises MalformedData, KeyStoreError."""
        return _TYPES[self.type_].work(_Request(operations, self.fields))

    def text(self) -> str:
        """The request as it was."""
        return joined((self.type_, *self.fields.values()))


def parse(request: str) -> OfficeRequest:
    """A request by its type.  Raises MalformedData, KeyNotHeld."""
    if len(request) > LONGEST or not request.endswith("|"):
        raise MalformedData(f"a request has at most {LONGEST} characters and ends with |")
    type_, *fields = request[:-1].split("|")
    if type_ not in _TYPES:
        raise MalformedData(f"requests are of the types {', '.join(_TYPES)}")
    names = _TYPES[type_].fields
    if len(fields) != len(names):
        raise MalformedData(f"a request of type {type_} has {len(names)} fields behind it")
    named = MappingProxyType(dict(zip(names, fields, strict=True)))
    return OfficeRequest(type_, named, _keys(type_, named))


def _keys(type_: str, fields: Mapping[str, str]) -> tuple[KeyReference, ...]:
    if type_ == "01":
        return (_IRK, _RKSSSE) if any(fields[each] for each in _EXTERNAL) else (_IRK,)
    key = key_of(fields["key address"], fields["division"])
    return (key, _tac_key(key)) if type_ == "04" else (key,)


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

    def key(self, *kinds: str) -> KeyReference:
        """By its address, or by its name and area; of one of these kinds.

        Whoever may use a key in one way gets nothing of it in another: proofs under an STK, say,
        would be the blocks that a MAC of any command is made of.  Raises MalformedData, KeyNotHeld.
        """
        key = key_of(self.text("key address"), self.octets("division", 3).hex())
        if _kind(key) not in kinds:
            raise MalformedData(f"this type of request is under a key that is {' or '.join(kinds)}")
        return key

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


def _read_basic(request: _Request) -> Sequence[bytes]:
    """Type 01: the card's proof of its IRK, and ours of the RKSSSE where the card wants one."""
    if request.octets("card id", 16)[:3] != request.octets("division", 3):
        raise MalformedData("the card id is of another division")
    proofs = [_proof(request, _IRK, "internal")]
    if any(map(request.text, _EXTERNAL)):
        proofs.append(_proof(request, _RKSSSE, "external"))
    return proofs if len(proofs) == 2 else [*proofs, b""]


def _external(request: _Request) -> Sequence[bytes]:
    """Type 02: our proof of one key."""
    return (_proof(request, request.key(*_SHOWN), "external"),)


def _proof(request: _Request, key: KeyReference, which: str) -> bytes:
    """Authentication data and, behind it, the original data: 16 bytes."""
    data = request.octets(f"{which} data", 8)
    factor = request.challenge(f"{which} factor")
    return request.compute(key, Mode.AUTHENTICATE, data, factor) + data


def _secure_message(request: _Request) -> Sequence[bytes]:
    """Type 03: the whole command that gives the tries back, or sets a new PIN (empty: none)."""
    key, factor = request.key("maintenance"), request.challenge("factor")
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
    key, counter = request.key("purchase"), request.octets("terminal counter", 4)
    amounts, time = request.octets("amounts", 12), request.octets("time", 7)
    kind_and_terminal = request.octets("transaction type", 1) + request.octets("terminal", 6)
    factor = request.octets("random", 4) + request.octets("card counter", 2) + counter[2:]
    return (
        counter,
        time,
        request.compute(key, Mode.MAC, amounts + kind_and_terminal + time, factor),
        request.compute(key, Mode.MAC, amounts, factor),
        request.compute(
            _tac_key(key),
            Mode.TAC,
            amounts + kind_and_terminal + counter + time,
            b"",
        ),
    )


def _kind(key: KeyReference) -> str:
    """As the key table says; an area's own keys, which it does not have, are shown to the card."""
    entry = KEYS_BY_NAME.get(key.name)
    if entry:
        return entry.kind
    return "of the store's own" if key.name in KEY_NAMES["social-security"] else "external"


def _tac_key(key: KeyReference) -> KeyReference:
    """The DTK of a purchase has the version of its DPK."""
    return KeyReference("DTK", key.version)


class _Type(NamedTuple):
    fields: tuple[str, ...]
    work: Callable[[_Request], Sequence[bytes]]
    #: Bytes in each field of the answer, None where that depends.
    sizes: tuple[int | None, ...]


_CARD = ("division", "historical bytes", "algorithm")
_TYPES: Mapping[str, _Type] = MappingProxyType(
    {
        "01": _Type(
            (*_CARD, "card id", "internal factor", "internal data", *_EXTERNAL),
            _read_basic,
            (16, None),
        ),
        "02": _Type((*_CARD, "key address", *_EXTERNAL), _external, (16,)),
        "03": _Type(
            (*_CARD, "key address", "factor", "command header", "new PIN"),
            _secure_message,
            (None,),
        ),
        "04": _Type(
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
            (4, 7, 4, 4, 4),
        ),
    }
)

"""From a blank chip to a PSAM with its keys (ssc 5.3 [S]; the factory's part assumed)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sscard.apdu import iso7816, psam, ssc, tlv
from sscard.channel import authenticate
from sscard.dialects import reference
from sscard.dialects.operations import (
    CreateDirectory,
    CreateFile,
    EndPreIssue,
    KeyType,
    LoadKey,
    Operation,
    ReplaceMaster,
    SetFci,
    Structure,
)
from sscard.dialects.rights import FREE, NEVER, AccessRule, Condition
from sscard.keys import SecretKey
from sscard.keys.psam_load import Sealing
from sscard.perso.activation import activate
from sscard.perso.plan import Plan
from sscard.perso.psam.order import OWN_KEY_TRIES, PsamOrder
from sscard.perso.psam.uses import CITY, NATIONAL, PROVINCIAL, key_file
from sscard.perso.structure import say

_MF, _APPLICATION = 0x3F00, 0xDF01
_LABEL = "社会保障".encode("gbk")
_KEY_SIZE, _CHALLENGE = 16, 4
#: Bytes of a key record in a PSAM, and of room in each key file for all ids that its level has.
_RECORD = 24
_ROOM = {NATIONAL: 43, PROVINCIAL: 72, CITY: 72}
#: The own key that gives the right to each level's files (ssc 5.3 [S]).
_KIDS = {NATIONAL: 1, PROVINCIAL: 2, CITY: 3}
_INFORMATION = {0x001A: 1, 0x001B: 2, 0x001C: 3}
_COUNTER = bytes(4)


def make(order: PsamOrder, random: Callable[[int], bytes]) -> Plan[None]:
    """All commands.  ``random`` makes the temporary master keys.

    Raises TransportKeyRefused, WrongLot, StatusError, NotVerified, KeyStoreError.
    """
    temporary = [order.suite.key(random(_KEY_SIZE)) for _ in order.masters]
    yield from activate(order.lot, order.historical, order.suite)
    environment = CreateDirectory(_MF, psam.ENVIRONMENTS[order.suite.name])
    yield from _directory(order, environment, temporary[0], order.masters[0], _of_ddf(order))
    application = CreateDirectory(_APPLICATION, psam.APPLICATION)
    yield from _directory(order, application, temporary[1], order.masters[1], _of_adf(order))
    (yield reference.build(EndPreIssue())).require("end of the factory stage")
    (yield iso7816.select(psam.APPLICATION)).require("select the application")
    for file in (NATIONAL, PROVINCIAL, CITY):
        yield from _load(order, file)


def _directory(
    order: PsamOrder,
    directory: CreateDirectory,
    first: SecretKey,
    last: SecretKey,
    inside: Iterator[Operation],
) -> Plan[None]:
    """As on a user card: the temporary master key under the transport key, its own at the end."""
    name, suite = f"{directory.fid:04X}", order.suite
    yield from say(directory, f"create {name}", suite, order.lot.transport)
    master = LoadKey(KeyType.MASTER, 0, 1, 0, first.reveal())
    yield from say(master, f"{name}: temporary master key", suite, order.lot.transport)
    for operation in inside:
        yield from say(operation, f"{name}: {type(operation).__name__}", suite, first)
    yield from say(ReplaceMaster(last.reveal()), f"{name}: replace master key", suite, first)


def _of_ddf(order: PsamOrder) -> Iterator[Operation]:
    algorithm = tlv.encode(0x86, bytes((order.suite.algorithm,)))
    yield SetFci(tlv.encode(0x88, b"\1") + tlv.encode(0x9F0C, algorithm))
    for kid, key in enumerate(order.own, start=1):
        yield LoadKey(KeyType.EXTERNAL, kid, 1, OWN_KEY_TRIES, key.reveal())
    master = AccessRule(Condition.KEY, 0)
    entry = tlv.encode(0x4F, psam.APPLICATION) + tlv.encode(0x50, _LABEL)
    record = tlv.encode(0x70, tlv.encode(0x61, entry))
    yield CreateFile(0x0001, Structure.VARIABLE, FREE, master, (record,))
    yield _transparent(0x0015, master, bytes(order.public_information))
    yield _transparent(0x0016, master, order.numbers.terminal_number)


def _of_adf(order: PsamOrder) -> Iterator[Operation]:
    yield _transparent(0x0019, NEVER, _COUNTER)
    for fid, kid in _INFORMATION.items():
        content = bytes(order.application_information)
        yield _transparent(fid, AccessRule(Condition.KEY, kid), content)
    for file, kid in _KIDS.items():
        room = b"\xff" * (_RECORD * _ROOM[file])
        yield CreateFile(file, Structure.INTERNAL, NEVER, AccessRule(Condition.KEY, kid), (room,))


def _transparent(fid: int, update: AccessRule, content: bytes) -> CreateFile:
    return CreateFile(fid, Structure.TRANSPARENT, FREE, update, (content,))


def _load(order: PsamOrder, file: int) -> Plan[None]:
    """The keys of one level, after its own key is shown."""
    loads = [load for load in order.loads if key_file(load) == file]
    if not loads:
        return
    kid = _KIDS[file]
    challenge = (yield iso7816.get_challenge(8)).require("challenge")
    proof = authenticate(order.suite, order.own[kid - 1], challenge, challenge)
    shown = yield ssc.external_authenticate(kid, proof, challenge)
    shown.require(f"right to load keys of file {file:04X}")
    for load in loads:
        challenge = (yield iso7816.get_challenge(_CHALLENGE)).require("challenge")
        header = bytes(psam.create_key(file, b""))[:4]
        data = order.seal(load, Sealing(header, challenge))
        loaded = yield psam.create_key(file, data)
        loaded.require(f"load key {load.key.name} version {load.key.version}")

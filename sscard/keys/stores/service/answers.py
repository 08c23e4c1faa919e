"""The lines of a key service: building and parsing side by side.

Keys leave here as hexadecimal, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable

from sscard.errors import KeyStoreError, MalformedData
from sscard.keys.roots import Roots
from sscard.keys.stores import root_levels
from sscard.keys.stores.service import wire
from sscard.keys.stores.service.members import Members, octets
from sscard.keys.stores.service.messages import Answer, Greeting, Refusal, Values
from sscard.keys.stores.service.refusals import Code
from sscard.keys.types import Secret

_VALUE = 1024
_TEXT = 1024


def greeting(number: int, found: Greeting) -> bytes:
    """The answer to a greeting."""
    service: dict[str, object] = {
        "protocol": wire.PROTOCOL,
        "client": found.client,
        "kind": found.kind,
        "suite": found.suite,
        "test": found.test,
        **root_levels.entries(found.roots),
    }
    return wire.build({"id": number, "service": service})


def result(number: int, values: Iterable[bytes | Secret]) -> bytes:
    """The answer to a question."""
    plain = (each.reveal() if isinstance(each, Secret) else each for each in values)
    return wire.build({"id": number, "result": [each.hex() for each in plain]})


def refusal(number: int, code: Code, text: str) -> bytes:
    """The answer to what is not answered."""
    text = "".join(each if each.isprintable() else " " for each in text[:_TEXT])
    return wire.build({"id": number, "error": {"code": str(code), "text": text}})


def parse(line: bytes) -> tuple[int, Answer]:
    """The answer in ``line`` and the id of its request.  Raises MalformedData."""
    members = wire.parse(line)
    number = members.number("id", 0, wire.LAST_ID)
    answer: Answer
    if "error" in members:
        answer = _refusal(Members(members.take("error")))
    elif "service" in members:
        answer = _greeting(Members(members.take("service")))
    else:
        listed = members.many("result", wire.MOST_KEYS)
        answer = Values(tuple(octets(each, "result", _VALUE) for each in listed))
    members.end()
    return number, answer


def _greeting(members: Members) -> Greeting:
    if members.number("protocol", 0, wire.LAST_ID) != wire.PROTOCOL:
        raise MalformedData("the service speaks another version of the protocol")
    client, kind = members.text("client", 64), members.text("kind", 32)
    suite = members.take("suite")
    if suite is not None and not isinstance(suite, str):
        raise MalformedData("suite is no text")
    found = Greeting(client, kind, suite, members.flag("test"), _roots(kind, members))
    members.end()
    return found


def _roots(kind: str, members: Members) -> Roots:
    said = {name: members.take(name) for name in root_levels.ENTRIES if name in members}
    try:
        return root_levels.roots_of({**said, "kind": kind, "keys": said.get("root_levels")})
    except KeyStoreError as error:
        raise MalformedData(str(error)) from None


def _refusal(members: Members) -> Refusal:
    try:
        code = Code(members.text("code", 32))
    except ValueError:
        raise MalformedData("an error of an unknown code") from None
    found = Refusal(code, members.text("text", _TEXT))
    members.end()
    return found

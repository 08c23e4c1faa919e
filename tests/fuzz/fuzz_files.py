"""What comes from an authority or from a card's certificate files, read from any bytes.

Byte 0 chooses the reader (modulo their number), the rest is what it reads.  A reader says
MalformedData or KeyStoreError, or gives back what says the same again; nothing that it was given
stands in what it says.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from time import process_time
from typing import TypeVar

from sscard.errors import KeyStoreError, MalformedData
from sscard.issuance.ca.register import Register
from sscard.issuance.ca.store import secrets_of
from sscard.issuance.ca.trusted import pem, read_trusted
from sscard.keys.x509 import CertificateAnswer, CertificateRequest, certificate, enveloped_key
from sscard.keys.x509.certificate import Certificate
from sscard.keys.x509.facts import facts

SECONDS = 1.0
#: A value of a file of fewer characters may stand in a message by chance.
_SHORTEST = 6
_DIGITS = re.compile("[0-9a-fA-F]{16}")
#: By its serial number a certificate may be named.
_NAMED = re.compile("<Certificate [0-9A-F]+>|certificate [0-9A-F]+")
_T = TypeVar("_T")


def one_input(data: bytes) -> int:
    """Read one input; whether it was read.  Whatever it raises is a finding."""
    if not data:
        return 0
    reader, content, started = READERS[data[0] % len(READERS)], data[1:], process_time()
    said = ""
    try:
        reader(content)
    except (MalformedData, KeyStoreError) as error:
        said = str(error)
        _require_silence(said, content)
    assert process_time() - started < SECONDS, f"more than {SECONDS} s"
    return not said


def _require_silence(said: str, content: bytes) -> None:
    """AssertionError where a message may repeat what was read: names, numbers, keys."""
    assert said.isascii(), "a message in the words of the input"
    said = _NAMED.sub("", said)
    assert not _DIGITS.search(said), "bytes in a message"
    with suppress(MalformedData):
        values = (each for each in _object(content).values() if isinstance(each, str))
        shown = [each for each in values if len(each) >= _SHORTEST and each in said]
        assert not shown, "a value in a message"


def read_certificate(content: bytes) -> None:
    """As from a card's file."""
    found = certificate.parse(content)
    assert content.startswith(found.der)
    assert not content[len(found.der) :].strip(content[-1:])
    assert certificate.parse(found.der).der == found.der
    _properties(found)
    for fact in facts(found):
        assert fact.value == fact.shown(reveal=True)
        assert not fact.personal or set(fact.shown(reveal=False)) <= {"*"}
    assert not found.named("CN")[1:] or found.named("CN") not in repr(found)


def _properties(found: Certificate) -> None:
    """Each is there, is not, or says that it cannot be read."""
    for name in ("key_usage", "subject_key_id", "authority_key_id", "path_length"):
        with suppress(MalformedData):
            getattr(found, name)
    assert len(found.sha256) == 32
    assert len(found.signature) == 64


def read_envelope(content: bytes) -> None:
    """An enveloped key pair."""
    found = enveloped_key.parse(content)
    assert bytes(found) == content


def read_request(content: bytes) -> None:
    """The texts of a request."""
    found = CertificateRequest.from_texts(_texts(content))
    assert CertificateRequest.from_texts(found.texts()) == found
    assert "name=" not in repr(found)


def read_answer(content: bytes) -> None:
    """The texts of an answer."""
    found = CertificateAnswer.from_texts(_texts(content))
    assert CertificateAnswer.from_texts(found.texts()).texts() == found.texts()
    assert not _DIGITS.search(repr(found))


def read_store(content: bytes) -> None:
    """What stands inside a sealed CA store."""
    found = secrets_of(_object(content), "a CA store")
    assert found.key.reveal().hex() not in repr(found)


def read_public_certificates(content: bytes) -> None:
    """A PEM file of a root and its CAs."""
    found = _with_file(content, read_trusted)
    assert found.pem() == pem((found.root, *found.issuers))


def read_register(content: bytes) -> None:
    """A CA's register."""
    found = _with_file(content, lambda path: Register(path, _never).entries())
    assert len(found) <= content.count(b"\n")


def _never() -> datetime:
    raise AssertionError("nothing is written")


def _with_file(content: bytes, read: Callable[[Path], _T]) -> _T:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(content)
        try:
            return read(path)
        except KeyStoreError as error:
            raise KeyStoreError(str(error).replace(folder, "")) from None


def _texts(content: bytes) -> Mapping[str, str]:
    return {name: text for name, text in _object(content).items() if isinstance(text, str)}


def _object(content: bytes) -> Mapping[str, object]:
    """What a file or a message had; what is no object is another reader's business."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        raise MalformedData("no JSON") from None
    if not isinstance(found, dict):
        raise MalformedData("no object")
    return found


READERS: tuple[Callable[[bytes], None], ...] = (
    read_certificate,
    read_envelope,
    read_request,
    read_answer,
    read_store,
    read_public_certificates,
    read_register,
)

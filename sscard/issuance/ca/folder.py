"""A folder between an office and its CA: requests go in, answers come back, everything is sealed.

``folder.sealed`` is under a passphrase that both have; in it are the key of all letters and the
certificates that the office is to trust.  A request and its answer are two letters
(``keys.letters``) of one name: card identification code and fingerprint of the card's key.  Nothing
about the person is in a file's name, or in the clear in a file, and all files are readable by their
owner only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from sscard.durable import create_file, replace_file
from sscard.errors import KeyStoreError, MalformedData
from sscard.issuance.ca.trusted import Trusted, trusted
from sscard.issuance.exchange.finding import ListError
from sscard.issuance.exchange.opening import read_whole
from sscard.keys.letters import LetterKey
from sscard.keys.sm2_keys import Random
from sscard.keys.stores import store_file
from sscard.keys.stores.sealed_file import Passphrase, is_sealed, seal
from sscard.keys.stores.store_file import Ask
from sscard.keys.types import NotCopied
from sscard.keys.x509.answer import CertificateAnswer
from sscard.keys.x509.request import CertificateRequest

KIND = "ca-folder"
HEAD = "folder.sealed"
_NAME = re.compile(r"[0-9A-F]{32}-[0-9a-f]{16}")
_REQUEST, _ANSWER = ".request", ".answer"
#: Outside the seal of every letter, so that whoever finds one sees what it is.
_MARK = b"sscard ca letter 1\n"
#: Bytes of a letter: a request is a few hundred, an answer some 2500.
_LARGEST = 1 << 14
#: Entry of an answer that says which request it is for.
_OF = "request"


def fingerprint(request: CertificateRequest) -> str:
    """The first 16 digits of the SHA-256 of the key: names tell keys of one card apart."""
    return sha256(request.public.point).hexdigest()[:16]


def name_of(request: CertificateRequest) -> str:
    """What the files of a request are called, without their endings."""
    return f"{request.card_id}-{fingerprint(request)}"


@dataclass(frozen=True, slots=True)
class Folder(NotCopied):
    """An opened folder."""

    path: Path
    trusted: Trusted
    #: Whether its CA is a TEST one.
    test: bool
    key: LetterKey = field(repr=False)
    random: Random = field(repr=False)

    def names(self) -> tuple[str, ...]:
        """Names of the requests, the oldest first."""
        found = [each for each in self.path.glob(f"*{_REQUEST}") if _NAME.fullmatch(each.stem)]
        return tuple(each.stem for each in sorted(found, key=_age))

    def request(self, name: str) -> CertificateRequest:
        """A request.  Raises MalformedData naming the file."""
        file = f"{name}{_REQUEST}"
        with _naming(self.path / file):
            found = CertificateRequest.from_texts(self._open(file))
            if name_of(found) != name:
                raise MalformedData("is of another card or key than it is called")
        return found

    def put_request(self, request: CertificateRequest) -> None:
        """Write a request, unless it is there as it is; a damaged one is replaced.

        Raises OSError.
        """
        name = name_of(request)
        with suppress(MalformedData):
            if _digest(self.request(name)) == _digest(request):
                return
        self._close(f"{name}{_REQUEST}", request.texts())

    def answer(self, request: CertificateRequest) -> CertificateAnswer | None:
        """The answer to this request; None where there is none yet, or one to other data.

        Raises MalformedData naming the file.
        """
        file = f"{name_of(request)}{_ANSWER}"
        if not (self.path / file).exists():
            return None
        with _naming(self.path / file):
            texts = self._open(file)
            if texts.pop(_OF, "") != _digest(request):
                return None
            return CertificateAnswer.from_texts(texts)

    def put_answer(self, request: CertificateRequest, answer: CertificateAnswer) -> None:
        """Write the answer to a request in one step.  Raises OSError."""
        self._close(f"{name_of(request)}{_ANSWER}", {**answer.texts(), _OF: _digest(request)})

    def _open(self, file: str) -> dict[str, str]:
        raw = read_whole(self.path / file, _LARGEST)
        if not raw.startswith(_MARK):
            raise MalformedData("is no letter between an office and a CA")
        texts = json.loads(self.key.open(raw.removeprefix(_MARK), _subject(file)))
        if not isinstance(texts, dict) or not all(isinstance(each, str) for each in texts.values()):
            raise MalformedData("holds no texts")
        return texts

    def _close(self, file: str, texts: Mapping[str, str]) -> None:
        if not _NAME.fullmatch(Path(file).stem):
            raise MalformedData("card identification code: is no 32 hexadecimal digits")
        plain = json.dumps(dict(texts), ensure_ascii=False, sort_keys=True).encode("utf-8")
        letter = self.key.close(plain, _subject(file), self.random)
        replace_file(self.path / file, _MARK + letter)


def new_folder(
    path: Path, passphrase: Passphrase, certificates: Trusted, random: Random, *, test: bool
) -> Folder:
    """A folder for the office and the CA with these certificates; ``path`` may be there already.

    Raises KeyStoreError for a short passphrase and for a folder that is one already.
    """
    passphrase.require_long()
    key = random(LetterKey.SIZE)
    document = {
        "kind": KIND,
        "test": test,
        "key": key.hex(),
        "certificates": [each.der.hex() for each in (certificates.root, *certificates.issuers)],
    }
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        create_file(path / HEAD, seal(document, passphrase, random))
    except FileExistsError:
        raise KeyStoreError(f"{path / HEAD}: is there already") from None
    return Folder(path, certificates, test, LetterKey(key), random)


def open_folder(path: Path, ask: Ask, random: Random) -> Folder:
    """The folder at ``path``.  Raises KeyStoreError naming the file, WrongPassphrase."""
    head = path / HEAD
    document = store_file.document(head, KIND, ask)
    if not is_sealed(head.read_bytes()):
        raise KeyStoreError(f"{head}: is not sealed")
    try:
        key = LetterKey(bytes.fromhex(str(document["key"])))
        certificates = [bytes.fromhex(each) for each in _list(document["certificates"])]
    except (KeyError, TypeError, ValueError):
        raise KeyStoreError(f"{head}: holds no key of letters and certificates") from None
    return Folder(path, trusted(certificates, str(head)), document.get("test") is True, key, random)


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Errors say which file it is."""
    try:
        yield
    except ListError:
        raise  # it does
    except MalformedData as error:
        raise MalformedData(f"{path}: {error}") from None
    except (ValueError, RecursionError):  # the other party's letter, and no JSON in it
        raise MalformedData(f"{path}: holds no texts") from None


def _list(value: object) -> list[str]:
    if not isinstance(value, list):
        raise TypeError("no list")
    return value


def _digest(request: CertificateRequest) -> str:
    """Of all that is in it but the day: who asks again on another day asks the same.

    It is inside the seal, because names can be guessed.
    """
    texts = {name: text for name, text in request.texts().items() if name != "FKRQ"}
    plain = json.dumps(texts, ensure_ascii=False, sort_keys=True)
    return sha256(plain.encode("utf-8")).hexdigest()


def _subject(file: str) -> bytes:
    return _MARK + file.encode("ascii")


def _age(path: Path) -> tuple[float, str]:
    return path.stat().st_mtime, path.name

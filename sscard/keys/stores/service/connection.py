"""One greeted connection to a key service: lines out, lines in."""

from __future__ import annotations

import socket
import ssl
import weakref
from dataclasses import dataclass, field
from typing import BinaryIO

from sscard.errors import KeyStoreError, MalformedData
from sscard.keys.stores.service import answers, requests, tls, wire
from sscard.keys.stores.service.messages import Answer, Greeting, Hello, Question, Refusal
from sscard.keys.stores.service.refusals import Refused
from sscard.keys.stores.service.token import Token
from sscard.keys.types import NotCopied

#: Seconds for a connection, and for each answer.
TIMEOUT = 30.0


@dataclass(frozen=True, slots=True)
class Service(NotCopied):
    """Where a key service is and how to be let in.

    ``context`` None is plain TCP, and then nothing is sent unless the service is on this machine.
    """

    host: str
    port: int
    token: Token = field(repr=False)
    context: ssl.SSLContext | None
    timeout: float = TIMEOUT

    @property
    def name(self) -> str:
        """How errors call it."""
        return f"key service {self.host}:{self.port}"


class Connection(NotCopied):
    """A connection; it raises OSError when it is lost, and is of no use after that.

    It ends with ``close``, with the last reference to it, or with the program.
    """

    def __init__(self, plain_or_tls: socket.socket) -> None:
        self._socket = plain_or_tls
        self._answers: BinaryIO = plain_or_tls.makefile("rb")
        self._end = weakref.finalize(self, _end, self._answers, plain_or_tls)

    def exchange(self, number: int, asked: Hello | Question) -> Answer:
        """The answer.

        Raises OSError for a lost connection, TimeoutError for none in time, MalformedData for one
        that does not belong to the question.
        """
        self._socket.sendall(requests.build(number, asked))
        line = self._answers.readline(wire.LONGEST_LINE + 1)
        if not line.endswith(b"\n"):
            raise ConnectionError("the service has ended the connection")
        of, answer = answers.parse(line)
        if of != number and not isinstance(answer, Refusal):
            raise MalformedData("an answer to another question")
        return answer

    def close(self) -> None:
        """End it."""
        self._end()


def _end(reader: BinaryIO, plain_or_tls: socket.socket) -> None:
    reader.close()
    plain_or_tls.close()


def connect(service: Service) -> tuple[Connection, Greeting]:
    """A connection whose greeting was answered.

    Raises KeyStoreError: no connection, a certificate that is not trusted, a token that is wrong.
    """
    connection = Connection(_socket(service))
    try:
        return connection, _greeted(service, connection)
    except (OSError, MalformedData) as error:
        connection.close()
        raise KeyStoreError(f"{service.name}: no greeting: {error}") from None
    except KeyStoreError:
        connection.close()
        raise


def _greeted(service: Service, connection: Connection) -> Greeting:
    answer = connection.exchange(0, Hello(wire.PROTOCOL, service.token))
    if isinstance(answer, Refusal):
        raise Refused(answer.code, f"{service.name}: {answer.text}")
    if not isinstance(answer, Greeting):
        raise MalformedData("a greeting was answered with something else")
    return answer


def _socket(service: Service) -> socket.socket:
    try:
        plain = socket.create_connection((service.host, service.port), service.timeout)
    except OSError as error:
        raise KeyStoreError(f"{service.name}: no connection: {_reason(error)}") from None
    # A question is one small packet, and nobody is to wait for another one to fill it up.
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        return _protected(service, plain)
    except (OSError, KeyStoreError):
        plain.close()
        raise


def _protected(service: Service, plain: socket.socket) -> socket.socket:
    if service.context is None:
        if not tls.is_loopback(plain.getpeername()[0]):
            raise KeyStoreError(f"{service.name}: without TLS only on this machine")
        return plain
    try:
        return service.context.wrap_socket(plain, server_hostname=service.host)
    except ssl.SSLCertVerificationError as error:
        raise KeyStoreError(
            f"{service.name}: its certificate is not trusted: {error.verify_message}"
        ) from None
    except OSError as error:
        raise KeyStoreError(f"{service.name}: no TLS: {_reason(error)}") from None


def _reason(error: OSError) -> str:
    return "no answer in time" if isinstance(error, TimeoutError) else error.strerror or str(error)

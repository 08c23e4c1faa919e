"""The key service on a network: TLS, one line after the other, one question at a time.

Connections are waited for together; the store works in one thread, which is always the same.
Whoever sends too much, too slowly or nothing is cut off.
"""

from __future__ import annotations

import asyncio
import logging
import os
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from sscard.errors import KeyStoreError
from sscard.keys.stores.service import tls
from sscard.keys.stores.service.clients import Clients
from sscard.keys.stores.service.conversation import Conversation
from sscard.keys.stores.service.refusals import Code
from sscard.keys.stores.service.served import Served
from sscard.keys.stores.service.wire import LONGEST_LINE
from sscard.keys.types import NotCopied

log = logging.getLogger("sscard.keys.service")

#: Bytes between the first of the longest line and its end.
_REST = LONGEST_LINE - 2


@dataclass(frozen=True, slots=True)
class Limits:
    """What a client may take; times in seconds."""

    #: Connections at the same time.
    connections: int = 64
    #: For the TLS handshake, and then for the greeting.
    greeting: float = 10.0
    #: Between two questions.
    idle: float = 600.0
    #: From the first byte of a line to its end, and for taking an answer.
    line: float = 10.0
    #: For answers under way when the service ends.
    farewell: float = 5.0


@dataclass(frozen=True, slots=True)
class Listen:
    """Where the service is.  ``context`` None is plain TCP, which needs a loopback address.

    ValueError for plain TCP anywhere else: keys would go over the network in clear.
    """

    host: str
    port: int
    context: ssl.SSLContext | None

    def __post_init__(self) -> None:
        if self.context is None and not tls.is_loopback(self.host):
            raise ValueError("without TLS the service listens on a loopback address only")


class KeyService(NotCopied):
    """A store offered to clients until it is told to stop."""

    def __init__(self, served: Served, clients: Clients, limits: Limits | None = None) -> None:
        self._served = served
        self._clients = clients
        self._limits = limits or Limits()
        self._store = ThreadPoolExecutor(1, thread_name_prefix="key-store")
        self._all: set[asyncio.Task[None]] = set()
        self._waiting: set[asyncio.Task[None]] = set()
        #: Connections that have not greeted, the oldest first.
        self._strangers: dict[asyncio.Task[None], asyncio.WriteTransport] = {}
        self._stopping = False

    async def run(
        self, listen: Listen, stop: asyncio.Event, ready: Callable[[str, int], None]
    ) -> None:
        """Serve until ``stop`` is set; ``ready`` is told the address that was taken.

        Answers under way are still given.  Raises KeyStoreError for an address that is not free.
        """
        server = await self._open(listen)
        ready(*server.sockets[0].getsockname()[:2])
        try:
            await stop.wait()
        finally:
            self._stopping = True
            server.close()
            await self._farewell()
            self._store.shutdown()

    async def _open(self, listen: Listen) -> asyncio.Server:
        secure = listen.context is not None
        try:
            return await asyncio.start_server(
                self._connected,
                listen.host,
                listen.port,
                limit=_REST,
                ssl=listen.context,
                ssl_handshake_timeout=self._limits.greeting if secure else None,
                ssl_shutdown_timeout=1.0 if secure else None,
            )
        except OSError as error:
            where = f"{listen.host}:{listen.port}"
            # asyncio says the address again; only a name that nobody knows has no system's number.
            reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
            raise KeyStoreError(f"cannot listen on {where}: {reason}") from None

    async def _farewell(self) -> None:
        for task in self._waiting:
            task.cancel()
        if self._all:
            _, late = await asyncio.wait(self._all, timeout=self._limits.farewell)
            for task in late:
                task.cancel()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Whoever has gone already has no name.
        peer = str((writer.get_extra_info("peername") or ("nowhere",))[0])
        if self._stopping or not self._has_room():
            log.warning("nobody from %s connection: too many", peer)
            writer.transport.abort()
            return
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a connection outside of any task")
        self._all.add(task)
        self._strangers[task] = writer.transport
        task.add_done_callback(self._gone)
        try:
            await self._converse(task, peer, reader, writer)
        except TimeoutError:
            log.warning("connection from %s: too slow, or idle", peer)
            writer.transport.abort()  # what was not taken is not waited for
        except (ConnectionError, ssl.SSLError, asyncio.IncompleteReadError):
            log.info("connection from %s: lost", peer)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    def _has_room(self) -> bool:
        """Whether there is a place.  Clients keep theirs; of strangers the oldest gives way.

        So nobody keeps clients out who has no token, and only waits.
        """
        if len(self._all) < self._limits.connections:
            return True
        for task, transport in self._strangers.items():
            del self._strangers[task]
            transport.abort()
            return True
        return False

    def _gone(self, task: asyncio.Task[None]) -> None:
        self._all.discard(task)
        self._strangers.pop(task, None)

    async def _converse(
        self,
        task: asyncio.Task[None],
        peer: str,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        conversation = Conversation(self._served, self._clients, peer)
        while not (conversation.over or self._stopping):
            self._waiting.add(task)
            try:
                line = await self._line(conversation, reader)
            except asyncio.LimitOverrunError:
                line = None
            finally:
                self._waiting.discard(task)
            if line == b"":
                return
            answer = await self._answer(conversation, line)
            if conversation.greeted:
                self._strangers.pop(task, None)
            writer.write(answer)
            async with asyncio.timeout(self._limits.line):
                await writer.drain()

    async def _line(self, conversation: Conversation, reader: asyncio.StreamReader) -> bytes:
        """The next line; empty where the other side has ended."""
        limits = self._limits
        async with asyncio.timeout(limits.idle if conversation.greeted else limits.greeting):
            first = await reader.read(1)
        if first in (b"", b"\n"):
            return first
        async with asyncio.timeout(limits.line):
            return first + await reader.readuntil(b"\n")

    async def _answer(self, conversation: Conversation, line: bytes | None) -> bytes:
        if line is None:
            text = f"a line has at most {LONGEST_LINE} bytes"
            return conversation.refuse(0, Code.TOO_LONG, text)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._store, conversation.say, line)

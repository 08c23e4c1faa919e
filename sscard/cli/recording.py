"""``--record``: a new file with what is said to a card."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, TypeAlias

import typer

from sscard.errors import TransportError

if TYPE_CHECKING:
    from sscard.driver.reader_kinds import CardReader, OpenCard
    from sscard.trace.entries import Entry
    from sscard.trace.recorded import Recording
    from sscard.transport.recorder import Recorder, Tell

Record: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--record",
        metavar="FILE",
        help="Write what is said to the card to a new file (记录), for `sscard trace`.",
    ),
]


@dataclass(frozen=True, slots=True)
class RecordedReader:
    """``inside``, whose cards tell what is said to them."""

    inside: CardReader
    tell: Tell

    @property
    def name(self) -> str:
        """As people know it."""
        return self.inside.name

    def connect(self, *, contactless: bool | None = None) -> OpenCard:
        """The card that is there.  Raises TransportError."""
        return recorded_card(self.inside.connect(contactless=contactless), self.tell)

    def wait(self, seconds: float, /, *, present: bool) -> None:
        """Until there is a card, or none.  Raises NoCard when the time is over."""
        self.inside.wait(seconds, present=present)


@dataclass(frozen=True, slots=True)
class RecordedCard:
    """``inside``, which tells ``recorder`` what is said to it."""

    inside: OpenCard
    recorder: Recorder

    def reset(self) -> bytes:
        """Power off and on; the ATR.  Raises TransportError when there is no card."""
        return self.recorder.reset()

    def transmit(self, command: bytes, /) -> bytes:
        """One exchange.  Raises TransportError when there is no answer; that is told, too."""
        return self.recorder.transmit(command)

    def close(self) -> None:
        """Let go of the card."""
        self.inside.close()


def recorded_card(inside: OpenCard, tell: Tell | None) -> OpenCard:
    """The card, telling also that it has power where it has; the same card for nobody to tell."""
    from sscard.transport.recorder import Recorder

    if tell is None:
        return inside
    answer = getattr(inside, "atr", b"")
    if answer:
        tell(None, answer, 0.0)
    return RecordedCard(inside, Recorder(inside, tell, time.monotonic))


@contextmanager
def recording(path: Path) -> Iterator[Tell]:
    """A new trace, readable by its owner only; whom to tell of each exchange.

    Each line is in the file before the next command goes to the card.  When the disk is full the
    recording ends and says so, and the card goes on.  A command that fails before anything was said
    leaves no file.

    Raises BadParameter for a file that is there already, and TransportError for one that cannot be
    made.
    """
    with _created(path) as file:
        trace = _Trace(path, file)
        try:
            yield trace.tell
        except BaseException:
            if not trace.lines:
                path.unlink(missing_ok=True)
            raise


@contextmanager
def recordings(paths: Sequence[Path]) -> Iterator[tuple[Tell, ...]]:
    """One for each path.  Raises as ``recording`` does."""
    with ExitStack() as stack:
        yield tuple(stack.enter_context(recording(path)) for path in paths)


class _Trace:
    def __init__(self, path: Path, file: BinaryIO) -> None:
        self._path, self._file = path, file
        self._broken = False
        self._recording: Recording | None = None
        self.lines = 0
        self._write(None)

    def tell(self, command: bytes | None, answer: bytes, seconds: float) -> None:
        from sscard.trace.recorded import Recording

        self._recording = self._recording or Recording()
        self.lines += 1
        self._write(self._recording.entry(command, answer, seconds))

    def _write(self, entry: Entry | None) -> None:
        from sscard.trace.formats import json_lines

        if self._broken:
            return
        try:
            self._file.write(json_lines.written(entry).encode())
            self._file.flush()
        except OSError as error:
            self._broken = True
            said = f"{self._path}: 记录中断 the recording ends here ({error.strerror})"
            typer.secho(said, fg="red", err=True)


def _created(path: Path) -> BinaryIO:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    try:
        return os.fdopen(os.open(path, flags, 0o600), "wb")
    except FileExistsError:
        said = f"{path} 已存在 is there already, and recordings replace nothing"
        raise typer.BadParameter(said, param_hint="--record") from None
    except OSError as error:
        raise TransportError(f"{path}: cannot be made ({error.strerror})") from None

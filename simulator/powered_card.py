"""What a reader can do with any card of ours: power, speed, commands, an image of its memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar
from typing import Protocol as Shape

from sscard.apdu.atr import Atr
from sscard.apdu.pps import DEFAULT_FI_DI, Pps, agreed
from sscard.cos import NVM, Protocol
from sscard.cos.memory_map import MemoryMap, memory_map
from sscard.cos.partition import Divided
from sscard.cos.t0 import TpduCard
from sscard.errors import MalformedData, TransportError

from .image import Image
from .pluggable import NoPower

_PROTOCOLS = {0: Protocol.T0, 1: Protocol.T1}


class OperatingSystem(Shape):
    """A chip with its operating system: bytes in, bytes out."""

    nvm: NVM

    def reset(self, protocol: Protocol = ...) -> bytes:
        """Power came back; the answer to reset."""
        ...

    def process(self, raw: bytes) -> bytes:
        """Execute one command."""
        ...


ChipOf = TypeVar("ChipOf", bound=Divided)
CardOf = TypeVar("CardOf", bound=OperatingSystem)


class PoweredCard(Generic[ChipOf, CardOf]):
    """A chip between power-on and power-off; it answers commands only then."""

    def __init__(self, chip: ChipOf, card: CardOf) -> None:
        self.chip = chip
        self.card = card
        self._protocol = Protocol.T1
        self._tpdus = TpduCard(self.card.process)
        self._powered = self._fresh = False
        self._atr = b""
        #: Fi and Di of the line, coded as TA1; what PPS has agreed upon since the last reset.
        self.fi_di = DEFAULT_FI_DI

    def power_on(self, protocol: Protocol = Protocol.T1) -> bytes:
        """Apply power; the answer to reset, over an antenna the ATS.

        On T=0 ``transmit`` takes TPDUs, as a reader sends them: header with P3, 61xx, 6Cxx, GET
        RESPONSE.  On any other protocol it takes APDUs.
        """
        self._powered, self._protocol = True, protocol
        self._fresh, self.fi_di = protocol is not Protocol.CONTACTLESS, DEFAULT_FI_DI
        self._tpdus.reset()
        self._atr = self.card.reset(protocol)
        return self._atr

    def reset(self) -> bytes:
        """Power off and on again, the protocol as before; the answer to reset."""
        return self.power_on(self._protocol)

    def pps(self, request: bytes, /) -> bytes:
        """Protocol and speed, as a reader asks for them straight after the ATR; the response.

        Raises MalformedData for what is no request, and TransportError where a card stays mute:
        behind a command, over the antenna, for a protocol that the ATR does not offer.
        """
        if not self._powered:
            raise NoPower("the card has no power")
        wanted = Pps.parse(request)
        answer = agreed(wanted, Atr.parse(self._atr)) if self._fresh else None
        if answer is None:
            raise TransportError("the card does not answer this PPS")
        self._fresh = False
        self.fi_di = DEFAULT_FI_DI if answer.fi_di is None else answer.fi_di
        self._protocol = _PROTOCOLS[answer.protocol]
        self.card.reset(self._protocol)
        return bytes(answer)

    def power_off(self) -> None:
        """Take the power away: only the memory survives."""
        self._powered = False

    def transmit(self, command: bytes, /) -> bytes:
        """One command, one answer.  Raises TransportError when the card has no power."""
        if not self._powered:
            raise NoPower("the card has no power")
        self._fresh = False
        if self._protocol is Protocol.T0:
            return self._tpdus.process(command)
        return self.card.process(command)

    def memory_map(self) -> MemoryMap:
        """What lies where in the memory, and how worn its pages are; never what it says."""
        return memory_map(self.card.nvm, self.chip)

    def save(self, path: Path | str) -> None:
        """Write the memory to a card image.  It holds keys and PIN: mode 0600."""
        nvm = self.card.nvm
        Image(self.chip.name, bytes(nvm.cells), tuple(nvm.wear)).save(Path(path))


def read_image(path: Path | str) -> Image:
    """The image in a file.  Raises MalformedData, TransportError, naming the file."""
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise TransportError(f"{path}: cannot be read ({error.strerror})") from None
    try:
        return Image.parse(raw)
    except MalformedData as error:
        raise MalformedData(f"{path}: {error}") from None


def memory_of(image: Image, nvm: Callable[[bytearray], NVM]) -> NVM:
    """The memory in an image, with its wear."""
    memory = nvm(bytearray(image.cells))
    memory.wear[:] = image.wear
    return memory

"""A PSAM without plastic: what a terminal's second slot could do with it, as methods."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from sscard.cos import NVM, Protocol
from sscard.cos.psam import PsamCos
from sscard.cos.t0 import TpduCard
from sscard.dialects.chip import PAGE
from sscard.dialects.psam_chip import PREFIX, PsamChip
from sscard.errors import MalformedData, ProfileError, TransportError
from sscard.keys import SUITES, ChipLot
from sscard.keys.stores import load_social_security
from sscard.profiles.chips import load_psam_chip

from .image import Image

Random = Callable[[int], bytes]


class PsamCard:
    """A simulated PSAM.  Commands are answered only between power-on and power-off."""

    def __init__(self, nvm: NVM, chip: PsamChip, *, random: Random = os.urandom) -> None:
        self.chip = chip
        self.card = PsamCos(nvm, chip, random)
        self._protocol = Protocol.T1
        self._tpdus = TpduCard(self.card.process)
        self._powered = False

    @classmethod
    def blank(
        cls,
        chip: str | PsamChip,
        *,
        lot: ChipLot | None = None,
        random: Random = os.urandom,
        nvm: Callable[[bytearray], NVM] = NVM,
    ) -> PsamCard:
        """A chip as its maker delivers it: empty but for its lot's transport key.

        Without ``lot`` it comes from the TEST lot that the chip file names.  ``nvm`` makes the
        memory: pass a fault injector here.  Raises ProfileError, KeyStoreError.
        """
        chip = load_psam_chip(chip) if isinstance(chip, str) else chip
        lot = lot or load_social_security(None, SUITES[chip.suite]).lot(chip.lot)
        made = cls(nvm(bytearray(chip.size)), chip, random=random)
        tries = chip.transport_tries
        made.card.system.manufacture(lot.blank_historical, lot.transport.reveal(), tries)
        return made

    def power_on(self, protocol: Protocol = Protocol.T1) -> bytes:
        """Apply power; the answer to reset.  On T=0 ``transmit`` takes TPDUs, else APDUs.

        ValueError for an antenna: a PSAM has none.
        """
        if protocol is Protocol.CONTACTLESS:
            raise ValueError("a PSAM has contacts only")
        self._powered, self._protocol = True, protocol
        self._tpdus.reset()
        return self.card.reset(protocol)

    def reset(self) -> bytes:
        """Power off and on again, the protocol as before; the answer to reset."""
        return self.power_on(self._protocol)

    def power_off(self) -> None:
        """Take the power away: only the memory survives."""
        self._powered = False

    def transmit(self, command: bytes, /) -> bytes:
        """One command, one answer.  Raises TransportError when the card has no power."""
        if not self._powered:
            raise TransportError("the card has no power")
        if self._protocol is Protocol.T0:
            return self._tpdus.process(command)
        return self.card.process(command)

    def save(self, path: Path | str) -> None:
        """Write the memory to a card image.  It holds root keys: mode 0600."""
        nvm = self.card.nvm
        Image(self.chip.name, bytes(nvm.cells), tuple(nvm.wear)).save(Path(path))

    @classmethod
    def load(
        cls,
        path: Path | str,
        *,
        random: Random = os.urandom,
        nvm: Callable[[bytearray], NVM] = NVM,
    ) -> PsamCard:
        """The PSAM in an image, without power.  Raises MalformedData, TransportError."""
        try:
            raw = Path(path).read_bytes()
        except OSError as error:
            raise TransportError(f"{path}: cannot be read ({error.strerror})") from None
        image = Image.parse(raw)
        if not is_psam(image):
            raise MalformedData(f"{path}: the image is of a {image.chip} chip, not of a PSAM")
        try:
            chip = load_psam_chip(image.chip)
        except ProfileError:
            raise MalformedData(f"{path}: the image is of an unknown chip") from None
        if (len(image.cells), len(image.wear)) != (chip.size, chip.size // PAGE):
            raise MalformedData(f"{path}: the image is not of a {chip.name} chip")
        memory = nvm(bytearray(image.cells))
        memory.wear[:] = image.wear
        return cls(memory, chip, random=random)


def is_psam(image: Image) -> bool:
    """Whether a card image is a PSAM's; else it is a user card's."""
    return image.chip.startswith(PREFIX)

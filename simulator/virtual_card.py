"""A card without plastic: what a reader could do with it, as methods."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from sscard.cos import NVM, Card, Protocol
from sscard.cos.memory_map import MemoryMap, memory_map
from sscard.cos.t0 import TpduCard
from sscard.dialects import Chip
from sscard.dialects.chip import PAGE
from sscard.errors import MalformedData, ProfileError, TransportError
from sscard.keys import SUITES, TDES, ChipLot
from sscard.keys.cps import card_keys
from sscard.keys.stores import load_social_security
from sscard.profiles.chips import load_chip

from .image import Image

Random = Callable[[int], bytes]

#: The initial KMC that nearly every published source uses for test cards (pboc 1.1 [H]).
INITIAL_KMC = bytes.fromhex("404142434445464748494A4B4C4D4E4F")
#: KMC-ID of KEYDATA: BIN 6228000, F-padded (pboc 1.10 [S]).
_KMC_ID = bytes.fromhex("6228000FFFFF")
_CHIP_SERIAL_SIZE = 4


class VirtualCard:
    """A simulated card.  Commands are answered only between power-on and power-off."""

    def __init__(self, nvm: NVM, chip: Chip, *, random: Random = os.urandom) -> None:
        self.chip = chip
        self.card = Card(nvm, chip, random)
        self._protocol = Protocol.T1
        self._tpdus = TpduCard(self.card.process)
        self._powered = False

    @classmethod
    def blank(
        cls,
        chip: str | Chip = "gen2-32k",
        *,
        lot: ChipLot | None = None,
        random: Random = os.urandom,
        nvm: Callable[[bytearray], NVM] = NVM,
    ) -> VirtualCard:
        """A chip as its maker delivers it (decision 12): empty, PSE and debit installed.

        One with an antenna has a PPSE as well; one whose chip file says that others make these
        applications has none of them, only the keys that they will begin with.

        Without ``lot`` it comes from the TEST lot that the chip file names.  ``nvm`` makes the
        memory: pass a fault injector here.  Raises ProfileError, KeyStoreError.
        """
        chip = load_chip(chip) if isinstance(chip, str) else chip
        lot = lot or load_social_security(None, SUITES[chip.suite]).lot(chip.lot)
        virtual = cls(nvm(bytearray(chip.size)), chip, random=random)
        card = virtual.card
        card.system.manufacture(lot.blank_historical, lot.transport.reveal(), chip.transport_tries)
        keydata = _KMC_ID + random(_CHIP_SERIAL_SIZE)
        keys = card_keys(TDES(INITIAL_KMC), keydata)
        card.banking.manufacture(keydata, keys, antenna=bool(chip.ats), delivery=chip.instances)
        return virtual

    def power_on(self, protocol: Protocol = Protocol.T1) -> bytes:
        """Apply power; the answer to reset, over an antenna the ATS.

        On T=0 ``transmit`` takes TPDUs, as a reader sends them: header with P3, 61xx, 6Cxx, GET
        RESPONSE.  On any other protocol it takes APDUs.
        """
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
        """Write the memory to a card image.  It holds keys and PIN: mode 0600."""
        nvm = self.card.nvm
        Image(self.chip.name, bytes(nvm.cells), tuple(nvm.wear)).save(Path(path))

    def memory_map(self) -> MemoryMap:
        """What lies where in the memory, and how worn its pages are; never what it says."""
        return memory_map(self.card.nvm, self.chip)

    @classmethod
    def load(
        cls,
        path: Path | str,
        *,
        random: Random = os.urandom,
        nvm: Callable[[bytearray], NVM] = NVM,
    ) -> VirtualCard:
        """The card in an image, without power.  Raises MalformedData, TransportError."""
        try:
            raw = Path(path).read_bytes()
        except OSError as error:
            raise TransportError(f"{path}: cannot be read ({error.strerror})") from None
        image = Image.parse(raw)
        try:
            chip = load_chip(image.chip)
        except ProfileError:
            raise MalformedData(f"{path}: the image is of an unknown chip") from None
        if (len(image.cells), len(image.wear)) != (chip.size, chip.size // PAGE):
            raise MalformedData(f"{path}: the image is not of a {chip.name} chip")
        memory = nvm(bytearray(image.cells))
        memory.wear[:] = image.wear
        return cls(memory, chip, random=random)

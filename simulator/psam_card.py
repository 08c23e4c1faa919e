"""A PSAM without plastic: what a terminal's second slot could do with it, as methods."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from sscard.cos import NVM, Protocol
from sscard.cos.psam import PsamCos
from sscard.dialects.chip import PAGE
from sscard.dialects.psam_chip import PREFIX, PsamChip
from sscard.errors import MalformedData, ProfileError
from sscard.keys import SUITES, ChipLot
from sscard.keys.stores import load_social_security
from sscard.profiles.chips import load_psam_chip

from .image import Image
from .powered_card import PoweredCard, memory_of, read_image
from .virtual_card import VirtualCard, of_image

Random = Callable[[int], bytes]


class PsamCard(PoweredCard[PsamChip, PsamCos]):
    """A simulated PSAM.  Commands are answered only between power-on and power-off."""

    def __init__(self, nvm: NVM, chip: PsamChip, *, random: Random = os.urandom) -> None:
        super().__init__(chip, PsamCos(nvm, chip, random))

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
        return super().power_on(protocol)

    @classmethod
    def load(
        cls,
        path: Path | str,
        *,
        random: Random = os.urandom,
        nvm: Callable[[bytearray], NVM] = NVM,
    ) -> PsamCard:
        """The PSAM in an image, without power.  Raises MalformedData, TransportError."""
        image = read_image(path)
        try:
            chip = of_psam_image(image)
        except MalformedData as error:
            raise MalformedData(f"{path}: {error}") from None
        return cls(memory_of(image, nvm), chip, random=random)


def of_psam_image(image: Image) -> PsamChip:
    """The chip that an image is of.  Raises MalformedData for none of a PSAM that is known."""
    if not is_psam(image):
        raise MalformedData(f"the image is of a {image.chip} chip, not of a PSAM")
    try:
        chip = load_psam_chip(image.chip)
    except ProfileError:
        raise MalformedData("the image is of an unknown chip") from None
    if (len(image.cells), len(image.wear)) != (chip.size, chip.size // PAGE):
        raise MalformedData(f"the image is not of a {chip.name} chip")
    return chip


def is_psam(image: Image) -> bool:
    """Whether a card image is a PSAM's; else it is a user card's."""
    return image.chip.startswith(PREFIX)


def load_card(
    path: Path | str,
    *,
    random: Random = os.urandom,
    nvm: Callable[[bytearray], NVM] = NVM,
) -> VirtualCard | PsamCard:
    """The user card or the PSAM in an image, without power.

    Raises MalformedData, TransportError.
    """
    image = read_image(path)
    try:
        return card_of(image, random=random, nvm=nvm)
    except MalformedData as error:
        raise MalformedData(f"{path}: {error}") from None


def card_of(
    image: Image,
    *,
    random: Random = os.urandom,
    nvm: Callable[[bytearray], NVM] = NVM,
) -> VirtualCard | PsamCard:
    """The same of an image that is already read.  Raises MalformedData."""
    if is_psam(image):
        return PsamCard(memory_of(image, nvm), of_psam_image(image), random=random)
    return VirtualCard(memory_of(image, nvm), of_image(image), random=random)

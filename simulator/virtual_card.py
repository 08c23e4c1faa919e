"""A card without plastic: what a reader could do with it, as methods."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from sscard.cos import NVM, Card
from sscard.dialects import Chip
from sscard.dialects.chip import PAGE
from sscard.dialects.psam_chip import PREFIX
from sscard.errors import MalformedData, ProfileError
from sscard.keys import SM4, SUITES, TDES, ChipLot
from sscard.keys.cps import card_keys
from sscard.keys.stores import load_social_security
from sscard.profiles.chips import load_chip

from .image import Image
from .powered_card import PoweredCard, memory_of, read_image

Random = Callable[[int], bytes]

#: The initial KMC that nearly every published source uses for test cards (pboc 1.1 [H]).
INITIAL_KMC = bytes.fromhex("404142434445464748494A4B4C4D4E4F")
#: KMC-ID of KEYDATA: BIN 6228000, F-padded (pboc 1.10 [S]).
_KMC_ID = bytes.fromhex("6228000FFFFF")
_CHIP_SERIAL_SIZE = 4
#: Both master keys of blank cards' certificate applications where the lot says none: the only value
#: that any public source shows, a placeholder (ssc-more 1.2 [2+]).
INITIAL_CERTIFICATE_MASTER = bytes.fromhex("00112233445566778899AABBCCDDEEFF")


class VirtualCard(PoweredCard[Chip, Card]):
    """A simulated card.  Commands are answered only between power-on and power-off."""

    def __init__(self, nvm: NVM, chip: Chip, *, random: Random = os.urandom) -> None:
        super().__init__(chip, Card(nvm, chip, random))

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
        applications has none of them, only the keys that they will begin with.  One with a
        partition for it has the certificate application, empty, with PINs and master keys of blank
        cards.

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
        if card.certificates is not None:
            master = lot.certificate_master or SM4(INITIAL_CERTIFICATE_MASTER)
            card.certificates.manufacture(master)
        return virtual

    @classmethod
    def load(
        cls,
        path: Path | str,
        *,
        random: Random = os.urandom,
        nvm: Callable[[bytearray], NVM] = NVM,
    ) -> VirtualCard:
        """The card in an image, without power.  Raises MalformedData, TransportError."""
        image = read_image(path)
        try:
            chip = of_image(image)
        except MalformedData as error:
            raise MalformedData(f"{path}: {error}") from None
        return cls(memory_of(image, nvm), chip, random=random)


def of_image(image: Image) -> Chip:
    """The chip that an image is of.  Raises MalformedData for none that is known."""
    try:
        chip = load_chip(image.chip)
    except ProfileError:
        psam = image.chip.startswith(PREFIX)
        kind = "a PSAM's chip: see sscard psam show" if psam else "an unknown chip"
        raise MalformedData(f"the image is of {kind}") from None
    if (len(image.cells), len(image.wear)) != (chip.size, chip.size // PAGE):
        raise MalformedData(f"the image is not of a {chip.name} chip")
    return chip

"""What the maker of a PSAM needs to know before the chip is touched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from sscard.apdu.psam_data import ApplicationInformation, PublicInformation
from sscard.errors import KeyStoreError, ProfileError
from sscard.keys import ChipLot, Factors, KeyReference, SecretKey, SocialSecurityStore, Suite
from sscard.keys.hierarchy import city_factor
from sscard.keys.operations import Request
from sscard.keys.psam_load import (
    PSAM_ADF_MASTER,
    PSAM_DDF_MASTER,
    PSAM_OWN,
    PsamLoad,
    Sealing,
)
from sscard.perso.psam.uses import loads
from sscard.profiles import Profile

#: Wrong tries of one of the PSAM's own keys (assumed).
OWN_KEY_TRIES = 15
_MAKER = 7  # T1 to T7 of the historical bytes are the chip's and its maker's
_ISSUER, _VERSION, _KIND = 0x01, 0x01, 0x01


@dataclass(frozen=True, slots=True)
class PsamNumbers:
    """What makes a PSAM unlike all others.

    ``city`` has 6 digits, ``serial`` is at most 8, ``terminal`` at most 6 digits: what the issuer
    of PSAMs numbers terminals with, behind the city (ssc 5.3 [S]).
    """

    city: str
    serial: int
    terminal: int
    valid_from: date
    valid_to: date

    def __post_init__(self) -> None:
        city_factor(self.city)  # ValueError for another form
        if not (0 <= self.serial < 10**8 and 0 <= self.terminal < 10**6):
            raise ValueError("a PSAM's serial number has 8 digits, a terminal's 6 behind the city")
        if self.valid_to < self.valid_from:
            raise ValueError("a PSAM is valid from a day on, not after the last one")

    @property
    def terminal_number(self) -> bytes:
        """终端机编号, 6 packed bytes."""
        return bytes.fromhex(f"{self.city}{self.terminal:06}")


@dataclass(frozen=True, slots=True)
class PsamOrder:
    """One PSAM to be made.  ``seal`` and ``compute`` are its key store's."""

    suite: Suite
    lot: ChipLot
    numbers: PsamNumbers
    historical: bytes
    key_version: int
    masters: tuple[SecretKey, SecretKey] = field(repr=False)
    own: tuple[SecretKey, ...] = field(repr=False)
    loads: tuple[PsamLoad, ...] = field(repr=False)
    seal: Callable[[PsamLoad, Sealing], bytes] = field(repr=False)
    compute: Callable[[Request], bytes] = field(repr=False)

    @property
    def public_information(self) -> PublicInformation:
        """EF 0015; the serial number is made of the last 8 historical bytes."""
        serial = bytes(2) + self.historical[-8:]
        return PublicInformation(_ISSUER, serial, _VERSION, _KIND, bytes(2))

    @property
    def application_information(self) -> ApplicationInformation:
        """EF 001A, 001B and 001C."""
        valid = (self.numbers.valid_from, self.numbers.valid_to)
        days = (bytes.fromhex(f"{day:%Y%m%d}") for day in valid)
        return ApplicationInformation(self.key_version, self.key_version, *days)


def prepare(
    profile: Profile,
    numbers: PsamNumbers,
    store: SocialSecurityStore,
    lot: str,
    *,
    key_version: int = 1,
) -> PsamOrder:
    """Everything that needs a key store but the loading itself.

    ``key_version`` is that of the keys that are not purchase keys.  Raises KeyStoreError,
    ProfileError, ValueError.
    """
    if store.suite.name != profile.suite:
        raise KeyStoreError(
            f"the key store is for {store.suite.name}, profile {profile.name} for {profile.suite}"
        )
    chip_lot = store.lot(lot)
    region, serial = bytes.fromhex(numbers.city)[:2], bytes.fromhex(f"{numbers.serial:08}")
    historical = chip_lot.blank_historical[:_MAKER] + region + serial
    if not historical[-8:].hex().isdigit():
        raise ProfileError(f"lot {lot}: T6 and T7 of its ATR are no digits: no PSAM serial number")
    factors = Factors.of(numbers.city, historical)
    keys = store.card_keys((PSAM_DDF_MASTER, PSAM_ADF_MASTER, *PSAM_OWN), factors)
    return PsamOrder(
        suite=store.suite,
        lot=chip_lot,
        numbers=numbers,
        historical=historical,
        key_version=key_version,
        masters=(keys[PSAM_DDF_MASTER], keys[PSAM_ADF_MASTER]),
        own=tuple(keys[each] for each in PSAM_OWN),
        loads=_held(loads(profile, store.roots, factors, key_version), store),
        seal=store.load_psam,
        compute=store.compute,
    )


def _held(wanted: tuple[PsamLoad, ...], store: SocialSecurityStore) -> tuple[PsamLoad, ...]:
    """Raises KeyStoreError for a key that the store does not hold: before the chip is touched."""
    for load in wanted:
        reference: KeyReference = load.key
        store.kcv(reference.name, reference.version)
    return wanted

"""Who proves keys to the card: the PSAM in the terminal, or an HSM somewhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from sscard.apdu import iso7816, ssc
from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusWord
from sscard.errors import MalformedData
from sscard.keys import Factors
from sscard.keys.key_table import KEYS_BY_NAME
from sscard.profiles.model import Key
from sscard.terminal.driver.codes import DriverError, ErrorCode
from sscard.terminal.driver.dialogue import Dialogue, Question, ask, judged
from sscard.terminal.driver.meeting import Met
from sscard.terminal.driver.step_strings import proof_in
from sscard.terminal.psam import PsamInfo, PsamKeys, open_psam, protect
from sscard.terminal.psam.flows import authenticate_card
from sscard.terminal.psam.slots import Slot, at, one

#: Digits of a terminal number; these where there is no PSAM (ssc 7 [S]).
NO_TERMINAL = "0" * 12
_CITY, _PROVINCE = 1, 2
_NO_ENVIRONMENT = {int(StatusWord.FILE_NOT_FOUND): ErrorCode.ALGORITHM}
#: A key for MACs alone, as the specification gives PSAMs the STK (ssc 3.4 [S]).
_MACS_ONLY = {int(StatusWord.CONDITIONS_NOT_SATISFIED): ErrorCode.PSAM_LEVEL}
_NO_RKSSSE: Mapping[str, Mapping[int, ErrorCode]] = {
    "RKSSSE": {int(StatusWord.KEY_NOT_FOUND): ErrorCode.NO_RKSSSE}
}


class Proofs(Protocol):
    """Proves keys of the current directory, or of SSSE, to the card."""

    def show(self, met: Met, key: Key, /) -> Dialogue[None]:
        """External authentication, once.  Raises DriverError, StatusError, KeyStoreError."""
        ...

    def protected(self, met: Met, name: str, command: CommandAPDU, /) -> Dialogue[CommandAPDU]:
        """The command with its MAC.  Raises DriverError."""
        ...


class WithPsam:
    """With the PSAM; it is opened, and the card proves itself, when the first key is needed."""

    def __init__(self) -> None:
        self._open: tuple[PsamInfo, PsamKeys] | None = None

    def open(self, met: Met) -> Dialogue[tuple[PsamInfo, PsamKeys]]:
        """The PSAM, once the card has proved its IRK to it.

        Raises DriverError −2201, −2202; StatusError, NotVerified, KeyStoreError, MalformedData.
        """
        if self._open is None:
            info = yield from judged(at(Slot.PSAM, open_psam(met.card.suite)), _NO_ENVIRONMENT)
            if not info.terminal.hex().isdecimal():
                raise MalformedData("the PSAM's terminal number is not digits")
            keys = PsamKeys(met.card.suite)
            data, factor = (yield from challenge()), (yield from challenge())
            version = _byte(met.key("IRK"), info)
            yield from authenticate_card(met.card, keys, factor, data, version=version)
            self._open = info, keys
        return self._open

    def show(self, met: Met, key: Key) -> Dialogue[None]:
        """As ``Proofs``; a key that cannot be the card's is not tried."""
        info, keys = yield from self.open(met)
        data, factor = (yield from challenge()), (yield from challenge())
        asked = keys.authentication(key.name, met.card.factors, factor, data)
        proof = yield from judged(at(Slot.PSAM, asked), _NO_RKSSSE.get(key.name, {}))
        require_reach(keys.known[key.name][0] >> 5, info, met.card.factors)
        yield from external(key, proof, data, _byte(key, info))

    def protected(self, met: Met, name: str, command: CommandAPDU) -> Dialogue[CommandAPDU]:
        """As ``Proofs``."""
        _, keys = yield from self.open(met)
        return (yield from protect(met.card, keys, name, command))

    def sealed(self, met: Met, name: str, command: CommandAPDU) -> Dialogue[CommandAPDU]:
        """The command enciphered and with its MAC, under one challenge (ssc 4 rows 5, 3 [S])."""
        _, keys = yield from self.open(met)
        factors, factor = met.card.factors, (yield from challenge())
        asked = keys.enciphered(name, factors, factor, command.data)
        cipher = yield from judged(at(Slot.PSAM, asked), _MACS_ONLY)
        secret = replace(command, data=cipher)
        return (yield from at(Slot.PSAM, keys.protected(name, factors, factor, secret)))


class WithHsm:
    """With the answers of an HSM: a question for each key.

    ``more`` is what came beside the last answer: the other arguments of that step.
    """

    def __init__(self, question: Question) -> None:
        self._question = question
        self.more: tuple[str, ...] = ()

    def show(self, met: Met, key: Key) -> Dialogue[None]:
        """As ``Proofs``; ends a step."""
        data, factor = (yield from challenge()), (yield from challenge())
        fields = (met.algorithm, key_address(key, met), digits(factor), digits(data))
        answer, *more = yield from ask(self._question, fields, met.seen)
        self.more = tuple(more)
        (proof,) = proof_in(answer, 1)
        yield from external(key, *proof, None)

    def protected(self, _met: Met, _name: str, _command: CommandAPDU, /) -> Dialogue[CommandAPDU]:
        """No step of the interface has a MAC for updates."""
        raise DriverError(ErrorCode.NOT_SUPPORTED)
        yield  # a dialogue, as the other


def challenge() -> Dialogue[bytes]:
    """8 random bytes of the card, the last of which it counts (ssc 9.1 [T])."""
    return (yield from at(Slot.USER, one(iso7816.get_challenge(8)))).require("challenge")


def external(key: Key, proof: bytes, data: bytes, version: int | None) -> Dialogue[None]:
    """Show a proof; the command is sent once.  Raises StatusError."""
    command = ssc.external_authenticate(key.kid, proof, data, version=version)
    (yield from at(Slot.USER, one(command))).require(f"show {key.name}")


def key_address(key: Key, met: Met) -> str:
    """In an office's HSM; a key without one goes by its name and province (ssc-more 6.3 [1])."""
    entry = KEYS_BY_NAME.get(key.name)
    address = entry.address(1) if entry else None
    return f"{key.name}_{met.card.city[:2]}0000" if address is None else f"{address:04X}"


def require_reach(levels: int, info: PsamInfo, factors: Factors) -> None:
    """Raises DriverError −24 where the PSAM's key is another city's, or another province's.

    ``levels`` lead from the PSAM's key to the card: one from a city's, two from a province's.
    """
    own = Factors.of(info.terminal.hex()[:6], bytes(13))
    elsewhere = (levels == _CITY and own.city != factors.city) or (
        levels == _PROVINCE and own.province != factors.province
    )
    if elsewhere:
        raise DriverError(ErrorCode.PSAM_LEVEL)


def digits(raw: bytes) -> str:
    """Bytes as they stand in the strings."""
    return raw.hex().upper()


def _byte(key: Key, info: PsamInfo) -> int | None:
    """The version byte: the PSAM's version, where the key has several and it is not the first."""
    version = info.application.key_version
    return version if 1 < version <= key.versions else None

"""Whether the proofs in a trace of the certificate application are right (ssc-more 1.3).

It begins with what blank cards have, and learns the PIN and the master keys that the trace itself
puts in their place.  Of a PIN nothing is said, of a key its check value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import TypeVar

from sscard.apdu import pki
from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.apdu.pki import PkiINS
from sscard.apdu.response import ResponseAPDU
from sscard.apdu.status import StatusError
from sscard.channel import pki as channel
from sscard.keys.types import SecretKey
from sscard.trace.pki.brought import WIPED, Brought
from sscard.trace.pki.commands import PINS, Place
from sscard.trace.row import Detail
from sscard.trace.social.known_keys import NO_CHALLENGE, CertificateKeys, Known, verdict

_T = TypeVar("_T")
_CHALLENGES = (8, pki.CHALLENGE)
_INITIAL, _OF_TRACE = "初始 initial", "记录中所设 set in this trace:"


class Proofs:
    """Follows one trace; what the card has not agreed to counts for nothing."""

    def __init__(self, keys: CertificateKeys) -> None:
        self._pins = {
            reference: [Known(f"{_INITIAL} {PINS[reference]}", key)]
            for reference, key in keys.pins.items()
        }
        master = keys.master
        self._blank = [Known("空白卡主控密钥 master key of blank cards", master)] if master else []
        self._masters: dict[bytes, list[Known]] = {}
        self.reset()

    def reset(self) -> None:
        """Power came on: challenge and session key are gone, what was replaced stays so."""
        self._challenge, self._brought = b"", Brought()
        self._agreed: Callable[[], None] | None = None

    def command(self, command: CommandAPDU, place: Place) -> tuple[Detail, ...]:
        """What is to be said of a command."""
        self._agreed = None
        check = _CHECKS.get(command.ins)
        if check is not None and command.data:
            return check(self, command, place)
        return self._brought.command(command)

    def answer(self, asked: CommandAPDU, response: ResponseAPDU) -> None:
        """The card has agreed to ``asked``."""
        if self._agreed is not None:
            self._agreed()
            self._agreed = None
        self._brought.answer(asked, response.data)
        if asked.ins == INS.GET_CHALLENGE:
            self._challenge = response.data

    def _verify(self, command: CommandAPDU, _place: Place) -> tuple[Detail, ...]:
        known = self._pins.get(command.p2, [])
        return self._proof(command, known, PINS.get(command.p2, "PIN"))

    def _external(self, command: CommandAPDU, place: Place) -> tuple[Detail, ...]:
        return self._proof(command, self._of(place), place.master)

    def _proof(self, command: CommandAPDU, known: list[Known], name: str) -> tuple[Detail, ...]:
        challenge, data = self._used(), command.data
        said = _unchecked(data, challenge) or verdict(
            known, name, lambda key: channel.proves(key, challenge, data)
        )
        return (Detail(0, None, "认证数据", "proof", "", said),)

    def _change(self, command: CommandAPDU, _place: Place) -> tuple[Detail, ...]:
        known = self._pins.setdefault(pki.ADMIN, [])
        said, new = self._opened(command, known, PINS[pki.ADMIN], channel.new_admin_pin)
        if new is not None:
            name = f"{_OF_TRACE} {PINS[pki.ADMIN]}"
            self._agreed = partial(known.insert, 0, Known(name, channel.pin_key(new)))
        return (said,)

    def _replace(self, command: CommandAPDU, place: Place) -> tuple[Detail, ...]:
        own, name = self._masters.setdefault(place.directory, []), place.master
        said, new = self._opened(command, self._of(place), name, channel.new_master)
        if new is None:
            return (said,)
        self._agreed = partial(own.insert, 0, Known(f"{_OF_TRACE} {name}", new))
        return (said, Detail(0, None, "密钥", "key", "", f"{name}, KCV {new.kcv.hex().upper()}"))

    def _of(self, place: Place) -> list[Known]:
        """The master keys that the current directory may have, the last one first."""
        return [*self._masters.get(place.directory, []), *self._blank]

    def _opened(
        self,
        command: CommandAPDU,
        known: list[Known],
        name: str,
        open_with: Callable[[CommandAPDU, SecretKey, bytes], _T],
    ) -> tuple[Detail, _T | None]:
        """What is said of the MAC, and what the command brings; None where no key fits."""
        challenge = self._used()
        found: list[_T] = []

        def fits(key: SecretKey) -> bool:
            try:
                found.append(open_with(command, key, challenge))
            except StatusError:
                return False
            return True

        said = _unchecked(command.data, challenge) or verdict(known, name, fits)
        return Detail(0, None, "报文鉴别码", "MAC", "", said), found[0] if found else None

    def _used(self) -> bytes:
        """The challenge, which counts once."""
        challenge, self._challenge = self._challenge, b""
        return challenge


def _unchecked(data: bytes, challenge: bytes) -> str:
    """Why there is nothing to check; empty where there is."""
    if not any(data):
        return WIPED
    return "" if len(challenge) in _CHALLENGES else NO_CHALLENGE


_CHECKS: Mapping[int, Callable[[Proofs, CommandAPDU, Place], tuple[Detail, ...]]] = (
    MappingProxyType(
        {
            INS.VERIFY: Proofs._verify,
            INS.EXTERNAL_AUTHENTICATE: Proofs._external,
            PkiINS.CHANGE_ADMIN_PIN: Proofs._change,
            PkiINS.REPLACE_MASTER: Proofs._replace,
        }
    )
)

"""What must hold after every command, whatever it was."""

from __future__ import annotations

from collections.abc import Iterator

from sscard.apdu import pki
from sscard.apdu.dgi import DGI
from sscard.cos import Card, CardState
from sscard.cos.nvm import JOURNAL_PAGES
from sscard.cos.pki import Certificates
from sscard.cos.pse import cash
from sscard.dialects import reference
from sscard.dialects.chip import PAGE

SHORTEST, LONGEST = 2, 0x10000 + 2
SECONDS = 1.0
WINDOW = 8
_PUT_DATA, _STORE_DATA = b"\xda", b"\xe2"
_FIRST_SW, _LAST_SW = 0x6000, 0x9FFF
_JOURNAL = JOURNAL_PAGES * PAGE
#: Headers of what a factory does; REPLACE KEY, of the same class, is for cards in use.
_FACTORY = frozenset((row.cla, row.ins, row.p1, row.p2) for row in reference.ROWS if not row.issued)
#: A window of fewer different bytes is fill, not secret.
_DIFFERENT = 4


class Watch:
    """Looks at one card during one input.

    ``known`` is all that the terminal says: what it says itself is no leak.
    """

    def __init__(self, card: Card, known: bytes) -> None:
        self._card, self._known = card, known
        self._size = len(self._card.nvm.cells)
        self._programmed = self._card.nvm.programmed
        self._state = self._card.system.state
        self._windows: frozenset[bytes] = frozenset()
        self._money = [*_money(card)]
        self._looked_at = -1  # pages programmed when the secrets were last looked for

    def after(self, command: bytes, answer: bytes, seconds: float) -> None:
        """Raises AssertionError for whatever a card must not do."""
        assert isinstance(answer, bytes)
        assert SHORTEST <= len(answer) <= LONGEST, len(answer)
        assert _FIRST_SW <= int.from_bytes(answer[-2:], "big") <= _LAST_SW, answer[-2:].hex()
        assert seconds < SECONDS, f"{seconds:.1f} s for one command"
        self._factory(command, answer)
        self._memory()
        self._financial(command, answer)
        if len(answer) >= SHORTEST + WINDOW:
            self._secrets(answer[:-2])

    def _factory(self, command: bytes, answer: bytes) -> None:
        before, now = self._state, self._card.system.state
        assert now >= before, "a card does not get younger"
        # 84 D4 is another command in the certificate application.
        elsewhere = isinstance(self._card._current, Certificates)
        if before >= CardState.ISSUED and _header(command) in _FACTORY and not elsewhere:
            assert answer != b"\x90\x00", "a factory command after END PRE-ISSUE"
        self._state = now

    def _financial(self, command: bytes, answer: bytes) -> None:
        """Counters go on, and money comes from the issuer alone: by PUT DATA, or before issue."""
        before, self._money = self._money, [*_money(self._card)]
        given = command[1:2] in (_PUT_DATA, _STORE_DATA) and answer == b"\x90\x00"
        for (atc, balance), (now, left) in zip(before, self._money, strict=True):
            assert now >= atc or given, "an ATC went back"
            assert left <= balance or given, "money out of nothing"

    def _memory(self) -> None:
        nvm = self._card.nvm
        assert len(nvm.cells) == len(nvm.image) == self._size, "the memory has grown"
        assert nvm.image[_JOURNAL:] == nvm.cells[_JOURNAL:], "neither committed nor taken back"
        if nvm.programmed != self._programmed:
            self._programmed = nvm.programmed
            for name, left, limit in _counters(self._card):
                assert 0 <= left <= limit, f"{name}: {left} of {limit}"

    def _secrets(self, data: bytes) -> None:
        if self._looked_at != self._programmed:
            self._looked_at = self._programmed
            self._windows |= _windows(self._card)  # a secret that was replaced stays one
        shown = {data[at : at + WINDOW] for at in range(len(data) - WINDOW + 1)} & self._windows
        assert not [each for each in shown if each not in self._known], "a secret in an answer"


#: All that come enciphered; the SM2 public key does, too, and may be seen.
_SECRET_GROUPINGS = tuple(dgi for dgi in DGI if dgi >> 12 == 8 and dgi is not DGI.SM2_PUBLIC)
#: Files of private keys.
_PRIVATE = (pki.SIGNATURE_PRIVATE, pki.ENCRYPTION_PRIVATE)


def _header(command: bytes) -> tuple[int, ...]:
    return tuple(command[:4])


def _windows(card: Card) -> frozenset[bytes]:
    """Every run of eight bytes in any secret of the card."""
    return frozenset(
        window
        for secret in _secrets(card)
        for at in range(len(secret) - WINDOW + 1)
        if len(set(window := secret[at : at + WINDOW])) >= _DIFFERENT
    )


def _secrets(card: Card) -> Iterator[bytes]:
    yield card.system.transport_key().reveal()
    for env in (card._main, card._social):
        for directory in env.files.directories.values():
            yield from map(env.files.key_value, directory.keys.values())
    for instance in card.banking._instances.values():
        keys = instance.identity.keys
        yield from (key.reveal() for key in (keys.enc, keys.mac, keys.dek))
        yield from (instance.value(dgi) or b"" for dgi in _SECRET_GROUPINGS)
    if card.certificates is not None:
        memory = card.certificates._standing.memory
        for counted in (*memory.pins.values(), *(d.master for d in memory.directories.values())):
            yield counted.key.reveal()
        yield from (memory.files[fid].content for fid in _PRIVATE if fid in memory.files)


def _money(card: Card) -> Iterator[tuple[int, int]]:
    """ATC and balance of each application."""
    for instance in card.banking._instances.values():
        yield int.from_bytes(instance.transactions, "big"), cash.balance(instance) or 0


def _counters(card: Card) -> Iterator[tuple[str, int, int]]:
    """Name, value and limit: failures of keys, tries of the transport key and the bank's PIN."""
    image = card.nvm.image
    for env in (card._main, card._social):
        for directory in env.files.directories.values():
            for key in directory.keys.values():
                yield f"key {directory.fid:04X}/{key.kid:02X}", image[key.at + 1], image[key.at]
    base = card.system._base
    yield "transport key", image[base + 2], image[base + 1]
    for instance in card.banking._instances.values():
        left, limit = instance.value(DGI.PIN_TRIES) or bytes(2)
        yield "PIN of the bank", left, limit
    if card.certificates is not None:
        for reference, pin in card.certificates._standing.memory.pins.items():
            yield f"PIN {reference:02X} of certificates", image[pin.at + 1], image[pin.at]

"""What a terminal has its PSAM compute (ssc 5.3, 4 [S]).

PSAMs hold the same key at the level of the ministry, a province or a city, and a terminal has to do
with all of them: it tries the numbers of factors one after the other and remembers which was right,
as the PSAM part recommends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import product

from sscard.apdu import psam
from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel import psam as channel
from sscard.channel.protection import SECURE, mac_text
from sscard.errors import KeyStoreError
from sscard.keys import Factors, Suite, length_data
from sscard.keys.key_entry import KeyEntry
from sscard.keys.key_table import key_entry
from sscard.perso.plan import Plan

_TYPE, _SHIFT = 0x1F, 5
_LEVELS = (1, 2, 3)
#: What a PSAM says when it has the key at another level, or not at all.
_ELSEWHERE = frozenset({StatusWord.WRONG_DATA, StatusWord.KEY_NOT_FOUND})
#: Types by kind where sources have only the id of a key (assumed).
_ASSUMED = {"external": {0x07}, "maintenance": {0x06}}


@dataclass(slots=True)
class PsamKeys:
    """The keys of one PSAM by name; ``known`` has the usage byte and the id that were right."""

    suite: Suite
    known: dict[str, tuple[int, int]] = field(default_factory=dict)

    def authentication(
        self, name: str, factors: Factors, challenge: bytes, data: bytes
    ) -> Plan[bytes]:
        """The 8 bytes that prove the card's key over 8 bytes of data (row 2).

        Raises StatusError; KeyStoreError for a key that no PSAM holds.
        """
        yield from self.deliver(name, factors, challenge)
        blocks = channel.authentication_blocks(self.suite, data)
        answer = yield psam.cipher_data(psam.Cipher.ENCIPHER, blocks)
        return channel.authentication_data(answer.require(f"PSAM: encipher with {name}"))

    def protected(
        self, name: str, factors: Factors, challenge: bytes, command: CommandAPDU
    ) -> Plan[CommandAPDU]:
        """The command with its MAC under an STK (row 3).

        Raises StatusError; ValueError for more data than one MAC of a PSAM covers.
        """
        bare = replace(command, cla=command.cla | SECURE)
        yield from self.deliver(name, factors, challenge)
        mac = yield from self._mac(name, channel.mac_blocks(self.suite, mac_text(bare)))
        return replace(bare, data=bare.data + mac)

    def enciphered(self, name: str, factors: Factors, challenge: bytes, data: bytes) -> Plan[bytes]:
        """Data enciphered under an STK (row 5): what a new PIN goes to the card as.

        Raises StatusError, 6985 where the PSAM only makes MACs with it.
        """
        yield from self.deliver(name, factors, challenge)
        blocks = length_data.build(data, self.suite.block)
        answer = yield psam.cipher_data(psam.Cipher.ENCIPHER, blocks)
        return answer.require(f"PSAM: encipher with {name}")

    def _mac(self, name: str, blocks: bytes) -> Plan[bytes]:
        """In one command, or in as many as it takes."""
        longest = 8 * self.suite.block
        parts = [blocks[at : at + longest] for at in range(0, len(blocks), longest)]
        for part, data in zip(_parts(len(parts)), parts, strict=True):
            answer = (yield psam.cipher_data(part, data)).require(f"PSAM: MAC with {name}")
        return answer

    def deliver(self, name: str, factors: Factors, challenge: bytes) -> Plan[None]:
        """Have a session key of the card's key made.

        Raises StatusError; KeyStoreError for a key that no PSAM holds.
        """
        entry = key_entry(name)
        session = channel.session_factor(self.suite, challenge)
        refused = None
        for usage, key_id in self._uses(entry):
            chain = (factors.card, factors.city, factors.province)[: usage >> _SHIFT]
            delivered = yield psam.delivery_session_key(usage, key_id, chain, session)
            if delivered.sw not in _ELSEWHERE:
                delivered.require(f"PSAM: session key of {name}")
                self.known[name] = usage, key_id
                return
            refused = refused or delivered.sw
        if refused is None:
            raise KeyStoreError(f"no PSAM holds the key {name}")
        raise StatusError(refused, f"PSAM: session key of {name}")

    def _uses(self, entry: KeyEntry) -> tuple[tuple[int, int], ...]:
        """Usage bytes and ids to try: what was right before; else the table's, at every level."""
        if entry.name in self.known:
            return (self.known[entry.name],)
        ids = [use.key_id for use in entry.psam]
        named = [(use.usage, use.key_id) for use in entry.psam if use.usage is not None]
        types = {usage & _TYPE for usage, _ in named} or _ASSUMED.get(entry.kind, set())
        usages = [type_ | level << _SHIFT for type_ in sorted(types) for level in _LEVELS]
        return tuple(dict.fromkeys([*named, *product(usages, ids)]))


def _parts(count: int) -> Iterator[psam.Cipher]:
    """What each of so many commands of one MAC is."""
    if count == 1:
        yield psam.Cipher.ONLY_MAC
        return
    yield psam.Cipher.FIRST_MAC
    yield from [psam.Cipher.NEXT_MAC] * (count - 2)
    yield psam.Cipher.LAST_MAC

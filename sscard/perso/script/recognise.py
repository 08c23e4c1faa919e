"""Finds what the bytes of a command were made of, by trying the names that a card's data have.

A plan does not know that it is written down: it sends bytes.  With the card's keys at hand it can
be proved which key made an authentication or protected a command, so no plan and no channel has to
carry names along; whoever exports checks afterwards that the script makes the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError
from sscard.channel import ssc
from sscard.keys import SecretKey, Suite
from sscard.perso.script.card_data import CardData
from sscard.perso.script.errors import ScriptError
from sscard.perso.script.model import (
    Call,
    CardValue,
    Expression,
    Literal,
    Mode,
    Protection,
    Term,
    Variable,
)

#: Shorter values are not looked for: they could stand anywhere by chance.
SHORTEST = 8
_PROOF = 8

_MODES = (
    (Mode.ENCIPHERED, ssc.unwrap_enciphered, ssc.wrap_enciphered),
    (Mode.MAC, ssc.unwrap, ssc.wrap),
)


@dataclass(slots=True)
class Named:
    """Values with the terms that stand for them, and the keys among them."""

    suite: Suite
    _values: dict[bytes, Term] = field(default_factory=dict, repr=False)
    _keys: list[tuple[Term, SecretKey]] = field(default_factory=list, repr=False)

    def add_card(self, card: CardData, names: frozenset[str]) -> None:
        """The values of a card that are looked for under these names."""
        for name in sorted(names):
            self._add(CardValue(name), card.value(name))
            key = card.values[name]
            if isinstance(key, SecretKey):
                self._keys.append((CardValue(name), key))

    def add_random(self, name: str, value: bytes) -> None:
        """A value drawn at run time; it may become a key."""
        self._add(Variable(name), value)
        try:
            self._keys.append((Variable(name), self.suite.key(value)))
        except ValueError:
            return  # of another length than a key's

    def expression(self, data: bytes) -> Expression:
        """The data, with what it ends in by its name, where it has one."""
        for start in range(len(data) - SHORTEST + 1):
            found = self._values.get(data[start:])
            if found is not None:
                return (Literal(data[:start]), found) if start else (found,)
        return (Literal(data),) if data else ()

    def proof(self, data: bytes, challenge: bytes, variable: Variable) -> Expression | None:
        """Authentication data over the challenge, the challenge, and what follows; else None.

        Raises ScriptError when no key here made the authentication data.
        """
        if not challenge or data[_PROOF : 2 * _PROOF] != challenge:
            return None
        for term, key in self._candidates():
            if ssc.authenticate(self.suite, key, challenge, challenge) == data[:_PROOF]:
                made = Call("authenticate", ((term,), (variable,), (variable,)))
                rest = data[2 * _PROOF :]
                return (made, variable, Literal(rest)) if rest else (made, variable)
        raise ScriptError("a key is shown that the card's data do not have")

    def unprotected(
        self, command: CommandAPDU, challenge: bytes, variable: Variable
    ) -> tuple[CommandAPDU, Protection] | None:
        """The command in clear and what protected it; None when nothing did.

        Raises ScriptError when no key here did.
        """
        if not command.cla & ssc.SECURE:
            return None
        for mode, unwrap, wrap in _MODES if challenge else ():
            for term, key in self._candidates():
                try:
                    plain = unwrap(command, self.suite, key, challenge)
                except StatusError:
                    continue
                if wrap(plain, self.suite, key, challenge) == command:
                    self._prefer(term, key)
                    return plain, Protection(mode, term, variable)
        raise ScriptError("a command is protected under a key that the card's data do not have")

    def _add(self, term: Term, value: bytes) -> None:
        if len(value) < SHORTEST:
            return
        if value in self._values:
            raise ScriptError("two values of the card are the same: which one is meant?")
        self._values[value] = term

    def _candidates(self) -> Iterator[tuple[Term, SecretKey]]:
        yield from tuple(self._keys)

    def _prefer(self, term: Term, key: SecretKey) -> None:
        """Try this key first from now on: a directory's keys all travel under one."""
        self._keys.remove((term, key))
        self._keys.insert(0, (term, key))

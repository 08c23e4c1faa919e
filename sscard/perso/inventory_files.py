"""Directories and files read with whatever rights keys and PIN give, each shown once.

A refusal is what the card shows, so it becomes a note and never an exception.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

from sscard.apdu import iso7816
from sscard.apdu.status import StatusError, StatusWord
from sscard.dialects.rights import AccessRule, Condition
from sscard.errors import KeyStoreError
from sscard.keys import SUITES, Factors, SecretKey, SocialSecurityStore
from sscard.perso.data import show_key
from sscard.perso.inventory_elements import Later, elements
from sscard.perso.inventory_objects import fci
from sscard.perso.node import Node, refusal
from sscard.perso.order import key_at
from sscard.perso.plan import Plan, attempt
from sscard.perso.read_files import read_file
from sscard.profiles import Directory, File, Key, Profile
from sscard.profiles.migration import Redefinition

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Access:
    """What can be shown to the card.  ``factors`` is None where no key can be derived, ``store``
    where none is to be tried.

    ``pin`` says whether the card has accepted the PIN since power-up; ``redefined`` is what records
    may hold by a later definition.
    """

    profile: Profile
    store: SocialSecurityStore | None
    factors: Factors | None
    pin: bool
    redefined: tuple[Redefinition, ...] = ()

    def key(self, key: Key) -> SecretKey | None:
        """The card's key, version 1; None when the store cannot derive it."""
        if self.factors is None or self.store is None:
            return None
        try:
            return self.store.card_key(key.name, 1, self.factors, size=key.size)
        except KeyStoreError:
            return None


def read_directory(access: Access, directory: Directory) -> Plan[Node]:
    """A directory with its FCI, its files and the directories below it."""
    answer = yield iso7816.select(directory.df_name)
    zh, en = directory.label_zh, directory.label_en
    node = Node("directory", f"{directory.fid:04X}", directory.name, zh, en)
    if answer.sw != StatusWord.OK:
        return replace(node, note=refusal(answer.sw))
    children = [fci(answer.data)]
    shown = yield from _show_keys(access, directory)
    for file in directory.files:
        children.append((yield from _file(access, directory, file, shown)))
    for below in access.profile.directories:
        if below.parent == directory.name:
            children.append((yield from read_directory(access, below)))
    return replace(node, children=tuple(children))


def _show_keys(access: Access, directory: Directory) -> Plan[frozenset[int]]:
    """Show every key that reading needs, one attempt each; the ids that the card accepted."""
    rules = [file.read for file in directory.files]
    suite, shown = SUITES[access.profile.suite], set()
    for kid in sorted({r.kid for r in rules if r.kid is not None and _asks(r, access)}):
        key = key_at(access.profile, directory, kid)
        secret = access.key(key)
        if secret is None:
            continue
        outcome = yield from attempt(show_key(suite, secret, kid, key.name))
        if not isinstance(outcome, StatusError):
            shown.add(kid)
    return frozenset(shown)


def _asks(rule: AccessRule, access: Access) -> bool:
    """Whether the rule needs its key: beside an accepted PIN an alternative is not shown."""
    return not (rule.condition is Condition.PIN_OR_KEY and access.pin)


def _file(access: Access, directory: Directory, file: File, shown: frozenset[int]) -> Plan[Node]:
    node = Node("file", f"{file.fid:04X}", zh=file.name_zh, en=file.name_en)
    if file.structure == "internal":
        return replace(node, note="仅卡内使用 for the card alone")
    content = yield from attempt(read_file(file))
    right = _right(access, directory, file.read)
    if isinstance(content, StatusError):
        asked = right if content.sw == StatusWord.SECURITY_NOT_SATISFIED else ""
        return replace(node, note=f"需要 needs {asked}" if asked else refusal(content.sw))
    held = _held(access, directory, file.read, shown)
    note = f"凭 with {held}" if held else f"无需 without {right}" if right else ""
    later: Later = {each.tag: each for each in access.redefined if each.stands_in(directory, file)}
    return replace(node, note=note, children=elements(file, content, later))


def _right(access: Access, directory: Directory, rule: AccessRule) -> str:
    """The rule with its key's name, ``PIN or RK1DF01``; nothing where no right would help."""
    if rule.condition in (Condition.FREE, Condition.NEVER):
        return ""
    condition: str = rule.condition.value
    return condition.replace("key", _key_name(access, directory, rule))


def _held(access: Access, directory: Directory, rule: AccessRule, shown: frozenset[int]) -> str:
    """Of what the rule asks for, what has been shown."""
    pin = ["PIN"] if access.pin and "PIN" in rule.condition.value else []
    key = [_key_name(access, directory, rule)] if rule.kid in shown else []
    return " + ".join(pin + key)


def _key_name(access: Access, directory: Directory, rule: AccessRule) -> str:
    return "" if rule.kid is None else key_at(access.profile, directory, rule.kid).name

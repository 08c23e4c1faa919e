"""Directories, files and keys of a profile, said as operations of a dialect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import get_args

from sscard.apdu import iso7816
from sscard.channel import ssc
from sscard.dialects import reference
from sscard.dialects.operations import (
    CreateDirectory,
    CreateFile,
    KeyType,
    LoadKey,
    Operation,
    ReplaceMaster,
    SetFci,
    Structure,
)
from sscard.dialects.rights import AccessRule, Condition
from sscard.errors import ProfileError
from sscard.keys import SecretKey, Suite
from sscard.perso import expected
from sscard.perso.order import MF, CardOrder
from sscard.perso.plan import Plan
from sscard.profiles import Directory, File, Key, Profile
from sscard.profiles.file import Structure as FileStructure

MF_FID = 0x3F00
_ROOT = "SSSE"
_PIN_SIZE = 8
_PUK_TRIES = "puk_tries"
#: Of the keys that a terminal shows: the setting that says how many failures lock them.
_TRIES: Mapping[str, str] = MappingProxyType(
    {"external": "external_key_tries", "lock": "lock_key_tries"}
)

_STRUCTURES: Mapping[str, Structure] = MappingProxyType(
    {name: Structure[name.upper()] for name in get_args(FileStructure)}
)
_KEY_TYPES: Mapping[str, KeyType] = MappingProxyType(
    {name: KeyType[name.upper()] for name in get_args(Key.model_fields["type"].annotation)}
)


def check(order: CardOrder) -> None:
    """Raises ProfileError for whatever the dialect cannot say, naming directory and file."""
    fid = order.profile.setting("exchange_fid").number
    if fid != reference.HANDOVER_FID:
        raise ProfileError(
            f"profile {order.profile.name}: settings.exchange_fid: dialect {reference.NAME} has "
            f"its hand-over area at {reference.HANDOVER_FID:04X}, not {fid:04X}"
        )
    for directory in order.profile.directories:
        for file in directory.files:
            for rule in (file.read, file.update):
                if rule.condition not in reference.CONDITIONS:
                    raise ProfileError(
                        f"profile {order.profile.name}: {directory.name}/{file.fid:04X}: dialect "
                        f"{reference.NAME} cannot express {rule.condition.value!r}"
                    )


def main_file(order: CardOrder) -> Iterator[Operation]:
    """What the MF gets: the hand-over area with its exchange key (decision 11, assumed)."""
    profile = order.profile
    kid = profile.setting("exchange_kid").number
    tries = profile.setting("exchange_key_tries").number
    yield LoadKey(KeyType.EXTERNAL, kid, 1, tries, order.exchange.reveal())
    yield CreateFile(
        fid=profile.setting("exchange_fid").number,
        structure=Structure.TRANSPARENT,
        read=AccessRule(Condition.FREE),
        update=AccessRule(Condition.KEY, kid),
        records=(bytes(profile.setting("exchange_size").number),),
    )


def contents(order: CardOrder, directory: Directory) -> Iterator[Operation]:
    """What a directory gets: FCI, keys, the PIN where it belongs, files with their fill."""
    if directory.fci_proprietary:
        yield SetFci(directory.fci_proprietary)
    for key in directory.keys:
        limit = _limit(order.profile, key)
        for version in range(1, order.profile.versions(key) + 1):
            value = order.key(key, version).reveal()
            yield LoadKey(_KEY_TYPES[key.type], key.kid, version, limit, value)
    if directory.name == _ROOT:
        tries = order.profile.setting("pin_tries").number
        yield LoadKey(KeyType.PIN, 0, 1, tries, order.pin.encoded().ljust(_PIN_SIZE, b"\xff"))
    for file in directory.files:
        yield _file(file, contacts_only=_contacts_only(order.profile, directory, file))


def _contacts_only(profile: Profile, directory: Directory, file: File) -> bool:
    """Whether the card must be told so; one without an antenna need not."""
    target = f"{directory.name}/{file.fid:04X}"
    return profile.contactless is not None and profile.contactless.over(target) == "contact"


def _limit(profile: Profile, key: Key) -> int:
    """The tries of a key, 0 for one whose failures are not counted (decision 7)."""
    name = _PUK_TRIES if key.name == "PUK" else _TRIES.get(key.type)
    return profile.setting(name).number if name else 0


def build(
    order: CardOrder, temporary: Mapping[str, SecretKey], directory: Directory | None
) -> Plan[None]:
    """Create the MF (None) or a directory, fill it, and leave it with its own master key.

    The temporary master key travels under the transport key, all other keys under the temporary
    one, and the card-unique master key that stays comes last.
    """
    name = directory.name if directory else MF
    fid, df_name = (directory.fid, directory.df_name) if directory else (MF_FID, b"")
    first, last = temporary[name], order.master(name)
    inside = contents(order, directory) if directory else main_file(order)
    suite, transport = order.suite, order.lot.transport
    yield from say(CreateDirectory(fid, df_name), f"create {name}", suite, transport)
    master = LoadKey(KeyType.MASTER, 0, 1, 0, first.reveal())
    yield from say(master, f"{name}: temporary master key", suite, transport)
    for operation in inside:
        yield from say(operation, f"{name}: {_described(operation)}", suite, first)
    yield from say(ReplaceMaster(last.reveal()), f"{name}: replace master key", suite, first)


def say(operation: Operation, doing: str, suite: Suite, master: SecretKey) -> Plan[None]:
    """One operation in the reference dialect, secured under ``master`` where its row says so."""
    command = reference.build(operation)
    if reference.row_of(operation).secured:
        challenge = (yield iso7816.get_challenge(8)).require(f"{doing}: challenge")
        command = ssc.wrap_enciphered(command, suite, master, challenge)
    (yield command).require(doing)


def _file(file: File, *, contacts_only: bool) -> CreateFile:
    structure = _STRUCTURES[file.structure]
    fills = tuple(template.fill for template in file.record_templates())
    if structure in (Structure.TRANSPARENT, Structure.INTERNAL):
        fills = (expected.fill(file),)
    return CreateFile(
        fid=file.fid,
        structure=structure,
        read=_for(file.read, contacts_only=contacts_only),
        update=_for(file.update, contacts_only=contacts_only),
        records=fills[:1] if structure == Structure.CYCLIC else fills,
        count=len(fills) if structure == Structure.CYCLIC else 1,
    )


def _for(rule: AccessRule, *, contacts_only: bool) -> AccessRule:
    never = rule.condition is Condition.NEVER
    return rule if never else replace(rule, contacts_only=contacts_only)


def _described(operation: Operation) -> str:
    if isinstance(operation, CreateFile):
        return f"create file {operation.fid:04X}"
    if isinstance(operation, LoadKey):
        return f"load key {operation.kid:02X} version {operation.version}"
    return "FCI"

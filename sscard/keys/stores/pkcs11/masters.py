"""Masters into a token: made in it, or brought to it; never out of it again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sscard.errors import KeyStoreError
from sscard.keys.key_entry import Level
from sscard.keys.key_table import KEYS
from sscard.keys.names import SM4_NAMES
from sscard.keys.operations import AUTHENTICATION_CODE_KEY, PERSON_HASH_KEY, KeyReference
from sscard.keys.roots import MINISTRY_ROOTS, Roots
from sscard.keys.store import MAC_KEYS, TRANSPORT_KEYS
from sscard.keys.stores.pkcs11.bank import PURPOSES
from sscard.keys.stores.pkcs11.levels import left_half
from sscard.keys.stores.pkcs11.mechanisms import SHA256_HMAC, key_type, mechanism
from sscard.keys.stores.pkcs11.token import TEST_MARK, KeyToken
from sscard.keys.stores.store_file import StoreFile
from sscard.keys.suite import Suite
from sscard.keys.types import DES8, HMAC256, TDES, SecretKey
from sscard.keys.weak import refuse_weak

if TYPE_CHECKING:
    from pkcs11 import Attribute

    from sscard.keys.stores.pkcs11.binding import Template

_GROUPS = 3


@dataclass(frozen=True, slots=True)
class Held:
    """A key in a token: ``kcv`` is None for what is no key of ours; ``local``: made in it."""

    reference: KeyReference
    kcv: bytes | None
    local: bool


def declared(kind: str) -> tuple[KeyReference, ...]:
    """Every master that a store of this kind holds: for cards, each version of the key table.

    Raises KeyStoreError for a kind that is not there.
    """
    kinds = _declared()
    if kind not in kinds:
        raise KeyStoreError(f"there is no kind of key store {kind!r}")
    return kinds[kind]


def require_house(token: KeyToken, kind: str) -> None:
    """Raises KeyStoreError when masters of another kind of store are in the token.

    Whoever has its PIN would have those of both houses.
    """
    from pkcs11 import Attribute

    kinds = _declared()
    others = {each.name: other for other in kinds if other != kind for each in kinds[other]}
    if kind != "bank":
        others |= dict.fromkeys((*TRANSPORT_KEYS, *MAC_KEYS), "bank")
        others |= {each.name: "bank" for each in declared_sm4("bank")}
    with token.asked("look for keys"):
        names = {key[Attribute.LABEL] for key in token.objects()}
    for name in sorted(names & others.keys()):
        raise KeyStoreError(
            f"token {token.label}: has {others[name]} keys ({name}); {kind} keys go into another"
        )


def _declared() -> dict[str, tuple[KeyReference, ...]]:
    of_cards = [
        KeyReference(entry.name, version)
        for entry in KEYS
        for version in range(1, (entry.versions or _GROUPS) + 1)
    ]
    social = (*of_cards, KeyReference(AUTHENTICATION_CODE_KEY, 1), KeyReference(PERSON_HASH_KEY, 1))
    bank = KeyReference("KMC", 1), *(KeyReference(f"IMK-{use.upper()}", 1) for use in PURPOSES)
    return {"social-security": social, "bank": bank, "exchange": (KeyReference("EK", 1),)}


def declared_sm4(kind: str) -> tuple[KeyReference, ...]:
    """The masters of SM4 beside them: a bank has keys of both suites."""
    if kind != "bank":
        return ()
    return tuple(KeyReference(f"{SM4_NAMES}IMK-{use.upper()}", 1) for use in PURPOSES)


def of_suite(
    token: KeyToken, keys: Mapping[KeyReference, SecretKey]
) -> dict[KeyReference, SecretKey]:
    """What a bank's token takes with the numbers of one suite; the others come with another's."""
    kind = type(token.suite.key(bytes(16)))
    return {each: key for each, key in keys.items() if type(key) is kind}


def generate(token: KeyToken, references: Iterable[KeyReference]) -> tuple[KeyReference, ...]:
    """Make in the token whichever of these keys it does not have; the names of those made.

    Stopped halfway, it goes on when it is called again.  Raises KeyStoreError.
    """
    offered = token.session.token.slot.get_mechanisms()
    token.mechanisms.require(offered, token.label, "generate")
    missing = tuple(each for each in references if not token.objects(each))
    for each in missing:
        _generate(token, each)
    return missing


def bring_in(
    token: KeyToken,
    keys: Mapping[KeyReference, SecretKey],
    *,
    test: bool,
    roots: Roots = MINISTRY_ROOTS,
) -> tuple[KeyReference, ...]:
    """Put keys from a ceremony or a TEST store into the token; the names of those that came.

    A key that is there already with the same check value is left as it is.  Raises KeyStoreError
    for one with another check value, for weak keys, and when the token computes another check value
    than the key has.  ``roots`` are the levels of the keys: a city's key of authentication codes
    has its left half beside it, which tokens do not take from a key.
    """
    for reference, key in keys.items():
        refuse_weak(f"{reference.name} version {reference.version}", key)
        _require_place(token, reference, key)
    halves = {
        left_half(each): TDES(key.reveal()[:8] * 2)
        for each, key in keys.items()
        if needs_left_half(each, token.suite, roots)
    }
    for reference, key in halves.items():
        _require_place(token, reference, key)
    if test:  # the mark is for good: it comes when nothing is refused any more
        _mark(token)
    for each, key in halves.items():
        _bring_in(token, each, key)
    return tuple(each for each, key in keys.items() if _bring_in(token, each, key))


def bring_in_store(
    token: KeyToken, sm4: KeyToken | None, file: StoreFile, *, kind: str, roots: Roots
) -> tuple[tuple[KeyReference, ...], tuple[KeyReference, ...]]:
    """``bring_in`` of a whole store: the keys that came, and a bank's that find no place.

    Those are keys of SM4 where ``sm4`` is None.  Raises KeyStoreError.
    """
    if kind != "bank":
        return bring_in(token, file.keys, test=file.test, roots=roots), ()
    keys = of_suite(token, file.keys)
    came = bring_in(token, keys, test=file.test, roots=roots)
    if sm4 is not None:
        of_sm4 = of_suite(sm4, file.keys)
        came += bring_in(sm4, of_sm4, test=file.test, roots=roots)
        keys |= of_sm4
    return came, tuple(each for each in file.keys if each not in keys)


def needs_left_half(reference: KeyReference, suite: Suite, roots: Roots) -> bool:
    """Whether the key makes MACs itself, half of whose work is single DES: none is made inside."""
    name = reference.name
    if name in MAC_KEYS:
        return True
    city = name == AUTHENTICATION_CODE_KEY and roots.of(name) is Level.CITY
    return city and suite.block == DES8.SIZE


def require_levels(wanted: Roots, found: Roots, names: Iterable[str]) -> None:
    """Raises KeyStoreError where keys of these names are of another level or area than wanted."""
    for name in sorted(set(names) - {PERSON_HASH_KEY}):
        level, other = wanted.of(name), found.of(name)
        if level is not other:
            raise KeyStoreError(f"key {name}: the token has it at the level {level}, not {other}")
        if level is not Level.MINISTRY and not wanted.same_area(found, name):
            raise KeyStoreError(f"key {name}: is of another area than the token's")


def held(token: KeyToken, sm4: KeyToken | None = None) -> tuple[Held, ...]:
    """The keys in the token, by name and version, with ``sm4`` a bank's of both suites.

    Raises KeyStoreError.
    """
    from pkcs11 import Attribute

    found = []
    with token.asked("list its keys"):
        for key in token.objects():
            reference = KeyReference(key[Attribute.LABEL], int.from_bytes(key[Attribute.ID], "big"))
            of = sm4 if sm4 is not None and sm4.use(key) == "derive" else token
            value = of.check_value(key) if of.use(key) else None
            found.append(Held(reference, value, bool(key[Attribute.LOCAL])))
    return tuple(sorted(found, key=lambda each: each.reference))


def _generate(token: KeyToken, reference: KeyReference) -> None:
    from pkcs11 import KeyType, Mechanism, MechanismFlag
    from pkcs11.constants import DEFAULT, Attribute

    numbers = token.mechanisms
    hashes = reference.name == PERSON_HASH_KEY
    template = _uses(token, reference, hashes=hashes)
    with token.asked(f"generate key {reference.name} version {reference.version}"):
        token.session.generate_key(
            KeyType.GENERIC_SECRET if hashes else key_type(numbers.key_type),
            8 * HMAC256.SIZE if hashes else 128,
            id=bytes((reference.version,)),
            label=reference.name,
            store=True,
            capabilities=MechanismFlag.SIGN if hashes else MechanismFlag.DERIVE,
            mechanism=Mechanism.GENERIC_SECRET_KEY_GEN if hashes else mechanism(numbers.generate),
            template=template if hashes else {**template, Attribute.VALUE_LEN: DEFAULT},
        )


def _require_place(token: KeyToken, reference: KeyReference, key: SecretKey) -> None:
    what = _what(token, reference)
    if not isinstance(key, HMAC256) and type(key) is not type(token.suite.key(bytes(16))):
        raise KeyStoreError(f"{what}: {key!r} has no place among {token.suite.name} keys")
    if token.objects(reference) and token.check_value(token.stored(reference)) != key.kcv:
        raise KeyStoreError(f"{what} is there already, with another check value")


def _what(token: KeyToken, reference: KeyReference) -> str:
    return f"token {token.label}: key {reference.name} version {reference.version}"


def _bring_in(token: KeyToken, reference: KeyReference, key: SecretKey) -> bool:
    what, hashes = _what(token, reference), isinstance(key, HMAC256)
    if token.objects(reference):
        return False
    with token.asked(f"take in key {reference.name} version {reference.version}"):
        stored = token.session.create_object(_template(token, reference, key, hashes=hashes))
    if token.check_value(stored) != key.kcv:
        token.forget(stored)
        raise KeyStoreError(f"{what}: the token computes another check value; it was taken out")
    return True


def _template(
    token: KeyToken, reference: KeyReference, key: SecretKey, *, hashes: bool
) -> Template:
    from pkcs11 import Attribute, KeyType, ObjectClass

    kind = KeyType.GENERIC_SECRET if hashes else key_type(token.mechanisms.key_type)
    others = ("DECRYPT", "VERIFY", "WRAP")
    return {
        Attribute.CLASS: ObjectClass.SECRET_KEY,
        Attribute.KEY_TYPE: kind,
        Attribute.TOKEN: True,
        Attribute.LABEL: reference.name,
        Attribute.ID: bytes((reference.version,)),
        Attribute.SIGN: hashes,
        Attribute.DERIVE: not hashes,
        Attribute.ENCRYPT: makes_macs(reference),
        Attribute.UNWRAP: reference.name in TRANSPORT_KEYS,
        **{Attribute[name]: False for name in others},
        Attribute.VALUE: key.reveal(),
        **_uses(token, reference, hashes=hashes),
    }


def makes_macs(reference: KeyReference) -> bool:
    """Whether it is a key of MACs over data that come, or the left half of one."""
    return reference in {each for name in MAC_KEYS for each in _with_half(name, reference.version)}


def _with_half(name: str, version: int) -> tuple[KeyReference, KeyReference]:
    whole = KeyReference(name, version)
    return whole, left_half(whole)


def _uses(token: KeyToken, reference: KeyReference, *, hashes: bool) -> dict[Attribute, object]:
    """Never out of the token, and no other way of deriving, some of which give a key away."""
    from pkcs11 import Attribute

    numbers = token.mechanisms
    only = [SHA256_HMAC if hashes else numbers.derive]
    if makes_macs(reference):
        only.append(numbers.cbc)
    if reference.name in TRANSPORT_KEYS:
        only.append(numbers.ecb)
    return {Attribute.ALLOWED_MECHANISMS: tuple(only), **token.unreadable()}


def _mark(token: KeyToken) -> None:
    from pkcs11 import Attribute, ObjectClass

    if token.marked_test:
        return
    with token.asked("mark it as one with TEST keys"):
        token.session.create_object(
            {
                Attribute.CLASS: ObjectClass.DATA,
                Attribute.TOKEN: True,
                Attribute.PRIVATE: False,
                Attribute.MODIFIABLE: False,
                Attribute.LABEL: TEST_MARK,
                Attribute.APPLICATION: "sscard",
                Attribute.VALUE: TEST_MARK.encode("ascii"),
            }
        )

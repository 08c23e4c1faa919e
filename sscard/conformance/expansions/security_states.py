"""What a terminal may have shown before it tries a right, as steps, and what that is enough for.

The rules are those of ssc 3.1 [S]: the PIN stays until power-off; a key until power-off or until
another application is selected; a key opens only what names it.  That the SELECT of the same
directory ends a key's right as well is decision 5 (assumed), and a case says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sscard.dialects.rights import AccessRule, Condition
from sscard.perso.key_proofs import HARMFUL
from sscard.profiles import Directory, Key, Profile

#: A step as a case file writes it.
Step = Mapping[str, object]
_LOCAL = 0x80  # bit 8 of a key id: the key is the directory's own (ssc 3.4 [S])
_ROOT = "SSSE"


@dataclass(frozen=True, slots=True)
class State:
    """A security state: its name, the steps that make it, and what stands at their end.

    ``keys`` are the ids that are shown in the directory where the steps end.  ``sure`` is False
    where cards may differ about what is left.
    """

    name: str
    zh: str
    steps: tuple[Step, ...] = field(repr=False)
    pin: bool = False
    keys: frozenset[int] = frozenset()
    sure: bool = True
    after: tuple[Step, ...] = field(default=(), repr=False)

    def opens(self, rule: AccessRule) -> bool:
        """Whether this is enough for a right (ssc 3.1 [S])."""
        key = rule.kid in self.keys
        match rule.condition:
            case Condition.PIN_AND_KEY:
                return self.pin and key
            case Condition.PIN_OR_KEY:
                return self.pin or key
            case Condition.PIN:
                return self.pin
            case condition:
                return key or condition is Condition.FREE


def needs(prefix: str, *steps: Step) -> dict[str, str]:
    """What the bench must have for these steps, as words for ``needs``; empty where nothing."""
    done = {str(step.get("do")) for step in steps}
    return {
        f"{prefix}_pin": "pin" if {"pin", "wrong pin"} & done else "",
        f"{prefix}_key": "key" if "key" in done else "",
    }


def select(directory: str) -> Step:
    """The step into a directory."""
    return {"do": "select", "directory": directory}


def show(key: Key, version: int = 1, **more: object) -> Step:
    """The step that proves a key."""
    return {"do": "key", "key": key.name, "version": version, **more}


PIN: Step = {"do": "pin"}
POWER: Step = {"do": "power"}
_WRONG_PIN: Step = {"do": "wrong pin", "sw": "63Cx"}


def external_keys(directory: Directory) -> tuple[Key, ...]:
    """The keys of a directory that a terminal shows and that do no harm."""
    return tuple(
        key for key in directory.keys if key.type == "external" and not key.name.startswith(HARMFUL)
    )


def named_key(profile: Profile, directory: Directory, rule: AccessRule) -> Key | None:
    """The key that a rule names: the directory's own, or that of the environment above it."""
    holder = directory if (rule.kid or 0) & _LOCAL else profile.directory(_ROOT)
    return next((key for key in external_keys(holder) if key.kid == rule.kid), None)


def way_in(profile: Profile, directory: Directory, rule: AccessRule) -> tuple[Step, ...]:
    """The steps, from power-up on, that make a right possible; none where nothing does."""
    if rule.condition is Condition.NEVER:
        return ()
    if rule.condition in (Condition.PIN, Condition.PIN_OR_KEY):
        return with_pin(directory)
    key = named_key(profile, directory, rule)
    pin = (PIN,) if rule.condition is Condition.PIN_AND_KEY else ()
    return (select(directory.name), *((show(key),) if key else ()), *pin)


def with_pin(directory: Directory, *more: Step) -> tuple[Step, ...]:
    """The steps that show the PIN where terminals do, in the environment, and go down then."""
    below = () if directory.name == _ROOT else (select(directory.name),)
    return (select(_ROOT), PIN, *below, *more)


def states(profile: Profile, directory: Directory, rule: AccessRule) -> Iterator[State]:
    """Every state in which a right is tried: a free one in a single state, others in all."""
    here = select(directory.name)
    yield State("nothing shown", "未验证", (here,))
    if rule.condition is Condition.FREE:
        return
    yield State("PIN", "仅PIN", with_pin(directory), pin=True)
    yield from _single_keys(profile, directory)
    yield from _with_pin(profile, directory, rule)
    yield from _left_behind(profile, directory, rule)
    yield from _all_others(directory, rule)


def _single_keys(profile: Profile, directory: Directory) -> Iterator[State]:
    here, above = select(directory.name), profile.directory(_ROOT)
    for key in external_keys(directory):
        for version in range(1, profile.versions(key) + 1):
            name = f"{key.name} v{version}"
            steps = (here, show(key, version))
            yield State(name, f"仅{key.name}第{version}版", steps, keys=frozenset({key.kid}))
    for key in external_keys(above) if directory.name != _ROOT else ():
        name, zh = f"{key.name} of {_ROOT}", f"仅上级{key.name}"
        yield State(name, zh, (here, show(key)), keys=frozenset({key.kid}))


def _with_pin(profile: Profile, directory: Directory, rule: AccessRule) -> Iterator[State]:
    here = select(directory.name)
    both = rule.condition is Condition.PIN_AND_KEY
    for key in external_keys(directory):
        named = both and key.kid == rule.kid
        kids = frozenset({key.kid})
        for version in range(1, (profile.versions(key) if named else 1) + 1):
            name, zh = f"PIN, {key.name} v{version}", f"PIN及{key.name}第{version}版"
            steps = with_pin(directory, show(key, version))
            yield State(name, zh, steps, pin=True, keys=kids)
        if named:
            name, zh = f"{key.name} v1, PIN", f"{key.name}第1版后PIN"
            yield State(name, zh, (here, show(key), PIN), pin=True, keys=kids)


def _left_behind(profile: Profile, directory: Directory, rule: AccessRule) -> Iterator[State]:
    if rule.condition is Condition.NEVER:
        return
    key, here = named_key(profile, directory, rule), select(directory.name)
    pin = rule.condition in (Condition.PIN, Condition.PIN_AND_KEY)
    proof = () if key is None else (show(key),)
    either = pin or rule.condition is Condition.PIN_OR_KEY
    everything = with_pin(directory, *proof) if either else (here, *proof)
    yield State("power-off", "下电后", (*everything, POWER, here))
    shown = with_pin(directory, *proof) if pin else (here, *proof)
    again = (*shown, here)
    yield State("directory selected again", "重新选择目录后", again, pin=pin, sure=key is None)
    back = (*shown, select(_other(profile, directory).name), here)
    yield State("another directory selected", "选择其他目录再返回后", back, pin=pin)
    if key is None:
        yield State("wrong PIN", "PIN错误后", (here, _WRONG_PIN), after=(POWER, here, PIN))
    else:
        yield from _wrong_key(profile, directory, key, pin=pin)


def _wrong_key(profile: Profile, directory: Directory, key: Key, *, pin: bool) -> Iterator[State]:
    here = select(directory.name)
    before = with_pin(directory) if pin else (here,)
    wrong = show(key, proof="wrong", sw="authentication failed")
    name, zh = f"wrong {key.name}", f"{key.name}认证失败后"
    yield State(name, zh, (*before, wrong), pin=pin, after=(POWER, here, show(key)))
    for other in profile.directories:
        twin = next((each for each in external_keys(other) if each.kid == key.kid), None)
        if twin is not None and other.name != directory.name:
            name, zh = f"{twin.name} of the same id", f"同标识的{twin.name}"
            there = with_pin(other, show(twin)) if pin else (select(other.name), show(twin))
            yield State(name, zh, (*there, here), pin=pin)
            return


def _all_others(directory: Directory, rule: AccessRule) -> Iterator[State]:
    others = [key for key in external_keys(directory) if key.kid != rule.kid]
    pin = rule.condition not in (Condition.PIN, Condition.PIN_OR_KEY)
    shown = tuple(show(key) for key in others)
    steps = with_pin(directory, *shown) if pin else (select(directory.name), *shown)
    if len(others) > 1:
        kids = frozenset(key.kid for key in others)
        yield State("all other keys", "其他全部密钥", steps, pin=pin, keys=kids)


def _other(profile: Profile, directory: Directory) -> Directory:
    others = [each for each in profile.directories if each.name != directory.name]
    return next((each for each in others if each.name != _ROOT), profile.directory(_ROOT))

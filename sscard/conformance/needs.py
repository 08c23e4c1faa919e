"""What a case needs: words of profile and bench, each either there or not."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from sscard.conformance.bench import Bench
from sscard.errors import ProfileError
from sscard.profiles import Profile

_FID = re.compile(r"[0-9A-Fa-f]{4}")


def missing(bench: Bench, needs: tuple[str, ...]) -> str:
    """The first need that is not met, in words; empty where all are."""
    for need in needs:
        wanted = need.removeprefix("not ")
        if _met(bench, wanted) is not (wanted == need):
            return f"needs: {need}"
    return ""


def require_known(need: str) -> None:
    """ValueError for a need that nobody can judge."""
    words = need.removeprefix("not ")
    if words in _PLAIN or words.partition(" ")[0] in _WITH_ARGUMENT:
        return
    known = ", ".join([*_PLAIN, *(f"{name} …" for name in _WITH_ARGUMENT)])
    raise ValueError(f"needs: nothing is called {need!r}; there are: {known}")


def _met(bench: Bench, need: str) -> bool:
    if need in _PLAIN:
        return _PLAIN[need](bench)
    name, _, argument = need.partition(" ")
    try:
        return _WITH_ARGUMENT[name](bench, argument)
    except ProfileError:
        return False


def _file(bench: Bench, place: str) -> bool:
    directory, _, fid = place.partition("/")
    if not _FID.fullmatch(fid.removeprefix("EF") if len(fid) > 4 else fid):
        return False
    return bool(bench.profile.directory(directory).file(int(fid[-4:], 16)))


def _key(bench: Bench, words: str) -> bool:
    name, _, version = words.partition(" v")
    return bench.keys is not None and bench.keys.holds(name, int(version or "1"))


def _setting(bench: Bench, words: str) -> bool:
    name, _, value = words.partition(" = ")
    return str(bench.profile.setting(name).value) == value


def _has_internal_file(profile: Profile) -> bool:
    files = (file for directory in profile.directories for file in directory.files)
    return any(file.structure == "internal" for file in files)


def _application(bench: Bench, name: str) -> bool:
    return name in _APPLICATIONS and _APPLICATIONS[name](bench.profile)


#: ACSE is not among them: the commands of the application come with it.
_APPLICATIONS: Mapping[str, Callable[[Profile], bool]] = MappingProxyType(
    {
        "PSE": lambda profile: "pse_name" in profile.bank,
        "PPSE": lambda profile: "ppse_name" in profile.bank,
        "DEBIT": lambda profile: "aid" in profile.bank,
    }
)
_PLAIN: Mapping[str, Callable[[Bench], bool]] = MappingProxyType(
    {
        "pin": lambda bench: bench.pin is not None,
        "key": lambda bench: bench.keys is not None,
        "update": lambda bench: bench.writes,
        "tear": lambda bench: bench.power is not None,
        "psam": lambda bench: "psam" in bench.facts,
        "bank": lambda bench: "bank" in bench.facts,
        "bank pin": lambda bench: bench.bank_pin is not None,
        "exchange area": lambda bench: "exchange_fid" in bench.profile.settings,
        "off-line purchase": lambda bench: _has_internal_file(bench.profile),
        "contact": lambda bench: not bench.contactless,
        "contactless": lambda bench: bench.contactless,
        "antenna": lambda bench: bench.profile.contactless is not None,
        "T=0": lambda bench: bench.protocol == "T=0",
        "T=1": lambda bench: bench.protocol == "T=1",
        "several versions": lambda bench: bench.profile.setting("key_versions").number > 1,
    }
)
_WITH_ARGUMENT: Mapping[str, Callable[[Bench, str], bool]] = MappingProxyType(
    {
        "file": _file,
        "directory": lambda bench, name: bool(bench.profile.directory(name)),
        "application": _application,
        "key": _key,
        "setting": _setting,
        "suite": lambda bench, name: bench.profile.suite == name.lower(),
        "version": lambda bench, text: bench.profile.card_version.startswith(
            tuple(text.split(" or "))
        ),
    }
)

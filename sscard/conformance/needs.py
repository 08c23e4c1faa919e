"""What a case needs: words of profile and bench, each either there or not."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from sscard.conformance.bench import T0_IN_READER, Bench
from sscard.conformance.certificates import ADMIN_PIN, DDF_MASTER, ON_CARD, USER_PIN
from sscard.errors import ProfileError
from sscard.profiles import Profile

_FID = re.compile(r"[0-9A-Fa-f]{4}")


def missing(bench: Bench, needs: tuple[str, ...]) -> str:
    """The first need that is not met, in words; empty where all are."""
    for need in needs:
        wanted = need.removeprefix("not ")
        if wanted not in ON_CARD and _met(bench, wanted) is not (wanted == need):
            return f"needs: {need}"
    return ""


def require_known(need: str) -> None:
    """ValueError for a need that nobody can judge."""
    words = need.removeprefix("not ")
    if words in PLAIN or words.partition(" ")[0] in WITH_ARGUMENT:
        return
    known = ", ".join([*PLAIN, *(f"{name} …" for name in WITH_ARGUMENT)])
    raise ValueError(f"needs: nothing is called {need!r}; there are: {known}")


def _met(bench: Bench, need: str) -> bool:
    name, _, argument = need.partition(" ")
    try:
        known = PLAIN.get(need) or WITH_ARGUMENT[name]
        return known.met(bench, argument)
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


_APPLICATIONS: Mapping[str, Callable[[Profile], bool]] = MappingProxyType(
    {
        "PSE": lambda profile: "pse_name" in profile.bank,
        "PPSE": lambda profile: "ppse_name" in profile.bank,
        "DEBIT": lambda profile: "aid" in profile.bank,
        "ACSE": lambda profile: profile.certificates is not None,
    }
)


def _unknown(bench: Bench, argument: str) -> bool:
    """Nothing is missing at the bench."""
    del bench, argument
    return True


class Need(NamedTuple):
    """Whether a bench has it; and what it is, in words for the documentation."""

    met: Callable[[Bench, str], bool]
    words: str


#: What stands alone.
PLAIN: Mapping[str, Need] = MappingProxyType(
    {
        "pin": Need(lambda bench, _: bench.pin is not None, "the tester has the PIN"),
        "key": Need(lambda bench, _: bench.keys is not None, "the tester has keys of the card"),
        "update": Need(lambda bench, _: bench.writes, "the card may be written"),
        "tear": Need(lambda bench, _: bench.power is not None, "the power can be cut in a command"),
        "psam": Need(lambda bench, _: "psam" in bench.facts, "there is a PSAM"),
        "bank": Need(lambda bench, _: "bank" in bench.facts, "the financial side is personalized"),
        "bank pin": Need(
            lambda bench, _: bench.bank_pin is not None, "the tester has the bank's PIN"
        ),
        "user PIN": Need(
            lambda bench, _: bench.certificates.has(USER_PIN),
            "the tester has the user PIN of the certificate application",
        ),
        "admin PIN": Need(
            lambda bench, _: bench.certificates.has(ADMIN_PIN), "the tester has its admin PIN"
        ),
        "master key": Need(
            lambda bench, _: bench.certificates.has(DDF_MASTER),
            "the tester has the master key of its directories",
        ),
        "CA root": Need(
            lambda bench, _: bench.certificates.root is not None,
            "the tester has the root certificate of the CA",
        ),
        "exchange area": Need(
            lambda bench, _: "exchange_fid" in bench.profile.settings,
            "the profile has a hand-over area",
        ),
        "off-line purchase": Need(
            lambda bench, _: _has_internal_file(bench.profile),
            "the profile has an internal file for amounts",
        ),
        "contact": Need(lambda bench, _: not bench.contactless, "the card is on its contacts"),
        "contactless": Need(lambda bench, _: bench.contactless, "the card is over its antenna"),
        "antenna": Need(
            lambda bench, _: bench.profile.contactless is not None, "the profile has an antenna"
        ),
        "T=0": Need(lambda bench, _: bench.protocol in ("T=0", T0_IN_READER), "the card is on T=0"),
        "T=0 line": Need(
            lambda bench, _: bench.protocol == "T=0",
            "the card is on T=0 and nobody follows 61xx and 6Cxx in between",
        ),
        "T=1": Need(lambda bench, _: bench.protocol == "T=1", "the line is T=1"),
        "several versions": Need(
            lambda bench, _: bench.profile.setting("key_versions").number > 1,
            "the profile loads more than one version of its keys",
        ),
        # what nobody knows before the card is asked: ``looking`` does, before the case
        **{name: Need(_unknown, each.words) for name, each in ON_CARD.items()},
    }
)
#: What has more words behind it.
WITH_ARGUMENT: Mapping[str, Need] = MappingProxyType(
    {
        "file": Need(_file, "the profile has this file: `file DF04/EF08`"),
        "directory": Need(
            lambda bench, name: bool(bench.profile.directory(name)),
            "the profile has this directory: `directory DF07`",
        ),
        "application": Need(_application, "PSE, PPSE, DEBIT or ACSE: `application PPSE`"),
        "key": Need(_key, "the tester has this key: `key UK1DF01`, `key UK1DF01 v2`"),
        "setting": Need(_setting, "a setting of the profile: `setting key_versions = 3`"),
        "suite": Need(
            lambda bench, name: bench.profile.suite == name.lower(), "its ciphers: `suite sm4`"
        ),
        "version": Need(
            lambda bench, text: bench.profile.card_version.startswith(tuple(text.split(" or "))),
            "its card version begins so: `version 1`, `version 2 or 3`",
        ),
    }
)

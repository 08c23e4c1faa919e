"""Rows of the certificate application's rights, secrets and messages (tables/certificates.toml)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from sscard.conformance import packaged
from sscard.conformance.expansions.file_rows import Row
from sscard.profiles import Profile
from sscard.profiles.certificates import CertificateApplication

_TABLE = "tables/certificates.toml"


def certificate_rights(profile: Profile) -> Iterator[Row]:
    """One row for each act of the certificate application and each state before it."""
    if profile.certificates is None:
        return
    table = packaged.document(_TABLE).document
    for act in table["act"]:
        needs = _must_be_shown(profile.certificates, act)
        for state in table["state"]:
            if _told_apart(act, state):
                yield _row(act, state, granted=needs <= set(state["shown"]))


def certificate_secrets(profile: Profile) -> Iterator[Row]:
    """One row for each PIN and master key of the certificate application."""
    application = profile.certificates
    pins = {f"{each.name} PIN": each for each in application.pins} if application else {}
    for row in _rows(profile, "secret"):
        pin = pins.get(str(row["secret"]))
        yield row | {
            "reference": pin.reference if pin else 0,
            "tries": pin.tries if pin else 0,
        }


def certificate_directories(profile: Profile) -> Iterator[Row]:
    """The ADF of the certificate application, and the DDF above it."""
    return _rows(profile, "directory")


def certificate_messages(profile: Profile) -> Iterator[Row]:
    """Messages whose SM3 is known, for its command that hashes."""
    for row in _rows(profile, "message"):
        yield row | {name: bytes.fromhex(str(row[name])) for name in ("message", "digest")}


def _rows(profile: Profile, name: str) -> Iterator[Row]:
    if profile.certificates is not None:
        yield from (dict(each) for each in packaged.document(_TABLE).document[name])


def _told_apart(act: Mapping[str, Any], state: Mapping[str, Any]) -> bool:
    """A state of PINs says nothing about what a master key opens, nor the other way round."""
    master = act["needs"] == ["master"]
    wrong = {"wrong-user-PIN", "wrong-admin-PIN", "right-then-wrong", "both-PINs"}
    other = {"wrong-master-key", "master-key-of-the-DDF"}
    return state["id"] not in (wrong if master else other)


def _must_be_shown(application: CertificateApplication, act: Mapping[str, Any]) -> set[str]:
    if act["needs"] != [_WRITING]:
        return set(act["needs"])
    rights = {each.update for each in application.files if each.holds == "certificate"}
    return set().union(*(_SHOWN[each] for each in rights))


_WRITING = "writing"
#: What the words of a profile ask for; nobody shows what "never" does.
_SHOWN: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "free": frozenset(),
        "user PIN": frozenset({"user"}),
        "admin PIN": frozenset({"admin"}),
        "both PINs": frozenset({"user", "admin"}),
        "never": frozenset({"nobody"}),
    }
)


def _row(act: Mapping[str, Any], state: Mapping[str, Any], *, granted: bool) -> Row:
    expected = _expected(state, granted=granted)
    tried = {**act["step"], "sw": expected}
    if granted and (data := act.get("data")):
        tried["data"] = data
    return {
        "act": act["id"],
        "act_zh": act["zh"],
        "act_en": act["en"],
        "command": act["command"],
        "file": act["file"],
        "state": state["id"],
        "state_zh": state["zh"],
        "state_en": state["en"],
        "granted": granted,
        "sure": _is_sure(state, granted=granted),
        "before": act["before"],
        "shown": state["steps"],
        "again": act.get("again", []),
        "tried": [tried],
        "on_card": act["card"],
        "needs_secret": act.get("secret", ""),
        **_needs(state),
    }


def _needs(state: Mapping[str, Any]) -> Row:
    return {f"needs_{name.split()[0]}": name * (name in state["needs"]) for name in _SECRETS}


_SECRETS = ("user PIN", "admin PIN", "master key")


def _is_sure(state: Mapping[str, Any], *, granted: bool) -> bool:
    """The order of the work is known, and that with nothing shown nothing is open."""
    return bool(state.get("ordered") if granted else state.get("sure"))


def _expected(state: Mapping[str, Any], *, granted: bool) -> str:
    if _is_sure(state, granted=granted):
        return "9000" if granted else "denied"
    return "granted as assumed" if granted else "denied as assumed"

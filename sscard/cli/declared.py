"""The profile of a run with everything that lies on it, and whether real cards may rest on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sscard.errors import ProfileError
from sscard.issuance.layers import LayerRecord
from sscard.issuance.machines import CHINA
from sscard.profiles import Profile
from sscard.profiles.facts import stated
from sscard.profiles.loader import compose, profile_of
from sscard.profiles.supplements import Supplement, load_supplement, value_of


@dataclass(frozen=True, slots=True)
class Signed:
    """A supplement as the command line names it, and the public keys that are trusted."""

    supplement: Path | None = None
    keys: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Declared:
    """What cards are made after: the profile, one hash over all its files, and each of them.

    ``unsigned`` are the files that neither come with sscard nor lie under a supplement.
    """

    profile: Profile
    sha256: bytes
    layers: tuple[LayerRecord, ...]
    unsigned: tuple[str, ...] = ()


def today() -> date:
    """The day where cards are issued."""
    return datetime.now(CHINA).date()


def declared(spec: str, signed: Signed) -> Declared:
    """The profile that ``spec`` names, with its supplement.  Raises ProfileError, KeyStoreError."""
    supplement = _supplement(signed)
    composition = compose(spec, supplement)  # once: what is made and what is hashed are the same
    profile = profile_of(composition)
    signer = supplement.issuer_key if supplement else b""
    layers = tuple(
        LayerRecord(each.kind, each.name, each.sha256, signer if each.kind == "supplement" else b"")
        for each in composition.layers
    )
    confirmed = supplement.confirmed(profile) if supplement else profile
    unsigned = tuple(each.name for each in composition.layers if not each.packaged)
    return Declared(confirmed, composition.sha256, layers, () if supplement else unsigned)


def require_confirmed(made_after: Declared) -> None:
    """ProfileError that names every fact and every file on which no real card may rest.

    A file of one's own may say anything of itself, also that a fact is sure: a supplement, whose
    hash covers all files below it, takes it in.
    """
    if made_after.unsigned:
        names = ", ".join(made_after.unsigned)
        raise ProfileError(
            "--production 拒绝未签名的配置文件 refuses files that no signed supplement covers: "
            f"{names}; see: sscard profile supplement --help"
        )
    profile = made_after.profile
    places = profile.unconfirmed()
    if not places:
        return
    parts = {part.place: part for part in stated(profile)}
    lines = (
        _line(part.place, value_of(part), str(part.mark), str(part.facts["source"]))
        for part in map(parts.__getitem__, places)
    )
    raise ProfileError(
        f"--production 拒绝使用配置 {profile.name}:{len(places)} 项依据未经确认"
        f"(位置: 值 [标记] 出处)\n"
        f"--production refuses profile {profile.name}: {len(places)} facts rest on assumption, "
        "inference or a single source (place: value [mark] source); a supplement that their owner "
        "has signed confirms them, see: sscard profile supplement --help\n  " + "\n  ".join(lines)
    )


def _line(place: str, value: str, mark: str, source: str) -> str:
    return f"{place}: {' '.join(value.split())} [{mark}] {source}"


def _supplement(signed: Signed) -> Supplement | None:
    if signed.supplement is None:
        if signed.keys:
            raise ProfileError("--issuer-key: is for a --supplement, and there is none")
        return None
    if not signed.keys:
        raise ProfileError("--supplement: needs --issuer-key, the public key of who signed it")
    return load_supplement(signed.supplement, signed.keys, today())

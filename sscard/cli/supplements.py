"""Drafts, signatures and checks of supplements, joined with files, clock and passphrase."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sscard.cli.declared import today
from sscard.cli.passphrase import ask_issuer
from sscard.durable import replace_file
from sscard.errors import KeyStoreError, ProfileError
from sscard.keys import ed25519
from sscard.profiles import Profile, load_profile
from sscard.profiles.loader import compose, profile_of
from sscard.profiles.sources import packaged_names
from sscard.profiles.specs import origin_of
from sscard.profiles.supplements import (
    Supplement,
    draft,
    load_supplement,
    signature_path,
    verified,
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A supplement that holds, and the profile with it."""

    supplement: Supplement
    profile: Profile

    @property
    def left(self) -> tuple[str, ...]:
        """Places that production refuses still."""
        return self.profile.unconfirmed()


def write_draft(spec: str, out: Path) -> int:
    """The number of facts in the draft.  Raises ProfileError, also when ``out`` is there."""
    composition = compose(spec)  # once: what is listed and what is hashed are the same
    profile = profile_of(composition, origin_of(spec))
    if out.exists():
        raise ProfileError(f"{out}: is there already; a draft does not take its place")
    replace_file(out.resolve(), draft(profile, composition.sha256, today()).encode("utf-8"))
    return len(profile.unconfirmed())


def signed(file: Path, key: Path, spec: str | None) -> Outcome:
    """Sign what holds for the profile, and put the signature beside it.

    Raises ProfileError, KeyStoreError, OSError.
    """
    raw, pem = _read(file, ProfileError), _read(key, KeyStoreError)
    passphrase = ask_issuer(str(key)) if ed25519.is_sealed(pem) else None
    try:
        signature, signer = ed25519.sign(raw, pem, passphrase)
    except KeyStoreError as error:
        raise KeyStoreError(f"{key}: {error}") from None
    supplement = verified(raw, signature, [signer], origin=file.name)
    supplement.require_valid(today())
    outcome = _applied(supplement, spec)
    replace_file(signature_path(file.resolve()), signature)
    return outcome


def checked(file: Path, keys: Sequence[Path], spec: str | None) -> Outcome:
    """A supplement that a trusted key has signed and that holds for the profile today.

    Raises ProfileError, KeyStoreError.
    """
    return _applied(load_supplement(file, keys, today()), spec)


def as_document(outcome: Outcome) -> dict[str, object]:
    """The outcome for programs."""
    supplement, words = outcome.supplement, outcome.supplement.words
    return {
        "name": words.name,
        "number": words.number,
        "issuer_zh": words.issuer_zh,
        "issuer_en": words.issuer_en,
        "date": words.date.isoformat(),
        "valid_until": words.valid_until.isoformat() if words.valid_until else None,
        "profile": words.profile,
        "profile_sha256": words.profile_hash.hex(),
        "sha256": supplement.sha256.hex(),
        "issuer_key": supplement.issuer_key.hex(),
        "confirms": list(supplement.confirmations),
        "overrides": list(supplement.changed(outcome.profile)),
        "not_needed": list(supplement.unneeded(outcome.profile)),
        "unconfirmed": list(outcome.left),
    }


def as_lines(outcome: Outcome) -> list[str]:
    """The outcome for people."""
    supplement, words = outcome.supplement, outcome.supplement.words
    lines = [
        f"补充文件 supplement: {supplement.title}   {words.issuer_zh} {words.issuer_en}",
        f"配置 profile: {words.profile} {words.profile_hash.hex()}",
        f"SHA-256: {supplement.sha256.hex()}",
        f"公钥指纹 issuer key: {supplement.issuer_key.hex()}",
        f"确认 confirmed: {len(supplement.confirmations)}   "
        f"变更 overridden: {len(supplement.changed(outcome.profile))}",
    ]
    for text, places in (
        ("无需确认 needed no confirmation", supplement.unneeded(outcome.profile)),
        ("仍未确认 still unconfirmed, production refuses", outcome.left),
    ):
        if places:
            lines += [f"{text}: {len(places)}", *(f"  {place}" for place in places)]
    return lines


def _applied(supplement: Supplement, spec: str | None) -> Outcome:
    named = supplement.words.profile
    if spec is None and not packaged_names().issuperset(named.split("+")):
        raise ProfileError(
            f"{supplement.origin}: profile: {named} is not all from sscard: name its files with "
            "--profile, as in --profile gen3+my-region.toml"
        )
    return Outcome(supplement, load_profile(spec or named, supplement))


def _read(path: Path, error: type[ProfileError | KeyStoreError]) -> bytes:
    try:
        return path.read_bytes()
    except OSError as cause:
        raise error(f"{path}: cannot be read ({cause.strerror})") from None

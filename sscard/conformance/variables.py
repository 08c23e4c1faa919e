"""Variables that every case has: of the card, of the profile, and random bytes."""

from __future__ import annotations

from sscard.conformance.actions import pins
from sscard.conformance.actions.selecting import df_names
from sscard.conformance.play import Play
from sscard.conformance.template import Value
from sscard.profiles import Profile

_CARD = ("historical", "atr", "card_id", "card_factor", "random8", "challenge", "random16")
_PINS = ("pin", "other_pin", "wrong_pin")


def names_of(profile: Profile) -> frozenset[str]:
    """The names of all of them."""
    return frozenset((*_CARD, *_PINS, *_names(profile)))


def values_of(play: Play) -> dict[str, Value]:
    """The values, as far as they are known; ``challenge`` comes with the first one."""
    values: dict[str, Value] = dict(_names(play.bench.profile))
    values["random8"], values["random16"] = play.bench.random(8), play.bench.random(16)
    identity = play.session.identity
    if identity is not None:
        values |= {
            "historical": identity.historical,
            "atr": identity.atr,
            "card_id": identity.card_id,
            "card_factor": identity.historical[-8:],
        }
    if play.session.pin is not None:
        values["pin"] = play.session.pin
        values["other_pin"], values["wrong_pin"] = pins.other(play), pins.wrong(play)
    return values


def _names(profile: Profile) -> dict[str, bytes]:
    own = {each.name: each.df_name for each in profile.directories}
    return {f"name_{name.lower()}": value for name, value in (own | df_names(profile)).items()}

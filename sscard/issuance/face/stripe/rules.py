"""What a bank writes on a stripe: one TOML file a bank."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sscard.issuance.declared import load
from sscard.issuance.face.stripe.track3 import Track3

_PACKAGED = "sscard.issuance.face.stripe.rules_of_banks"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Track(_Part):
    source: str
    mark: str
    note: str = ""


class Track1Rules(_Track):
    """``name``: in Latin letters (拼音), or blank.  ``name_width``: filled up with spaces to it."""

    format_code: Literal["B", "99"] = "B"
    name: Literal["latin", "blank"] = "blank"
    name_width: Annotated[int, Field(ge=2, le=26)] = 2


class Track2Rules(_Track):
    """Nothing about it is open: account, expiry, service code, the bank's discretionary data."""


class Track3Rules(_Track):
    """``values`` by the fields' names; account and expiry come from the person's account."""

    values: dict[str, Annotated[str, Field(pattern=r"^[0-9]*$")]] = {}

    @model_validator(mode="after")
    def _fit(self) -> Self:
        if {"number", "expiry"} & set(self.values):
            raise ValueError("number and expiry come from the account")
        Track3.of(self.values)
        return self


class StripeRules(_Part):
    """Tracks that are not written are not there."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    title_zh: str
    title_en: str
    track1: Track1Rules | None = None
    track2: Track2Rules
    track3: Track3Rules | None = None


def load_stripe_rules(name: str | Path = "demo") -> StripeRules:
    """Packaged rules by their name, or those in a ``.toml`` file.

    Raises ProfileError naming file and place.
    """
    return load(StripeRules, _PACKAGED, name, what="stripe rules")

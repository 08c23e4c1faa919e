"""The PIN with which a command goes to a card: asked for, or the one that cards are made with."""

from __future__ import annotations

import typer

from sscard.errors import ProfileError
from sscard.keys import Pin
from sscard.profiles import Profile


def holder_pin(profile: Profile, *, asked: bool) -> Pin:
    """What the terminal says when ``asked``, else the profile's initial PIN.

    Raises ProfileError, and BadParameter for what is no PIN.
    """
    return asked_pin() if asked else _initial(profile)


def asked_pin(prompt: str = "PIN") -> Pin:
    """What the terminal says.  Raises BadParameter for what is no PIN."""
    digits = typer.prompt(prompt, hide_input=True, err=True)
    try:
        return Pin(digits)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="PIN") from None


def _initial(profile: Profile) -> Pin:
    try:
        return Pin(profile.setting("initial_pin").text)
    except ValueError as error:
        raise ProfileError(f"settings.initial_pin: {error}") from None

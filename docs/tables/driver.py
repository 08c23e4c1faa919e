"""The hospital driver's functions and codes, from ``sscard.terminal.driver``."""

from __future__ import annotations

from sscard.terminal.driver import ASK_AN_HSM, FUNCTIONS, Driver, ErrorCode
from tables.markdown import summary, table


def driver_functions() -> str:
    """Names, arguments in their order, and what comes out."""
    rows = [
        (f"`{each.name}`", _arguments(each.arguments, each.optional), _gives(each.name))
        for each in FUNCTIONS.values()
    ]
    return table(("function", "arguments", "output"), rows)


def driver_codes() -> str:
    """The codes, with their words; those on which an HSM is asked are marked."""
    rows = [
        (f"−{-code}", _word(code), code.zh, code.en, "yes" if code in ASK_AN_HSM else "")
        for code in ErrorCode
    ]
    return table(("code", "SW", "中文", "meaning", "HSM takes over"), rows)


def _arguments(names: tuple[str, ...], optional: int) -> str:
    least = len(names) - optional
    shown = [each if at < least else f"[{each}]" for at, each in enumerate(names)]
    return ", ".join(shown)


def _gives(name: str) -> str:
    return summary(getattr(Driver, name).__doc__)


def _word(code: ErrorCode) -> str:
    return f"`{-code:04X}`" if code <= -0x6000 else ""

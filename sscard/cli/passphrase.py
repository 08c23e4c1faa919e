"""The passphrase of a sealed key store: from the environment, else asked for on the terminal."""

from __future__ import annotations

import sys

import typer

from sscard.errors import KeyStoreError
from sscard.keys.stores.passphrases import (
    ISSUER_KEY,
    VARIABLES,
    from_environment,
    in_environment,
    in_variable,
)
from sscard.keys.stores.sealed_file import Passphrase


def ask(kind: str, path: str) -> Passphrase:
    """What opens the store at ``path``.

    Raises KeyStoreError where there is neither a variable nor a terminal.
    """
    found = in_environment(kind)
    if found is not None:
        return found
    if not sys.stdin.isatty():
        return from_environment(kind, path)
    return Passphrase(typer.prompt(f"口令 passphrase of {path}", hide_input=True, err=True))


def ask_new(kind: str, path: str) -> Passphrase:
    """A passphrase for a store that is made, twice where it is typed.

    Raises KeyStoreError where there is neither a variable nor a terminal.
    """
    found = in_environment(kind)
    if found is not None:
        return found
    if not sys.stdin.isatty():
        raise KeyStoreError(f"{path}: set {VARIABLES[kind]} or {VARIABLES[kind]}_FILE")
    return typed_twice(path)


def ask_issuer(path: str) -> Passphrase:
    """What opens the private key in ``path`` that signs a supplement.

    Raises KeyStoreError where there is neither a variable nor a terminal.
    """
    found = in_variable(ISSUER_KEY)
    if found is not None:
        return found
    if not sys.stdin.isatty():
        raise KeyStoreError(f"{path}: has a passphrase; set {ISSUER_KEY} or {ISSUER_KEY}_FILE")
    return Passphrase(typer.prompt(f"口令 passphrase of {path}", hide_input=True, err=True))


def typed_twice(path: str) -> Passphrase:
    """A new passphrase, from the terminal.

    Raises KeyStoreError where there is no terminal, and for one that is too short.
    """
    if not sys.stdin.isatty():
        raise KeyStoreError(f"{path}: there is no terminal to type a new passphrase at")
    text = typer.prompt(
        f"新口令 new passphrase of {path}", hide_input=True, confirmation_prompt=True, err=True
    )
    passphrase = Passphrase(text)
    passphrase.require_long()
    return passphrase

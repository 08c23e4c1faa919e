"""Floors and contracts, from pyproject.toml."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path
from typing import Any

from tables.markdown import summary, table

_ROOT = Path(__file__).parents[2]


def _contracts() -> list[dict[str, Any]]:
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text())
    contracts: list[dict[str, Any]] = project["tool"]["importlinter"]["contracts"]
    return contracts


def floors() -> str:
    """The floors of the import-linter contract, the highest first."""
    (layers,) = (each["layers"] for each in _contracts() if each["type"] == "layers")
    rows = []
    for number, layer in zip(range(len(layers), 0, -1), layers, strict=True):
        packages = [package.strip() for package in layer.split("|")]
        names = "<br>".join(f"`{package}`" for package in packages)
        rows.append((str(number), names, "<br>".join(map(_first_line, packages))))
    return table(("floor", "packages", "what is in them"), rows)


def contracts() -> str:
    """The other contracts, by name."""
    return "".join(f"* {each['name']}.\n" for each in _contracts() if each["type"] != "layers")


def _first_line(package: str) -> str:
    place = _ROOT / package.replace(".", "/")
    file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    return summary(ast.get_docstring(ast.parse(file.read_text())))

"""What cases of the conformance suite may say, from the tables of ``sscard.conformance``."""

from __future__ import annotations

import inspect

from sscard.conformance.actions import ACTIONS, BY_FIELD, Action
from sscard.conformance.building import COMMON
from sscard.conformance.checks import CHECKS
from sscard.conformance.expansions import EXPANSIONS
from sscard.conformance.expectation import Expectation
from sscard.conformance.loading import expectations
from sscard.conformance.needs import PLAIN, WITH_ARGUMENT
from sscard.conformance.template import FILTERS
from sscard.profiles import load_profile
from tables.markdown import table


def case_actions() -> str:
    """Each action with its fields."""
    rows = [(_said(name), _paragraph(each.play), _fields(each)) for name, each in ACTIONS.items()]
    return table(("step", "what it does", "fields"), rows)


def case_fields() -> str:
    """What every step may say besides."""
    return table(
        ("field", "what it is"), [(f"`{name}`", words) for name, (_, words) in COMMON.items()]
    )


def case_checks() -> str:
    """Checks of data."""
    rows = [(f"`{name}`", _paragraph(check)) for name, check in CHECKS.items()]
    return table(("check", "what it asks"), rows)


def case_filters() -> str:
    """Filters of bytes, by an example."""
    example = bytes.fromhex("0803414243")
    rows = [
        (f"`{{content\\|{name}}}`", f"`{change(example).hex().upper()}`")
        for name, change in FILTERS.items()
    ]
    return table(("template", f"of `{example.hex().upper()}`"), rows)


def case_rows() -> str:
    """Expansions, with the fields of their rows."""
    profile = load_profile("gen3")
    rows = []
    for name, expansion in EXPANSIONS.items():
        found = tuple(expansion(profile))
        fields = dict.fromkeys(field for row in found for field in row)
        said = ", ".join(f"`{field}`" for field in fields)
        rows.append((f"`{name}`", _paragraph(expansion), str(len(found)), said))
    return table(("each", "a row for", "gen3", "fields"), rows)


def case_needs() -> str:
    """Needs."""
    rows = [
        *((f"`{name}`", need.words) for name, need in PLAIN.items()),
        *((f"`{name} …`", need.words) for name, need in WITH_ARGUMENT.items()),
    ]
    return table(("need", "what it asks"), rows)


def case_expectations() -> str:
    """Named expectations."""
    named = expectations(load_profile("gen2"))
    return table(("sw", "must", "allowed", "why"), [_row(each) for each in named.values()])


def _row(each: Expectation) -> tuple[str, ...]:
    must = "any" if each.report else ", ".join(each.must)
    return f"`{each.name}`", must, ", ".join(each.allowed), each.why


def _said(name: str) -> str:
    return f'`{name} = "…"`' if name in BY_FIELD else f'`do = "{name}"`'


def _fields(action: Action) -> str:
    said = []
    for name, kind in action.fields.items():
        words = " or ".join(f"`{each}`" for each in action.choices.get(name, ())) or kind.value
        default = f" ({action.defaults[name]})" if name in action.defaults else ""
        needed = ", needed" if name in action.required else ""
        said.append(f"`{name}`: {words}{default}{needed}")
    return "<br>".join(said)


def _paragraph(documented: object) -> str:
    """The docstring as one line of Markdown."""
    text = inspect.getdoc(documented) or ""
    words = " ".join(text.split()).replace(" Stops.", "").replace("|", "\\|")
    return words.replace("``", "`")

"""Rows of ``rights``: each file, each right, each security state (ssc 3.1 [S])."""

from __future__ import annotations

from collections.abc import Iterator

from sscard.conformance.expansions.file_rows import ASSUMED, Row, file_row
from sscard.conformance.expansions.security_states import (
    POWER,
    State,
    named_key,
    needs,
    states,
    way_in,
)
from sscard.dialects.rights import AccessRule
from sscard.profiles import Directory, File, Profile

#: States in which a command under a MAC is tried as well; the others are the right key's.
_PLAIN = ("nothing shown", "PIN", "all other keys")


def rights(profile: Profile) -> Iterator[Row]:
    """One row for each file of the profile, right to read or update, and security state."""
    for directory in profile.directories:
        for file in directory.files:
            if file.structure == "internal":
                continue
            for right, rule in (("read", file.read), ("update", file.update)):
                records = file.record_templates()
                second = records[1].size if len(records) > 1 else 0
                about = file_row(directory, file) | _right(profile, directory, file, right, rule)
                reading = way_in(profile, directory, file.read) if right == "update" else ()
                for state in states(profile, directory, rule):
                    row = about | _state(state, rule, file) | needs("state", *state.steps, *reading)
                    yield row | {"neighbour": row["granted"] and second > 0, "second": second}


def _right(profile: Profile, directory: Directory, file: File, right: str, rule: AccessRule) -> Row:
    key = named_key(profile, directory, rule)
    reading = way_in(profile, directory, file.read)
    return {
        **(_cyclic(directory, file) if file.structure == "cyclic" else {}),
        "right": right,
        "mark": key.mark if key is not None and not file.unconfirmed else file.mark,
        "condition": rule.condition.value,
        "key": key.name if key else "",
        "never": rule.condition.value == "never",
        "secured": rule.secured,
        "readable": bool(reading),
        "way_in": [POWER, *reading],
    }


def _state(state: State, rule: AccessRule, file: File) -> Row:
    granted = state.opens(rule)
    outcome = _outcome(state, granted=granted)
    if file.mark == ASSUMED and state.sure:
        outcome += " as assumed"
    return {
        "state": state.name,
        "state_id": state.name.replace(", ", "+").replace(" ", "-"),
        "state_zh": state.zh,
        "shown": list(state.steps),
        "after": list(state.after),
        "granted": granted,
        "refused": not granted,
        "sure": state.sure,
        "plain_state": state.name in _PLAIN or _right_key(state, rule),
        "outcome": outcome,
        "plain_outcome": _plain(outcome, granted=granted) if rule.secured else outcome,
        "sealed_outcome": _sealed(outcome, demanded=rule.secured),
    }


def _right_key(state: State, rule: AccessRule) -> bool:
    """Whether the key that the rule names is shown, alone or with the PIN, and nothing went on."""
    return rule.kid in state.keys and state.name.endswith(" v1")


def _plain(outcome: str, *, granted: bool) -> str:
    """What a command without the MAC gets where the issuer asks for one."""
    return "mac missing" if granted else f"{outcome} or mac missing"


def _sealed(outcome: str, *, demanded: bool) -> str:
    """What a command under a MAC gets: where nobody asks for one, cards may not know it."""
    return "granted under a MAC" if outcome == "granted" and not demanded else outcome


def _outcome(state: State, *, granted: bool) -> str:
    if not state.sure:
        return "directory selected again"
    return "granted" if granted else "denied"


def _cyclic(directory: Directory, file: File) -> Row:
    """Steps that read all records; that find two more in front of them; and that append all anew.

    The oldest is appended first: behind it the file is as it was.
    """
    sfi, size = file.fid & 0x1F, file.record_templates()[0].size
    by_number = f"{sfi << 3 | 4:02X}"
    numbers = [each.number for each in file.record_templates()]
    place = f"{directory.name}/{file.fid:04X}"
    return {
        "contents": [{"do": "content", "of": place, "record": n, "keep": f"r{n}"} for n in numbers],
        "marked": [
            {"send": f"00B201{by_number}", "ne": size, "data_is": "{r1|last flipped}"},
            {"send": f"00B202{by_number}", "ne": size, "data_is": "{r1|flipped}"},
            *(
                {"send": f"00B2{n + 2:02X}{by_number}", "ne": size, "data": f"same as r{n}"}
                for n in numbers[:-2]
            ),
        ],
        "appends": [
            {"send": f"00DC00{sfi << 3 | 3:02X}", "body": f"{{r{n}}}"} for n in reversed(numbers)
        ],
        "sealed_appends": [
            {"sealed": f"00DC00{sfi << 3 | 3:02X}", "body": f"{{r{n}}}"} for n in reversed(numbers)
        ],
        "record_reads": [
            {"send": f"00B2{n:02X}{by_number}", "ne": size, "data": f"same as r{n}"}
            for n in numbers
        ],
    }

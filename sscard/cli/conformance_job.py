"""``sscard conformance`` from its options to its exit code."""

from __future__ import annotations

import time
from contextlib import nullcontext
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import typer

from sscard import __version__
from sscard.cli.card_certificates import certificates_on
from sscard.cli.conformance_bench import Means, bench
from sscard.cli.conformance_card import under_test
from sscard.cli.conformance_journal import journal
from sscard.cli.conformance_output import STDOUT, Outputs, write_json
from sscard.cli.conformance_run import Conductor, Done, Nowhere, binding
from sscard.cli.conformance_show import followed, list_document, listed
from sscard.cli.conformance_told import (
    application,
    fingerprints,
    identity,
    now,
    quirks_told,
    read_application,
)
from sscard.cli.ending import CONFIGURATION, DONE, INTERRUPTED, NOT_FOR_EVERYBODY
from sscard.cli.interruption import noted_interruption
from sscard.conformance import Case, cases_for, groups
from sscard.conformance.general_test.check import card_facts
from sscard.conformance.general_test.pack import empty_pack
from sscard.conformance.packaged import quirk_file
from sscard.conformance.quirks import quirks_of
from sscard.conformance.report.certificates import short
from sscard.conformance.report.counting import is_good
from sscard.conformance.report.told import RunTold
from sscard.conformance.suites import Label
from sscard.durable import create_file
from sscard.perso.plan import run
from sscard.profiles import Profile, load_profile
from sscard.profiles.loader import profile_sha256

_STOPPING = "完成当前用例后停止 stopping after this case"


@dataclass(frozen=True, slots=True)
class Choice:
    """Which cases for which profile."""

    profile: str
    preset: str = "full"
    groups: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    quirks: tuple[str, ...] = ()
    pack: Path | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where the card is, and what is kept of the run."""

    image: Path | None
    reader: str | None
    record: Path | None
    journal: Path | None
    t0: bool = False


def chosen(choice: Choice, profile: Profile) -> tuple[Case, ...]:
    """The cases.  Raises ProfileError; BadParameter for a group or pattern that has none."""
    for name in choice.groups:
        if name not in groups():
            known = ", ".join(groups())
            raise typer.BadParameter(f"no group {name}; there are: {known}", param_hint="--group")
    found = cases_for(
        profile, choice.preset, choice.quirks, only=lambda label: _wanted(label, choice)
    )
    if not found:
        said = "没有这样的用例 there are no such cases; see --list"
        raise typer.BadParameter(said, param_hint="--preset, --group, --case")
    return found


def list_cases(choice: Choice, as_json: str | None) -> None:
    """What ``--list`` prints."""
    cases = chosen(choice, load_profile(choice.profile))
    if as_json:
        write_json(as_json, list_document(cases))
    if as_json != STDOUT:
        listed(cases)


def write_pack(choice: Choice, path: Path) -> None:
    """A new application pack.  Raises BadParameter where there is one, ProfileError."""
    profile = load_profile(choice.profile)
    division = profile.setting("issuing_division").text
    text = empty_pack(division, profile.setting("spec_version").text, profile.suite)
    try:
        create_file(path.resolve(), text.encode())
    except FileExistsError:
        said = f"{path} 已存在 is there already"
        raise typer.BadParameter(said, param_hint="--new-pack") from None
    typer.echo(f"已写 wrote {path}", err=True)


def conducted(choice: Choice, means: Means, place: Place, outputs: Outputs) -> int:
    """Run, deliver what was found, and the exit code.

    Raises BadParameter, and whatever profile, key store, PSAM and reader raise.
    """
    profile = load_profile(choice.profile)
    cases = chosen(choice, profile)
    pack = read_application(choice.pack)
    with (
        under_test(
            place.image,
            place.reader,
            place.record,
            contactless=means.contactless,
            t0=place.t0,
        ) as card,
        bench(profile, card, means) as (brought, test_keys),
        noted_interruption(_STOPPING) as interruption,
    ):
        source = card.source
        answer = source.card.reset()
        facts = run(card_facts(), source.card)
        certificates = short(certificates_on(source.card, profile))
        bound = binding(cases, profile_sha256(choice.profile), facts)
        conductor = Conductor(
            brought, source.card, time.monotonic, lambda: interruption.requested, time.sleep
        )
        keeping = journal(place.journal, bound) if place.journal else nullcontext(Nowhere())
        begun = now()
        with keeping as kept, followed(len(cases), len(kept.kept.done)) as told:
            done = conductor.conduct(cases, kept, told)
    whole = RunTold(
        profile=choice.profile,
        preset=choice.preset,
        identity=(*identity(source, answer), *certificates),
        groups=tuple(groups().values()),
        cases=done.cases,
        quirks=quirks_told(
            [each for name in choice.quirks for each in quirks_of(quirk_file(name))],
            cases,
            frozenset(case.id for case in done.cases),
        ),
        begun=begun,
        seconds=sum(case.seconds for case in done.cases),
        version=__version__,
        fingerprints=fingerprints(bound),
        application=application(pack, facts, done.cases),
        unfinished=done.unfinished,
        test_keys=test_keys,
    )
    outputs.deliver(whole)
    return _code(whole, done, interrupted=interruption.requested)


def _code(whole: RunTold, done: Done, *, interrupted: bool) -> int:
    if done.lost:
        typer.echo(f"卡已不在，检测停止 the card is gone, the run stops: {done.lost}", err=True)
        return CONFIGURATION
    if interrupted:
        return INTERRUPTED
    return DONE if is_good(whole) else NOT_FOR_EVERYBODY


def _wanted(case: Label, choice: Choice) -> bool:
    patterns = choice.patterns
    return (not choice.groups or case.group in choice.groups) and (
        not patterns or any(fnmatchcase(case.id, each) for each in patterns)
    )

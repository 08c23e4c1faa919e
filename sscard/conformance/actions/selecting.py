"""Power, and what is selected."""

from __future__ import annotations

from sscard.apdu import aid, iso7816
from sscard.conformance import certificates
from sscard.conformance.case import Step
from sscard.conformance.moves import Reply, Script, Wait
from sscard.conformance.play import Play, not_applicable
from sscard.errors import ProfileError
from sscard.profiles import Directory, Profile

_MF = 0x3F00


def power(play: Play, step: Step) -> Script[Reply | None]:
    """Power off and on; the answer's data is the ATR."""
    del step
    return (yield from play.power_up())


def wait(play: Play, step: Step) -> Script[Reply | None]:
    """Let ``seconds`` pass."""
    del play
    yield Wait(step.number("seconds"))
    return None


def select(play: Play, step: Step) -> Script[Reply | None]:
    """Select a directory by its name, from SSSE on; or ``MF``, ``PSE``, ``PPSE``, ``DEBIT``,
    ``ACSE`` or ``ACSE DDF``."""
    return (yield from selected(play, step.text("directory")))


def select_file(play: Play, step: Step) -> Script[Reply | None]:
    """Make an EF of the current directory the current one."""
    command = iso7816.select_fid(step.number("file"), under_current=True)
    return (yield from play.ask(command))


def selected(play: Play, name: str) -> Script[Reply]:
    """Select the way down to a directory; the last answer, or the first refusal."""
    if name == "MF":
        reply = yield from play.ask(iso7816.select_fid(_MF))
        play.selected = name if reply.ok else play.selected
        return reply
    reply = Reply()
    for each, df_name in way(play.bench.profile, name):
        reply = yield from play.ask(iso7816.select(df_name))
        if not reply.ok:
            return reply
        play.selected = each
    return reply


def way(profile: Profile, name: str) -> list[tuple[str, bytes]]:
    """The directories to select on the way to ``name``, each with its DF name.  Stops."""
    financial = df_names(profile)
    if name in financial:
        return [(name, financial[name])]
    if name in (certified := certificates.df_names(profile)):
        return [(name, each) for each in certified[name]]
    try:
        directory = profile.directory(name)
    except ProfileError as error:
        raise not_applicable(str(error)) from None
    return [(each.name, each.df_name) for each in _down(profile, directory)]


def df_names(profile: Profile) -> dict[str, bytes]:
    """What is outside SSSE, by the name that cases use."""
    names = {"PPSE": aid.PPSE}
    for name, setting in (("PSE", "pse_name"), ("DEBIT", "aid"), ("PPSE", "ppse_name")):
        if setting in profile.bank:
            names[name] = profile.bank_setting(setting).data
    return names


def _down(profile: Profile, directory: Directory) -> list[Directory]:
    parents = [each for each in profile.directories if each.name == directory.parent]
    return [*(_down(profile, parents[0]) if parents else ()), directory]

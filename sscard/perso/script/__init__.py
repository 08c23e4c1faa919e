"""Offline scripts (脱机脚本): what a station does, as a text that production machines can run."""

from sscard.perso.script.card_data import CardData, card_data
from sscard.perso.script.check import check, names, require_made_for, required
from sscard.perso.script.errors import ScriptError
from sscard.perso.script.export import export
from sscard.perso.script.model import Script
from sscard.perso.script.parser import parse_script
from sscard.perso.script.run import run_batch, run_script
from sscard.perso.script.specimen import optional, specimen
from sscard.perso.script.text import format_script

__all__ = [
    "CardData",
    "Script",
    "ScriptError",
    "card_data",
    "check",
    "export",
    "format_script",
    "names",
    "optional",
    "parse_script",
    "require_made_for",
    "required",
    "run_batch",
    "run_script",
    "specimen",
]

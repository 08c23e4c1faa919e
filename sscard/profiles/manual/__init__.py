"""The manual of a profile, in Chinese and English: every fact of the profile and nothing else."""

from sscard.profiles.manual.pages import DIAGRAMS, GENERATOR, manual, page_name
from sscard.profiles.manual.texts import LANGUAGES, Language

__all__ = ["DIAGRAMS", "GENERATOR", "LANGUAGES", "Language", "manual", "page_name"]

"""What a card should contain: profiles, their elements and codecs, and the tables they use."""

from sscard.profiles.fields import FieldError
from sscard.profiles.loader import load_profile, profile_names
from sscard.profiles.model import Directory, Element, File, Key, Profile, RecordTemplate, Setting
from sscard.profiles.names import split_name

__all__ = [
    "Directory",
    "Element",
    "FieldError",
    "File",
    "Key",
    "Profile",
    "RecordTemplate",
    "Setting",
    "load_profile",
    "profile_names",
    "split_name",
]

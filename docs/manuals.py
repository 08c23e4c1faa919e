"""A hook of MkDocs: the manuals of the profiles that come with sscard, made while the site is.

They stand below ``manuals/``, a folder for each profile; nothing of them is in the repository.
"""

from __future__ import annotations

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from sscard.profiles import load_profile, profile_names
from sscard.profiles.loader import profile_layers
from sscard.profiles.manual import manual


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the pages, which have their diagrams in them."""
    for name in profile_names():
        for path, content in manual(load_profile(name), profile_layers(name)).items():
            if path.endswith(".html"):
                files.append(File.generated(config, f"manuals/{name}/{path}", content=content))
    return files

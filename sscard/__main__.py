"""``python -m sscard``: the same as the ``sscard`` command."""

from __future__ import annotations

from sscard.cli import main

if __name__ == "__main__":
    main()

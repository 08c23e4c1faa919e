"""Layouts of card faces: one TOML file a generation, and overlays of provinces."""

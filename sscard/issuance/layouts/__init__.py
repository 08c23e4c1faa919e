"""Layouts of bank data-preparation files, one TOML file each."""

"""What banks write on stripes: one TOML file a bank."""

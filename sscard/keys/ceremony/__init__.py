"""Key ceremonies."""

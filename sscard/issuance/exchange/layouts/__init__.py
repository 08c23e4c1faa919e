"""Layouts of lists that public sources show, and those that sscard writes itself."""

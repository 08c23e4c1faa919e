"""The parts of the documentation that are made from the code: one function a table."""

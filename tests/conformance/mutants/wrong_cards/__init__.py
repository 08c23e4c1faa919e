"""Cards that are wrong on purpose: the negative controls of the conformance suite."""

"""Does a card behave: the cases of LD/T 6001, run through commands only, and judged."""

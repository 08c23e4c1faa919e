"""What an exchange with a card means: traces of one's own and of other programs, explained."""

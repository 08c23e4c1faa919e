"""How bytes reach a card, and how long that takes."""

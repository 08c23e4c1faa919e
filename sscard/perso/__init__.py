"""How contents get onto a card: plans without I/O, one per station, and the audit."""

"""The social security commands of the card."""

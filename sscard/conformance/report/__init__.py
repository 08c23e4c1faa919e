"""What a run found, as pages and files; pure functions, somebody else writes them down."""

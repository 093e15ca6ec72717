"""Public pages, kept as long as they hold: by each process, and in a store that hosts share."""

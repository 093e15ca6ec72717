"""From one release to the next, while the old one still serves."""

"""Pages on paper: what a public page shows, as a tagged PDF."""

"""How those who run the site watch it: its log, its figures, its errors, and how the system is."""

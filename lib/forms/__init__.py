"""Forms of people who are signed in: sent once, never lost, and clear about their errors."""

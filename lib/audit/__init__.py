"""Who changed what, from what to what, when and why: written by the database, told to staff, asked when two write at once."""

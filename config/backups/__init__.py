"""Backups: the database and the files that its rows name, of one moment; and putting them back."""

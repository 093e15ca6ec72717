"""Imports: sheets of rows are read, checked as a whole, shown, written all or nothing, undone."""

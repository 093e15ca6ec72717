"""Spreadsheets and CSV files: read into rows that know their addresses, and written for people.

`cells` says what a file is made of, `archives` looks at a file before anything unpacks it, `marks`
finds what the reading library does not tell, `reading` makes the book, `tables` finds the heading
row in a sheet, `values` reads what stands in a cell, `writing` makes templates and error reports.
"""

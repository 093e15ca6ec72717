"""Spreadsheets and CSV files: read into rows that know their addresses, and written for people.

In the order in which a file passes through them: `archives` unpacks it safely, `xlsx` and `ods`
gather the marks that the reading library does not tell, `csv_text` reads CSV, `reading` makes the
book, `tables` finds the heading row in a sheet, `values` reads what stands in a cell. `writing`
makes templates and copies with errors. `cells` and `layout` say what is read and written.
"""

"""List pages: a table to filter, sort, page and download, each state with an address of its own."""

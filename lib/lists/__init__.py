"""List pages: a table to filter, sort, page and download. Each choice has its own address."""

"""The release after this one, as far as a database sees it: a column more in a table that all pages
read, and a view more among those of the past."""

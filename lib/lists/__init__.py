"""List pages: one table whose rows are filtered, sorted, paged and downloaded, every state of it a GET address."""

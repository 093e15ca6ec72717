"""The interface for programs: every public list, page by page, and the page that explains it."""

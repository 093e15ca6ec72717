"""Documents with content that runs, fetches or hides something: each kind is named and refused."""

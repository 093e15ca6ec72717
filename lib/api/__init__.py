"""Lists as an interface for programs: their rows page by page, what is wrong with an address as
problem details, and the document that describes it all."""

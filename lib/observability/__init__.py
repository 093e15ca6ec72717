"""What a site tells those who run it: of each request, of slow queries, and as figures to watch."""

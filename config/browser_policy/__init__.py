"""What browsers may do with each response, and what they report that they refused."""

"""Forms that anybody may send, without an account: citing a page, and following one by mail."""

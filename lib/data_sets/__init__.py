"""The data set: all that is public, as files that describe themselves, made once a data version."""

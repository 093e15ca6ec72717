"""The version of the site: the same as in pyproject.toml, which an installed site has not got."""

VERSION = "1.0.0"

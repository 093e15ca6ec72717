"""How a figure, a dictionary of `data` and `layout` in plotly's words, becomes a picture on a page."""

"""How a plotly figure (a dictionary of `data` and `layout`) becomes a picture on a page."""

"""How staff prove who they are: by name and password, a second factor, or their organisation's identity provider.

django-allauth leads through it and django-axes throttles it; here stands what is ours to decide.
"""

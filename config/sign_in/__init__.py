"""How staff sign in: by password, second factor, or their organisation's identity provider.

django-allauth has the pages and django-axes the throttling; here are our own rules.
"""

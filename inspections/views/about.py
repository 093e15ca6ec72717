"""Pages that explain the site: who runs it, grades and terms."""

from django.conf import settings
from django.urls import reverse_lazy
from django.views.generic import TemplateView

from lib.pages import PageMixin

from .. import summaries
from ..choices import MissingReason
from ..glossary import TERMS

ABOUT = ("About", reverse_lazy("inspections:about"))


def operator():
    """Who runs this copy of the site, as its settings say; what they do not say is empty."""
    contact = settings.OPERATOR_CONTACT
    is_address = contact.startswith(("https://", "http://"))
    return {
        "name": settings.OPERATOR_NAME,
        "contact": contact,
        "contact_url": contact if is_address else f"mailto:{contact}" if "@" in contact else "",
        "licence": settings.DATA_LICENCE,
    }


class About(PageMixin, TemplateView):
    """What this site is, and what it is not."""

    template_name = "inspections/about.html"
    extra_context = {"crumbs": [("About", "")], "operator": operator}


class Accessibility(PageMixin, TemplateView):
    """The accessibility statement."""

    template_name = "inspections/accessibility.html"
    extra_context = {"crumbs": [ABOUT, ("Accessibility statement", "")], "operator": operator}


class Privacy(PageMixin, TemplateView):
    """What the site keeps about its readers and its staff."""

    template_name = "inspections/privacy.html"
    extra_context = {"crumbs": [ABOUT, ("Privacy", "")], "operator": operator}


class Grades(PageMixin, TemplateView):
    """What each grade means on each scale, and why a grade may be missing."""

    template_name = "inspections/grades.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {
            "crumbs": [ABOUT, ("Grades", "")],
            "scales": summaries.grades_by_scale(),
            "reasons": MissingReason,
        }


class Glossary(PageMixin, TemplateView):
    """The field's terms, in our words."""

    template_name = "inspections/glossary.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {
            "crumbs": [ABOUT, ("Glossary", "")],
            "terms": TERMS,
        }

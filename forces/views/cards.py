"""What other sites may show of a force or unit."""

from inspections.choices import Grade
from lib.embeds import EmbedMixin
from lib.pages import PageMixin

from .organisations import OrganisationDetail


class OrganisationCard(EmbedMixin, OrganisationDetail):
    """One organisation on a card: its newest headline grade as its page says it, and its response.

    It is always as it is now.
    """

    template_name = "forces/organisation_card.html"
    parameters = ()

    def get_canonical_address(self):
        return self.object.get_absolute_url()

    def get_context_data(self, **kwargs):
        # Without what else the page of the force has.
        scale = self.row.grading.scale.grades if self.row.grading.steps else []
        return PageMixin.get_context_data(self, **kwargs) | {
            "row": self.row,
            "is_synthetic": self.is_synthetic,
            "scale": [Grade(grade).label for grade in scale],
            "place": scale.index(self.row.grading.grade) + 1 if scale else None,
        }

"""What the pages of a region and of a force or unit have alike: their findings and actions."""

from django.utils.functional import cached_property

from findings import charts as finding_charts
from findings import sentences as finding_sentences
from findings import summaries as finding_summaries
from lib.charts.views import ChartsMixin
from lib.pages import PageMixin

COUNTRY = "England and Wales"
LATEST = 5


class FindingsAndActionsMixin(ChartsMixin, PageMixin):
    """The findings and actions on the pages of a region and of an organisation.

    Each page gives its `findings`, their `total` and its `actions`. `scope` has the parameters of a
    list with the same rows, and `caption` is the caption of the first chart.
    """

    caption = "Findings: strengths and practice to the right, what needs to improve to the left"

    @cached_property
    def themes(self):
        return finding_summaries.findings_by_theme(self.findings, **self.scope)

    @cached_property
    def plans(self):
        return finding_summaries.actions_by_status(self.actions)

    @cached_property
    def findings_by_theme(self):
        sentence = finding_sentences.findings_by_theme(self.themes, self.total, **self.scope)
        figure, caption = finding_charts.findings_by_theme, self.caption
        return self.themes and self.chart(figure, sentence, self.themes, caption=caption)

    @cached_property
    def actions_by_status(self):
        sentence = finding_sentences.actions_by_status(self.plans, **self.scope)
        return self.plans and self.chart(finding_charts.actions_by_status, sentence, self.plans)

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"themes": self.themes, "plans": self.plans}

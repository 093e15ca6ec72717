"""Deadlines: the due dates of a plan through time, and calendars of a plan and an organisation."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import DetailView

from forces.models import Organisation
from lib.audit.old_addresses import OldAddressMixin
from lib.calendars import CONTENT_TYPE, calendar
from lib.charts.views import ChartsMixin
from lib.pages import PageMixin

from . import charts, sentences, summaries
from .filters import ActionFilter
from .models import Action, Plan


class CalendarMixin(OldAddressMixin, PageMixin):
    """The deadlines of one row as a calendar, for programs to subscribe to."""

    def render_to_response(self, context, **kwargs):
        absolute = self.request.build_absolute_uri
        file = calendar(
            sentences.deadlines_of(self.get_name(), self.organisation),
            sentences.deadlines_explained(absolute(self.object.get_absolute_url())),
            [sentences.deadline(row, absolute) for row in self.get_deadlines()],
            self.request.get_host().partition(":")[0],
            self.at,
        )
        return HttpResponse(
            file,
            content_type=CONTENT_TYPE,
            headers={"Content-Disposition": f'inline; filename="{self.object.slug}-deadlines.ics"'},
        )


class PlanCalendar(CalendarMixin, DetailView):
    """The due dates of a plan's actions, and the reviews of evidence for them."""

    def get_queryset(self):
        return Plan.objects.published(self.at).select_related("organisation__region")

    @property
    def organisation(self):
        return self.object.organisation

    def get_name(self):
        return self.object.name

    def get_deadlines(self):
        actions = self.object.actions.published(self.at)
        return [
            *summaries.deadlines_of_actions(actions),
            *summaries.reviews_of_evidence(actions, self.at),
        ]


class OrganisationCalendar(CalendarMixin, DetailView):
    """All due dates of a force or unit, reviews of its evidence, and the days for comments."""

    def get_queryset(self):
        return Organisation.objects.published(self.at).select_related("region")

    @property
    def organisation(self):
        return self.object

    def get_name(self):
        return ""

    def get_deadlines(self):
        actions = Action.objects.published(self.at).of_organisation(self.object)
        return [
            *summaries.deadlines_of_actions(actions),
            *summaries.reviews_of_evidence(actions, self.at),
            *summaries.comments_due_of(self.object, self.at),
        ]


class PlanDueDates(OldAddressMixin, ChartsMixin, PageMixin, DetailView):
    """A plan's due dates: as first set, as they moved and why, and whether what was due is done."""

    template_name = "findings/plan_due_dates.html"
    charts = ("due_dates",)
    chart_url = "findings:plan_due_dates_chart"

    def get_queryset(self):
        return Plan.objects.published(self.at).select_related("organisation__region")

    @property
    def is_synthetic(self):
        return self.object.organisation.region.is_synthetic

    @cached_property
    def actions(self):
        return self.object.actions.published(self.at)

    @cached_property
    def rows(self):
        return summaries.due_date_histories(self.actions, self.on)

    @cached_property
    def lede(self):
        unowned = self.actions.unowned().count()
        slippage = summaries.slippage(self.actions)
        return sentences.due_dates(self.object, self.rows, slippage, unowned)

    @cached_property
    def due_dates(self):
        return self.rows and self.chart(charts.due_dates, self.lede, self.rows, self.on)

    @property
    def crumbs(self):
        return [
            ("Plans", reverse("findings:plan_list")),
            (self.object.name, self.object.get_absolute_url()),
            ("Due dates", ""),
        ]

    def get_context_data(self, **kwargs):
        plan = self.object
        return super().get_context_data(**kwargs) | {
            "crumbs": self.crumbs,
            "lede": self.lede,
            "rows": self.rows,
            "missing": summaries.unknown_of_actions(
                ActionFilter.select(self.at, plan=plan.slug), plan=plan.slug
            ),
        }

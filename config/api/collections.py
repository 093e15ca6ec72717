"""The collections: which list each of them is, what names a row, and what is said with it."""

from datetime import date
from functools import reduce
from operator import or_

from django.db.models import BigIntegerField, Case, F, IntegerField, Q, TextField, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Concat
from django.utils.timezone import localdate

from findings.addresses import ACTIONS_ON_A_PAGE
from findings.filters import PlanFilter, ThemeFilter
from findings.models import Action, Finding, Plan, Response, Theme
from findings.resources.downloads import plan_download, theme_download
from findings.views import ActionList, FindingList
from forces.filters import RegionFilter
from forces.models import Organisation, Region
from forces.views import OrganisationList
from inspections.filters import InspectionFilter
from inspections.models import Fieldwork, Grading, Inspection, Programme, Question, Source, Strand
from inspections.models.sources import public_citations
from inspections.resources.downloads import inspection_download, region_download
from inspections.views import GradingList, SourceList
from lib.api.collections import Collection, address_of


class Regions(Collection):
    """Regions, with their forces."""

    name, key, page_view = "regions", {"region": "slug"}, "forces:region_detail"
    filter_class = RegionFilter
    title, nouns = "Regions", ("region", "regions")
    description = "Areas whose forces are inspected together, with the forces and units of each."

    def get_download(self, filterset):
        return region_download(self.at)

    def get_related(self):
        return {"organisations": Organisation.objects.published(self.at)}

    def get_also_changed(self, since):
        before = Organisation.objects.published(since).order_by()
        new = Organisation.objects.published(self.at).exclude(pk__in=before.values("pk"))
        return Q(organisations__in=new.order_by().values("pk"))


class Organisations(Collection, OrganisationList):
    """Forces and units, with their newest grade on a question."""

    name, key = "organisations", {"organisation": "slug"}
    page_view = "forces:organisation_detail"

    def get_related(self):
        at = self.at
        inspections = Inspection.objects.published(at)
        return {
            "region": Region.objects.all(),
            "region__inspections": inspections,
            "own_inspections": inspections,
            "gradings": Grading.objects.published(at),
            "gradings__inspection": inspections,
            "gradings__question": Question.objects.all(),
            "gradings__question__programme": Programme.objects.all(),
            "gradings__citations__source": Source.objects.published(at),
            "fieldwork": Fieldwork.objects.published(at),
            "responses": Response.objects.published(at),
            "findings": Finding.objects.published(at),
            "plans": Plan.objects.published(at),
            "plans__actions": Action.objects.published(at),
        }

    def get_also_changed(self, since):
        due = Action.objects.published(self.at).filter(newly_past("due_on", since, self.on))
        return newly_public("gradings__inspection__", since, self.at) | Q(
            plans__actions__in=due.order_by().values("pk")
        )


class Inspections(Collection):
    """Inspections and their publications."""

    name, key = "inspections", {"inspection": "slug"}
    page_view = "inspections:inspection_detail"
    filter_class = InspectionFilter
    title, nouns = "Inspections", ("inspection", "inspections")
    description = "Every public inspection: its programme, region, date and how far it is recorded."

    def get_download(self, filterset):
        return inspection_download(self.at)

    def get_related(self):
        return {
            "programme": Programme.objects.all(),
            "region": Region.objects.all(),
            "organisation": Organisation.objects.all(),
            "supersedes": Inspection.objects.published(self.at),
            "citations__source": Source.objects.all(),
        }

    def get_also_changed(self, since):
        return newly_public("", since, self.at)


class Gradings(Collection, GradingList):
    """Grades, and reasons for having none."""

    name = "gradings"
    key = {
        "inspection": "inspection__slug",
        "organisation": "organisation__slug",
        "question": "question__slug",
    }
    page_view, page_key = "forces:organisation_detail", ("organisation__slug",)
    # Both are of one force or unit in an inspection, as the grading is.
    links = {
        path: Q(**{f"{path}__organisation": F("organisation")})
        for path in ("inspection__responses", "inspection__fieldwork")
    }

    def get_related(self):
        return {
            "inspection": Inspection.objects.all(),
            "organisation": Organisation.objects.all(),
            "organisation__region": Region.objects.all(),
            "question": Question.objects.all(),
            "question__programme": Programme.objects.all(),
            "question__strand": Strand.objects.all(),
            "inspection__responses": Response.objects.by_organisations(),
            "inspection__fieldwork": Fieldwork.objects.all(),
            "citations__source": Source.objects.all(),
        }

    def get_also_changed(self, since):
        return newly_public("inspection__", since, self.at)


class Findings(Collection, FindingList):
    """What was found."""

    name = "findings"
    key = {"inspection": "inspection__slug", "reference": "reference"}
    page_view = "findings:finding_detail"

    def get_related(self):
        public = Finding.objects.published(self.at)
        return {
            "inspection": Inspection.objects.all(),
            "inspection__programme": Programme.objects.all(),
            "inspection__region": Region.objects.all(),
            "organisations": Organisation.objects.all(),
            "themes": Theme.objects.all(),
            "section": Question.objects.all(),
            "cause": public,
            "repeats": public,
            "responses": Response.objects.by_organisations(),
            "actions": Action.objects.published(self.at),
            "actions__plan": Plan.objects.published(self.at),
            "citations__source": Source.objects.all(),
        }

    def get_also_changed(self, since):
        return newly_public("inspection__", since, self.at)

    def get_detached(self, changes):
        """Those to which a response belonged that is gone, or belongs elsewhere."""
        before = Cast(KeyTextTransform("finding_id", "before"), BigIntegerField())
        lost = changes.filter(table="findings_response", before__has_key="finding_id")
        return set(lost.order_by().values_list(before, flat=True)) - {None}


class Actions(Collection, ActionList):
    """What forces say they are doing."""

    name, key = "actions", {"plan": "plan__slug", "number": "number"}
    page_view = "findings:plan_detail"

    def get_page_address(self):
        """The place on the page of its plan, as `place_of_action` has it."""
        page = (Cast("number", IntegerField()) - 1) / ACTIONS_ON_A_PAGE + 1
        plan = address_of(self.request, self.page_view, ["plan__slug"])
        mark = "&page=" if "?" in self.request.build_absolute_uri("/") else "?page="
        later = Concat(plan, Value(mark), Cast(page, TextField()), output_field=TextField())
        on_page = Case(
            When(number__gt=ACTIONS_ON_A_PAGE, then=later), default=plan, output_field=TextField()
        )
        place = Concat(Value("#action-"), Cast("number", TextField()), output_field=TextField())
        return Concat(on_page, place, output_field=TextField())

    def get_related(self):
        return {
            "plan": Plan.objects.all(),
            "plan__organisation": Organisation.objects.all(),
            "plan__organisation__region": Region.objects.all(),
            "plan__inspection": Inspection.objects.all(),
            "findings": Finding.objects.all(),
            "findings__inspection": Inspection.objects.all(),
            "superseded_by": Action.objects.published(self.at),
            "citations__source": Source.objects.all(),
        }

    def get_also_changed(self, since):
        is_due = newly_past("due_on", since, self.on)
        answers = newly_public("findings__inspection__", since, self.at)
        return newly_public("plan__inspection__", since, self.at) | answers | is_due


class Plans(Collection):
    """Improvement plans."""

    name, key, page_view = "plans", {"plan": "slug"}, "findings:plan_detail"
    filter_class = PlanFilter
    title, nouns = "Plans", ("plan", "plans")
    description = "Improvement plans of forces and units, and steps that they reported outside one."

    def get_download(self, filterset):
        return plan_download()

    def get_related(self):
        return {
            "organisation": Organisation.objects.all(),
            "organisation__region": Region.objects.all(),
            "inspection": Inspection.objects.all(),
        }

    def get_also_changed(self, since):
        return newly_public("inspection__", since, self.at)


class Themes(Collection):
    """What findings are about."""

    name, key, page_view = "themes", {"theme": "slug"}, "findings:theme_detail"
    filter_class = ThemeFilter
    title, nouns = "Themes", ("theme", "themes")
    description = "The subjects that findings are about, each with its definition."

    def get_download(self, filterset):
        return theme_download()


class Sources(Collection, SourceList):
    """Where the facts were read."""

    name, key, page_view = "sources", {"source": "slug"}, "inspections:source_detail"

    def get_related(self):
        return {
            rows.model._meta.get_field("source").related_query_name(): rows
            for rows in public_citations(self.at)
        }

    def get_also_changed(self, since):
        pairs = zip(public_citations(self.at), public_citations(since), strict=True)
        new = [now.exclude(pk__in=before.values("pk")) for now, before in pairs]
        return reduce(or_, (Q(pk__in=rows.values("source")) for rows in new))


COLLECTIONS: list[type[Collection]] = [
    Regions,
    Organisations,
    Inspections,
    Gradings,
    Findings,
    Actions,
    Plans,
    Themes,
    Sources,
]


def newly_public(path, since, at):
    """The condition that an inspection became public between two moments."""
    return Q(**{f"{path}public_at__gt": since, f"{path}public_at__lte": at})


def newly_past(path, since, on):
    """The condition that a day has passed since a moment."""
    # The first moments that an address can name have no day here.
    first = localdate(since) if since.year > 1 else date.min
    return Q(**{f"{path}__gte": first, f"{path}__lt": on})

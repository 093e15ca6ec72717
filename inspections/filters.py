"""The filters of the list of gradings, on its page and in its downloads."""

from django.db.models import CharField, F, Q, Value
from django.db.models.functions import Cast, Coalesce, NullIf

from forces.choices import OrganisationKind
from forces.models import Organisation, Region
from lib.lists.facets import Facet, yes_or_no
from lib.lists.filtersets import FilterSet

from .choices import Certainty, Grade, MissingReason
from .models import Grading, GradingCitation, Inspection, Programme, Strand


class GradingFilter(FilterSet):
    """The filters of the list of gradings."""

    synthetic = "organisation__region__is_synthetic"

    def get_rows(self):
        words = CharField()
        return (
            Grading.objects.published(self.at)
            .for_display()
            .newest_first()
            .annotate(
                judged=Coalesce(
                    Cast("grade", words), NullIf(F("missing_reason"), Value("")), output_field=words
                )
            )
        )

    def get_facets(self):
        newest = Grading.objects.published(self.at).newest_on_strand()
        differing = GradingCitation.objects.filter(grade_given__isnull=False)
        return [
            Facet(
                "strand",
                "What was asked",
                "question__strand__slug",
                "question__strand__name",
                known=Strand.objects.all(),
                none="asked in one programme only",
            ),
            Facet(
                "programme",
                "Programme",
                "question__programme__slug",
                "question__programme__short_name",
                known=Programme.objects.all(),
            ),
            Facet("grade", "Grade", "judged", choices=[*reversed(Grade), *MissingReason]),
            Facet(
                "organisation",
                "Force or unit",
                "organisation__slug",
                "organisation__short_name",
                known=Organisation.objects.all(),
            ),
            Facet("kind", "Kind", "organisation__kind", choices=OrganisationKind),
            Facet(
                "region",
                "Region",
                "organisation__region__slug",
                "organisation__region__name",
                known=Region.objects.all(),
            ),
            Facet(
                "inspection",
                "Inspection",
                "inspection__slug",
                "inspection__title",
                known=Inspection.objects.published(self.at),
            ),
            Facet("certainty", "How it is known", "certainty", choices=Certainty),
            yes_or_no("newest", "Newest grade on what was asked", Q(pk__in=newest.values("pk"))),
            yes_or_no("carried", "Carried forward", Q(is_carried_forward=True)),
            yes_or_no("corrected", "Corrected", Q(first_grade__isnull=False)),
            yes_or_no(
                "differ",
                "Sources differ",
                Q(missing_reason=MissingReason.SOURCES_DIFFER)
                | Q(pk__in=differing.values("grading")),
            ),
        ]

    def with_sources(self):
        """The gradings that match, with everything that the table shows."""
        return (
            self.filter_queryset()
            .select_related("question__strand", "organisation__region")
            .prefetch_related("citations")
        )

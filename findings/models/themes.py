"""Themes."""

from django.db import models
from django.db.models import F, Q

from forces.addresses import page_address
from forces.constraints import FormConstraintsMixin, refuse_circle, slug_fits_addresses
from lib.audit.triggers import audited
from lib.embargo import shown_by_use


class ThemeQuerySet(models.QuerySet):
    """Themes: public ones, and those in use."""

    def published(self, at):
        return self.filter(shown_by_use(Theme, at))

    def in_use(self):
        return self.filter(replaced_by__isnull=True)

    def replacements(self, slugs):
        """Those of these slugs whose themes were replaced, each with the slug of the one in use.

        Both are among these themes.
        """
        replaced = self.filter(replaced_by__isnull=False)
        new = dict(replaced.values_list("slug", "replaced_by__slug"))
        last = {slug: slug for slug in slugs}
        for _ in new:  # a chain has no more steps than there are replaced themes
            last = {slug: new.get(step, step) for slug, step in last.items()}
        moved = {slug: step for slug, step in last.items() if slug in new and step not in new}
        if not moved:
            return {}
        here = set(self.filter(slug__in=moved.values()).values_list("slug", flat=True))
        return {slug: step for slug, step in moved.items() if step in here}


@audited()
class Theme(FormConstraintsMixin, models.Model):
    """A subject that findings are about."""

    name = models.CharField(max_length=100, unique=True)
    slug = models.SlugField("web address name", max_length=100, unique=True)
    definition = models.TextField()
    replaced_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="replaces"
    )

    objects = ThemeQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            slug_fits_addresses("theme"),
            models.CheckConstraint(
                condition=~Q(replaced_by=F("id")),
                name="theme_does_not_replace_itself",
                violation_error_message="A theme cannot replace itself.",
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return page_address("findings:theme_detail", self.slug)

    def clean(self):
        refuse_circle(self, "replaced_by", "Themes cannot replace one another in a circle.")

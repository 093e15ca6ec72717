"""Pages of what changed between two days, and of what was corrected."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.generic import TemplateView

from lib import feeds
from lib.audit.old_addresses import MovedPermanently
from lib.lists import downloads
from lib.lists.views import MOST_ERRORS, CountedPaginator, page_errors
from lib.pages import PageMixin
from lib.parameters import single_value
from lib.sentences import plain_text

from . import sentences, summaries
from .addresses import change_feed
from .change_filters import ChangeFilter
from .choices import ChangeKind
from .feeds import change_entries
from .resources.downloads import change_columns

OTHER_PARAMS = ("page", "format")
FORMATS = (*downloads.ALL_FORMATS, feeds.FORMAT)


def in_words(row):
    return plain_text(sentences.change(row))


class ChangeList(PageMixin, TemplateView):
    """What changed between two days: what became public, and what it was before."""

    filter_class = ChangeFilter
    template_name = "findings/change_list.html"
    title = "What changed"
    description = (
        "What police inspections published, what forces said and did about it, and what was "
        "corrected, between two days: each with what it was before and its source."
    )
    per_page = 50

    def get(self, request, *args, **kwargs):
        filterset = self.filterset = self.filter_class(request.GET, self.at, OTHER_PARAMS)
        errors = filterset.errors
        page, file_format = (single_value(request.GET, name, errors) for name in OTHER_PARAMS)
        if errors:
            errors += downloads.format_errors(file_format, FORMATS, 0)
        else:
            errors += downloads.format_errors(file_format, FORMATS, filterset.count)
            errors += page_errors(page, filterset.count, self.per_page)
        if errors:
            context = {"errors": errors[:MOST_ERRORS], "without": filterset.address()}
            return render(request, "400.html", context, status=400)
        if filterset.moved:
            return MovedPermanently(filterset.address())
        if file_format == feeds.FORMAT:
            return self.feed()
        if file_format:
            return self.download(file_format)
        return self.render_to_response(self.get_context_data(number=int(page or 1)))

    def feed(self):
        filterset = self.filterset
        rows = filterset.rows(0, feeds.MOST_ENTRIES)
        words = f": {filterset.words()}" if filterset.is_filtered else ""
        entries = change_entries(rows, self.request.build_absolute_uri)
        return feeds.respond(self.request, f"{self.title}{words}", filterset.address(), entries)

    def download(self, file_format) -> HttpResponse:
        filterset = self.filterset
        columns = change_columns(in_words)
        address = self.request.build_absolute_uri(filterset.address())
        made_up = summaries.synthetic_count(
            self.at, filterset.since, filterset.until, filterset.scope(*filterset.kinds)
        )
        about = downloads.about_rows(
            self.title, address, filterset.words(), filterset.count, made_up, self.at
        )

        def lines(form):
            before = 0
            for rows in filterset.batches():
                yield from downloads.lines_of_records(rows, columns, form, before)
                before += len(rows)

        return downloads.respond(self.request, file_format, "changes", about, columns, lines)

    def get_own_address(self):
        return self.filterset.address()

    def get_ignored(self):
        return self.filterset.ignored

    def get_description(self, context):
        return self.description

    def get_context_data(self, number, **kwargs):
        filterset = self.filterset
        start = (number - 1) * self.per_page
        rows = filterset.rows(start, start + self.per_page)
        return super().get_context_data(**kwargs) | {
            "crumbs": [(self.title, "")],
            "title": self.title,
            "lede": sentences.changes(filterset.count, filterset.since, filterset.until),
            "filterset": filterset,
            "params": filterset.params,
            "changes": [(row, sentences.change(row), sentences.counted_from(row)) for row in rows],
            "page": CountedPaginator((), self.per_page, filterset.count).page(number),
            "feed": feeds.with_format(filterset.address()),
            "is_synthetic": any(row.is_synthetic for row in rows),
        }


class CorrectionList(PageMixin, TemplateView):
    """What was corrected, withdrawn or replaced since it was published, and why."""

    template_name = "findings/correction_list.html"

    def get_context_data(self, **kwargs):
        scope = summaries.ChangeScope(kinds=[ChangeKind.CORRECTION])
        rows = summaries.changes(self.at, scope=scope, with_undated=True)
        return super().get_context_data(**kwargs) | {
            "crumbs": [("Corrections", "")],
            "lede": sentences.corrections(rows),
            "corrections": [(row, sentences.change(row)) for row in rows],
            "feed": change_feed(kind=ChangeKind.CORRECTION.slug),
            "is_synthetic": any(row.is_synthetic for row in rows),
        }

"""Admin pages of imports: send files, see what would change, have it written, undo it."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.contrib import admin, messages
from django.contrib.admin.templatetags.admin_urls import admin_urlname
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import Count
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.text import capfirst

from lib.audit.history import tables
from lib.audit.models import Change
from lib.forms import unsaved
from lib.forms.errors import FormError
from lib.sentences import lower_first
from lib.sheets.writing import write_with_errors

from . import kinds
from .downloads import csv_of, downloaded_kinds
from .forms import UploadForm
from .models import ImportRun, Upload, UploadedFile
from .problems import summary_of
from .records import CellChange
from .running import KindPreview, Options, Preview, SentFile, import_files, preview_files
from .undo import CannotUndo, Undo, undo_run

LISTED = 50
STALE = (
    "Since you looked, someone changed what is stored, and the import would now do something else. "
    "Look again."
)
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}


class ListedRow(NamedTuple):
    """A row of a preview: its name, and what it says or changes."""

    label: str
    cells: list[CellChange]


class ListedKind(NamedTuple):
    """What an import would do to the rows of one kind, the first of each sort by name."""

    preview: KindPreview
    created: list[ListedRow]
    changed: list[ListedRow]
    vanished: list[str]
    more_created: int
    more_changed: int
    more_vanished: int


class CreatedRows(NamedTuple):
    """Rows of one sort that an import created: the address and the name of each."""

    title: str
    rows: list[tuple[str, str]]


def listed_kind(kind: KindPreview) -> ListedKind:
    """A kind's preview as a page lists it."""
    created = [ListedRow(record.label, kind.cells_of(record)) for record in kind.created[:LISTED]]
    changed = [ListedRow(record.label, record.changes) for record in kind.changed[:LISTED]]
    vanished = kind.vanished[:LISTED]
    return ListedKind(
        kind,
        created,
        changed,
        vanished,
        len(kind.created) - len(created),
        len(kind.changed) - len(changed),
        len(kind.vanished) - len(vanished),
    )


class ImportRunMixin:
    """The admin of imports; whoever registers it says by another base class who may do what."""

    list_display = ["number", "file_names", "at", "by", "created", "changed", "undone_at"]
    list_select_related = ["by"]
    list_filter = [("undone_at", admin.EmptyFieldListFilter)]
    search_fields = ["files"]
    date_hierarchy = "at"
    fields = ["file_names", "by", "at", "undone_at", "undone_by"]
    readonly_fields = fields
    change_form_template = "admin/imports/importrun/run.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("files/", view(self.files_view), name="imports_importrun_files"),
            path("waiting/<int:pk>/", view(self.waiting_view), name="imports_importrun_waiting"),
            path(
                "waiting/<int:pk>/errors/", view(self.errors_view), name="imports_importrun_errors"
            ),
            path("<int:pk>/undo/", view(self.undo_view), name="imports_importrun_undo"),
            *super().get_urls(),
        ]

    def has_change_permission(self, request: HttpRequest, obj: ImportRun | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ImportRun | None = None) -> bool:
        return False

    @admin.display(description="import", ordering="pk")
    def number(self, run: ImportRun) -> str:
        return f"Import {run.pk}"

    @admin.display(description="files")
    def file_names(self, run: ImportRun) -> str:
        return run.file_names

    @admin.display
    def created(self, run: ImportRun) -> int:
        return run.totals["created"]

    @admin.display
    def changed(self, run: ImportRun) -> int:
        return run.totals["changed"]

    # Send files

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The page that takes files, keeps them and leads to what they would change."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        is_sent = request.method == "POST"
        form = UploadForm(request.POST, request.FILES) if is_sent else UploadForm()
        if kept := unsaved.restore(request):
            form.initial = unsaved.typed_values(form, *kept)
        if is_sent and form.is_valid():
            upload = Upload.objects.create(
                by=request.user, at=timezone.now(), options=form.options()._asdict()
            )
            UploadedFile.objects.bulk_create(
                UploadedFile(upload=upload, name=file.name, data=file.data)
                for file in form.cleaned_data["files"]
            )
            return redirect("admin:imports_importrun_waiting", upload.pk)
        context = {"title": "Import files", "form": form, "kinds": kinds_of_files()}
        return self.page(request, "upload", context)

    def page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
        """One of the pages of imports."""
        Upload.objects.expired(timezone.now()).delete()
        context = self.admin_site.each_context(request) | {"opts": self.opts} | context
        return TemplateResponse(request, f"admin/imports/importrun/{name}.html", context)

    def upload_of(self, request: HttpRequest, pk: int) -> Upload:
        """A person's own upload that is not too old; 404 otherwise."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        now = timezone.now()
        upload = get_object_or_404(Upload.objects.filter(by=request.user), pk=pk)
        if Upload.objects.expired(now).filter(pk=pk).exists():
            upload.delete()
            raise Http404("These files were sent more than an hour ago.")
        return upload

    def preview_of(self, request: HttpRequest, upload: Upload) -> Preview:
        """What an upload would do now."""
        return preview_files(sent_files(upload), request.user, timezone.now(), options_of(upload))

    def waiting_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page of what files would change; writes it when its reader agrees."""
        upload = self.upload_of(request, pk)
        is_stale = False
        if request.method == "POST" and "forget" in request.POST:
            upload.delete()
            messages.info(request, "Nothing was imported, and the files are forgotten.")
            return redirect("admin:imports_importrun_add")
        if request.method == "POST":
            preview, run = import_files(
                sent_files(upload),
                request.user,
                timezone.now(),
                options_of(upload),
                seen=request.POST.get("digest") or "nothing",
            )
            if run is not None:
                upload.delete()
                messages.success(request, f"{run} is written.")
                return redirect("admin:imports_importrun_change", run.pk)
            if preview.is_clean and not preview.changes:
                upload.delete()
                messages.info(
                    request, "Nothing was imported: the files say what is stored already."
                )
                return redirect("admin:imports_importrun_changelist")
            is_stale = preview.is_clean
        else:
            preview = self.preview_of(request, upload)
        context = {
            "title": "What would change",
            "error_result": "Nothing was imported.",
            "other_errors": [FormError(STALE)] if is_stale else summary_of(preview.problems),
            "upload": upload,
            "preview": preview,
            "kinds": [listed_kind(kind) for kind in preview.kinds],
        }
        response = self.page(request, "waiting", context)
        response.status_code = 409 if is_stale else 200
        return response

    def errors_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A copy of one of the files with its errors beside the rows."""
        upload = self.upload_of(request, pk)
        preview = self.preview_of(request, upload)
        name = request.GET.get("file", "")
        if name not in preview.books:
            raise Http404("There is no such file, or it cannot be read.")
        book, tables = preview.books[name]
        errors = [
            (problem.address, f"{problem.rule} {problem.mend}".strip())
            for problem in preview.problems
            if problem.file == name
        ]
        data = write_with_errors(book, errors, tables)
        return sent(data, "xlsx", f"{name.rpartition('.')[0] or name}-errors.xlsx")

    # Templates and downloads

    def files_view(self, request: HttpRequest) -> HttpResponse:
        """The page of templates and downloads; with a kind and a format, one of them."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        name, file_format = request.GET.get("kind"), request.GET.get("format")
        bundles = kinds.bundles()
        if name is None:
            context = {"kinds": kinds_of_files(), "bundles": bundles.values()}
            return self.page(request, "files", {"title": "Templates and downloads"} | context)
        if name in bundles and file_format in ("xlsx", "ods"):
            data = bundles[name].template(file_format)
            return sent(data, file_format, f"{name}-template.{file_format}")
        resource_class = kinds.find(name)
        if resource_class is None or file_format not in TYPES:
            raise BadRequest("There is no such file.")
        resource = resource_class()
        if file_format != "csv":
            data = resource.template(file_format)
            return sent(data, file_format, f"{resource.kind}-template.{file_format}")
        if not resource.is_downloaded:
            raise BadRequest("There is no such file.")
        response = StreamingHttpResponse(csv_of(resource), content_type=TYPES["csv"])
        response["Content-Disposition"] = f'attachment; filename="{resource.kind}.csv"'
        return response

    # A run

    def change_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A run is looked at, and never changed or sent as a new one."""
        if request.method == "POST":
            raise PermissionDenied
        return super().change_view(request, *args, **kwargs)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context |= {
            "may_undo": request.user.has_perm("imports.undo_importrun"),
            "created": list(self.created_rows(context["original"])),
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def created_rows(self, run: ImportRun) -> Iterator[CreatedRows]:
        """The rows that a run created and that are there, of kinds of which it created few.

        The fewest come first: what the others belong to, and where its work goes on.
        """
        if run.undone_at:
            return
        by_table = tables()
        inserts = Change.objects.filter(run=run.pk, operation="INSERT").order_by()
        few = inserts.values("table").annotate(count=Count("pk")).filter(count__lte=LISTED)
        for table in few.order_by("count", "table").values_list("table", flat=True):
            model, pks = by_table[table], inserts.filter(table=table).values("row")
            if self.admin_site.is_registered(model):
                opts = model._meta
                rows = [
                    (reverse(admin_urlname(opts, "change"), args=[row.pk]), str(row))
                    for row in model._default_manager.filter(pk__in=pks)
                ]
                yield CreatedRows(capfirst(opts.verbose_name_plural), rows)

    def undo_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page that says what undoing a run takes, or what keeps it; and undoes it."""
        if not request.user.has_perm("imports.undo_importrun"):
            raise PermissionDenied
        run = get_object_or_404(ImportRun, pk=pk)
        obstacles = []
        if request.method == "POST":
            try:
                undo_run(run, request.user, timezone.now())
            except CannotUndo as error:
                obstacles = error.obstacles
            else:
                messages.success(request, f"{run} is undone.")
                return redirect("admin:imports_importrun_change", run.pk)
        undo = Undo(run)
        context = {
            "title": f"Undo {lower_first(str(run))}",
            "run": run,
            "error_result": "It cannot be undone:",
            "other_errors": list(map(FormError, obstacles or undo.obstacles())),
            "undo": undo,
        }
        response = self.page(request, "undo", context)
        response.status_code = 409 if obstacles else 200
        return response


class KindOfFile(NamedTuple):
    """A kind of import file, and whether what is stored can be had in its form."""

    kind: str
    title: str
    about: str
    is_downloaded: bool


def kinds_of_files() -> list[KindOfFile]:
    """All kinds, in the order in which they are imported."""
    downloaded = set(downloaded_kinds())
    return [
        KindOfFile(
            kind.kind,
            kind().title,
            (kind.__doc__ or "").partition("\n")[0],
            kind in downloaded,
        )
        for kind in kinds.in_order()
    ]


def sent_files(upload: Upload) -> list[SentFile]:
    """The files of an upload."""
    return [SentFile(file.name, bytes(file.data)) for file in upload.files.all()]


def options_of(upload: Upload) -> Options:
    """How the files of an upload are to be read."""
    given = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in upload.options.items()
    }
    return Options(**given)


def sent(data: bytes, file_format: str, name: str) -> HttpResponse:
    """A file to be saved."""
    response = HttpResponse(data, content_type=TYPES[file_format])
    safe = "".join(letter if letter.isalnum() or letter in "-_. " else "_" for letter in name)
    response["Content-Disposition"] = f'attachment; filename="{safe}"'
    return response

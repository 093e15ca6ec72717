"""Admin pages of audited rows: their history, and what happens when two people save one."""

from collections.abc import Callable, Collection
from copy import copy
from typing import Any

from django.apps import apps
from django.contrib import messages
from django.contrib.admin.options import InlineModelAdmin
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Model, Q
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst

from lib.forms import unsaved
from lib.visible import is_visible

from . import history
from .conflicts import (
    BUSY_DELETING,
    CHANGED,
    DELETED,
    RETRY_AFTER,
    Conflict,
    form_with_error,
    is_busy,
    parse_version,
    tell_write_conflicts,
)
from .context import change_reason
from .formsets import AuditedFormSet
from .models import Change, ChangeQuerySet

CHANGES_A_PAGE = 50
LONGEST_REASON = 1_000


def posted_reason(request: HttpRequest) -> str:
    """The reason that somebody gave for a change or deletion; empty where they gave none."""
    why = request.POST.get("why", "").strip()[:LONGEST_REASON]
    return why if is_visible(why) else ""


def without_links(rows: list[Any]) -> list[Any]:
    """Django's nested list of what would be deleted, without the links between rows."""
    models = apps.get_models(include_auto_created=True)
    names = [model._meta.verbose_name for model in models if model._meta.auto_created]
    links = tuple(f"{capfirst(name)}: " for name in names)
    rows = (without_links(row) if isinstance(row, list) else row for row in rows)
    return [row for row in rows if row and (isinstance(row, list) or not row.startswith(links))]


class AuditedAdmin:
    """An admin page of audited rows, or an inline of one.

    If somebody else changed the row since the page was opened, saving it shows their changes and
    keeps what was typed. Subclasses say in `history_reader` and `sees_deletions` who may read what.
    """

    formset = AuditedFormSet  # of a part
    address_fields = ("slug",)  # those that the address of its page is made of

    def history_reader(self, request: HttpRequest) -> history.Reader:
        """What this person may read of a history; nothing unless a subclass says so."""
        return history.Reader(set(), lambda model, rows: set(rows))

    def sees_deletions(self, request: HttpRequest) -> bool:
        """Whether this person may know of deleted rows."""
        return False

    # The form

    def get_form(
        self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm]:
        form = super().get_form(request, obj, change=change, **kwargs)
        if obj and hasattr(obj, "get_absolute_url"):
            for field in filter(None, map(form.base_fields.get, self.address_fields)):
                field.help_text = (
                    f"{field.help_text} If you change this, the page at {obj.get_absolute_url()} "
                    "moves. The old address will lead to the new one."
                ).strip()
        conflict = getattr(request, "conflict", None)
        if typed := getattr(request, "unsaved", None):
            form = unsaved.form_with_typed(form, typed)
        return form_with_error(form, conflict.sentence) if conflict else form

    def get_formset_kwargs(
        self, request: HttpRequest, obj: Model, inline: InlineModelAdmin, prefix: str
    ) -> dict[str, Any]:
        kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        conflict, kept = getattr(request, "conflict", None), getattr(request, "unsaved", None)
        if not conflict and not kept:
            return kwargs
        table, changes = inline.model._meta.db_table, conflict.changes if conflict else []
        deletions = [c for c in changes if (c.table, c.operation) == (table, "DELETE")]
        return {name: kwargs[name] for name in ("instance", "prefix", "queryset")} | {
            "typed": kept.data if kept else request.POST,
            "deleted": {change.row: change.before for change in deletions},
        }

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if hasattr(request, "conflict") or getattr(request, "unsaved", None):
            formsets = [inline.formset for inline in context["inline_admin_formsets"]]
            context |= {"lost": [part for formset in formsets for part in formset.lost]}
        # The summary of errors says what Django's line would.
        return super().render_change_form(request, context | {"errors": None}, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Model, form: ModelForm, change: bool) -> None:
        # Only the fields that were changed in the form: others may have changed meanwhile.
        fields = [field.name for field in self.opts.concrete_fields]
        changed = [name for name in fields if name in form.changed_data]
        obj.save(update_fields=changed if change else None)
        if change and hasattr(obj, "get_absolute_url") and set(changed) & set(self.address_fields):
            before = copy(obj)
            for name in set(changed) & set(self.address_fields):
                setattr(before, self.opts.get_field(name).attname, form.initial[name])
            messages.info(
                request,
                f"The page has moved from {before.get_absolute_url()} to "
                f"{obj.get_absolute_url()}. The old address leads to the new one.",
            )

    @tell_write_conflicts
    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        unsaved.restore(request)
        response = super().add_view(request, form_url, extra_context)
        return self.with_status(request, response)

    @tell_write_conflicts
    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        if row and request.method == "POST" and not is_busy(request):
            row = self.lock_with_wholes(row)
        if row is None:
            return self.deleted_meanwhile_view(request, object_id) or super().change_view(
                request, object_id, form_url, extra_context
            )
        changes = Change.objects.of_itself(self.opts.db_table, row.pk)
        # Read the version before the row: a change between the two is then reported, not missed.
        context = {"version": changes.version()}
        if (kept := unsaved.restore(request)) and "version" in kept.data:
            context = {"version": kept.data["version"]}
        if "version" in request.POST:
            unseen = changes.unseen(parse_version(request.POST["version"]))
            if unseen := list(self.changes_on_page(request, row, unseen)):
                request.conflict = Conflict(CHANGED, unseen)
                context |= {
                    "meanwhile": self.history_entries(request, unseen, row.pk),
                    # The page is headed by the saved name, not by the one that was typed.
                    "original": row,
                    "subtitle": str(row),
                    "errors": None,
                }
        context |= extra_context or {}
        response = super().change_view(request, object_id, form_url, context)
        return self.with_status(request, response)

    def with_status(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """The response, with status 409 where the request met a conflict, or 503 where a lock."""
        if is_busy(request):
            response.status_code, response["Retry-After"] = 503, RETRY_AFTER
        elif hasattr(request, "conflict"):
            response.status_code = 409
        return response

    def lock_with_wholes(self, row: Model) -> Model | None:
        """Lock the row, and the rows on whose pages it is an inline; None if it was deleted.

        If two people save it at once, here and there, the second then sees the first's change.
        """
        site, wholes = self.admin_site, []
        for field in self.opts.concrete_fields:
            model = field.is_relation and field.remote_field.model
            inlines = model and site.is_registered(model) and site.get_model_admin(model).inlines
            if any(inline.model is self.model for inline in inlines or ()):
                wholes.append((model, getattr(row, field.attname)))
        for model, pk in [*wholes, (self.model, row.pk)]:
            # No ordering, which may join other tables; and others may still refer to the row.
            rows = model._base_manager.select_for_update(no_key=True).order_by()
            locked = rows.filter(pk=pk).first()
        return locked

    def deleted_meanwhile_view(self, request: HttpRequest, object_id: str) -> HttpResponse | None:
        """The add page, filled with what was typed, if somebody has deleted the row since.

        None if nothing was typed, or if this person may not know of deletions or may not add rows.
        """
        if request.method != "POST" or not self.sees_deletions(request):
            return None
        pk = parse_version(unquote(object_id)).last
        deletions = Change.objects.of_itself(self.opts.db_table, pk).deletions()
        deletion = deletions.filter(table=self.opts.db_table).first()
        if deletion is None or not self.has_add_permission(request):
            return None
        request.conflict = Conflict(DELETED)
        add = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_add")
        meanwhile = self.history_entries(request, [deletion], pk)
        return self.add_view(request, add, {"meanwhile": meanwhile, "errors": None})

    def changes_on_page(
        self, request: HttpRequest, row: Model, changes: ChangeQuerySet
    ) -> ChangeQuerySet:
        """Those of these changes that the page shows: of its fields, its links and its inlines."""
        names = flatten_fieldsets(self.get_fieldsets(request, row))
        columns = [field.column for field in self.opts.concrete_fields if field.name in names]
        links = [field.m2m_db_table() for field in self.opts.many_to_many if field.name in names]
        parts = [inline.model._meta.db_table for inline in self.inlines]
        own = Q(table=self.opts.db_table, after__has_any_keys=columns)
        return changes.filter(Q(table__in=[*links, *parts]) | own)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        with change_reason(posted_reason(request)):
            return super().changeform_view(request, object_id, form_url, extra_context)

    @tell_write_conflicts
    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        with change_reason(posted_reason(request)):
            unsaved.restore(request)
            if is_busy(request):
                return self.ask_again(request, [], super().delete_view, object_id, extra_context)
            if request.method == "POST" and (row := self.get_object(request, unquote(object_id))):
                self.lock_with_wholes(row)
            return super().delete_view(request, object_id, extra_context)

    @tell_write_conflicts
    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if is_busy(request):
            chosen = set(request.POST) - {"post"}
            return self.ask_again(request, chosen, super().changelist_view, extra_context)
        return super().changelist_view(request, extra_context)

    def ask_again(
        self,
        request: HttpRequest,
        names: Collection[str],
        view: Callable[..., HttpResponse],
        *args: Any,
    ) -> HttpResponse:
        """The page that asks whether to delete, again, as somebody else holds a lock; the view
        sees only these fields, without which it would delete."""
        messages.error(request, BUSY_DELETING)
        sent = request.POST
        request.POST = QueryDict(mutable=True)
        for name in names:
            request.POST.setlist(name, sent.getlist(name))
        response = view(request, *args)
        request.POST = sent  # the page, drawn later, shows the reason that was given
        return self.with_status(request, response)

    def get_deleted_objects(self, objs: list[Model], request: HttpRequest) -> tuple[Any, ...]:
        """Django's, without lines for the links between rows, which have no name."""
        deleted, *others = super().get_deleted_objects(objs, request)
        return without_links(deleted), *others

    # The history

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The page of all changes of a row and its parts.

        Only those who may know of deletions see the history of a deleted row.
        """
        row = self.get_object(request, unquote(object_id))
        pk = row.pk if row else unquote(object_id)
        changes = Change.objects.of(self.opts.db_table, pk)
        sees_deletions = self.sees_deletions(request)
        if row is None and not (sees_deletions and changes.exists()):
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if row is not None and not self.has_view_permission(request, row):
            raise PermissionDenied
        page = Paginator(changes, CHANGES_A_PAGE).get_page(request.GET.get("p"))
        context = {
            "title": "History",
            "object": row,
            "opts": self.opts,
            "page": page,
            "entries": self.history_entries(request, list(page), int(pk)),
            "reads_all": self.history_reader(request).nameable is None,
        }
        context = self.admin_site.each_context(request) | context
        return TemplateResponse(request, "admin/object_history.html", context)

    def history_entries(
        self, request: HttpRequest, changes: list[Change], pk: int
    ) -> list[history.Entry]:
        """These changes as entries, with what this person may know of them."""
        return history.entries(changes, self.opts.db_table, pk, self.history_reader(request))

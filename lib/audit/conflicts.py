"""What becomes of a form whose row somebody else changed since it was opened: nothing is saved, and nothing that was typed is lost."""

import re
from collections import defaultdict

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.forms.formsets import ManagementForm

CHANGED = (
    "Nothing was saved: this was changed since you opened it, as told below. What you typed is still here. "
    "Take over what you keep of theirs: saving again puts what stands in this form in its place."
)
DELETED = "Nothing was saved: this was deleted since you opened it, as told below. What you typed is still here: saving adds it anew."

DEADLOCK = "40P01"  # PostgreSQL's SQLSTATE


def is_write_conflict(error):
    """Whether the database refused because of what another wrote at the same moment, as far as can be told."""
    return isinstance(error, IntegrityError) or getattr(error.__cause__, "pgcode", None) == DEADLOCK


def parse_version(text):
    """The number of the version, or of the last change, that the writer of a form had before them; nought where it cannot be read."""
    try:
        return int(text)
    except (TypeError, ValueError):
        return 0


def refusing(form, sentence):
    """A form that is never saved, whatever it says, and why."""

    class Overtaken(form):
        def clean(self):
            super().clean()
            raise ValidationError(sentence)

    return Overtaken


def retyping(formset, changes):
    """The forms of a row's parts as they can be sent again; those of parts that are gone, as `changes` tell, as forms of new ones.

    A part is gone too where somebody gave it to another row.
    """

    class Overtaken(formset):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.data = renumbered(self, gone(self.model, changes))

        def get_queryset(self):
            """The parts in the order in which they were sent: the admin takes each for that of the form in its place."""
            rows = {row.pk: row for row in super().get_queryset().all()}
            sent = (
                parse_version(self.data.get(f"{self.add_prefix(n)}-id"))
                for n in range(self.initial_form_count())
            )
            return [rows[pk] for pk in sent if pk in rows]

    return Overtaken


def gone(model, changes):
    """The rows of a model that were deleted, as they were, by their keys."""
    fields, deleted = (
        model._meta.concrete_fields,
        [c for c in changes if (c.table, c.operation) == (model._meta.db_table, "DELETE")],
    )
    return {
        c.row: model(
            **{f.attname: f.to_python(c.before[f.column]) for f in fields if f.column in c.before}
        )
        for c in deleted
    }


def renumbered(formset, gone):
    """What was sent of a row's parts: first those that there are, then those to be added, and among these what is gone but was typed in."""
    data, prefix, counts = (
        formset.data.copy(),
        formset.prefix,
        ManagementForm(formset.data, prefix=formset.prefix),
    )
    if not counts.is_valid():
        return data
    sent = defaultdict(dict)
    for name in formset.data:
        if found := re.fullmatch(rf"{re.escape(prefix)}-(\d{{1,4}})-(\w+)", name):
            sent[int(found[1])][found[2]] = data.pop(name)
    rows, there, new = set(formset.queryset.values_list("pk", flat=True)), [], []
    for n, part in sorted(sent.items()):
        pk = (
            parse_version(part.get("id", [""])[0])
            if n < counts.cleaned_data["INITIAL_FORMS"]
            else 0
        )
        was = gone.get(pk) or formset.model._base_manager.filter(pk=pk).first()
        if pk in rows:
            there.append(part)
        elif "DELETE" not in part and (
            was is None
            or formset.form(formset.data, prefix=formset.add_prefix(n), instance=was).has_changed()
        ):
            new.append(part | {"id": [""], formset.fk.name: [""]})
    for n, part in enumerate(there + new):
        for name, values in part.items():
            data.setlist(f"{formset.add_prefix(n)}-{name}", values)
    data[f"{prefix}-INITIAL_FORMS"], data[f"{prefix}-TOTAL_FORMS"] = len(there), len(there + new)
    return data

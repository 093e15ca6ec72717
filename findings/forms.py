"""What the staff of a body fill in about one action, or about several."""

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.utils import timezone

from forces.admin import LONGEST_REASON
from lib.audit.conflicts import parse_version

from .choices import ActionStatus, DueSetBy
from .files import ENDINGS, KINDS_IN_WORDS, clean_name, known, max_upload_bytes, size_in_words
from .models import Action, Confirmation, Evidence
from .workflow import Stale, allowed_statuses, rewrite_update, submit, write_update

LONGEST_TEXT = 20_000


class RowForm(forms.Form):
    """A form about one row: it knows which version its writer had before them, and takes up what the workflow refuses."""

    is_stale = False

    version = forms.IntegerField(widget=forms.HiddenInput)
    read_at = forms.DateTimeField(widget=forms.HiddenInput, required=False)

    def __init__(self, row, read_at, data=None, initial=None):
        self.row = row
        super().__init__(
            data,
            initial={"version": row.version, "read_at": read_at.isoformat()} | (initial or {}),
            label_suffix="",
        )

    def saved(self, save, *others):
        """What `save` gives back, once this form and the others are valid.

        None where nothing was sent or something was refused, which the form then says, or somebody else wrote meanwhile: it `is_stale`.
        """
        self.is_stale = self.is_bound and self.version_seen != self.row.version
        if self.is_stale:
            return None
        valid = [
            form.is_valid() for form in (self, *others)
        ]  # every one, so that every one says what is wrong
        if not all(valid):
            return None
        try:
            return save()
        except Stale:
            self.is_stale = True
        except ValidationError as error:
            self.refused(error)
        return None

    def refused(self, error):
        """Show what the workflow refused, each sentence beside its field where the form has it."""
        told = (
            error.message_dict
            if hasattr(error, "error_dict")
            else {NON_FIELD_ERRORS: error.messages}
        )
        for field, sentences in told.items():
            self.add_error(field if field in self.fields else None, sentences)

    @property
    def version_seen(self):
        """The version that the writer had before them."""
        return parse_version(self.data.get("version"))

    @property
    def read_at_seen(self):
        """When the writer opened it; None where that cannot be read."""
        try:
            return self.fields["read_at"].clean(self.data.get("read_at"))
        except forms.ValidationError:
            return None

    def retyped(self, row, read_at):
        """What was typed, over the row as it now is."""
        data = self.data.copy()
        data["version"], data["read_at"] = row.version, read_at.isoformat()
        return data

    def reread(self, row, read_at):
        """The same words over a row that somebody else changed meanwhile."""
        return type(self)(row, read_at, self.retyped(row, read_at))


class ProgressForm(RowForm):
    """What a body reports of one action: where it stands now, and what happened."""

    status = forms.ChoiceField(widget=forms.RadioSelect, label="Where it stands now")
    superseded_by = forms.ModelChoiceField(
        queryset=None,
        required=False,
        label="Superseded by",
        empty_label="Choose an action",
        help_text="The action of the same body that takes its place.",
    )
    note = forms.CharField(
        label="What happened",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"required": "Say what happened."},
        help_text="Once it is signed off, the public sees it with that day’s date. Name roles, never people.",
    )
    drop = forms.ModelMultipleChoiceField(
        queryset=None,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Evidence to take out of this draft",
    )

    def __init__(self, action, draft, read_at, data=None):
        """`draft` is the writer's own, or None for a new one."""
        told = (
            {"status": draft.status, "superseded_by": draft.superseded_by_id, "note": draft.note}
            if draft
            else {}
        )
        super().__init__(action, read_at, data, {"status": action.status} | told)
        self.action, self.draft = action, draft
        self.statuses = allowed_statuses(action.status)
        self.fields["status"].choices = [
            (status, f"{status.label}, as now" if status == action.status else status.label)
            for status in self.statuses
        ]
        self.fields["superseded_by"].queryset = (
            Action.objects.filter(plan__organisation=action.plan.organisation_id)
            .exclude(pk=action.pk)
            .exclude(status=ActionStatus.SUPERSEDED)
            .select_related("plan")
        )
        self.fields["drop"].queryset = draft.evidence.all() if draft else Evidence.objects.none()

    def clean(self):
        cleaned = super().clean()
        # Left over from a choice that was changed: only a superseded action has a successor.
        if cleaned.get("status") != ActionStatus.SUPERSEDED:
            cleaned["superseded_by"] = None
        return cleaned

    def reread(self, action, draft, read_at):
        """The same words over an action that has moved meanwhile, the typed status kept where it is still allowed."""
        data = self.retyped(action, read_at)
        if data.get("status") not in allowed_statuses(action.status):
            data["status"] = action.status
        return ProgressForm(action, draft, read_at, data)


class EvidenceFields(forms.ModelForm):
    """A piece of evidence: what it shows, and its address or its file."""

    url = forms.URLField(
        label="Address",
        max_length=500,
        required=False,
        assume_scheme="https",
        help_text="Of a page, or else give a file.",
    )
    file = forms.FileField(
        required=False,
        widget=forms.FileInput(attrs={"accept": ENDINGS.replace(" ", "")}),
        error_messages={"empty": "The file is empty."},
    )

    class Meta:
        model = Evidence
        fields = ["title", "url", "file", "shows", "dated_on", "review_on", "is_public"]
        labels = {
            "dated_on": "Its date",
            "review_on": "To be reviewed on (optional)",
            "is_public": "Show it to the public",
        }
        help_texts = {
            "is_public": "Once it is signed off. Restricted evidence is for staff alone.",
            "review_on": "Where somebody should ask whether it still holds.",
        }
        widgets = {
            "shows": forms.Textarea(attrs={"rows": 3}),
            **{
                name: forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
                for name in ("dated_on", "review_on")
            },
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields[
            "file"
        ].help_text = f"{KINDS_IN_WORDS}, at most {size_in_words(max_upload_bytes())}. Name roles in it, never people."

    def clean_file(self):
        """The file under the name that it is kept by, once all that is kept beside it is known."""
        file = self.cleaned_data["file"]
        if file:
            kept = known(file)
            file.name = kept.filename
            for name, value in kept._asdict().items():
                setattr(self.instance, name, value)
        return file


class EvidenceForm(EvidenceFields):
    """Evidence for what an update says: all of it, or none."""

    def __init__(self, data=None, files=None):
        super().__init__(
            data,
            files,
            prefix="evidence",
            label_suffix="",
            empty_permitted=True,
            use_required_attribute=False,
        )

    @property
    def chosen(self):
        """The name of the file that was chosen, which no browser chooses again by itself."""
        file = self.files.get("evidence-file")
        return file and clean_name(file.name)


class ActionEvidenceForm(EvidenceFields):
    """Evidence for an action as a whole."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["action"].required = True
        self.fields[
            "is_public"
        ].help_text = "At once, where the action is. Restricted evidence is for staff alone."


@transaction.atomic
def save_progress(form, evidence_form, by, at, for_sign_off):
    """Keep what both forms say as a draft, or hand it in for sign-off, all or nothing; raises what the workflow raises."""
    told = {
        name: form.cleaned_data[name] for name in ("status", "note", "version", "superseded_by")
    }
    write, row = (rewrite_update, form.draft) if form.draft else (write_update, form.action)
    update = write(row, by=by, at=at, **told)
    form.cleaned_data["drop"].delete()
    if evidence_form.has_changed():
        evidence_form.instance.update = update
        evidence_form.save()
    return submit(update, by, at) if for_sign_off else update


class SignOffForm(RowForm):
    """Why an update goes back to its writer, where it does."""

    comment = forms.CharField(
        label="Why it goes back",
        max_length=LONGEST_TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="For staff: the public never sees it. Not needed to publish.",
    )


class DueDateFields(forms.Form):
    """A due date, who set it, and why."""

    due_on = forms.DateField(
        label="Due",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Empty where no date holds any more.",
    )
    due_set_by = forms.ChoiceField(
        label="Set by", choices=DueSetBy.choices, initial=DueSetBy.ORGANISATION, required=False
    )
    reason = forms.CharField(
        label="Why",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Say why the date is set."},
        help_text="The public sees it beside a date that moved. Name roles, never people.",
    )

    def clean(self):
        cleaned = super().clean()
        if "due_on" in cleaned and not cleaned["due_on"]:
            cleaned["due_set_by"] = ""
        elif cleaned.get("due_set_by") == "":
            self.add_error("due_set_by", "Say who set the date.")
        return cleaned


class DueDateForm(DueDateFields, RowForm):
    """The due date of one action."""

    def __init__(self, action, read_at, data=None):
        super().__init__(
            action,
            read_at,
            data,
            {"due_on": action.due_on, "due_set_by": action.due_set_by or DueSetBy.ORGANISATION},
        )


class OwnDueDateFields(DueDateFields):
    """The same for a body's own staff, who speak for the body alone."""

    due_set_by = forms.ChoiceField(
        label="Set by",
        choices=[(DueSetBy.ORGANISATION, DueSetBy.ORGANISATION.label)],
        required=False,
        help_text="A date that the inspectorate set is entered by a data steward.",
    )


class OwnDueDateForm(OwnDueDateFields, DueDateForm):
    """The due date of one action, as its own body sets it."""


class OwnerFields(forms.Form):
    """Which role owns an action, and why."""

    owner_role = forms.CharField(
        label="Owner",
        max_length=200,
        required=False,
        help_text="A role, never a name. Empty where none owns it.",
    )
    reason = forms.CharField(
        label="Why",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Say why the owner is set."},
        help_text="For staff: the public never sees it. Name roles, never people.",
    )


class OwnerForm(OwnerFields, RowForm):
    """The owner of one action."""

    def __init__(self, action, read_at, data=None):
        super().__init__(action, read_at, data, {"owner_role": action.owner_role})


class ConfirmationForm(forms.ModelForm):
    """What the inspectorate now says of a finding, and why it is entered."""

    why = forms.CharField(
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why it is entered."},
        help_text="For staff: which letter or page brought it. It stands in the finding’s trace.",
    )

    class Meta:
        model = Confirmation
        fields = ["finding", "closure_status", "confirmed_on"]

    def clean_confirmed_on(self):
        """Not a day to come: nobody could take it back, and nothing entered until then would count."""
        confirmed_on = self.cleaned_data["confirmed_on"]
        if confirmed_on > timezone.localdate():
            raise ValidationError("This day is still to come.")
        return confirmed_on

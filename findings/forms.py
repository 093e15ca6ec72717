"""Forms for staff: about one action, about several, and about confirmations."""

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils import timezone

from lib.audit.admin import LONGEST_REASON
from lib.forms.files import HeldFileField, HeldFileInput

from .choices import ActionStatus, DueSetBy
from .files import (
    ENDINGS,
    KINDS_IN_WORDS,
    inspect_upload,
    max_upload_bytes,
    size_in_words,
)
from .models import Action, Confirmation, Evidence, Finding, Plan
from .workflow import allowed_statuses

LONGEST_TEXT = 20_000
LONGEST_KEY = 10  # digits


class CommandForm(forms.Form):
    """A form whose data go to a command of the workflow."""

    required_css_class = "required"

    def __init__(self, data=None, **kwargs):
        super().__init__(data, label_suffix="", **kwargs)

    def add_refusal(self, error):
        """Show why the workflow refused, each sentence beside its field if the form has that."""
        is_by_field = hasattr(error, "error_dict")
        by_field = error.message_dict if is_by_field else {NON_FIELD_ERRORS: error.messages}
        for field, sentences in by_field.items():
            self.add_error(field if field in self.fields else None, sentences)


class RepeatForm(CommandForm):
    """Why a finding repeats an earlier one; left empty, they are not linked."""

    reason = forms.CharField(
        max_length=LONGEST_REASON,
        required=False,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )

    def __init__(self, finding, earlier, data=None):
        super().__init__(data, prefix=f"{finding.pk}-{earlier.pk}")
        self.finding, self.earlier = finding, earlier
        self.fields["reason"].label = f"Why {finding.reference} repeats {earlier.reference}"

    @property
    def link(self):
        """The finding, the earlier one and the reason."""
        return self.finding, self.earlier, self.cleaned_data["reason"]


class FindingForm(forms.ModelForm):
    """The form of a finding; a new one takes the next reference where none is typed."""

    class Meta:
        model = Finding
        fields = ["reference"]  # the admin names the others

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        reference = self.fields.get("reference")
        if reference and not self.instance.pk:
            reference.required = False
            reference.help_text += f" {self.reference_help()}"

    def reference_help(self):
        """Which reference a new finding gets if none is typed, as far as that is known."""
        chosen = str(self["inspection"].value() or "") if "inspection" in self.fields else ""
        if chosen.isdecimal() and len(chosen) < LONGEST_KEY:
            proposed = Finding.objects.next_reference(int(chosen))
            return f"Leave it empty for the next free one of this inspection: {proposed}."
        said = "Leave it empty for the next free one of the inspection that you choose"
        last = Finding.objects.select_related("inspection").only("inspection").order_by("pk").last()
        if last is None:
            return f"{said}."
        proposed = Finding.objects.next_reference(last.inspection_id)
        return f"{said}, such as {proposed} of “{last.inspection}”. You see it once you have saved."

    def clean(self):
        cleaned = super().clean()
        inspection = cleaned.get("inspection")
        if inspection and cleaned.get("reference") == "" and not self.instance.pk:
            cleaned["reference"] = Finding.objects.next_reference(inspection.pk)
        return cleaned


class PlanCopyForm(forms.ModelForm):
    """The form for a copy of a plan: whose it is, its name, and whether due dates are kept."""

    required_css_class = "required"

    keeps_dates = forms.BooleanField(
        label="Copy the due dates too",
        required=False,
        help_text="Otherwise no action of the copy has a due date.",
    )

    class Meta:
        model = Plan
        fields = ["organisation", "name", "slug"]

    def __init__(self, *args, organisations, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["organisation"].queryset = organisations


class ProgressForm(CommandForm):
    """The form for a progress update: the status of the action, and what happened."""

    status = forms.ChoiceField(
        widget=forms.RadioSelect,
        label="Status now",
        help_text=(
            "How far the force or unit has got. “Pending sign-off”: it has done the work, and has "
            "yet to sign it off itself. That is not the approval of this update."
        ),
    )
    superseded_by = forms.ModelChoiceField(
        queryset=None,
        required=False,
        label="Superseded by",
        empty_label="Choose an action",
        help_text="Choose which action of the same force or unit replaces this one.",
    )
    note = forms.CharField(
        label="What happened",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"required": "Say what happened."},
        help_text="Published after approval, with the date of approval. Use roles, not names.",
    )
    drop = forms.ModelMultipleChoiceField(
        queryset=None,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Evidence to remove from this draft",
    )

    def __init__(self, action, draft, data=None, typed=None):
        """`draft` is the writer's own draft, or None; `typed` is shown in place of its contents."""
        self.statuses = allowed_statuses(action.status)
        initial = {"status": action.status}
        if draft:
            initial |= {name: getattr(draft, name) for name in ("status", "superseded_by", "note")}
        if typed:
            initial |= typed
        if initial["status"] not in self.statuses:
            initial["status"] = action.status
        super().__init__(data, initial=initial)
        self.fields["status"].choices = [
            (status, f"{status.label} (no change)" if status == action.status else status.label)
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
        # It may be left over from an earlier choice: only a superseded action has a successor.
        if cleaned.get("status") != ActionStatus.SUPERSEDED:
            cleaned["superseded_by"] = None
        return cleaned


class EvidenceFields(forms.ModelForm):
    """The fields of a piece of evidence: its address or its file, and what it shows."""

    required_css_class = "required"

    url = forms.URLField(
        label="Address",
        max_length=500,
        required=False,
        assume_scheme="https",
        help_text="The address of a web page. You can give a file instead.",
    )
    file = HeldFileField(
        required=False,
        widget=HeldFileInput(attrs={"accept": ENDINGS.replace(" ", "")}),
        error_messages={"empty": "The file is empty."},
    )

    class Meta:
        model = Evidence
        fields = ["title", "url", "file", "shows", "dated_on", "review_on", "is_public"]
        labels = {
            "dated_on": "Date of the evidence",
            "review_on": "Review date (optional)",
            "is_public": "Show this evidence to the public",
        }
        help_texts = {
            "is_public": "We publish it after approval. Otherwise it stays restricted to staff.",
            "review_on": "When someone should check that the evidence is still correct.",
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
        most = size_in_words(max_upload_bytes())
        help_text = f"{KINDS_IN_WORDS}, at most {most}. In the file, use roles, not names."
        self.fields["file"].help_text = help_text

    def clean_file(self):
        """The file with a safe name; its size, type and hash are set on the instance."""
        file = self.cleaned_data["file"]
        if file:
            inspected = inspect_upload(file)
            file.name = inspected.filename
            for name, value in inspected._asdict().items():
                setattr(self.instance, name, value)
        return file


class EvidenceForm(EvidenceFields):
    """The form for evidence of an update; it may be left empty."""

    def __init__(self, data=None, files=None, typed=None):
        super().__init__(
            data,
            files,
            initial=typed,
            prefix="evidence",
            label_suffix="",
            empty_permitted=True,
            use_required_attribute=False,
        )


class ActionEvidenceForm(EvidenceFields):
    """The form for evidence of an action as a whole."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["action"].required = True
        self.fields["is_public"].help_text = (
            "We publish it straight away if the action is public. Otherwise it stays restricted "
            "to staff."
        )


class ApprovalForm(CommandForm):
    """The form to approve an update, or to say why it goes back to its writer."""

    comment = forms.CharField(
        label="Reason for sending back",
        max_length=LONGEST_TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Only staff see this. You do not need it to publish.",
    )


class LeftBehindForm(CommandForm):
    """The form to take over, or to close, what somebody without a role any more left behind."""

    reason = forms.CharField(
        label="Why",
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why you are taking it over or closing it."},
        help_text="Only staff see this. Use roles, not names.",
    )


class DueDateForm(CommandForm):
    """The form for a due date, who set it and why, for one action or several."""

    due_on = forms.DateField(
        label="Due",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    due_set_by = forms.ChoiceField(
        label="Set by",
        choices=DueSetBy.choices,
        initial=DueSetBy.ORGANISATION,
        required=False,
    )
    reason = forms.CharField(
        label="Why",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Say why you are setting this due date."},
        help_text=(
            "Once approved, we publish this beside a date that has moved. Use roles, not names."
        ),
    )

    def __init__(self, data=None, *, speaks_for_inspectorate, has_date, **kwargs):
        """Without `speaks_for_inspectorate`, only the organisation can have set the date.

        `has_date` if there is a date now, which may be removed.
        """
        super().__init__(data, **kwargs)
        if has_date:
            self.fields["due_on"].help_text = "Leave empty to remove the date."
        if not speaks_for_inspectorate:
            field = self.fields["due_set_by"]
            field.choices = [(DueSetBy.ORGANISATION, DueSetBy.ORGANISATION.label)]
            field.help_text = "Only a data steward can enter a date set by the inspectorate."

    def clean(self):
        cleaned = super().clean()
        if "due_on" in cleaned and not cleaned["due_on"]:
            cleaned["due_set_by"] = ""
        elif cleaned.get("due_set_by") == "":
            self.add_error("due_set_by", "Say who set the date.")
        return cleaned


class OwnerForm(CommandForm):
    """The form for the role that owns an action or several, and why."""

    owner_role = forms.CharField(
        label="Owner",
        max_length=200,
        required=False,
        help_text="A role, not a name. Leave empty if nobody owns it.",
    )
    reason = forms.CharField(
        label="Why",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Say why you are setting this owner."},
        help_text="Only staff see this. Use roles, not names.",
    )


class ConfirmationForm(forms.ModelForm):
    """The form for what the inspectorate now says about a finding, and why it is entered."""

    why = forms.CharField(
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why you are entering this."},
        help_text=(
            "Say which letter or page tells us. We keep this in the finding’s history, which only "
            "staff see."
        ),
    )

    class Meta:
        model = Confirmation
        fields = ["finding", "closure_status", "confirmed_on"]

    def clean_confirmed_on(self):
        """The day, which must not be in the future: it would outrank confirmations until then."""
        confirmed_on = self.cleaned_data["confirmed_on"]
        if confirmed_on > timezone.localdate():
            raise ValidationError("This date is in the future.")
        return confirmed_on

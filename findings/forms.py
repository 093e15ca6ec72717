from django import forms
from django.db import transaction

from .choices import ActionStatus
from .models import Action, Evidence
from .workflow import allowed_statuses, submit, write_update

LONGEST_TEXT = 20_000


class ProgressForm(forms.Form):
    """What a body reports of one action: where it stands now, and what happened."""

    version = forms.IntegerField(widget=forms.HiddenInput)
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
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": "Say what happened."},
        help_text="The public sees it with today’s date. Name roles, never people.",
    )

    def __init__(self, action, data=None):
        super().__init__(data, initial={"version": action.version, "status": action.status}, label_suffix="")
        self.action = action
        self.statuses = allowed_statuses(action.status)
        self.fields["status"].choices = [
            (status, f"{status.label}, as now" if status == action.status else status.label) for status in self.statuses
        ]
        self.fields["superseded_by"].queryset = (
            Action.objects.filter(plan__organisation=action.plan.organisation_id)
            .exclude(pk=action.pk)
            .exclude(status=ActionStatus.SUPERSEDED)
            .select_related("plan")
        )

    def clean(self):
        cleaned = super().clean()
        # Left over from a choice that was changed: only a superseded action has a successor.
        if cleaned.get("status") != ActionStatus.SUPERSEDED:
            cleaned["superseded_by"] = None
        return cleaned

    @property
    def version_seen(self):
        """The version that the writer had before them; nought where it cannot be read."""
        try:
            return int(self.data.get("version", ""))
        except ValueError:
            return 0

    def reread(self, action):
        """The same words over an action that has moved meanwhile, the typed status kept where it is still allowed."""
        data = self.data.copy()
        data["version"] = action.version
        if data.get("status") not in allowed_statuses(action.status):
            data["status"] = action.status
        return ProgressForm(action, data)


class EvidenceForm(forms.ModelForm):
    """Evidence for what an update says: all of it, or none."""

    url = forms.URLField(label="Address", max_length=500, assume_scheme="https")

    class Meta:
        model = Evidence
        fields = ["title", "url", "shows", "dated_on", "is_public"]
        labels = {"dated_on": "Its date", "is_public": "Show it to the public"}
        help_texts = {"is_public": "Restricted evidence is for staff alone."}
        widgets = {
            "shows": forms.Textarea(attrs={"rows": 3}),
            "dated_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }

    def __init__(self, data=None):
        super().__init__(data, prefix="evidence", label_suffix="", empty_permitted=True, use_required_attribute=False)


@transaction.atomic
def save_progress(form, evidence_form, by, at):
    """Submit what both forms say for sign-off, all or nothing; raises what the workflow raises."""
    update = write_update(
        form.action,
        form.cleaned_data["status"],
        form.cleaned_data["note"],
        by,
        at,
        version=form.cleaned_data["version"],
        superseded_by=form.cleaned_data["superseded_by"],
    )
    if evidence_form is not None and evidence_form.has_changed():
        evidence_form.instance.update = update
        evidence_form.save()
    return submit(update, by, at)

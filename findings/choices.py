"""Kinds of finding, stances of responses, and statuses of actions, updates and findings."""

from django.db.models import TextChoices

from forces.choices import Slugged

# What every page says where there is no confirmation or the like, and where there is no response.
NONE_RECORDED = "none recorded"
NO_RESPONSE = "no response found"


class FindingKind(Slugged, TextChoices):
    """The kind of finding, in the inspectorate's terms; the last two are for what it describes."""

    CAUSE_OF_CONCERN = "cause_of_concern", "cause of concern"
    RECOMMENDATION = "recommendation", "recommendation"
    AFI = "afi", "area for improvement"
    INNOVATIVE_PRACTICE = "innovative_practice", "innovative practice"
    PROMISING_PRACTICE = "promising_practice", "promising practice"
    STRENGTH = "strength", "strength"
    WEAKNESS = "weakness", "weakness"


POSITIVE_KINDS = (
    FindingKind.STRENGTH,
    FindingKind.INNOVATIVE_PRACTICE,
    FindingKind.PROMISING_PRACTICE,
)
PRACTICE_KINDS = (FindingKind.INNOVATIVE_PRACTICE, FindingKind.PROMISING_PRACTICE)
NEGATIVE_KINDS = (
    FindingKind.CAUSE_OF_CONCERN,
    FindingKind.RECOMMENDATION,
    FindingKind.AFI,
    FindingKind.WEAKNESS,
)


class Stance(Slugged, TextChoices):
    """How an organisation responds; if it has not responded, there is no row."""

    ACCEPTED = "accepted", "accepted"
    ACCEPTED_IN_PART = "accepted_in_part", "accepted in part"
    DISPUTED = "disputed", "disputed"
    NO_STANCE = "no_stance", "takes no stand"

    def towards(self, thing: str, count: int = 1) -> str:
        """What they do with a report or a finding: "disputes the report"."""
        return VERBS[self][count != 1].format(thing)


VERBS = {
    Stance.ACCEPTED: ("accepts {}", "accept {}"),
    Stance.ACCEPTED_IN_PART: ("accepts {} in part", "accept {} in part"),
    Stance.DISPUTED: ("disputes {}", "dispute {}"),
    Stance.NO_STANCE: ("comments on {}", "comment on {}"),
}


class Respondent(TextChoices):
    """Who responds for a force or unit."""

    ORGANISATION = "organisation", "the force or unit"
    POLICING_BODY = "policing_body", "the local policing body"


class ActionStatus(Slugged, TextChoices):
    """How far an action has got, as the force says; the inspectorate does not confirm it."""

    ANNOUNCED = "announced", "announced"
    NOT_STARTED = "not_started", "not started"
    IN_PROGRESS = "in_progress", "in progress"
    EMBEDDING = "embedding", "delivered and embedding"
    PENDING_SIGN_OFF = "pending_sign_off", "pending sign-off"
    COMPLETE = "complete", "complete"
    NOT_PURSUED = "not_pursued", "not pursued"
    SUPERSEDED = "superseded", "superseded"


ENDED_STATUSES = (
    ActionStatus.COMPLETE,
    ActionStatus.NOT_PURSUED,
    ActionStatus.SUPERSEDED,
)


class ProposalState(TextChoices):
    """How far what somebody proposes about an action is on its way to the public."""

    DRAFT = "draft", "draft"
    SUBMITTED = "submitted", "awaiting approval"
    SENT_BACK = "sent_back", "sent back"
    PUBLISHED = "published", "published"
    CLOSED = "closed", "closed"


OPEN_STATES = (ProposalState.DRAFT, ProposalState.SENT_BACK)


class DueSetBy(TextChoices):
    """Who set an action's due date."""

    INSPECTORATE = "inspectorate", "the inspectorate"
    ORGANISATION = "organisation", "the force or unit itself"


class ClosureStatus(Slugged, TextChoices):
    """What the inspectorate has confirmed about a finding; never what the force says."""

    AWAITING_REVIEW = "awaiting_review", "awaiting review"
    BEING_PROGRESSED = "being_progressed", "being progressed"
    CLOSED = "closed", "closed"
    SUPERSEDED = "superseded", "superseded"


class FindingProgress(Slugged, TextChoices):
    """How far a finding has got: what forces say, and what the inspectorate has confirmed."""

    NO_ACTION = "no_action", "no action recorded"
    IN_PROGRESS = "in_progress", "in progress"
    NOT_PURSUED = "not_pursued", "force says not pursued"
    COMPLETE = "complete", "force says complete"
    CONFIRMED = "confirmed", "confirmed by the inspectorate"


class ChangeKind(Slugged, TextChoices):
    """What became public on a day: what inspectors and others published, and what forces report."""

    INSPECTION = "inspection", "inspection published"
    GRADING = "grading", "grade published"
    FINDING = "finding", "finding published"
    RESPONSE = "response", "response"
    COMMENTS = "comments", "local policing body’s comments"
    PROGRESS = "progress", "progress reported"
    DUE_DATE = "due_date", "due date moved"
    OWNER = "owner", "owner changed"
    CONFIRMATION = "confirmation", "inspectorate’s view of a finding"
    MONITORING = "monitoring", "between inspections"
    CORRECTION = "correction", "correction"
    ORGANISATION = "organisation", "force or unit began or ended"

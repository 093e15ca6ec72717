"""Plans, their actions, and drafts of progress."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet

from inspections.resources.inspections import INSPECTION, ORGANISATION
from inspections.resources.sources import CitingResource
from lib.imports import kinds
from lib.imports.problems import CellError
from lib.imports.reading import Reader
from lib.imports.records import Record
from lib.imports.resources import Column, SheetResource
from lib.imports.runs import Run
from lib.imports.widgets import ChoiceWidget, IntegerWidget, ManyWidget, RowWidget
from lib.lists.columns import column

from ..choices import OPEN_STATES, ActionStatus
from ..models import Action, ActionCitation, Plan, ProgressUpdate
from ..workflow import check_transition
from .downloads import ACTION_NAME
from .findings import FINDING

PLAN = RowWidget(Plan, "slug")
DATED = ("due_on", "due_set_by")


@kinds.register("plans", after=("inspections", "organisations"))
class PlanResource(SheetResource):
    """Improvement plans, and steps that were reported outside one."""

    key = ("plan",)
    not_in_data_sets = ("draft",)

    plan = Column("slug", help="Its short name in addresses.", example="wiltshire-plan")
    organisation = Column(widget=ORGANISATION, example="wiltshire")
    inspection = Column(widget=INSPECTION, example="soc-south-west-2025")
    name = Column(example="Wiltshire improvement plan")
    starts_on = Column()
    ends_on = Column()
    period_note = Column()
    note = Column()
    draft = Column("is_draft", example="no")

    class Meta:
        model = Plan


@kinds.register("actions", after=("plans", "findings"))
class ActionResource(CitingResource):
    """What forces and units say they will do."""

    key = ("plan", "number")
    within = "plan"
    citation_model, citation_fact = ActionCitation, "action"
    derived = (
        column("action", ACTION_NAME, "What names it: its plan and its number.", "code"),
        column("first_due_on", "first_due_on", "When it was first due.", "date"),
        column("due_moved_because", "due_moved_because", "Why the date moved."),
    )
    name_column = "action"

    plan = Column(widget=PLAN, example="wiltshire-plan")
    number = Column(example="1")
    findings = Column(
        widget=ManyWidget(FINDING),
        help="Those that the source links it to.",
        example="soc-south-west-2025/SW-1",
    )
    summary = Column(example="Train every officer of the unit.")
    status = Column(example="in_progress")
    owner_role = Column(example="head of crime")
    due_on = Column(example="2026-09-30")
    due_set_by = Column(example="organisation")

    class Meta:
        model = Action

    def complete(self, record: Record, reader: Reader) -> None:
        """The first due date is kept."""
        record.instance.keep_first_due_on()

    def check(self, record: Record, run: Run) -> Iterator[tuple[str, str, str]]:
        """What is stored has a workflow of its own for its status, its dates and its owner."""
        if record.original is not None and "status" in record.changed_fields:
            yield "status", "The status of an action changes only by a progress update.", ""
        if record.original is not None and record.changed_fields.intersection(DATED):
            yield "due_on", "A due date is moved on the page of the action, with the reason.", ""
        if record.original is not None and "owner_role" in record.changed_fields:
            yield (
                "owner_role",
                "An owner is changed on the page of the action, with the reason.",
                "",
            )


class ActionOfPlanWidget(IntegerWidget):
    """A cell that names an action of the row's plan by its number."""

    depends_on_row = True
    mend = "Write the number of an action of the same plan."

    def clean(
        self, value: object, row: dict[str, Any] | None = None, run: Run | None = None
    ) -> Action:
        number = super().clean(value, row, run)
        plan = (row or {}).get("plan")
        if not isinstance(plan, Plan):
            raise CellError("")  # what is wrong with the plan is said there
        key = "actions", plan.pk
        if key not in run.cache:
            stored = Action.objects.filter(plan=plan.pk).select_related("plan")
            new = [action for action in run.created(Action) if action.plan_id == plan.pk]
            run.cache[key] = {action.number: action for action in (*stored, *new)}
        if number not in run.cache[key]:
            raise CellError(f"The plan has no action {number}.", self.mend)
        return run.cache[key][number]

    def render(self, value: Any, obj: Model | None = None, **kwargs: Any) -> str:  # noqa: ANN401
        return "" if value is None else str(value.number)


@kinds.register("progress", after=("actions",))
class ProgressResource(SheetResource):
    """Drafts of progress updates, of the person who imports them; the workflow does the rest."""

    key = ("plan", "number")
    is_downloaded = False

    plan = Column(widget=PLAN, example="wiltshire-plan", required=True)
    number = Column("action", widget=ActionOfPlanWidget(), example="1")
    status = Column(widget=ChoiceWidget(ActionStatus), example="in_progress")
    superseded_by = Column(
        widget=ActionOfPlanWidget(), help="The number of the action that replaces it."
    )
    note = Column(example="All officers have been trained.")

    class Meta:
        model = ProgressUpdate

    def key_of(self, instance: ProgressUpdate) -> tuple[int, int]:
        return (instance.action.plan_id, instance.action_id)

    def stored_rows(self, rows: Iterable[dict[str, Any]], run: Run) -> QuerySet[ProgressUpdate]:
        """The person's own open drafts."""
        actions = [row["number"].pk for row in rows]
        drafts = self.get_queryset().filter(action__in=actions, state__in=OPEN_STATES, by=run.by)
        return drafts.select_related("action__plan")

    def new_instance(self, values: dict[str, Any], run: Run) -> ProgressUpdate:
        action = values["number"]
        return ProgressUpdate(action=action, by=run.by, at=run.at, moved_from=action.status)

    def check(self, record: Record, run: Run) -> Iterator[tuple[str, str, str]]:
        update = record.instance
        if run.by is None:
            yield "note", "Progress is somebody’s word.", "Say on whose account it is imported."
            return
        try:
            check_transition(update.action, update.status, update.superseded_by)
        except ValidationError as error:
            for name, sentences in error.message_dict.items():
                yield from ((name, sentence, "") for sentence in sentences)

"""Some findings or actions as pages count them: by the postings of their lists."""

from django.utils import timezone

from findings.filters import ActionFilter, FindingFilter


def listed(rows):
    """Those of these findings or actions that the public sees."""
    lists = {"Finding": FindingFilter, "Action": ActionFilter}
    selection = lists[rows.model.__name__].select(timezone.now())
    return selection.among(rows.order_by().values_list("pk", flat=True))

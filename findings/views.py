"""Pages of findings, themes, plans and actions."""

from forces.lists import TableList

from .filters import ActionFilter, FindingFilter
from .tables import ActionTable, FindingTable


class FindingList(TableList):
    """The findings browser: all findings by what they are about, whom they name, how they were answered and how they stand."""

    filter_class, table_class = FindingFilter, FindingTable
    template_name = "findings/finding_list.html"
    title, nouns = "Findings", ("finding", "findings")

    def get_table_rows(self, chosen):
        findings = chosen.narrow().for_display(self.at)
        return chosen.search.with_headline(findings) if chosen.search else findings


class ActionList(TableList):
    """All actions by what their bodies say of them, and by what is missing."""

    filter_class, table_class = ActionFilter, ActionTable
    template_name = "findings/action_list.html"
    title, nouns = "Actions", ("action", "actions")

    def get_table_rows(self, chosen):
        return chosen.narrow().for_display()

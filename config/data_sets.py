"""What the data sets of this site say of themselves."""

ABOUT = {
    "name": "inspection-findings",
    "title": "Inspection findings",
    "description": (
        "What inspections of regional policing found, how forces and units were graded, how they "
        "responded, and what they say they are doing. Facts come with their sources. Not an "
        "official publication of any inspectorate or force."
    ),
    # The lists of this site that show a table row by row.
    "lists": {
        "sources": "inspections:source_list",
        "gradings": "inspections:grading_list",
        "findings": "findings:finding_list",
        "actions": "findings:action_list",
    },
}

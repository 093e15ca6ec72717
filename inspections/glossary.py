"""The terms of inspections in our words; search also finds their abbreviations."""

from typing import NamedTuple

from django.utils.text import slugify


class Term(NamedTuple):
    """A term with its abbreviation, where people use one, and what it means."""

    name: str
    abbreviation: str
    meaning: str

    @property
    def slug(self):
        return slugify(self.abbreviation or self.name)


TERMS = (
    Term(
        "action",
        "",
        (
            "One thing that a force says it will do as part of its improvement plan. Its "
            "status here is always what the force says."
        ),
    ),
    Term(
        "area for improvement",
        "AFI",
        "Something that should be better, but is less serious than a cause of concern.",
    ),
    Term(
        "carried forward",
        "",
        "A judgment kept from an earlier inspection because the question was not looked at again.",
    ),
    Term(
        "cause of concern",
        "CoC",
        (
            "The most serious kind of finding: a serious or lasting failing. It always comes "
            "with recommendations."
        ),
    ),
    Term(
        "Clear, Hold, Build",
        "",
        (
            "A way of working in one neighbourhood: clear it of organised crime, hold it, and "
            "rebuild it with partners and residents."
        ),
    ),
    Term(
        "confirmation",
        "",
        (
            "The inspectorate’s view of how a finding stands, such as being progressed or closed. "
            "Completing its actions does not close it."
        ),
    ),
    Term(
        "fieldwork",
        "",
        (
            "The weeks in which inspectors visit a force and gather evidence, often many "
            "months before the report is published."
        ),
    ),
    Term(
        "Gloucestershire Rapid Improvement Plan",
        "GRIP",
        "The name of Gloucestershire Constabulary’s improvement plan.",
    ),
    Term(
        "graded judgment",
        "",
        (
            "The word, from inadequate to outstanding, that the inspectorate uses to sum up "
            "how well a force does on one question."
        ),
    ),
    Term(
        "His Majesty’s Inspectorate of Constabulary and Fire & Rescue Services",
        "HMICFRS",
        (
            "Inspects police forces in England and Wales, and fire and rescue services, "
            "independently; on these pages, the inspectorate."
        ),
    ),
    Term(
        "information technology",
        "IT",
        "Computers, systems and the links between them.",
    ),
    Term(
        "innovative practice",
        "",
        "Something new that an inspection found works and that others could take up.",
    ),
    Term(
        "lead responsible officer",
        "LRO",
        "The officer in charge of tackling one organised crime group or threat.",
    ),
    Term(
        "local policing body",
        "",
        (
            "Who holds a force to account: a police and crime commissioner, or a mayor in that "
            "role. It comments on each report."
        ),
    ),
    Term(
        "organised crime group",
        "OCG",
        "People who work together, over time, to commit serious crime for gain.",
    ),
    Term(
        "police and crime commissioner",
        "PCC",
        "The person elected to oversee a police force, in areas where no mayor does.",
    ),
    Term(
        "police effectiveness, efficiency and legitimacy inspection",
        "PEEL",
        (
            "The inspectorate’s regular programme of inspections of every police force in England "
            "and Wales."
        ),
    ),
    Term(
        "promising practice",
        "",
        "Something that looks as if it works, though it is too early to be sure.",
    ),
    Term(
        "recommendation",
        "",
        "What the inspectorate asks a force to do. It recommends; it cannot give orders.",
    ),
    Term(
        "regional organised crime unit",
        "ROCU",
        (
            "A unit that the forces of a region share, with specialists who tackle serious and "
            "organised crime across force boundaries."
        ),
    ),
    Term(
        "serious and organised crime",
        "SOC",
        (
            "Serious crime planned and carried out by people working together, such as drug "
            "trafficking, fraud and modern slavery."
        ),
    ),
    Term(
        "serious crime prevention order",
        "SCPO",
        "A court order that limits what a person may do, to keep them from serious crime.",
    ),
    Term(
        "slavery and trafficking risk order",
        "STRO",
        (
            "A court order on a person who has not been convicted, to protect others from slavery "
            "and trafficking offences."
        ),
    ),
    Term(
        "South West Regional Organised Crime Unit",
        "SWROCU",
        "The regional organised crime unit of the five forces of the South West.",
    ),
    Term(
        "strength, weakness",
        "",
        (
            "On these pages, what a source describes as done well or badly without giving it one "
            "of the formal kinds of finding."
        ),
    ),
    Term(
        "threat assessment",
        "",
        (
            "Weighing which criminals, crimes and places do most harm, so that resources go where "
            "they matter most."
        ),
    ),
)

"""Pages of inspections, programmes and sources, and pages that explain the site."""

from .about import About, Accessibility, Glossary, Grades, Privacy
from .gradings import GradingList, StrandDetail, StrandList
from .inspections import InspectionList
from .programmes import inspection_detail
from .sources import SourceDetail, SourceList

__all__ = [
    "About",
    "Accessibility",
    "Glossary",
    "Grades",
    "GradingList",
    "InspectionList",
    "Privacy",
    "SourceDetail",
    "SourceList",
    "StrandDetail",
    "StrandList",
    "inspection_detail",
]

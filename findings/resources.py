"""What import files say of themes, findings, responses, plans and actions."""

from lib.imports import kinds
from lib.imports.resources import Column, SheetResource
from lib.imports.widgets import RowWidget

from .models import Theme


@kinds.register("themes")
class ThemeResource(SheetResource):
    """Themes."""

    key = ("theme",)

    theme = Column("slug", help="Its short name in addresses.", example="safeguarding")
    name = Column(example="Safeguarding")
    definition = Column(example="How people at risk are kept safe.")
    replaced_by = Column(widget=RowWidget(Theme, "slug", "name"))

    class Meta:
        model = Theme

"""Who changed what, when and why: the audit trail, its history pages, and edit conflicts."""

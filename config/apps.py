from django.contrib.admin.apps import AdminConfig


class Staff(AdminConfig):
    """Django's admin with our own front page."""

    default_site = "config.staff.StaffSite"

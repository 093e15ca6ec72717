"""How Django's admin writes moments: by the 24-hour clock, as every page does."""

TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j M Y, H:i"

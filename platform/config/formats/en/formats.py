"""How Django writes moments on the admin's pages: with their zone, like our own texts."""

DATETIME_FORMAT = r"Y-m-d H:i \U\T\C"  # `TIME_ZONE` is UTC

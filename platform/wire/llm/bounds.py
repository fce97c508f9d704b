"""What is too much: to remember of one answer, or to parse where others wait for it."""

from wire.events import Unusable

MEASURED_AT_ONCE = 256 * 1024
"""Larger requests are measured when they are read: on a thread, where measuring holds up nobody."""
CALL_ID_LIMIT = 200
"""Characters of a caller's own id of its call; a longer one counts as none."""
MOST_CALLS = 128
MOST_CHOICES = 128
"""More in an answer is an attempt to fill the memory."""
LONGEST_ANSWER = 16 * 1024 * 1024
"""Bytes of a translated stream's text and calls: some formats repeat it all at the end."""
TOO_MANY_CALLS = Unusable(f"The endpoint's answer has over {MOST_CALLS} tool calls.")
TOO_MANY_CHOICES = Unusable(f"The endpoint's answer has over {MOST_CHOICES} choices.")
TOO_LONG = Unusable(f"The endpoint's answer is longer than {LONGEST_ANSWER // 2**20} MiB.")

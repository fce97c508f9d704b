"""How much an answer may have of what must be remembered until its end.

More is no answer but an attempt to fill the memory.
"""

from wire.events import Failure

MOST_CALLS = 128
MOST_CHOICES = 128
_BAD = "upstream_bad_response"
TOO_MANY_CALLS = Failure(f"The endpoint's answer has over {MOST_CALLS} tool calls.", _BAD)
TOO_MANY_CHOICES = Failure(f"The endpoint's answer has over {MOST_CHOICES} choices.", _BAD)

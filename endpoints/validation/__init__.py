"""The tests that an endpoint undergoes when it is saved."""

import threading

# Set when this process is told to end: runs under way are given back to be done by another.
stopping = threading.Event()

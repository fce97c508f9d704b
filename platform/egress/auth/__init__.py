"""Authentication types: how a stored credential becomes headers. One file each."""

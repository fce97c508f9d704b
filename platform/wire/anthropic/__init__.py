"""The shapes of Anthropic's Messages API, and of the servers that speak something like it."""

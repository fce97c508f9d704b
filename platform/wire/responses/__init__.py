"""The shapes of OpenAI's Responses API, and of the servers that speak something like it."""

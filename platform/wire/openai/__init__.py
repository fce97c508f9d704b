"""The shapes of OpenAI Chat Completions, and of the many servers that speak something like it."""

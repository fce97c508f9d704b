"""The shapes of Gemini's own API, `generateContent`, and of the servers that imitate it."""

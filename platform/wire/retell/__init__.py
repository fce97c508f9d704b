"""Retell's custom LLM WebSocket: turns are asked for and answered in JSON messages."""

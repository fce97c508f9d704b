"""What Vapi adds to OpenAI's requests and understands in answers."""

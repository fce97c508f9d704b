"""What is Azure OpenAI's own: where its URLs lead. Its bytes are OpenAI's."""

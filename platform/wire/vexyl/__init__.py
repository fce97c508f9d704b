"""VEXYL's custom LLM: a JSON object with an utterance in, one with a reply out."""

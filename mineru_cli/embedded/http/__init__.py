"""The engine as an OpenAI-compatible server."""

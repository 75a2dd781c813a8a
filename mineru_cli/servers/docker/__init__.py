"""The vLLM container: started with docker compose, watched until it is ready, stopped again."""

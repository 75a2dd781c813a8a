"""The vLLM container: started by docker compose, watched until it proves that it works, stopped again."""

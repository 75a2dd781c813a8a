"""HTTP to model servers: one request's bytes and reply, retries, breakers, several servers as one fleet."""

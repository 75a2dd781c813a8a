"""Model servers: containers, readiness, diagnosis of this machine."""

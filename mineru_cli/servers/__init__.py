"""Model servers: the embedded engine, containers, readiness."""

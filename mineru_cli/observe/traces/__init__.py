"""A run as OpenTelemetry spans: activation, the spans, and the exporter."""

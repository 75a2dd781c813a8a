"""A run as OpenTelemetry spans: when it is asked for, what there is, and the way out."""

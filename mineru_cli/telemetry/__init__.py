"""Numbers from outside: model servers, GPUs, exporters."""

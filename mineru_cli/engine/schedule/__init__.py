"""Who does what: the coordinator, its backlog and its table of workers."""

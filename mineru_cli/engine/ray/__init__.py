"""Workers on the nodes of a Ray cluster: one actor per worker, one core per actor."""

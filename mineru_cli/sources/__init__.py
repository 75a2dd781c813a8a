"""From INPUT to units of work: what to convert, under which key, which pages, in which windows."""

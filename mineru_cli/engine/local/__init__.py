"""Workers as processes of this machine, forked from one server."""

from __future__ import annotations

from pathlib import Path

import trustme


class Authority:
    """A certificate authority that nobody knows; ``ca`` is the file that makes it known."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._authority = trustme.CA()
        self.ca = folder / "ca.pem"
        self._authority.cert_pem.write_to_path(str(self.ca))

    def server(self, *names: str) -> str:
        """A PEM file with key and certificate of a server with these names or addresses."""
        path = self._folder / f"{names[0]}.pem"
        self._authority.issue_cert(*names).private_key_and_cert_chain_pem.write_to_path(str(path))
        return str(path)

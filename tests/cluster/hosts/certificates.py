# SPDX-License-Identifier: MIT
"""A private certificate authority and the certificate of the database servers."""

import pathlib

from hosts.namespaces import command
from hosts.server_process import clock_words, program

DAYS = 3650
START = "-86400"  # seconds from now; hosts whose clock is behind accept the certificates, too


class Authority:
    """Creates `ca.crt`, and one certificate for several addresses, in a folder."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.certificate = self.folder / "ca.crt"
        self.key = self.folder / "ca.key"
        self.openssl = [*clock_words(START), program("openssl", "openssl")]
        command(
            *(*self.openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-nodes", "-days", DAYS, "-subj", "/CN=convert cluster suite"),
            *("-keyout", self.key, "-out", self.certificate),
        )

    def issue(self, name, addresses):
        """Returns the paths of a certificate and its key."""
        key, request = self.folder / f"{name}.key", self.folder / f"{name}.csr"
        certificate, extensions = self.folder / f"{name}.crt", self.folder / f"{name}.ext"
        extensions.write_text("subjectAltName=" + ",".join(f"IP:{address}" for address in addresses) + "\n")
        command(
            *(*self.openssl, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-subj", f"/CN={name}", "-keyout", key, "-out", request),
        )
        command(
            *(*self.openssl, "x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key),
            *("-CAcreateserial", "-days", DAYS, "-extfile", extensions, "-out", certificate),
        )
        return certificate, key

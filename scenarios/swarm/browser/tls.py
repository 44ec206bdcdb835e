"""What TLS trusts, shows and offers."""

import ssl
from collections.abc import Sequence
from pathlib import Path

from cutover.base.errors import BadInput


def make_context(
    authority: str | Path | None, certificate: str | None, key: str | None, protocols: Sequence[str]
) -> ssl.SSLContext:
    """Return a context that trusts an authority (None: the system's), shows a certificate, and offers protocols.

    Raises BadInput when a file cannot be read or is not what it should be.
    """
    try:
        context = ssl.create_default_context(cafile=authority)
    except OSError as error:  # ssl.SSLError is one
        remedy = "name a PEM file with the authority's certificate"
        rule = f"cannot be trusted ({error})"
        raise BadInput.single("options", "--authority", str(authority), rule, remedy) from None
    if certificate is not None:
        try:
            context.load_cert_chain(certificate, key, password=_no_password)
        except OSError as error:
            remedy = "name PEM files of a certificate and its key, the key without a password"
            rule = f"cannot be used ({error})"
            raise BadInput.single("options", "--certificate", certificate, rule, remedy) from None
    context.set_alpn_protocols(list(protocols))
    return context


def _no_password() -> str:
    """Answer OpenSSL's question for a key's password, which it would otherwise ask on the terminal."""
    return ""

import ssl
import tempfile
from pathlib import Path
from typing import Any

import pytest
from azureml_offline.server import certificates
from cryptography import x509

HOSTS = ["management.azure.com", "login.microsoftonline.com"]


def shake_hands(server: ssl.SSLContext, authority: bytes, host: str) -> None:
    """Client and server in memory; raises what the client does not trust."""
    trusting = ssl.create_default_context(cadata=authority.decode())
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        trusting.wrap_bio(to_client, to_server, server_hostname=host),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    for _ in range(4):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    assert ends[0].version()


@pytest.mark.parametrize("host", HOSTS)
def test_who_trusts_the_authority_trusts_the_server_under_each_host(host: str) -> None:
    authority, server = certificates.make(HOSTS)
    shake_hands(server, authority, host)


def test_another_host_is_not_trusted() -> None:
    authority, server = certificates.make(HOSTS)
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        shake_hands(server, authority, "example.org")


def test_the_authority_of_another_start_is_not_trusted() -> None:
    (authority, _), (_, server) = certificates.make(HOSTS), certificates.make(HOSTS)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(server, authority, HOSTS[0])


def test_the_authority_signs_certificates_of_servers_alone_and_not_for_long() -> None:
    authority = x509.load_pem_x509_certificate(certificates.make(HOSTS)[0])
    assert authority.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 0
    assert (authority.not_valid_after_utc - authority.not_valid_before_utc).days <= 31


def test_no_key_stays_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    authority, _ = certificates.make(HOSTS)
    assert list(tmp_path.iterdir()) == []
    assert b"PRIVATE" not in authority


def test_the_server_s_key_is_its_owner_s_alone_for_the_moment_of_loading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes = []

    class Watched(ssl.SSLContext):
        def load_cert_chain(self, certfile: Any, *others: Any) -> None:
            modes.append((Path(certfile).stat().st_mode & 0o777, Path(certfile).parent.stat().st_mode & 0o777))
            super().load_cert_chain(certfile, *others)

    monkeypatch.setattr(ssl, "SSLContext", Watched)
    certificates.make(HOSTS)
    assert modes == [(0o600, 0o700)]

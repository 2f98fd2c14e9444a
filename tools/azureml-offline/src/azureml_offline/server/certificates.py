"""HTTPS under real host names: an authority for one start, whose key is gone once it has signed one certificate."""

import datetime
import ssl
import tempfile
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LIFETIME = datetime.timedelta(days=30)
PEM = serialization.Encoding.PEM
AUTHORITY = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of one offline workspace")])


def make(hosts: Sequence[str]) -> tuple[bytes, ssl.SSLContext]:
    """Return the authority's certificate (PEM) and a server's context with a certificate for the hosts.

    A client that trusts the authority trusts whoever has its key. So the key never leaves this function: nobody can
    sign a certificate for another host with it.
    """
    # Elliptic curves: their keys are made in a millisecond, where RSA takes a good part of a start.
    authority_key = ec.generate_private_key(ec.SECP256R1())
    server_key = ec.generate_private_key(ec.SECP256R1())
    authority = _authority(authority_key)
    server = _server(hosts, server_key.public_key(), authority_key)
    return authority.public_bytes(PEM), _context(server.public_bytes(PEM), server_key)


def _builder(subject: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(AUTHORITY).public_key(key)
    builder = builder.serial_number(x509.random_serial_number())
    # A day back, for clients whose clock is behind.
    return builder.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + LIFETIME)


def _authority(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    # OpenSSL, since Python 3.13 in its strict mode, refuses an authority without the extensions below.
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    builder = _builder(AUTHORITY, key.public_key())
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(usage, critical=True)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return builder.add_extension(identifier, critical=False).sign(key, hashes.SHA256())


def _server(
    hosts: Sequence[str], key: ec.EllipticCurvePublicKey, authority: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    builder = _builder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Offline workspace")]), key)
    names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key())
    builder = builder.add_extension(names, critical=False).add_extension(issuer, critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    return builder.sign(authority, hashes.SHA256())


def _context(certificate: bytes, key: ec.EllipticCurvePrivateKey) -> ssl.SSLContext:
    """Load the certificate. OpenSSL reads keys from files only: this one exists for a moment, in a private folder."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "server.pem")
        file.touch(mode=0o600)
        private = key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        file.write_bytes(private + certificate)
        context.load_cert_chain(file)
    return context

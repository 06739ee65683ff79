"""Issues the certificates that tests need."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

LOCALHOST = x509.SubjectAlternativeName([x509.DNSName("localhost")])


@dataclass
class Authority:
    """Somebody with a key, who issues certificates, to others and to itself."""

    name: x509.Name
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def called(cls, name: str) -> Self:
        """Returns one with a new key."""
        attribute = x509.NameAttribute(x509.NameOID.COMMON_NAME, name)
        return cls(x509.Name([attribute]), ec.generate_private_key(ec.SECP256R1()))

    def private_key(self) -> bytes:
        """Returns the key, as a file holds it."""
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    def issue(self, holder: "Authority", *extensions: x509.ExtensionType) -> bytes:
        """Returns a certificate that says who has the key of `holder`."""
        now = datetime.now(UTC)
        # From Python 3.13 on, a client insists on what RFC 5280 demands: whose keys
        # these are, and that an authority's may sign.
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(
            self.key.public_key()
        )
        owner = x509.SubjectKeyIdentifier.from_public_key(holder.key.public_key())
        certificate = (
            x509.CertificateBuilder()
            .subject_name(holder.name)
            .issuer_name(self.name)
            .public_key(holder.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(hours=1))
            .add_extension(issuer, critical=False)
            .add_extension(owner, critical=False)
        )
        for extension in extensions:
            certificate = certificate.add_extension(extension, critical=True)
        signed = certificate.sign(self.key, hashes.SHA256())
        return signed.public_bytes(serialization.Encoding.PEM)

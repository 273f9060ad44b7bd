//! The structures of other standards that SET stands on, as tables for the walk: CMS (RFC 5652,
//! 5083), PKCS #7 as SET 1.0 wrote it, and X.509 (RFC 5280).

use counterfoil_message::codec::{Field, Presence, Shape, TagMode, TypeInfo};

/// A type by name, and its table if it has one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Type {
    pub(super) name: &'static str,
    pub(super) info: Option<&'static TypeInfo>,
    /// Is it a SEQUENCE OF or SET OF that type?
    pub(super) list: bool,
}

impl Type {
    /// A type that [`super::value`] or [`super::container`] reads by its name.
    pub(super) const fn named(name: &'static str) -> Self {
        Self { name, info: None, list: false }
    }

    /// A type with a table.
    pub(super) const fn of(info: &'static TypeInfo) -> Self {
        Self { name: info.name, info: Some(info), list: false }
    }

    /// The type of a field.
    pub(super) const fn of_field(field: &Field) -> Self {
        Self { name: field.type_name, info: field.info, list: field.list }
    }

    /// The type of one element of the list.
    pub(super) const fn element(self) -> Self {
        Self { list: false, ..self }
    }
}

const fn field(name: &'static str, of: Type) -> Field {
    Field {
        name,
        doc: "",
        type_name: of.name,
        list: of.list,
        tag: None,
        presence: Presence::Required,
        info: of.info,
    }
}

const fn optional(field: Field) -> Field {
    Field { presence: Presence::Optional, ..field }
}

const fn tagged(number: u32, mode: TagMode, field: Field) -> Field {
    Field { tag: Some((number, mode)), ..field }
}

const fn implicit(number: u32, field: Field) -> Field {
    tagged(number, TagMode::Implicit, field)
}

const fn explicit(number: u32, field: Field) -> Field {
    tagged(number, TagMode::Explicit, field)
}

const fn list(of: Type) -> Type {
    Type { list: true, ..of }
}

const fn sequence(name: &'static str, fields: &'static [Field]) -> TypeInfo {
    TypeInfo { name, doc: "", shape: Shape::Sequence(fields) }
}

const fn choice(name: &'static str, alternatives: &'static [Field]) -> TypeInfo {
    TypeInfo { name, doc: "", shape: Shape::Choice(alternatives) }
}

const INTEGER: Type = Type::named("INTEGER");
const OCTETS: Type = Type::named("OCTET STRING");
const BITS: Type = Type::named("BIT STRING");
const OID: Type = Type::named("OBJECT IDENTIFIER");
const ANY: Type = Type::named("ANY");
const NAME: Type = Type::named("Name");
const TIME: Type = Type::named("Time");
const BOOLEAN: Type = Type::named("BOOLEAN");

static ALGORITHM: TypeInfo =
    sequence("AlgorithmIdentifier", &[field("algorithm", OID), optional(field("parameters", ANY))]);
const ALGORITHM_TYPE: Type = Type::of(&ALGORITHM);

/// RFC 5652 section 5.3, Attribute.
static ATTRIBUTE: TypeInfo =
    sequence("Attribute", &[field("attrType", OID), field("attrValues", list(ANY))]);
const ATTRIBUTES: Type = list(Type::of(&ATTRIBUTE));

static ISSUER_AND_SERIAL: TypeInfo =
    sequence("IssuerAndSerialNumber", &[field("issuer", NAME), field("serialNumber", INTEGER)]);

static SIGNER_ID: TypeInfo = choice(
    "SignerIdentifier",
    &[
        field("issuerAndSerialNumber", Type::of(&ISSUER_AND_SERIAL)),
        implicit(0, field("subjectKeyIdentifier", OCTETS)),
    ],
);

static SIGNER_INFO: TypeInfo = sequence(
    "SignerInfo",
    &[
        field("version", INTEGER),
        field("sid", Type::of(&SIGNER_ID)),
        field("digestAlgorithm", ALGORITHM_TYPE),
        optional(implicit(0, field("signedAttrs", ATTRIBUTES))),
        field("signatureAlgorithm", ALGORITHM_TYPE),
        field("signature", OCTETS),
        optional(implicit(1, field("unsignedAttrs", ATTRIBUTES))),
    ],
);

/// RFC 5652 section 5.1. In SET 1.0 some of the sets are sequences; a list takes both.
pub(super) static SIGNED_DATA: TypeInfo = sequence(
    "SignedData",
    &[
        field("version", INTEGER),
        field("digestAlgorithms", list(ALGORITHM_TYPE)),
        field("encapContentInfo", Type::named("EncapsulatedContentInfo")),
        optional(implicit(0, field("certificates", list(Type::of(&CERTIFICATE))))),
        optional(implicit(1, field("crls", list(Type::of(&CERTIFICATE_LIST))))),
        optional(implicit(2, field("certificates", list(Type::of(&CERTIFICATE))))),
        optional(implicit(3, field("crls", list(Type::of(&CERTIFICATE_LIST))))),
        field("signerInfos", list(Type::of(&SIGNER_INFO))),
    ],
);

static KEY_TRANSPORT: TypeInfo = sequence(
    "KeyTransRecipientInfo",
    &[
        field("version", INTEGER),
        field("rid", Type::of(&SIGNER_ID)),
        field("keyEncryptionAlgorithm", ALGORITHM_TYPE),
        field("encryptedKey", OCTETS),
    ],
);

static ORIGINATOR_KEY: TypeInfo = sequence(
    "OriginatorPublicKey",
    &[field("algorithm", ALGORITHM_TYPE), field("publicKey", BITS)],
);

static ORIGINATOR: TypeInfo = choice(
    "OriginatorIdentifierOrKey",
    &[
        field("issuerAndSerialNumber", Type::of(&ISSUER_AND_SERIAL)),
        implicit(0, field("subjectKeyIdentifier", OCTETS)),
        implicit(1, field("originatorKey", Type::of(&ORIGINATOR_KEY))),
    ],
);

static RECIPIENT_ENCRYPTED_KEY: TypeInfo = sequence(
    "RecipientEncryptedKey",
    &[field("rid", Type::of(&ISSUER_AND_SERIAL)), field("encryptedKey", OCTETS)],
);

static KEY_AGREEMENT: TypeInfo = sequence(
    "KeyAgreeRecipientInfo",
    &[
        field("version", INTEGER),
        explicit(0, field("originator", Type::of(&ORIGINATOR))),
        optional(explicit(1, field("ukm", OCTETS))),
        field("keyEncryptionAlgorithm", ALGORITHM_TYPE),
        field("recipientEncryptedKeys", list(Type::of(&RECIPIENT_ENCRYPTED_KEY))),
    ],
);

static KEK_ID: TypeInfo = sequence("KEKIdentifier", &[field("keyIdentifier", OCTETS)]);

static SHARED_KEY: TypeInfo = sequence(
    "KEKRecipientInfo",
    &[
        field("version", INTEGER),
        field("kekid", Type::of(&KEK_ID)),
        field("keyEncryptionAlgorithm", ALGORITHM_TYPE),
        field("encryptedKey", OCTETS),
    ],
);

static RECIPIENT: TypeInfo = choice(
    "RecipientInfo",
    &[
        field("ktri", Type::of(&KEY_TRANSPORT)),
        implicit(1, field("kari", Type::of(&KEY_AGREEMENT))),
        implicit(2, field("kekri", Type::of(&SHARED_KEY))),
    ],
);

/// The encrypted content; how large it is is what can be said of it.
static ENCRYPTED_CONTENT: TypeInfo = sequence(
    "EncryptedContentInfo",
    &[
        field("contentType", OID),
        field("contentEncryptionAlgorithm", ALGORITHM_TYPE),
        optional(implicit(0, field("encryptedContent", Type::named("Ciphertext")))),
    ],
);

/// RFC 5083 section 2.1.
pub(super) static AUTH_ENVELOPED_DATA: TypeInfo = sequence(
    "AuthEnvelopedData",
    &[
        field("version", INTEGER),
        optional(implicit(0, field("originatorInfo", ANY))),
        field("recipientInfos", list(Type::of(&RECIPIENT))),
        field("authEncryptedContentInfo", Type::of(&ENCRYPTED_CONTENT)),
        optional(implicit(1, field("authAttrs", ATTRIBUTES))),
        field("mac", OCTETS),
        optional(implicit(2, field("unauthAttrs", ATTRIBUTES))),
    ],
);

/// PKCS #7 section 10.1, as SET 1.0 seals.
pub(super) static ENVELOPED_DATA: TypeInfo = sequence(
    "EnvelopedData",
    &[
        field("version", INTEGER),
        optional(implicit(0, field("originatorInfo", ANY))),
        field("recipientInfos", list(Type::of(&RECIPIENT))),
        field("encryptedContentInfo", Type::of(&ENCRYPTED_CONTENT)),
        optional(implicit(1, field("unprotectedAttrs", ATTRIBUTES))),
    ],
);

/// PKCS #7 section 12: a DetachedDigest of SET 1.0.
pub(super) static DIGESTED_DATA: TypeInfo = sequence(
    "DigestedData",
    &[
        field("version", INTEGER),
        field("digestAlgorithm", ALGORITHM_TYPE),
        field("contentInfo", Type::named("EncapsulatedContentInfo")),
        field("digest", OCTETS),
    ],
);

/// PKCS #7 section 13: what SET 1.0 seals under a key that both have.
pub(super) static ENCRYPTED_DATA: TypeInfo = sequence(
    "EncryptedData",
    &[field("version", INTEGER), field("encryptedContentInfo", Type::of(&ENCRYPTED_CONTENT))],
);

static CRL_IDENTIFIER: TypeInfo =
    sequence("CRLIdentifier", &[field("issuerName", NAME), field("crlNumber", INTEGER)]);

/// The brand's list of current CRLs (docs/wire-format.md, BrandCRLIdentifier).
pub(super) static BRAND_CRL_IDENTIFIER: TypeInfo = sequence(
    "UnsignedBrandCRLIdentifier",
    &[
        field("version", INTEGER),
        field("sequenceNum", INTEGER),
        field("brandID", Type::named("STRING")),
        field("notBefore", Type::named("Date")),
        field("notAfter", Type::named("Date")),
        optional(implicit(0, field("crlIdentifierSeq", list(Type::of(&CRL_IDENTIFIER))))),
        optional(implicit(1, field("bCRLExtensions", EXTENSIONS))),
    ],
);

static VALIDITY: TypeInfo =
    sequence("Validity", &[field("notBefore", TIME), field("notAfter", TIME)]);

/// RFC 5280 section 4.1.2.7.
pub(super) static PUBLIC_KEY: TypeInfo = sequence(
    "SubjectPublicKeyInfo",
    &[field("algorithm", ALGORITHM_TYPE), field("subjectPublicKey", BITS)],
);

static EXTENSION: TypeInfo = sequence(
    "Extension",
    &[
        field("extnID", OID),
        Field { presence: Presence::Default("false"), ..field("critical", BOOLEAN) },
        field("extnValue", OCTETS),
    ],
);
const EXTENSIONS: Type = list(Type::of(&EXTENSION));

static TBS_CERTIFICATE: TypeInfo = sequence(
    "TBSCertificate",
    &[
        optional(explicit(0, field("version", INTEGER))),
        field("serialNumber", INTEGER),
        field("signature", ALGORITHM_TYPE),
        field("issuer", NAME),
        field("validity", Type::of(&VALIDITY)),
        field("subject", NAME),
        field("subjectPublicKeyInfo", Type::of(&PUBLIC_KEY)),
        optional(implicit(1, field("issuerUniqueID", BITS))),
        optional(implicit(2, field("subjectUniqueID", BITS))),
        optional(explicit(3, field("extensions", EXTENSIONS))),
    ],
);

/// RFC 5280 section 4.1.
pub(super) static CERTIFICATE: TypeInfo = sequence(
    "Certificate",
    &[
        field("tbsCertificate", Type::of(&TBS_CERTIFICATE)),
        field("signatureAlgorithm", ALGORITHM_TYPE),
        field("signatureValue", BITS),
    ],
);

static REVOKED: TypeInfo = sequence(
    "RevokedCertificate",
    &[
        field("userCertificate", INTEGER),
        field("revocationDate", TIME),
        optional(field("crlEntryExtensions", EXTENSIONS)),
    ],
);

static TBS_CERT_LIST: TypeInfo = sequence(
    "TBSCertList",
    &[
        optional(field("version", INTEGER)),
        field("signature", ALGORITHM_TYPE),
        field("issuer", NAME),
        field("thisUpdate", TIME),
        optional(field("nextUpdate", TIME)),
        optional(field("revokedCertificates", list(Type::of(&REVOKED)))),
        optional(explicit(0, field("crlExtensions", EXTENSIONS))),
    ],
);

/// RFC 5280 section 5.1.
pub(super) static CERTIFICATE_LIST: TypeInfo = sequence(
    "CertificateList",
    &[
        field("tbsCertList", Type::of(&TBS_CERT_LIST)),
        field("signatureAlgorithm", ALGORITHM_TYPE),
        field("signatureValue", BITS),
    ],
);

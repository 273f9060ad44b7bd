//! Every limit of this crate, by name, unit last.

/// Longest DER of one certificate that is read. A SET certificate has about 1,000 octets.
pub const CERTIFICATE_BYTES_MAX: usize = 16 * 1024;

/// Longest DER of one CRL that is read: room for about 50,000 entries.
pub const CRL_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Longest DER of one OCSP response that is read.
pub const OCSP_BYTES_MAX: usize = 256 * 1024;

/// Most certificates of which one OCSP response may speak.
pub const OCSP_SINGLES_MAX: usize = 256;

/// Most certificates that may come along with one OCSP response.
pub const OCSP_CERTIFICATES_MAX: usize = 16;

/// Longest DER of one BrandCRLIdentifier that is read.
pub const BCI_BYTES_MAX: usize = 64 * 1024;

/// Most CRLs that one BrandCRLIdentifier may name.
pub const BCI_CRLS_MAX: usize = 256;

/// Most extensions of one certificate or CRL.
pub const EXTENSIONS_MAX: usize = 64;

/// Most certificates in one PEM text.
pub const PEM_CERTIFICATES_MAX: usize = 1024;

/// Most relative distinguished names of one name, and most attributes of one of them.
pub const NAME_PARTS_MAX: usize = 64;

/// Most general names of one extension.
pub const GENERAL_NAMES_MAX: usize = 1024;

/// Most policies, mappings or distribution points of one certificate.
pub const POLICIES_MAX: usize = 128;

/// Longest serial number, in octets. RFC 5280 4.1.2.2 says 20; one more is met in practice.
pub const SERIAL_BYTES_MAX: usize = 21;

/// Most certificates of one path, the trust anchor not counted.
pub const PATH_CERTIFICATES_MAX: usize = 8;

/// Most certificates that are looked at while one path is built.
pub const PATH_POOL_MAX: usize = 256;

/// Most candidate steps (edges) that are tried while one path is built.
pub const PATH_STEPS_MAX: usize = 512;

/// Most complete paths that are validated before a build is given up.
pub const PATH_ATTEMPTS_MAX: usize = 16;

/// Most signatures that are verified for one validation, CRLs included.
pub const PATH_SIGNATURES_MAX: usize = 128;

/// How many times more of each a search through a person's files may spend.
pub const SEARCH_FACTOR: usize = 16;

/// Most nodes of the policy graph (RFC 9618) of one path.
pub const POLICY_NODES_MAX: usize = 1024;

/// Most name constraint comparisons of one path.
pub const NAME_COMPARISONS_MAX: usize = 250_000;

/// Most pairs of a distribution point and a CRL of its issuer that are looked at for one
/// validation.
pub const REVOCATION_PAIRS_MAX: usize = 2048;

/// How long a CRL or OCSP response that does not name its end counts.
pub const UNDATED_AGE_MAX: jiff::SignedDuration = jiff::SignedDuration::from_hours(7 * 24);

/// Most names of one distribution point.
pub const POINT_NAMES_MAX: usize = 64;

/// Depth of nested validations: the path of a CRL signer, and of its CRLs' signers.
pub const REVOCATION_DEPTH_MAX: usize = 3;

/// Most CRLs that one `Trust` keeps.
pub const TRUST_CRLS_MAX: usize = 512;

/// Most CA certificates that one `Trust` keeps to complete paths with.
pub const TRUST_CAS_MAX: usize = 128;

/// Most signatures on CA certificates and CRLs that one `Trust` remembers as good.
pub const TRUST_SIGNATURES_MAX: usize = 4096;

/// Most verified certificates that one `Trust` remembers.
pub const TRUST_CACHE_ENTRIES_MAX: usize = 16_384;

/// Most root certificates of one `Trust`.
pub const TRUST_ROOTS_MAX: usize = 64;

/// Most brands whose BCI one `Trust` keeps.
pub const TRUST_BRANDS_MAX: usize = 64;

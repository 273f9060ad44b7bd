//! `any`: a path valid after RFC 5280, whatever the certificate is for.

use super::Purpose;

/// RFC 5280 and nothing else. Weak RSA keys count here, and are told.
pub(super) static ANY: Purpose = Purpose {
    name: "any",
    title: "RFC 5280 section 6, for whatever purpose",
    settings: |_| {},
    weak: true,
};

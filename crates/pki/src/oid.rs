//! Object identifiers of certificates and CRLs, by the names of their specifications.

pub use counterfoil_crypto::oid::Oid;

macro_rules! oids {
    ($($name:ident = $dotted:literal;)*) => {
        $(pub(crate) const $name: Oid =
            Oid::from_const(const_oid::ObjectIdentifier::new_unwrap($dotted));)*
    };
}

oids! {
    AT_COMMON_NAME = "2.5.4.3";
    AT_SURNAME = "2.5.4.4";
    AT_SERIAL_NUMBER = "2.5.4.5";
    AT_COUNTRY = "2.5.4.6";
    AT_LOCALITY = "2.5.4.7";
    AT_STATE = "2.5.4.8";
    AT_STREET = "2.5.4.9";
    AT_ORGANIZATION = "2.5.4.10";
    AT_ORGANIZATIONAL_UNIT = "2.5.4.11";
    AT_DOMAIN_COMPONENT = "0.9.2342.19200300.100.1.25";
    AT_USER_ID = "0.9.2342.19200300.100.1.1";
    AT_EMAIL = "1.2.840.113549.1.9.1";

    // RFC 5280 4.2.1: certificate extensions
    SUBJECT_KEY_ID = "2.5.29.14";
    KEY_USAGE = "2.5.29.15";
    PRIVATE_KEY_USAGE_PERIOD = "2.5.29.16";
    SUBJECT_DIRECTORY_ATTRIBUTES = "2.5.29.9";
    SUBJECT_ALT_NAME = "2.5.29.17";
    ISSUER_ALT_NAME = "2.5.29.18";
    BASIC_CONSTRAINTS = "2.5.29.19";
    NAME_CONSTRAINTS = "2.5.29.30";
    CRL_DISTRIBUTION_POINTS = "2.5.29.31";
    CERTIFICATE_POLICIES = "2.5.29.32";
    ANY_POLICY = "2.5.29.32.0";
    POLICY_MAPPINGS = "2.5.29.33";
    AUTHORITY_KEY_ID = "2.5.29.35";
    POLICY_CONSTRAINTS = "2.5.29.36";
    EXTENDED_KEY_USAGE = "2.5.29.37";
    ANY_EXTENDED_KEY_USAGE = "2.5.29.37.0";
    FRESHEST_CRL = "2.5.29.46";
    INHIBIT_ANY_POLICY = "2.5.29.54";

    // RFC 5280 5.2 and 5.3: extensions of CRLs and their entries
    CRL_NUMBER = "2.5.29.20";
    REASON_CODE = "2.5.29.21";
    INVALIDITY_DATE = "2.5.29.24";
    DELTA_CRL_INDICATOR = "2.5.29.27";
    ISSUING_DISTRIBUTION_POINT = "2.5.29.28";
    CERTIFICATE_ISSUER = "2.5.29.29";

    // RFC 5280 4.2.2
    AUTHORITY_INFO_ACCESS = "1.3.6.1.5.5.7.1.1";
    SUBJECT_INFO_ACCESS = "1.3.6.1.5.5.7.1.11";
    ACCESS_METHODS = "1.3.6.1.5.5.7.48";

    // RFC 6962 3.1 and 3.3
    CT_TIMESTAMPS = "1.3.6.1.4.1.11129.2.4.2";
    CT_POISON = "1.3.6.1.4.1.11129.2.4.3";

    // RFC 2985 5.4.2
    EXTENSION_REQUEST = "1.2.840.113549.1.9.14";
    // RFC 6960: OCSP; RFC 6962 3.3: the SCTs of an OCSP response
    OCSP_BASIC = "1.3.6.1.5.5.7.48.1.1";
    OCSP_NO_CHECK = "1.3.6.1.5.5.7.48.1.5";
    OCSP_SCTS = "1.3.6.1.4.1.11129.2.4.5";

    // RFC 5280 4.2.2.1; RFC 7633: TLS feature (must-staple)
    AD_OCSP = "1.3.6.1.5.5.7.48.1";
    AD_CA_ISSUERS = "1.3.6.1.5.5.7.48.2";
    TLS_FEATURE = "1.3.6.1.5.5.7.1.24";

    // RFC 5280 4.2.1.12
    KEY_PURPOSES = "1.3.6.1.5.5.7.3";
    KP_OCSP_SIGNING = "1.3.6.1.5.5.7.3.9";
    KP_SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
    KP_CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

    // SET 1.0 Book 3, SetCertificateExtensions
    SET_CERTIFICATE_EXTENSIONS = "2.23.42.7";
    SET_ROOT_POLICY = "2.23.42.5.0";
    SET_HASHED_ROOT_KEY = "2.23.42.7.0";
    SET_CERTIFICATE_TYPE = "2.23.42.7.1";
    SET_MERCHANT_DATA = "2.23.42.7.2";
    SET_CARD_CERT_REQUIRED = "2.23.42.7.3";
    SET_TUNNELING = "2.23.42.7.4";
    SET_EXTENSIONS = "2.23.42.7.5";
    SET_ROOT_KEY_THUMB = "2.23.42.3.0.0";
}

/// The short name that RFC 4514 prints for an attribute type.
pub(crate) fn attribute_name(kind: &Oid) -> Option<&'static str> {
    const NAMES: [(Oid, &str); 12] = [
        (AT_COMMON_NAME, "CN"),
        (AT_SURNAME, "SN"),
        (AT_SERIAL_NUMBER, "serialNumber"),
        (AT_COUNTRY, "C"),
        (AT_LOCALITY, "L"),
        (AT_STATE, "ST"),
        (AT_STREET, "STREET"),
        (AT_ORGANIZATION, "O"),
        (AT_ORGANIZATIONAL_UNIT, "OU"),
        (AT_DOMAIN_COMPONENT, "DC"),
        (AT_USER_ID, "UID"),
        (AT_EMAIL, "emailAddress"),
    ];
    NAMES.iter().find(|(oid, _)| oid == kind).map(|(_, name)| *name)
}

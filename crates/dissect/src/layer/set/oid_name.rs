//! Names of object identifiers that occur in SET messages.

use counterfoil_crypto::oid::Oid;
use counterfoil_message::exchange::EXCHANGES;
use counterfoil_message::pdu::ContentEntry;

/// Arc of SET 1.0's content types (SET 1.0 Book 3, id-set-content).
const SET_1_CONTENT_TYPES: Oid = Oid::from_arcs(&[2, 23, 42, 0]);

/// What an identifier is called, for identifiers that are no content type of SET.
const NAMES: &[(&[u128], &str)] = &[
    (&[1, 2, 840, 113549, 1, 7, 1], "id-data"),
    (&[1, 2, 840, 113549, 1, 7, 2], "id-signedData"),
    (&[1, 2, 840, 113549, 1, 7, 3], "id-envelopedData"),
    (&[1, 2, 840, 113549, 1, 7, 5], "id-digestedData"),
    (&[1, 2, 840, 113549, 1, 7, 6], "id-encryptedData"),
    (&[1, 2, 840, 113549, 1, 9, 16, 1, 23], "id-ct-authEnvelopedData"),
    (&[1, 2, 840, 113549, 1, 9, 3], "contentType"),
    (&[1, 2, 840, 113549, 1, 9, 4], "messageDigest"),
    (&[1, 2, 840, 113549, 1, 9, 5], "signingTime"),
    (&[1, 2, 840, 113549, 1, 9, 52], "CMSAlgorithmProtection"),
    (&[1, 2, 840, 113549, 1, 9, 16, 2, 47], "signingCertificateV2"),
    (&[1, 2, 840, 113549, 1, 1, 1], "rsaEncryption"),
    (&[1, 2, 840, 113549, 1, 1, 7], "id-RSAES-OAEP"),
    (&[1, 2, 840, 113549, 1, 1, 8], "id-mgf1"),
    (&[1, 2, 840, 113549, 1, 1, 11], "sha256WithRSAEncryption"),
    (&[1, 2, 840, 113549, 1, 1, 6], "rsaOAEPEncryptionSET"),
    (&[1, 2, 840, 113549, 1, 1, 5], "sha1WithRSAEncryption"),
    (&[1, 2, 840, 113549, 1, 1, 4], "md5WithRSAEncryption"),
    (&[1, 2, 840, 113549, 3, 10], "CDMF"),
    (&[1, 2, 840, 113549, 3, 7], "des-ede3-cbc"),
    (&[1, 3, 14, 3, 2, 7], "desCBC"),
    (&[1, 3, 14, 3, 2, 26], "id-sha1"),
    (&[1, 2, 840, 113549, 2, 5], "id-md5"),
    (&[2, 16, 840, 1, 101, 3, 4, 2, 1], "id-sha256"),
    (&[2, 16, 840, 1, 101, 3, 4, 1, 45], "id-aes256-wrap"),
    (&[2, 16, 840, 1, 101, 3, 4, 1, 46], "id-aes256-GCM"),
    (&[1, 2, 840, 10045, 2, 1], "id-ecPublicKey"),
    (&[1, 2, 840, 10045, 3, 1, 7], "secp256r1"),
    (&[1, 2, 840, 10045, 4, 3, 2], "ecdsa-with-SHA256"),
    (&[1, 3, 132, 1, 11, 1], "dhSinglePass-stdDH-sha256kdf-scheme"),
    (&[2, 5, 29, 14], "subjectKeyIdentifier"),
    (&[2, 5, 29, 15], "keyUsage"),
    (&[2, 5, 29, 16], "privateKeyUsagePeriod"),
    (&[2, 5, 29, 17], "subjectAltName"),
    (&[2, 5, 29, 18], "issuerAltName"),
    (&[2, 5, 29, 19], "basicConstraints"),
    (&[2, 5, 29, 20], "cRLNumber"),
    (&[2, 5, 29, 31], "cRLDistributionPoints"),
    (&[2, 5, 29, 32], "certificatePolicies"),
    (&[2, 5, 29, 35], "authorityKeyIdentifier"),
    (&[2, 23, 42, 7, 0], "hashedRootKey"),
    (&[2, 23, 42, 7, 1], "certificateType"),
    (&[2, 23, 42, 7, 2], "merchantData"),
    (&[2, 23, 42, 7, 3], "cardCertRequired"),
    (&[2, 23, 42, 7, 4], "tunneling"),
    (&[2, 23, 42, 7, 5], "setExtensions"),
    (&[2, 23, 42, 7, 6], "setQualifier"),
    (&[2, 23, 42, 3, 0, 0], "rootKeyThumb"),
];

/// Names of content types that SET 1.0 has and SET 2 has not (SET 1.0 Book 3).
const SET_1_ONLY: &[(u32, &str)] = &[
    (6, "PIDataUnsigned"),
    (9, "AuthRevReqBaggage"),
    (10, "AuthRevResBaggage"),
    (19, "AuthTokenTBS"),
    (20, "CapTokenData"),
    (21, "CapTokenTBS"),
    (23, "AuthRevReqTBS"),
    (24, "AuthRevResData"),
    (25, "AuthRevResTBS"),
    (29, "CapRevReqTBS"),
    (30, "CapRevReqTBSX"),
    (31, "CapRevResData"),
    (32, "CredReqTBS"),
    (33, "CredReqTBSX"),
    (34, "CredResData"),
    (35, "CredRevReqTBS"),
    (36, "CredRevReqTBSX"),
    (37, "CredRevResData"),
    (40, "BatchAdminReqData"),
    (41, "BatchAdminResData"),
    (59, "AuthRevReqTBE"),
    (60, "AuthRevResTBE"),
    (61, "AuthRevResTBEB"),
    (65, "CapRevReqTBE"),
    (66, "CapRevReqTBEX"),
    (67, "CapRevResTBE"),
    (68, "CredReqTBE"),
    (69, "CredReqTBEX"),
    (70, "CredResTBE"),
    (71, "CredRevReqTBE"),
    (72, "CredRevReqTBEX"),
    (73, "CredRevResTBE"),
    (74, "BatchAdminReqTBE"),
    (75, "BatchAdminResTBE"),
    (80, "CRLNotificationTBS"),
    (81, "CRLNotificationResTBS"),
    (82, "BCIDistributionTBS"),
];

/// BrandCRLIdentifier: the one content type that no exchange lists.
pub(super) const BCI_CONTENT_TYPE: u32 = 110;

/// The number of a content type of SET 2 or SET 1.0.
pub(super) fn content_number(oid: &Oid) -> Option<u32> {
    let of_set_1 = || oid.last_arc_under(&SET_1_CONTENT_TYPES)?.try_into().ok();
    oid.content_type_number().or_else(of_set_1)
}

/// The content type of that number, as an exchange declares it.
pub(super) fn content(number: u32) -> Option<&'static ContentEntry> {
    let contents = EXCHANGES.iter().flat_map(|exchange| exchange.contents);
    contents.into_iter().find(|content| content.number == number)
}

/// The content type of that name.
pub(super) fn content_named(name: &str) -> Option<&'static ContentEntry> {
    let contents = EXCHANGES.iter().flat_map(|exchange| exchange.contents);
    contents.into_iter().find(|content| content.name == name)
}

/// What an identifier is called.
pub(super) fn name(oid: &Oid) -> Option<&'static str> {
    if let Some(number) = content_number(oid) {
        let of_set_1 =
            || SET_1_ONLY.iter().find(|(known, _)| *known == number).map(|found| found.1);
        let of_bci = (number == BCI_CONTENT_TYPE).then_some("BrandCRLIdentifier");
        return content(number).map(|content| content.name).or_else(of_set_1).or(of_bci);
    }
    if let Ok(suite) = counterfoil_crypto::suite::Suite::by_oid(*oid) {
        return Some(suite.name);
    }
    if *oid == counterfoil_crypto::oid::ATTRIBUTE_RECIPIENT {
        return Some("recipient");
    }
    if *oid == counterfoil_crypto::oid::PROTOCOL_DUAL_SIGNATURE {
        return Some("SET 2 dual signature");
    }
    NAMES.iter().find(|(arcs, _)| Oid::from_arcs(arcs) == *oid).map(|(_, name)| *name)
}

/// An identifier for people: its name, or its arcs.
pub(super) fn text(oid: &Oid) -> String {
    name(oid).map_or_else(|| oid.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_content_types_of_both_versions() {
        let check = |oid: &str, expect: &str| assert_eq!(text(&oid.parse().unwrap()), expect);
        check("2.23.42.0.12", "PInitResData");
        check("2.23.42.0.29", "CapRevReqTBS");
        check("2.23.42.7.1", "certificateType");
        check("1.3.6.1.4.1.1", "1.3.6.1.4.1.1");
        assert_eq!(text(&counterfoil_crypto::oid::content_type(52)), "AuthReqTBE");
        assert_eq!(text(&counterfoil_crypto::oid::content_type(110)), "BrandCRLIdentifier");
        assert_eq!(text(&counterfoil_crypto::oid::suite(1)), "p256");
    }

    #[test]
    fn every_identifier_in_the_list_is_one() {
        for (arcs, name) in NAMES {
            assert_eq!(super::name(&Oid::from_arcs(arcs)), Some(*name));
        }
    }
}

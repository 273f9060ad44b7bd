//! [`Rule`]: what a path can break, each with the page that explains it.

use counterfoil_remark::{Kind, Severity};

/// A rule that a path can break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Rule {
    /// The signature was not made by the issuer's key.
    SignatureInvalid,
    /// The signature's algorithm or key size is refused by policy.
    AlgorithmRefused,
    /// Validity has not begun.
    NotYetValid,
    /// Validity is over.
    Expired,
    /// A CRL or an OCSP response says that the certificate is revoked.
    Revoked,
    /// No usable CRL covers the certificate for every reason, and no OCSP response.
    RevocationUnknown,
    /// No certificate of the issuer leads to a trust anchor.
    IssuerUnknown,
    /// The issuer is not a CA: version 3 with basicConstraints cA is needed.
    IssuerNotCa,
    /// More CA certificates follow than a pathLenConstraint allows.
    PathLength,
    /// The key usage does not allow this use of the key.
    KeyUsage,
    /// The extended key usage does not allow the purpose.
    ExtendedKeyUsage,
    /// A name is outside the permitted or inside the excluded subtrees.
    NameConstraint,
    /// A name of a form whose constraint is not understood.
    NameConstraintUnsupported,
    /// A critical extension is not understood.
    CriticalExtension,
    /// A policy is mapped to or from anyPolicy.
    PolicyMapping,
    /// An explicit policy is required and none is left.
    PolicyRequired,
    /// More CA certificates stand between the leaf and the anchor than were allowed.
    Depth,
    /// None of its names is the one that was asked for.
    Name,
    /// The certificate breaks a rule of the profile of its purpose.
    Profile,
    /// Building or validating would take more work than the limits allow.
    WorkLimit,
}

impl Rule {
    /// What is said when the rule is broken.
    pub fn kind(self) -> &'static Kind {
        let (_, kind) = TABLE.iter().find(|(rule, _)| *rule == self).unwrap_or(&TABLE[0]);
        kind
    }

    /// Stable id in kebab-case.
    pub fn id(self) -> &'static str {
        self.kind().id
    }

    /// Where the rule is written.
    pub fn section(self) -> &'static str {
        self.kind().reference
    }

    /// What is wrong, to follow "is refused: ".
    pub(super) fn wrong(self) -> String {
        let title = self.kind().title.trim_end_matches('.');
        let mut characters = title.chars();
        let first = characters.next().map(|c| c.to_ascii_lowercase());
        first.into_iter().chain(characters).collect()
    }

    /// What to do about it: the last paragraph of its page.
    pub(super) fn hint(self) -> &'static str {
        self.kind().page.rsplit("\n\n").next().unwrap_or_default()
    }
}

/// The kinds of all rules, for the reference page.
pub fn kinds() -> impl Iterator<Item = &'static Kind> {
    TABLE.iter().map(|(_, kind)| kind)
}

/// A kind of this group; a broken rule always means that the path does not hold.
const fn kind(
    id: &'static str,
    reference: &'static str,
    title: &'static str,
    page: &'static str,
) -> Kind {
    Kind { id, group: "path", severity: Severity::Error, title, page, reference }
}

static TABLE: [(Rule, Kind); 20] = [
    (
        Rule::SignatureInvalid,
        kind(
            "certificate-signature-invalid",
            "RFC 5280 6.1.3 (a)(1)",
            "Its signature does not verify under its issuer's key.",
            "A certificate of the issuer's name is there, and its key did not sign these octets. \
             Either the certificate was changed, or the issuer has another key of the same name, \
             whose certificate is missing.\n\n\
             Treat it as forged or damaged; get it again from its owner, with its issuer's \
             certificate.",
        ),
    ),
    (
        Rule::AlgorithmRefused,
        kind(
            "certificate-algorithm-refused",
            "RFC 5280 6.1.3 (a)(1)",
            "Its signature uses an algorithm or key that is refused.",
            "MD5, SHA-1, DSA and RSA below 2048 bits can be forged, or will be. With purpose \
             `any`, RSA from 1024 bits counts and is told.\n\n\
             Have it issued anew with a current suite (p256 or rsa3072).",
        ),
    ),
    (
        Rule::NotYetValid,
        kind(
            "certificate-not-yet-valid",
            "RFC 5280 6.1.3 (a)(2)",
            "Its validity has not begun.",
            "The time that was asked about is before notBefore. A clock that is wrong is the \
             usual cause.\n\n\
             Check this machine's clock first, then the notBefore of the certificate.",
        ),
    ),
    (
        Rule::Expired,
        kind(
            "certificate-expired",
            "RFC 5280 6.1.3 (a)(2)",
            "Its validity is over.",
            "The time that was asked about is after notAfter. For an intermediate certificate, a \
             newer one of the same key may exist.\n\n\
             Have its CA issue a new certificate and install it.",
        ),
    ),
    (
        Rule::Revoked,
        kind(
            "certificate-revoked",
            "RFC 5280 6.1.3 (a)(3)",
            "It is revoked.",
            "A CRL of its issuer lists it, or its issuer's OCSP responder says so.\n\n\
             Have its CA issue a new certificate for a new key and install it.",
        ),
    ),
    (
        Rule::RevocationUnknown,
        kind(
            "revocation-unknown",
            "RFC 5280 6.3.3",
            "Nothing says whether it is revoked.",
            "CRLs or OCSP responses were given, and none of them speaks of this certificate with \
             a valid signature, at the time that was asked about, for every reason.\n\n\
             Fetch its issuer's current CRL or an OCSP response and give it along.",
        ),
    ),
    (
        Rule::IssuerUnknown,
        kind(
            "issuer-unknown",
            "RFC 5280 6.1.3 (a)(4)",
            "No certificate of its issuer leads to a trusted root.",
            "The chain has a gap, or ends in a root that is not trusted here.\n\n\
             Give the CA certificates along, or add the root if it is really trusted.",
        ),
    ),
    (
        Rule::IssuerNotCa,
        kind(
            "issuer-not-ca",
            "RFC 5280 6.1.4 (k)",
            "It is no CA certificate.",
            "It has signed another certificate and is not of version 3 with basicConstraints \
             that say cA. An end entity that issues certificates is an attack, or a CA that was \
             set up wrongly.\n\n\
             Have the CA's own certificate issued anew with the right extensions.",
        ),
    ),
    (
        Rule::PathLength,
        kind(
            "path-length-exceeded",
            "RFC 5280 6.1.4 (l)",
            "It stands below more CAs than a CA above it allows.",
            "A pathLenConstraint above says how many CA certificates may follow.\n\n\
             Have the CA's own certificate issued anew with the right extensions.",
        ),
    ),
    (
        Rule::KeyUsage,
        kind(
            "key-usage",
            "RFC 5280 6.1.4 (n)",
            "Its key usage does not allow what its key was used for.",
            "A CA needs keyCertSign, a signer of CRLs cRLSign, a TLS peer digitalSignature or a \
             key exchange.\n\n\
             Have the certificate issued anew with the right key usage.",
        ),
    ),
    (
        Rule::ExtendedKeyUsage,
        kind(
            "extended-key-usage",
            "RFC 5280 4.2.1.12",
            "Its extended key usage does not allow the purpose.",
            "The certificate, or a CA above it, names the purposes that its key is for, and the \
             one that was asked for is not among them.\n\n\
             Have its CA issue a certificate for this purpose and install it.",
        ),
    ),
    (
        Rule::NameConstraint,
        kind(
            "name-constraint",
            "RFC 5280 6.1.3 (b)(c)",
            "A CA above it may not certify this name.",
            "nameConstraints of a CA above permit other names only, or exclude this one.\n\n\
             Have it issued by a CA that is entitled to the name.",
        ),
    ),
    (
        Rule::NameConstraintUnsupported,
        kind(
            "name-constraint-unsupported",
            "RFC 5280 4.2.1.10",
            "A CA above it constrains a form of name that is not understood.",
            "Names of this form can be compared by nobody here, so none of them is let \
             through.\n\n\
             Leave that form of name out of the certificate or of the constraint.",
        ),
    ),
    (
        Rule::CriticalExtension,
        kind(
            "critical-extension-unknown",
            "RFC 5280 6.1.4 (o)",
            "It has a critical extension that is not understood.",
            "Critical means: whoever does not understand it has to refuse the certificate.\n\n\
             Have it issued without that extension, or not critical.",
        ),
    ),
    (
        Rule::PolicyMapping,
        kind(
            "policy-mapping-invalid",
            "RFC 5280 6.1.4 (a)",
            "It maps a policy to or from anyPolicy.",
            "Such a mapping would turn every policy into one that is wanted.\n\n\
             Have the CA's own certificate issued anew with the right extensions.",
        ),
    ),
    (
        Rule::PolicyRequired,
        kind(
            "policy-required",
            "RFC 5280 6.1.3 (f)",
            "No certificate policy holds along the whole path.",
            "An explicit policy is required, by the caller or by a certificate; the purposes of \
             SET ask for the policy of its root.\n\n\
             Have the chain issued under a policy that is accepted here.",
        ),
    ),
    (
        Rule::Depth,
        kind(
            "path-too-deep",
            "RFC 5280 6.1.1",
            "More CA certificates stand above it than were allowed.",
            "`--max-depth` counts the CA certificates between the certificate and the trusted \
             one; those that a CA issued to itself are not counted.\n\n\
             Give a larger depth, or have it issued closer to the root.",
        ),
    ),
    (
        Rule::Name,
        kind(
            "name-mismatch",
            "RFC 9525 6",
            "None of its names is the one that was asked for.",
            "Only names in subjectAltName count, never the commonName. `*` stands for exactly one \
             whole label on the left, with two labels below it at least; an address has to be \
             there as an address.\n\n\
             Ask for a name that it has, or have it issued for this one.",
        ),
    ),
    (
        Rule::Profile,
        kind(
            "certificate-profile",
            "RFC 5280 4",
            "It breaks the profile of its purpose.",
            "The path holds after RFC 5280 section 6, and a certificate on it is not made as it \
             has to be for this purpose: after RFC 5280 section 4 and the CA/Browser Forum's \
             Baseline Requirements (`CA/B`) for TLS, after SET 1.0 for SET. The sentence says \
             which rule.\n\n\
             Have it issued anew; lenient clients may accept it as it is.",
        ),
    ),
    (
        Rule::WorkLimit,
        kind(
            "path-work-limit",
            "RFC 5280 6.1",
            "Building its path takes more work than allowed.",
            "Steps, signatures, comparisons of names and the length of a path are bounded, so \
             that certificates which sign each other in circles, or constrain thousands of \
             names, end with this instead of keeping the machine busy.\n\n\
             Send only the certificates and CRLs that belong to the path.",
        ),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_its_own_row() {
        for (rule, kind) in &TABLE {
            assert!(std::ptr::eq(rule.kind(), kind), "{}", kind.id);
            assert!(kind.page.contains("\n\n"), "{}", kind.id);
        }
        assert_eq!(Rule::Expired.wrong(), "its validity is over");
    }
}

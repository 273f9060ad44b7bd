//! Keys and signatures that are too weak, or of a kind that nobody here verifies.

use counterfoil_crypto::{
    CryptoError,
    signature::{KeyKind, SignatureAlgorithm},
};
use counterfoil_remark::{Kind, Remark, Severity};

use super::{Check, Facts, View, called};

/// RSA below this is accepted and on its way out (NIST SP 800-57: 112 bits of security until 2030).
const RSA_BITS_GOOD: u32 = 3072;

static WEAK_KEY: Kind = Kind {
    id: "watch-weak-key",
    group: "strength",
    severity: Severity::Error,
    title: "A key in use is too weak, or of a kind that is not verified here.",
    page: "RSA below 2048 bits and DSA are refused by every current client; curves other than \
           P-256, P-384 and Ed25519 by a party of SET 2.\n\n\
           Make a new key of suite p256 or rsa3072 and have a certificate issued for it.",
    reference: "NIST SP 800-131A",
};

static AGING_KEY: Kind = Kind {
    id: "watch-aging-key",
    group: "strength",
    severity: Severity::Notice,
    title: "An RSA key in use has less than 3072 bits.",
    page: "It gives 112 bits of security, which is thought to be enough until 2030.\n\n\
           Choose 3072 bits or P-256 at the next renewal.",
    reference: "NIST SP 800-57 part 1",
};

static WEAK_SIGNATURE: Kind = Kind {
    id: "watch-weak-signature",
    group: "strength",
    severity: Severity::Error,
    title: "A certificate in use is signed with an algorithm that is refused.",
    page: "MD5 and SHA-1 signatures can be made for another certificate with the same digest. \
           Roots are left out: nobody relies on their own signature.\n\n\
           Have it issued anew by a CA that signs with SHA-256 or better.",
    reference: "RFC 6194",
};

pub(super) static CHECK: Check = Check { kinds: &[&WEAK_KEY, &AGING_KEY, &WEAK_SIGNATURE], run };

fn run(facts: &Facts, _: &View) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for holding in &facts.holdings {
        for certificate in &holding.chain {
            let name = called(certificate);
            let key = certificate.verifying_key().map(|key| key.kind());
            match key {
                Err(error) => {
                    let text = format!("{name}: {error}.");
                    remarks.push(WEAK_KEY.of(&holding.place, text));
                }
                Ok(KeyKind::Rsa { bits }) if bits < RSA_BITS_GOOD => {
                    let text = format!("{name} has an RSA key of {bits} bits.");
                    remarks.push(AGING_KEY.of(&holding.place, text));
                }
                Ok(_) => {}
            }
            let algorithm = SignatureAlgorithm::from_der(certificate.signature_algorithm_der());
            let refused = matches!(algorithm, Err(CryptoError::AlgorithmRefused { .. }));
            if let Err(error) = algorithm
                && refused
                && !certificate.is_self_issued()
            {
                let text = format!("{name}: {error}.");
                remarks.push(WEAK_SIGNATURE.of(&holding.place, text));
            }
        }
    }
    remarks
}

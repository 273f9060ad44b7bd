//! Who may certify whom: SET's hierarchy, one table for issuing and for verifying.
//!
//! ```text
//! root (rca) - brand (bca) - [geo-political (gca)] - cca / mca / pca - card / mer / pgwy
//! ```
//!
//! Source: SET 1.0 Book 1, certificate management architecture; Book 3, certificateType.

use crate::{certificate::Certificate, extension::Roles};

/// Each role with the roles of which one entitles to certify it.
const ENTITLES: [(Roles, Roles); 9] = [
    (Roles::BCA, Roles::RCA),
    (Roles::GCA, Roles::BCA),
    (Roles::CCA, BRAND_OR_GEO),
    (Roles::MCA, BRAND_OR_GEO),
    (Roles::PCA, BRAND_OR_GEO),
    (Roles::ACQ, BRAND_OR_GEO),
    (Roles::CARD, Roles::CCA),
    (Roles::MER, Roles::MCA),
    (Roles::PGWY, Roles::PCA),
];

const BRAND_OR_GEO: Roles = Roles::BCA.or(Roles::GCA);

/// The roles that certify others.
pub(crate) const CA_ROLES: Roles =
    Roles::RCA.or(Roles::BCA).or(Roles::GCA).or(Roles::CCA).or(Roles::MCA).or(Roles::PCA);

/// The first role of `subject` that `issuer` may not certify; `None` when it may certify them all.
pub(crate) fn not_entitled(issuer: Roles, subject: Roles) -> Option<Roles> {
    let roles = subject.each();
    let mut refused = roles.filter(|role| {
        let entitled = ENTITLES.iter().find(|(entitled, _)| entitled == role);
        !entitled.is_some_and(|(_, by)| by.intersects(issuer))
    });
    refused.next()
}

/// The brand without its product: `Brand` of `Brand:Product` (SET 1.0 Book 2, BrandID).
pub fn brand_of(brand_id: &str) -> &str {
    brand_id.split_once(':').map_or(brand_id, |(brand, _)| brand)
}

/// Are the two brand ids of one brand? Case and runs of spaces do not count, products neither.
pub fn same_brand(a: &str, b: &str) -> bool {
    let words = |id| brand_of(id).split_whitespace().map(str::to_lowercase).collect::<Vec<_>>();
    words(a) == words(b)
}

/// Are both certificates of one brand?
pub(crate) fn same_brand_certificates(a: &Certificate, b: &Certificate) -> bool {
    match (a.brand(), b.brand()) {
        (Some(a), Some(b)) => same_brand(a, b),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_certifies_the_next_and_no_other() {
        let all = Roles::all();
        let may: Vec<String> = all
            .clone()
            .flat_map(|issuer| all.clone().map(move |subject| (issuer, subject)))
            .filter(|(issuer, subject)| not_entitled(*issuer, *subject).is_none())
            .map(|(issuer, subject)| format!("{issuer}>{subject}"))
            .collect();
        let expected = "cca>card mca>mer pca>pgwy gca>cca gca>mca gca>pca gca>acq bca>cca bca>mca \
                        bca>pca bca>gca bca>acq rca>bca";
        assert_eq!(may.join(" "), expected);
        assert_eq!(not_entitled(Roles::CCA | Roles::MCA, Roles::CARD | Roles::MER), None);
        assert_eq!(not_entitled(Roles::CCA, Roles::CARD | Roles::MER), Some(Roles::MER));
    }

    #[test]
    fn brands_compare_without_product_case_and_spacing() {
        assert!(same_brand("Acme  Card:Gold", "acme card"));
        assert!(!same_brand("Acme Card", "AcmeCard"));
    }
}

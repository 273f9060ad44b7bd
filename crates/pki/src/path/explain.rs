//! Why nothing is known of a certificate's revocation: what was given, and why it does not count.

use super::{build::Goal, ocsp, revocation, work::Work};
use crate::{certificate::Certificate, crl::Crl};

/// Most reasons that one sentence names.
const REASONS_MAX: usize = 3;

/// One phrase about the certificate at `index`, which no CRL or OCSP response covers.
pub(super) fn unknown(
    chain: &[Certificate],
    index: usize,
    work: &mut Work<'_>,
    goal: &Goal<'_>,
) -> String {
    let mut reasons: Vec<String> = Vec::new();
    for response in work.input.ocsp {
        if let Ok(Err(why)) = ocsp::judge(response, (chain, index), work, goal) {
            reasons.push(format!("an OCSP response {why}"));
        } else if let Ok(Ok(ocsp::Answer::Unknown { .. })) =
            ocsp::judge(response, (chain, index), work, goal)
        {
            reasons.push("the OCSP responder does not know it".into());
        }
    }
    let issuer = chain[index].issuer();
    let own: Vec<&Crl> = work.crls.iter().copied().filter(|crl| crl.issuer() == issuer).collect();
    if own.is_empty() {
        reasons.push(format!("no CRL of `{issuer}` was given"));
    }
    for crl in own {
        let why = revocation::unusable(crl, chain, index, work, goal);
        reasons.push(format!("the CRL of `{issuer}` {why}"));
    }
    reasons.dedup();
    let more = reasons.len().saturating_sub(REASONS_MAX);
    reasons.truncate(REASONS_MAX);
    if more > 0 {
        reasons.push(format!("{more} more"));
    }
    reasons.join("; ")
}

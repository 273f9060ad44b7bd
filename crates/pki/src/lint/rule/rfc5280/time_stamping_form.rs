//! A time stamp signer's extKeyUsage is not critical, or has another purpose beside.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    oid,
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "time-stamping-form",
    group: "rfc5280",
    severity: Severity::Error,
    title: "A time stamp signer's extKeyUsage is not critical, or has another purpose \
            beside.",
    page: "timeStamping has to stand alone and be critical; verifiers refuse the time \
           stamps.",
    reference: "RFC 3161 section 2.3",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let purposes = c.known().standard.extended_key_usage.as_deref().unwrap_or_default();
    let stamping = oid::KEY_PURPOSES.child(8);
    let critical = c.extension(oid::EXTENDED_KEY_USAGE).is_some_and(|e| e.critical);
    let right = critical && purposes.len() == 1;
    found.when(purposes.contains(&stamping) && !c.is_ca() && !right, "timeStamping is there");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let stamping = seq(&[&oid_der("1.3.6.1.5.5.7.3.8")]);
        let draft = leaf().with(oid::SUBJECT_KEY_ID, false, key_id(5));
        breaks(&RULE, &draft.with(oid::EXTENDED_KEY_USAGE, false, stamping));
    }
}

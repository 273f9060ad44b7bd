//! certificateIssuer of an entry is not critical.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    oid,
    view::CrlView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Crl(look) };

static KIND: Kind = Kind {
    id: "crl-entry-issuer-not-critical",
    group: "rfc5280",
    severity: Severity::Error,
    title: "certificateIssuer of an entry is not critical.",
    page: "It must be: who skips it revokes a certificate of another issuer.",
    reference: "RFC 5280 section 5.3.3",
};

fn look(c: &CrlView, found: &mut Found<'_>) {
    let one = c.entries().filter_map(Result::ok).find(|entry| {
        let mut all = entry.extensions.iter().map(|view| &view.extension);
        all.any(|e| e.oid == oid::CERTIFICATE_ISSUER && !e.critical)
    });
    if let Some(entry) = one {
        found.say(format!("for example {}", crate::inspect::hex(entry.serial)));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn what_breaks_just_this_rule_is_told() {
        breaks_crl(
            &RULE,
            &crl().but(|d| {
                let of = tlv(0x30, &tlv(0xa4, &ca_name()));
                d.entries.as_mut().unwrap()[0].2.push((oid::CERTIFICATE_ISSUER, None, of));
            }),
        );
    }
}

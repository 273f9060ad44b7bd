//! The bits of keyUsage are not written as DER writes named bits.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    oid,
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "key-usage-encoding",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The bits of keyUsage are not written as DER writes named bits.",
    page: "Trailing zero bits are left away. Strict readers refuse the certificate.",
    reference: "X.690 section 11.2.2",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    if let Some([3, _, unused, bits @ ..]) =
        c.extension(oid::KEY_USAGE).map(|extension| extension.value.as_slice())
    {
        let last = bits.last().copied().unwrap_or(0);
        let minimal = bits.is_empty() || (last != 0 && last.trailing_zeros() == u32::from(*unused));
        found.when(!minimal, "there are zero bits at its end");
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &leaf().with(oid::KEY_USAGE, true, vec![3, 2, 0, 0x80]));
    }
}

//! The certificate has no certificateType.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, Rule, Source},
    oid,
    view::CertificateView,
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Set,
    since: jiff::civil::date(1997, 5, 31),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "set-type-missing",
    group: "set",
    severity: Severity::Error,
    title: "The certificate has no certificateType.",
    page: "The extension says which roles of SET the holder has; without it no party \
           accepts the certificate.",
    reference: "SET 1.0 Book 3, certificateType",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    found.when(c.extension(oid::SET_CERTIFICATE_TYPE).is_none(), "the extension is absent");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &set_gateway().without(oid::SET_CERTIFICATE_TYPE));
    }
}

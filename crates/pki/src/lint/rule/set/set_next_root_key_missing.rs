//! The root does not commit to the key of its successor.

use counterfoil_remark::{Kind, Severity};

use crate::{
    extension::Roles,
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
    id: "set-next-root-key-missing",
    group: "set",
    severity: Severity::Notice,
    title: "The root does not commit to the key of its successor.",
    page: "Without hashedRootKey a new root has to be brought to every party by hand, \
           under no better protection than the first.",
    reference: "SET 1.0 Book 3, hashedRootKey",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let root = c.known().roles == Some(Roles::RCA) && c.is_ca();
    found.when(root && c.extension(oid::SET_HASHED_ROOT_KEY).is_none(), "it is absent");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &set_root().without(oid::SET_HASHED_ROOT_KEY));
    }
}

//! certificateType gives roles of a CA and of an end entity to one key.

use counterfoil_remark::{Kind, Severity};

use crate::{
    extension::Roles,
    hierarchy::CA_ROLES,
    lint::{Found, Look, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Set,
    since: jiff::civil::date(1997, 5, 31),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "set-roles-mixed",
    group: "set",
    severity: Severity::Error,
    title: "certificateType gives roles of a CA and of an end entity to one key.",
    page: "One legal entity may hold several CA roles; a party of payments holds its own \
           role alone.",
    reference: "SET 1.0 Book 3, certificateType",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let roles = c.known().roles.unwrap_or_default();
    let ends = Roles::CARD | Roles::MER | Roles::PGWY;
    let many = [Roles::CARD, Roles::MER, Roles::PGWY].into_iter().filter(|r| roles.contains(*r));
    let mixed = roles.intersects(ends) && roles.intersects(CA_ROLES);
    found.when(mixed || many.count() > 1, format!("roles {roles}"));
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::extension::Roles;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let both = (Roles::MER | Roles::PGWY).to_der().unwrap();
        breaks(&RULE, &set_merchant().with(oid::SET_CERTIFICATE_TYPE, true, both));
    }
}

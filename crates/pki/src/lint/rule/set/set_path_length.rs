//! A CA's path length is absent or larger than its place in the hierarchy asks for.

use counterfoil_remark::{Kind, Severity};

use crate::{
    extension::Roles,
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
    id: "set-path-length",
    group: "set",
    severity: Severity::Error,
    title: "A CA's path length is absent or larger than its place in the hierarchy asks \
            for.",
    page: "root 3, brand 2, geo-political 1, cardholder, merchant and gateway CA 0: a CA \
           must not found levels of its own.",
    reference: "SET 1.0 Book 2, basicConstraints",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let roles = c.known().roles.unwrap_or_default();
    let limit = LEVELS.iter().find(|(role, _)| roles.contains(*role)).map(|(_, limit)| *limit);
    let length = c.known().standard.basic_constraints.unwrap_or_default().path_len_max;
    let Some(limit) = limit.filter(|_| c.is_ca()) else { return };
    match length {
        None => found.say(format!("it has none; at most {limit} for roles {roles}")),
        Some(length) => found.when(length > limit, format!("{length}; at most {limit}")),
    }
}

/// From the top of the hierarchy down.
const LEVELS: [(Roles, u32); 6] = [
    (Roles::RCA, 3),
    (Roles::BCA, 2),
    (Roles::GCA, 1),
    (Roles::CCA, 0),
    (Roles::MCA, 0),
    (Roles::PCA, 0),
];

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(
            &RULE,
            &set_brand().with(oid::BASIC_CONSTRAINTS, true, seq(&[&[1, 1, 0xff], &[2, 1, 3]])),
        );
    }
}

//! A TLS server's certificate has a purpose beside serverAuth and clientAuth.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::is_server,
    lint::{Found, Look, Rule, Source},
    oid,
    view::CertificateView,
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Cabf,
    since: jiff::civil::date(2023, 9, 15),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "cabf-purpose-other",
    group: "cabf",
    severity: Severity::Error,
    title: "A TLS server's certificate has a purpose beside serverAuth and clientAuth.",
    page: "anyExtendedKeyUsage, codeSigning, emailProtection, timeStamping and \
           OCSPSigning must not be there, others should not.",
    reference: "Baseline Requirements section 7.1.2.7.10",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let purposes = c.known().standard.extended_key_usage.as_deref().unwrap_or_default();
    for purpose in purposes.iter().filter(|_| is_server(c)) {
        let usual = [oid::KP_SERVER_AUTH, oid::KP_CLIENT_AUTH].contains(purpose);
        let banned = matches!(purpose.last_arc_under(&oid::KEY_PURPOSES), Some(3 | 4 | 8 | 9));
        let banned = banned || *purpose == oid::ANY_EXTENDED_KEY_USAGE;
        let severity = if banned { Severity::Error } else { Severity::Warning };
        if !usual {
            found.say_as(severity, format!("{purpose} is there"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let server = oid::KP_SERVER_AUTH.to_der_bytes();
        let both = seq(&[&server, &oid_der("1.3.6.1.5.5.7.3.4")]);
        breaks(&RULE, &leaf().with(oid::EXTENDED_KEY_USAGE, false, both));
    }
}

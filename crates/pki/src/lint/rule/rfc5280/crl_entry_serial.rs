//! The serial number of an entry is zero, negative or longer than 20 octets.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CrlView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Crl(look) };

static KIND: Kind = Kind {
    id: "crl-entry-serial",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The serial number of an entry is zero, negative or longer than 20 octets.",
    page: "No certificate that follows RFC 5280 has it, so that the entry revokes \
           nothing.",
    reference: "RFC 5280 section 5.1.2.6",
};

fn look(c: &CrlView, found: &mut Found<'_>) {
    let one = c.entries().filter_map(Result::ok).find(|entry| {
        let negative = entry.serial.first().is_none_or(|octet| octet & 0x80 != 0);
        negative || entry.serial.len() > 20 || entry.serial.iter().all(|octet| *octet == 0)
    });
    if let Some(entry) = one {
        found.say(format!("for example {}", crate::inspect::hex(entry.serial)));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn what_breaks_just_this_rule_is_told() {
        breaks_crl(&RULE, &crl().but(|d| d.entries.as_mut().unwrap()[0].0 = vec![0]));
    }
}

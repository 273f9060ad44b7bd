//! The subject has what looks like a card number.

use counterfoil_remark::{Kind, Severity};
use counterfoil_secret::Pan;

use crate::{
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
    id: "set-card-number-in-name",
    group: "set",
    severity: Severity::Error,
    title: "The subject has what looks like a card number.",
    page: "A cardholder's certificate names the account by a hash that only the issuer \
           can check. A certificate goes to every merchant: revoke this one, and replace \
           the card.",
    reference: "SET 1.0 Book 2, cardholder certificate: commonName",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    for attribute in c.subject.attributes() {
        let text: String = attribute.text().chars().filter(|c| !" -".contains(*c)).collect();
        let mut runs = text.split(|c: char| !c.is_ascii_digit());
        let card = runs.find_map(|run| Pan::parse(run).ok().filter(|_| run.len() >= 13));
        if let Some(card) = card {
            found.say(format!("{} has {}", attribute.name(), card.masked()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(
            &RULE,
            &set_cardholder().but(|d| {
                d.subject = name(&[
                    ("2.5.4.10", 0x0c, "Acme Card"),
                    ("2.5.4.3", 0x0c, "4111 1111 1111 1111"),
                ]);
            }),
        );
    }
}

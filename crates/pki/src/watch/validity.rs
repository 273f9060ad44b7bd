//! Validity: over, soon over, not begun, and the period in which a key may sign.

use counterfoil_remark::{Kind, Remark, Severity};

use super::{Check, Facts, View, called, end};

static EXPIRED: Kind = Kind {
    id: "watch-expired",
    group: "validity",
    severity: Severity::Error,
    title: "The validity of a certificate in use is over.",
    page: "Every peer that verifies it refuses it; what stands on it has stopped.\n\n\
           Have a new certificate issued, put it in the file's place and reload the party.",
    reference: "RFC 5280 section 4.1.2.5",
};

static SOON: Kind = Kind {
    id: "watch-expires-soon",
    group: "validity",
    severity: Severity::Warning,
    title: "The validity of a certificate in use ends soon.",
    page: "Within 30 days it is a warning, within 7 an error. An issuer above counts as well: \
           nothing below outlives it.\n\n\
           Renew it now, while both the old and the new one are valid.",
    reference: "RFC 5280 section 4.1.2.5",
};

static EARLY: Kind = Kind {
    id: "watch-not-yet-valid",
    group: "validity",
    severity: Severity::Error,
    title: "The validity of a certificate in use has not begun.",
    page: "Peers refuse it until then. A clock that is behind shows the same.\n\n\
           Compare the clocks first; use the former certificate until the new one is valid.",
    reference: "RFC 5280 section 4.1.2.5",
};

static SIGNING_OVER: Kind = Kind {
    id: "watch-signing-period-over",
    group: "validity",
    severity: Severity::Error,
    title: "The period in which the key may sign is over.",
    page: "privateKeyUsagePeriod ends before the certificate does, so that what was signed can \
           still be verified. Signatures that are made after it are refused.\n\n\
           Have a new certificate issued for a new key.",
    reference: "RFC 3280 section 4.2.1.4",
};

pub(super) static CHECK: Check = Check { kinds: &[&EXPIRED, &SOON, &EARLY, &SIGNING_OVER], run };

fn run(facts: &Facts, view: &View) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for holding in &facts.holdings {
        for (index, certificate) in holding.chain.iter().enumerate() {
            let say = |kind: &'static Kind, text: String| {
                kind.of(&holding.place, text)
                    .with("not_before", certificate.not_before().to_string())
                    .with("not_after", certificate.not_after().to_string())
                    .with("serial", hex(certificate.serial()))
            };
            let name = called(certificate);
            let (severity, left) = end(certificate.not_after(), view);
            if certificate.not_before() > view.now {
                let from = certificate.not_before();
                remarks.push(say(&EARLY, format!("{name} is valid from {from} on.")));
            } else if certificate.not_after() < view.now {
                remarks.push(say(&EXPIRED, format!("{name} ended {left}.")));
            } else if let Some(severity) = severity {
                remarks.push(say(&SOON, format!("{name} ends {left}.")).as_severe_as(severity));
            }
            let signs = index == 0 && holding.key.is_some();
            let over = certificate.signing_until();
            if signs && over < view.now && certificate.not_after() >= view.now {
                remarks.push(say(&SIGNING_OVER, format!("{name} may sign until {over} only.")));
            }
        }
    }
    remarks
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

//! Servers that speak old versions of TLS only.

use counterfoil_remark::{Kind, Remark, Severity};

use super::{Check, Facts, View};

static OLD: Kind = Kind {
    id: "watch-tls-old",
    group: "strength",
    severity: Severity::Error,
    title: "The newest version of TLS that a server speaks is before TLS 1.2.",
    page: "Clients of today refuse it, and PCI DSS asks for strong cryptography \
           (requirement 4.2.1). Its certificate was read all the same.\n\n\
           Update the server, or put one in front of it that speaks TLS 1.3. `counterfoil probe` \
           shows everything that it accepts.",
    reference: "RFC 8996",
};

static AGING: Kind = Kind {
    id: "watch-tls-aging",
    group: "strength",
    severity: Severity::Notice,
    title: "The newest version of TLS that a server speaks is TLS 1.2.",
    page: "It is good enough with the right suites, and it gets no new ones: the hybrid groups \
           that \
           withstand quantum computers are for TLS 1.3 alone. Parties of Counterfoil speak TLS 1.3 \
           only.\n\n\
           Switch TLS 1.3 on. `counterfoil probe` shows which suites of TLS 1.2 are accepted.",
    reference: "RFC 9325 section 3.1.1",
};

/// TLS 1.2 on the wire.
const TLS12: u16 = 0x0303;

pub(super) static CHECK: Check = Check { kinds: &[&OLD, &AGING], run };

fn run(facts: &Facts, _: &View) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for holding in &facts.holdings {
        match holding.newest_tls {
            Some(TLS12) => remarks.push(AGING.of(&holding.place, "it speaks no TLS 1.3.")),
            Some(version) if version < TLS12 => {
                let text = format!("it speaks {} and nothing newer.", name(version));
                remarks.push(OLD.of(&holding.place, text));
            }
            _ => {}
        }
    }
    remarks
}

fn name(version: u16) -> &'static str {
    match version {
        0x0302 => "TLS 1.1",
        0x0301 => "TLS 1.0",
        0x0300 => "SSL 3.0",
        _ => "SSL 2.0",
    }
}

//! The chain: complete, in order, and valid for those who verify it.

use counterfoil_remark::{Kind, Remark, Severity};

use super::{Check, Facts, Holding, View, called};
use crate::{
    path::{PathError, Rule},
    purpose::{self, Question},
};

static REVOKED: Kind = Kind {
    id: "watch-revoked",
    group: "chain",
    severity: Severity::Error,
    title: "A certificate in use is revoked.",
    page: "Peers with current lists refuse it. If nobody here asked for that, ask the CA why: a \
           key may be in other hands.\n\n\
           Make a new key and have a certificate issued for it.",
    reference: "RFC 5280 section 6.3",
};

static UNKNOWN: Kind = Kind {
    id: "watch-revocation-unknown",
    group: "chain",
    severity: Severity::Warning,
    title: "Nothing that is held says whether a certificate in use is revoked.",
    page: "A peer that insists on an answer refuses it.\n\n\
           Fetch the current CRLs (`counterfoil publish` in a deployment) or look at why the \
           responder does not answer.",
    reference: "RFC 5280 section 6.3",
};

static INVALID: Kind = Kind {
    id: "watch-chain-invalid",
    group: "chain",
    severity: Severity::Error,
    title: "Those who verify the certificate refuse it.",
    page: "The sentence names the certificate of the chain and the rule. `counterfoil cert \
           verify` shows the same for files.\n\n\
           See the rule's own entry in the reference of certificate paths.",
    reference: "RFC 5280 section 6",
};

static INCOMPLETE: Kind = Kind {
    id: "watch-chain-incomplete",
    group: "chain",
    severity: Severity::Error,
    title: "The certificates of issuers that peers need do not come along.",
    page: "Peers that happen to know the missing one accept the chain, others do not, which looks \
           like a fault of theirs.\n\n\
           Put the issuers' certificates behind the certificate in the same file, root left out.",
    reference: "RFC 8446 section 4.4.2",
};

static ORDER: Kind = Kind {
    id: "watch-chain-order",
    group: "chain",
    severity: Severity::Warning,
    title: "The certificates of a chain are not in the order of their issuing.",
    page: "Each has to be followed by its issuer's. Old clients give up otherwise.\n\n\
           Sort the file: the certificate, its issuer, that one's issuer.",
    reference: "RFC 5246 section 7.4.2",
};

static ROOT_SENT: Kind = Kind {
    id: "watch-chain-with-root",
    group: "chain",
    severity: Severity::Notice,
    title: "A server sends its root along.",
    page: "Nobody trusts it for coming along; it costs octets in every handshake.\n\n\
           Leave the root out of the server's file.",
    reference: "RFC 8446 section 4.4.2",
};

pub(super) static CHECK: Check =
    Check { kinds: &[&REVOKED, &UNKNOWN, &INVALID, &INCOMPLETE, &ORDER, &ROOT_SENT], run };

fn run(facts: &Facts, view: &View) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for holding in &facts.holdings {
        order(holding, &mut remarks);
        remarks.extend(verdict(holding, view));
    }
    remarks
}

fn order(holding: &Holding, remarks: &mut Vec<Remark>) {
    for pair in holding.chain.windows(2) {
        if pair[0].issuer() != pair[1].subject() {
            let (first, second) = (called(&pair[0]), called(&pair[1]));
            let text = format!("{first} is followed by {second}, which is not its issuer.");
            remarks.push(ORDER.of(&holding.place, text));
        }
    }
    let root = holding.chain.iter().skip(1).find(|certificate| certificate.is_self_issued());
    if let Some(root) = root.filter(|_| holding.served) {
        remarks.push(ROOT_SENT.of(&holding.place, format!("{} comes along.", called(root))));
    }
}

/// What those who verify the certificate say of it; ends of validity are said elsewhere.
fn verdict(holding: &Holding, view: &View) -> Option<Remark> {
    let alone = judge(holding, view, false)?.err()?;
    // Peers of a server have what it sends; parties of SET keep CA certificates.
    match (judge(holding, view, true)?, holding.served) {
        (Ok(()), false) => None,
        (Ok(()), true) => {
            let text = format!("`{}`: {}.", alone.subject, alone.wrong());
            Some(INCOMPLETE.of(&holding.place, text))
        }
        (Err(error), _) => said(holding, &error),
    }
}

fn judge(holding: &Holding, view: &View, with_pool: bool) -> Option<Result<(), PathError>> {
    let (leaf, beside) = holding.chain.split_first()?;
    let mut pool = beside.to_vec();
    if with_pool {
        pool.extend(holding.pool.iter().cloned());
    }
    let answer = purpose::judge(&Question {
        leaf,
        pool: &pool,
        anchors: &holding.anchors,
        crls: &holding.crls,
        ocsp: &holding.ocsp,
        now: view.now,
        purpose: holding.purpose?,
        name: None,
        depth_max: None,
    });
    Some(answer.map(|_| ()))
}

fn said(holding: &Holding, error: &PathError) -> Option<Remark> {
    let kind = match error.rule {
        // Said by the rules about validity.
        Rule::Expired | Rule::NotYetValid => return None,
        Rule::Revoked => &REVOKED,
        Rule::RevocationUnknown => &UNKNOWN,
        _ => &INVALID,
    };
    let text = format!("`{}`: {} [{}].", error.subject, error.wrong(), error.section);
    Some(kind.of(&holding.place, text).with("rule", error.rule.id()))
}

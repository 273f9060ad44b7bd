//! CRLs, lists of CRLs and OCSP responses: overdue, soon due, or older than what others hold.

use counterfoil_remark::{Kind, Remark, Severity};
use jiff::{SignedDuration, Timestamp};

use super::{Check, Facts, List, Published, View, words};

/// The last tenth of its time is when a new one should be there.
const TENTH: i32 = 10;

/// A list is never called nearly overdue earlier than this before its end.
const NEAR_HOURS_MIN: i64 = 24;

static OVERDUE: Kind = Kind {
    id: "watch-list-overdue",
    group: "freshness",
    severity: Severity::Error,
    title: "A CRL, or a list of CRLs, is overdue.",
    page: "Whoever insists on current lists refuses every certificate that it speaks for: a party \
           of SET refuses every payment of the brand.\n\n\
           Publish a new one (`counterfoil publish`), and look at why its CA did not.",
    reference: "RFC 5280 section 5.1.2.5",
};

static NEARLY: Kind = Kind {
    id: "watch-list-due-soon",
    group: "freshness",
    severity: Severity::Warning,
    title: "A CRL, or a list of CRLs, is due and has no successor yet.",
    page: "Less than a tenth of its time is left.\n\n\
           Publish a new one before it ends.",
    reference: "RFC 5280 section 5.1.2.5",
};

static UNDATED: Kind = Kind {
    id: "watch-list-undated",
    group: "freshness",
    severity: Severity::Warning,
    title: "A CRL does not say when the next one is due.",
    page: "Nobody can tell whether it is current.\n\n\
           Have its CA name nextUpdate.",
    reference: "RFC 5280 section 5.1.2.5",
};

static BEHIND: Kind = Kind {
    id: "watch-list-behind",
    group: "freshness",
    severity: Severity::Warning,
    title: "A place holds an older list than another place does.",
    page: "What was revoked in between is still accepted there.\n\n\
           Hand the newer one to every party (`counterfoil publish`).",
    reference: "RFC 5280 section 5.2.3",
};

static OCSP_OVERDUE: Kind = Kind {
    id: "watch-ocsp-overdue",
    group: "freshness",
    severity: Severity::Error,
    title: "An OCSP response about a certificate in use is out of its time.",
    page: "Clients that check stapled responses end the handshake.\n\n\
           Look at the server's log for why it does not fetch a new one, then at the responder.",
    reference: "RFC 6960 section 4.2.2.1",
};

pub(super) static CHECK: Check =
    Check { kinds: &[&OVERDUE, &NEARLY, &UNDATED, &BEHIND, &OCSP_OVERDUE], run };

fn run(facts: &Facts, view: &View) -> Vec<Remark> {
    let lists = facts.lists.iter().filter_map(|list| end_of(list, view));
    let behind = facts.lists.iter().filter_map(|list| is_behind(list, &facts.lists));
    let ocsp = facts.holdings.iter().flat_map(|holding| {
        let singles = holding.ocsp.iter().flat_map(|response| response.singles());
        singles.filter_map(|single| {
            let until = single.next_update.filter(|until| *until < view.now)?;
            let ago = words(until.duration_since(view.now));
            let text = format!("the OCSP response that is shown ended {ago}.");
            Some(OCSP_OVERDUE.of(&holding.place, text).with("next_update", until.to_string()))
        })
    });
    lists.chain(behind).chain(ocsp).collect()
}

fn end_of(list: &List, view: &View) -> Option<Remark> {
    let name = list.published.name();
    let Some(until) = list.published.until() else {
        return Some(UNDATED.of(&list.place, format!("the {name} names no end.")));
    };
    let left = until.duration_since(view.now);
    let away = words(left);
    let (kind, verb) = if left.is_negative() {
        (&OVERDUE, "ended")
    } else if left < near(list.published.since(), until) {
        (&NEARLY, "ends")
    } else {
        return None;
    };
    let text = format!("the {name} {verb} {away}.");
    Some(kind.of(&list.place, text).with("next_update", until.to_string()))
}

fn near(since: Timestamp, until: Timestamp) -> SignedDuration {
    let tenth = until.duration_since(since) / TENTH;
    tenth.max(SignedDuration::from_hours(NEAR_HOURS_MIN).min(until.duration_since(since) / 2))
}

/// Is there a newer one of the same issuer elsewhere?
fn is_behind(list: &List, all: &[List]) -> Option<Remark> {
    let newest = all
        .iter()
        .filter(|other| same_series(&list.published, &other.published))
        .max_by_key(|other| other.published.since())?;
    if newest.published.since() <= list.published.since() {
        return None;
    }
    let (name, place) = (list.published.name(), &newest.place);
    let text = format!("the {name} is older than the one in {place}.");
    let (seen, expected) = (list.published.since(), newest.published.since());
    let remark = BEHIND.of(&list.place, text).with("expected", expected.to_string());
    Some(remark.with("seen", seen.to_string()))
}

fn same_series(a: &Published, b: &Published) -> bool {
    match (a, b) {
        (Published::Crl(a), Published::Crl(b)) => a.issuer() == b.issuer(),
        (Published::Bci(a), Published::Bci(b)) => a.brand() == b.brand(),
        _ => false,
    }
}

//! A setting that protects was weakened behind the product's back.
//!
//! Who wants to read along or to send old messages again need not break in twice: one line in a
//! party's file is enough, and it survives every restart. What the product itself changes, it
//! records; a protection that is weaker than recorded was taken away by somebody else.
//!
//! ## How it shows
//!
//! Nothing has to show; `tls.key_log_is_on` in a log, when it is that.
//!
//! ## How it is confirmed
//!
//! The party's `config.toml` differs from its recorded state in one of these: TLS secrets are
//! written to a file, the bank link has no issuers to trust any more, clients are let in without a
//! certificate, an address that was denied is not, or messages may be older than before, more than
//! twice over. Other differences may be meant and are not told here.
//!
//! ## How it is repaired
//!
//! The setting is put back as it was recorded, when somebody approves that: whoever changed it may
//! have had a reason, for example a capture for support. `counterfoil doctor --record` takes the
//! files as they are.
//!
//! ## How the repair is proved
//!
//! The setting is as recorded, the party has read it, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! It has a party write its TLS secrets to a file, or lets messages be a hundred times older.

use serde_json::Value;

use crate::fact::{Facts, Observation as _, Recorded, Seen, Settings};
use crate::fault::{Class, Fault};
use crate::finding::{Case, Effect};
use crate::plan::Step;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "files-changed-behind",
    class: Class::Attack,
    title: "A setting that protects was weakened behind the product's back.",
    source: include_str!("files_changed_behind.rs"),
    symptoms: &["`tls.key_log_is_on` in a log that nobody asked for"],
    explains: &["profile-drift"],
    needs: &[Recorded::KIND, Settings::KIND],
    look,
    plan,
};

/// A protection, and whether it is weaker now than it was.
struct Protection {
    key: &'static str,
    effect: Effect,
    what: &'static str,
    is_weaker: fn(was: Option<&Value>, now: Option<&Value>) -> bool,
}

const PROTECTIONS: [Protection; 6] = [
    Protection {
        key: "node.tls_key_log",
        effect: Effect::Exposes,
        what: "writes the secrets of its TLS connections to a file",
        is_weaker: |was, now| was != now && now.is_some(),
    },
    Protection {
        key: "node.bank_link.trust",
        effect: Effect::Exposes,
        what: "calls its bank without TLS",
        is_weaker: |was, now| was.is_some() && now.is_none(),
    },
    Protection {
        key: "node.set.client_trust",
        effect: Effect::Weakens,
        what: "lets clients in without a certificate",
        is_weaker: |was, now| was.is_some() && now.is_none(),
    },
    Protection {
        key: "node.bank_listener.client_trust",
        effect: Effect::Weakens,
        what: "lets gateways in without a certificate",
        is_weaker: |was, now| was.is_some() && now.is_none(),
    },
    Protection {
        key: "node.deny",
        effect: Effect::Weakens,
        what: "lets an address in that was denied",
        is_weaker: |was, now| {
            let list = |value: Option<&Value>| value.and_then(Value::as_array).cloned();
            let now = list(now).unwrap_or_default();
            list(was).unwrap_or_default().iter().any(|address| !now.contains(address))
        },
    },
    Protection {
        key: "party.message_age_ms_max",
        effect: Effect::Weakens,
        what: "takes messages that are much older than before",
        is_weaker: |was, now| {
            let number = |value: Option<&Value>| value.and_then(Value::as_u64);
            matches!((number(was), number(now)), (Some(was), Some(now)) if now / 2 > was)
        },
    },
];

fn look(facts: &Facts) -> Vec<Case> {
    let recorded = facts.of::<Recorded>();
    recorded.iter().flat_map(|recorded| cases(facts, recorded)).collect()
}

fn cases(facts: &Facts, recorded: &Seen<'_, Recorded>) -> Vec<Case> {
    let Some(was) = recorded.settings.as_ref() else { return Vec::new() };
    let Some(now) = facts.at::<Settings>(recorded.source) else { return Vec::new() };
    // A file that cannot be read is another matter.
    if now.refused.is_some() || now.values.is_empty() {
        return Vec::new();
    }
    let weakened = PROTECTIONS.iter().filter(|protection| {
        (protection.is_weaker)(was.values.get(protection.key), now.values.get(protection.key))
    });
    weakened
        .map(|protection| {
            let key = protection.key;
            let party = recorded.party;
            let told = |value: Option<&Value>| value.map_or("absent".to_owned(), Value::to_string);
            let changed = recorded.changed_at.map(|at| at.to_string()).unwrap_or_default();
            let summary = format!("{party} {}: {key} is not as it was recorded", protection.what);
            Case::confirmed(format!("{}:{key}", recorded.source), party, protection.effect, summary)
                .with("seen", told(now.values.get(key)), recorded.source)
                .with("expected", told(was.values.get(key)), "doctor/recorded")
                .with("changed_at", changed, recorded.source)
                .check_again(format!("diff doctor/recorded/files/{0} {0}", recorded.source))
                .touching([format!("file:{}", recorded.source)])
                .stopping(["nothing: a protection is gone"])
        })
        .collect()
}

fn plan(facts: &Facts, case: &Case) -> Vec<Step> {
    let (owner, Some((file, key))) = (case.owner.as_str(), case.subject.split_once(':')) else {
        return Vec::new();
    };
    let recorded = facts.at::<Recorded>(file).and_then(|recorded| recorded.settings.clone());
    let was = recorded.and_then(|settings| settings.values.get(key).cloned());
    let back = match was {
        Some(value) => {
            let text = format!("set {key} of {owner} back to {value}, as it was recorded");
            // Text, numbers and lists of texts are the same in TOML and in JSON.
            Step::approved("set-setting", owner, text).with("value", value.to_string())
        }
        None => Step::approved(
            "unset-setting",
            owner,
            format!("take {key} of {owner} out again; nothing was recorded of it"),
        ),
    };
    vec![
        back.with("key", key),
        Step::approved("reload", owner, format!("have {owner} read its settings")),
        Step::advice(owner, "find out who changed it; what was written meanwhile may be known"),
    ]
}

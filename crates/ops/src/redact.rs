//! Facts as they may leave a deployment: addresses, names and certificates stay; card numbers are
//! masked, and values of fields that are called secrets are gone.

use serde_json::Value;

use counterfoil_doctor::fact::{Fact, Facts};
use counterfoil_logs::redact::shown;

/// Fields with base64 of certificates and lists, which a diagnosis reads and which hold nothing
/// else.
const DER_FIELDS: [&str; 3] = ["certificates", "served", "der"];
/// Parts of names of settings whose text is nobody's business.
const SECRET_NAMES: [&str; 6] = ["password", "passphrase", "secret", "token", "credential", "pin"];
/// What stands in the place of such a text.
const GONE: &str = "[redacted]";

/// The same facts without what must not leave.
pub fn redacted(facts: &Facts) -> Facts {
    let all = facts.all().iter().map(|fact| Fact {
        source: shown(fact.source.as_bytes()),
        seen: value("", &fact.seen),
        ..fact.clone()
    });
    Facts::new(facts.now(), all.collect())
}

/// A text that may leave.
pub fn text(text: &str) -> String {
    shown(text.as_bytes())
}

fn value(name: &str, seen: &Value) -> Value {
    match seen {
        Value::String(_) if is_secret(name) => Value::String(GONE.to_owned()),
        Value::String(text) if !DER_FIELDS.contains(&name) => Value::String(shown(text.as_bytes())),
        Value::Array(all) => Value::Array(all.iter().map(|one| value(name, one)).collect()),
        Value::Object(fields) => Value::Object(
            fields.iter().map(|(name, one)| (name.clone(), value(name, one))).collect(),
        ),
        other => other.clone(),
    }
}

/// The last part of a full key is what a setting is called.
fn is_secret(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let words: Vec<&str> = last.split(['_', '-']).collect();
    SECRET_NAMES.iter().any(|secret| words.contains(secret))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use counterfoil_doctor::bundle;
    use counterfoil_doctor::fact::{Chain, LogEvent, Settings};
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn card_numbers_and_secrets_do_not_leave_and_the_rest_does() {
        let now = Timestamp::UNIX_EPOCH;
        let fields = BTreeMap::from([("cause".into(), "card 4111111111111111 of 10.0.0.7".into())]);
        let event = LogEvent {
            event: "message.refused".into(),
            code: None,
            count: 1,
            first: now,
            last: now,
            fields,
        };
        let values = BTreeMap::from([
            ("node.api.token".to_owned(), Value::from("opensesame")),
            ("node.bank_link.host".to_owned(), Value::from("10.0.0.8")),
        ]);
        let settings = Settings { values, refused: None };
        let certificate = "MIIB4111111111111111AAA=".to_owned();
        let chain =
            Chain { used_as: "own".into(), certificates: vec![certificate.clone()], problem: None };
        let facts = Facts::new(
            now,
            vec![
                Fact::of("gateway", "gateway/log", now, &event),
                Fact::of("gateway", "gateway/config.toml", now, &settings),
                Fact::of("gateway", "gateway/certs/tls.pem", now, &chain),
            ],
        );
        let text = bundle::write(&redacted(&facts));
        assert!(!text.contains("card 4111111111111111"), "{text}");
        assert!(!text.contains("opensesame"), "{text}");
        assert!(text.contains("10.0.0.7") && text.contains("10.0.0.8"), "{text}");
        assert!(text.contains(&certificate), "{text}");
        assert_eq!(bundle::read(&text).unwrap(), redacted(&facts), "it is a bundle still");
    }
}

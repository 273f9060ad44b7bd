//! The recorded state beside the present one, file by file.

use jiff::Timestamp;

use counterfoil_doctor::fact::{Chain, Fact, Observation as _, Recorded};
use counterfoil_pki::Certificate;

use super::{Gatherer, Place, settings};
use crate::recorded::{Entry, Record, look};

pub(super) static GATHERER: Gatherer = Gatherer { name: "recorded", run };

fn run(place: &Place) -> Vec<Fact> {
    let record = match Record::read(&place.data) {
        Ok(record) => record,
        Err(error) => {
            return vec![place.unseen("", "doctor/recorded", Recorded::KIND, error)];
        }
    };
    record.entries.iter().map(|(name, entry)| compared(place, &record, name, entry)).collect()
}

fn compared(place: &Place, record: &Record, name: &str, entry: &Entry) -> Fact {
    let party = name.split_once('/').map_or("", |(party, _)| party);
    let mut seen = Recorded {
        sha256: entry.sha256.clone(),
        when: entry.when,
        is_key: entry.is_key,
        now_sha256: look(&place.data, name).map(|(digest, _)| digest),
        changed_at: None,
        certificates: Vec::new(),
        settings: None,
    };
    if seen.differs() {
        let changed = std::fs::metadata(place.data.join(name)).and_then(|data| data.modified());
        seen.changed_at = changed.ok().and_then(|at| Timestamp::try_from(at).ok());
        let text = record.copy(name).ok().and_then(|octets| String::from_utf8(octets).ok());
        if let Some(text) = text {
            if name.ends_with("config.toml") {
                seen.settings = Some(settings::of_text(&text, None));
            } else if let Ok(chain) = Certificate::from_pem_all(&text) {
                seen.certificates = Chain::of("recorded", &chain).certificates;
            }
        }
    }
    Fact::of(party, name, place.now, &seen)
}

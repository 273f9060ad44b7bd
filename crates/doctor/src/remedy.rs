//! Steps that many plans share.

use crate::fact::{Facts, Recorded, State};
use crate::plan::{Mode, Step};

/// Puts a file back as it was recorded; `None` when it is as recorded, nothing was recorded of it,
/// or only a digest was. The caller says whether what stands there now is proved to be wrong: if
/// it is not, somebody may have had a reason, and has to approve.
pub fn restore(facts: &Facts, place: &str, party: &str, proved_wrong: bool) -> Option<Step> {
    let recorded = facts.at::<Recorded>(place)?;
    if recorded.is_key || !recorded.differs() {
        return None;
    }
    let text = format!("put {place} back as it was recorded on {}", recorded.when);
    let mode = if proved_wrong { Mode::Automatic } else { Mode::NeedsApproval };
    Some(Step { mode, ..Step::automatic("restore-files", party, text).with("file", place) })
}

/// Has a party use what its files say: it reads them, or is started where it does not run.
pub fn read_again(facts: &Facts, party: &str) -> Vec<Step> {
    let stopped = facts.party(party).filter(|party| party.state == State::Stopped);
    match stopped {
        Some(stopped) if stopped.certified => {
            vec![Step::automatic("start-party", party, format!("start {party}"))]
        }
        _ => vec![Step::automatic("reload", party, format!("have {party} read its files"))],
    }
}

/// Sets one setting of a party: `value` is TOML.
pub fn set(party: &str, key: &str, value: impl Into<String>) -> Step {
    let value = value.into();
    Step::automatic("set-setting", party, format!("set {key} of {party} to {value}"))
        .with("key", key)
        .with("value", value)
}

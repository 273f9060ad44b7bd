//! Disks and whose folders lie on them.

use crate::fact::{Facts, FolderSeen};
use crate::finding::{Case, Effect};
use crate::plan::Step;

/// A disk with less is full: a commit and the line that says that it failed need as much.
pub(super) const FULL_BYTES: u64 = 4 * 1024 * 1024;

/// A disk with folders of parties on it.
pub(super) struct OnDisk {
    pub(super) free: u64,
    pub(super) total: u64,
    device: u64,
    parties: Vec<String>,
}

/// Every disk, each once.
pub(super) fn all(facts: &Facts) -> Vec<OnDisk> {
    let mut disks: Vec<OnDisk> = Vec::new();
    for folder in facts.of::<FolderSeen>() {
        let Some(disk) = &folder.disk else { continue };
        let party = folder.party.to_owned();
        match disks.iter_mut().find(|one| one.device == disk.device) {
            Some(known) => {
                known.free = known.free.min(disk.free);
                known.parties.push(party);
            }
            None => disks.push(OnDisk {
                free: disk.free,
                total: disk.total,
                device: disk.device,
                parties: vec![party],
            }),
        }
    }
    disks
}

impl OnDisk {
    /// That it has too little room.
    pub(super) fn case(&self, facts: &Facts, effect: Effect) -> Case {
        let first = &self.parties[0];
        let mib = |octets: u64| format!("{} MiB", octets / (1024 * 1024));
        let of = self.parties.join(", ");
        let summary = format!("{} of {} are free for {of}", mib(self.free), mib(self.total));
        let mut case = Case::confirmed(format!("disk of {first}"), first, effect, summary)
            .with("free", mib(self.free), first.as_str())
            .with("total", mib(self.total), first.as_str())
            .check_again(format!("df -B1 {first}"))
            .touching(self.parties.iter().map(|party| format!("party:{party}")))
            .stopping([format!("what {of} has to record")]);
        let failed = facts.of::<crate::fact::LogEvent>().into_iter().filter(|event| {
            event.event == "party.storage_failed"
                && self.parties.iter().any(|one| one == event.party)
        });
        for event in failed {
            case = case.with("storage_failed", format!("last {}", event.last), event.source);
        }
        case
    }
}

/// What whoever runs the party has to do.
pub(super) fn make_room(case: &Case) -> Vec<Step> {
    let text = "make room on that disk: rotated logs (log/*.N.jsonl), copies, files of others; \
                never state.sqlite or a file beside it";
    vec![Step::advice(&case.owner, text)]
}

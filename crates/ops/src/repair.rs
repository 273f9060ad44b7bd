//! Repair: plans carried out, and proved or undone.
//!
//! All plans that may be carried out are, the worst finding first; then the facts are gathered
//! again and a shadow payment is made. What did not help is undone: no repair stays that has not
//! proved itself, unless something else that was found still stands in the way of the proof.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::Serialize;

use counterfoil_doctor::{Diagnosis, Finding, Mode, Priority, Standing, Step};

use crate::step::{Hands, Kept};
use crate::{incident, recorded};

/// Folder, in the deployment's, with what the doctor keeps.
pub const FOLDER: &str = "doctor";

/// What a shadow payment showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "payment", rename_all = "snake_case")]
pub enum Proof {
    /// It passed and was voided.
    Passed {
        /// Its XID and amount, in a phrase.
        what: String,
    },
    /// It did not pass.
    Failed {
        /// What was said.
        why: String,
    },
    /// It could not be made, which says nothing of the deployment.
    NotMade {
        /// What is missing.
        why: String,
    },
}

/// How the repair of one finding ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// The finding is gone and a payment passed.
    Proved,
    /// The finding is gone; no payment could be made to prove it.
    Unproved,
    /// The finding is gone; something else still stands in the way of a payment.
    ProofWaits,
    /// Somebody has to approve it.
    WaitsForApproval,
    /// Only people, or another party, can act.
    HandedOver,
    /// It did not help and was undone.
    Undone,
    /// It did not help, and undoing it failed too.
    Stuck,
}

/// What was done about one finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Treatment {
    /// The finding.
    pub finding: String,
    /// Steps taken, with what each said.
    pub done: Vec<String>,
    /// How it ended.
    pub ended: Ended,
    /// Why, in a phrase, where it did not end well.
    pub why: Option<String>,
}

/// Repairs what may be repaired.
pub struct Surgeon<'a> {
    /// Who takes the steps.
    pub hands: Hands,
    /// Findings that somebody has approved.
    pub approved: &'a [String],
    /// Looks at the deployment.
    pub examine: &'a dyn Fn() -> Result<Diagnosis, String>,
    /// Makes a shadow payment.
    pub pay: &'a dyn Fn() -> Proof,
}

/// How often what a repair has laid open is repaired in turn.
const ROUNDS_MAX: usize = 3;

/// One plan under way.
struct Case {
    finding: Finding,
    kept: Option<Kept>,
    treatment: Treatment,
}

impl Surgeon<'_> {
    /// Carries out the plans of `diagnosis`, proves them, and undoes what did not help. Returns
    /// what was done and the payment that was made.
    pub fn repair(&self, diagnosis: &Diagnosis) -> (Vec<Treatment>, Option<Proof>) {
        let mut cases: Vec<Case> = diagnosis.causes().map(|finding| self.treat(finding)).collect();
        if cases.iter().all(|case| case.kept.is_none()) {
            return (cases.into_iter().map(|case| case.treatment).collect(), None);
        }
        let mut after = (self.examine)();
        for _ in 1..ROUNDS_MAX {
            let laid_open = after.as_ref().map(|after| self.laid_open(after, &cases));
            let laid_open = laid_open.unwrap_or_default();
            if laid_open.is_empty() {
                break;
            }
            cases.extend(laid_open);
            after = (self.examine)();
        }
        let proof = (self.pay)();
        for case in &mut cases {
            self.judge(case, &after, &proof);
        }
        (cases.into_iter().map(|case| case.treatment).collect(), Some(proof))
    }

    /// Treats causes that were consequences before, or came to light by a repair.
    fn laid_open(&self, after: &Diagnosis, cases: &[Case]) -> Vec<Case> {
        let is_new = |one: &&Finding| !cases.iter().any(|case| case.finding.id == one.id);
        let treated = after.causes().filter(is_new).map(|finding| self.treat(finding));
        treated.filter(|case| case.kept.is_some()).collect()
    }

    /// Takes the steps of one plan, as far as they may be taken.
    fn treat(&self, finding: &Finding) -> Case {
        let mut case = Case {
            finding: finding.clone(),
            kept: None,
            treatment: Treatment {
                finding: finding.id.clone(),
                done: Vec::new(),
                ended: Ended::HandedOver,
                why: None,
            },
        };
        if finding.case.standing != Standing::Confirmed {
            case.treatment.why = Some("it is not confirmed".to_owned());
            return case;
        }
        let approved = self.approved.contains(&finding.id);
        if !approved && let Some(why) = incident::escalated(&self.hands.data, &finding.id) {
            case.treatment.why = Some(why);
            return case;
        }
        let doable: Vec<&Step> =
            finding.plan.iter().filter(|step| step.mode != Mode::Advice).collect();
        if doable.is_empty() {
            return case;
        }
        if !approved && doable.iter().any(|step| step.mode == Mode::NeedsApproval) {
            case.treatment.ended = Ended::WaitsForApproval;
            return case;
        }
        let mut kept = match Kept::at(&self.folder(finding)) {
            Ok(kept) => kept,
            Err(error) => {
                case.treatment.ended = Ended::Undone;
                case.treatment.why = Some(format!("nothing was begun: {error}"));
                return case;
            }
        };
        for step in doable {
            match self.hands.take(step, &mut kept) {
                Ok(said) => case.treatment.done.push(said),
                Err(error) => {
                    case.treatment.why = Some(error.to_string());
                    break;
                }
            }
        }
        case.kept = Some(kept);
        case
    }

    fn folder(&self, finding: &Finding) -> PathBuf {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
        let name: String =
            finding.id.chars().map(|c| if is_plain(c) { c } else { '_' }).take(120).collect();
        self.hands.data.join(FOLDER).join("before").join(name)
    }

    /// Has it helped?
    fn judge(&self, case: &mut Case, after: &Result<Diagnosis, String>, proof: &Proof) {
        let Some(kept) = case.kept.take() else { return };
        let ended = match (after, case.treatment.why.is_some()) {
            (_, true) => None,
            (Err(error), _) => {
                case.treatment.why = Some(error.clone());
                None
            }
            (Ok(after), _) if after.finding(&case.finding.id).is_some() => {
                case.treatment.why = Some("the same is found again".into());
                None
            }
            (Ok(after), _) => match proof {
                Proof::Passed { .. } => Some(Ended::Proved),
                Proof::NotMade { .. } => Some(Ended::Unproved),
                Proof::Failed { why } => {
                    let others = after.causes().find(|one| one.priority == Priority::Urgent);
                    case.treatment.why = Some(match others {
                        Some(other) => format!("{} is still there", other.id),
                        None => format!("the shadow payment failed: {why}"),
                    });
                    others.map(|_| Ended::ProofWaits)
                }
            },
        };
        case.treatment.ended = match ended {
            Some(ended) => {
                // What a repair has changed is meant to be so; a record that cannot be renewed
                // shows as a difference, which is safe.
                recorded::renew(&self.hands.data, Timestamp::now(), kept.files()).ok();
                // What cannot be removed is only left over.
                kept.forget().ok();
                ended
            }
            None => self.undo(case, &kept),
        };
    }

    fn undo(&self, case: &mut Case, kept: &Kept) -> Ended {
        if let Err(error) = kept.put_back() {
            let why = case.treatment.why.take().unwrap_or_default();
            case.treatment.why = Some(format!("{why}; and it could not be undone: {error}"));
            return Ended::Stuck;
        }
        let parties: std::collections::BTreeSet<&str> =
            case.finding.plan.iter().map(|step| step.party.as_str()).collect();
        if kept.files().next().is_some() {
            for party in parties {
                let step = Step::automatic("reload", party, "read the files that were put back");
                // A party that refuses what was there before is as it was before.
                if let Some(work) = crate::step::named("reload") {
                    (work.run)(&self.hands, &step).ok();
                }
            }
        }
        Ended::Undone
    }
}

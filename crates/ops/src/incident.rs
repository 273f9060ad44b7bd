//! Incidents: findings that somebody has to deal with, kept with their history in
//! `doctor/incidents.sqlite` of the deployment's folder.
//!
//! A confirmed finding opens one. The same finding seen again belongs to the same incident, also
//! when
//! it was repaired in between: then it came back, and after [`IN_VAIN_MAX`] repairs that did not
//! last it is for people and not repaired again.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use counterfoil_doctor::{Diagnosis, Finding, Standing};
use counterfoil_party::records::{RecordsError, Table};
use counterfoil_secret::{Fault, Report};
use counterfoil_store::{Inspector, Storage as _, Store, StoreError};

use crate::repair::{Ended, FOLDER, Treatment};

/// Repairs of one finding that did not last, after which it is not repaired any more.
pub const IN_VAIN_MAX: u32 = 2;
/// Incidents that are listed.
pub const INCIDENTS_MAX: usize = 1_000;
/// Entries of one history; the first and the latest stay.
const HISTORY_MAX: usize = 200;
/// Characters of a note.
pub const NOTE_CHARS_MAX: usize = 4_000;
/// Days in which a finding that was repaired or closed comes back as the same incident.
const SAME_DAYS: i64 = 30;
/// Time to wait for another doctor that writes.
const BUSY_MS_MAX: u64 = 3_000;
const LOOK_MS: u64 = 50;

const INCIDENTS: Table<Incident> = Table::new("incident");
/// The latest incident of a finding, by the finding's id.
const LATEST: Table<String> = Table::new("incident_of_finding");
const COUNTERS: Table<u64> = Table::new("counter");
const LAST: &[u8] = b"incident";

/// Where an incident stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Somebody has to deal with it.
    Open,
    /// It was repaired, and the repair was proved.
    Repaired,
    /// It is no longer found, and nobody here has repaired it.
    Gone,
    /// Somebody has closed it.
    Closed,
}

impl State {
    /// The word in text and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Repaired => "repaired",
            Self::Gone => "gone",
            Self::Closed => "closed",
        }
    }
}

/// What happened to an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// `seen`, `repaired`, `repair_failed`, `waits`, `gone`, `came_back`, `escalated`, `note`,
    /// `closed`.
    pub what: String,
    /// In a phrase.
    pub text: String,
}

/// One fact that the finding stands on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// What was observed.
    pub what: String,
    /// Its value.
    pub value: String,
    /// Where.
    pub at: Option<String>,
}

/// An incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// `I-0001`: its name among people.
    pub id: String,
    /// Where it stands.
    pub state: State,
    /// The finding: `FAULT@SUBJECT`.
    pub finding: String,
    /// The catalogue's entry.
    pub fault: String,
    /// What is so, in a sentence.
    pub summary: String,
    /// How soon somebody has to act: `urgent`, `important`, `routine`.
    pub priority: String,
    /// Until when.
    pub deadline: Timestamp,
    /// The party that has to act.
    pub owner: String,
    /// Parties, links and certificates that are involved.
    pub touches: Vec<String>,
    /// What stops or suffers.
    pub stops: Vec<String>,
    /// Money that does not come in for each hour: minor units by currency.
    pub money_per_hour: Vec<(String, u64)>,
    /// What the finding stands on.
    pub evidence: Vec<Shown>,
    /// A command that shows it again.
    pub check_again: Option<String>,
    /// The plan, a sentence for each step.
    pub plan: Vec<String>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When the finding was last seen.
    pub seen_at: Timestamp,
    /// How often it was seen.
    pub seen: u64,
    /// Repairs that did not last.
    pub in_vain: u32,
    /// What happened, oldest first.
    pub history: Vec<Entry>,
}

/// Why an incident cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IncidentError {
    /// The file cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A record cannot be read.
    #[error(transparent)]
    Records(#[from] RecordsError),
    /// There is none of this name.
    #[error("there is no incident `{0}`")]
    Unknown(String),
    /// A party that has nothing to do with it.
    #[error("incident {id} does not touch {party}")]
    Foreign {
        /// The incident.
        id: String,
        /// The party.
        party: String,
    },
    /// The folder cannot be made.
    #[error("{0}")]
    Folder(String),
}

impl Report for IncidentError {
    fn id(&self) -> &'static str {
        match self {
            Self::Store(error) => error.id(),
            Self::Records(error) => error.id(),
            Self::Unknown(_) => "incident-unknown",
            Self::Foreign { .. } => "incident-foreign",
            Self::Folder(_) => "incidents-unusable",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Store(error) => error.hint(),
            Self::Records(error) => error.hint(),
            Self::Unknown(_) => "`counterfoil incident list` names all of them".into(),
            Self::Foreign { .. } => "name a party that the incident touches, or its owner".into(),
            Self::Folder(_) => "check that the deployment's folder can be written to".into(),
        }
    }

    fn fault(&self) -> Fault {
        match self {
            Self::Store(error) => error.fault(),
            Self::Records(error) => error.fault(),
            Self::Unknown(_) | Self::Foreign { .. } => Fault::OurMisuse,
            Self::Folder(_) => Fault::Environment,
        }
    }
}

/// The incidents of one deployment.
#[derive(Debug)]
pub struct Incidents {
    store: Store,
}

/// Where they are kept.
fn file(data: &Path) -> PathBuf {
    data.join(FOLDER).join("incidents.sqlite")
}

/// Whether a finding was repaired so often in vain that it is for people: why, in a phrase. What
/// cannot be read is no reason to leave a fault where it is.
pub fn escalated(data: &Path, finding: &str) -> Option<String> {
    let store = Inspector::open(&file(data)).ok()?;
    let id = store.record(LATEST.name, finding.as_bytes()).ok()??;
    let id: String = serde_json::from_slice(&id).ok()?;
    let incident = store.record(INCIDENTS.name, id.as_bytes()).ok()??;
    let incident: Incident = serde_json::from_slice(&incident).ok()?;
    (incident.in_vain >= IN_VAIN_MAX).then(|| {
        let times = incident.in_vain;
        format!(
            "it was repaired {times} times and came back each time; incident {id} is for people"
        )
    })
}

impl Incidents {
    /// Opens them; `None` when there are none and none is to be made.
    ///
    /// # Errors
    /// [`IncidentError`] when the file cannot be used, or another doctor does not let go of it.
    pub fn open(data: &Path, make: bool) -> Result<Option<Self>, IncidentError> {
        let file = file(data);
        if !make && !file.exists() {
            return Ok(None);
        }
        if let Some(folder) = file.parent() {
            let made = std::fs::create_dir_all(folder);
            made.map_err(|error| IncidentError::Folder(format!("{}: {error}", folder.display())))?;
        }
        let until = Instant::now() + Duration::from_millis(BUSY_MS_MAX);
        loop {
            match Store::open(&file) {
                Ok(store) => return Ok(Some(Self { store })),
                Err(StoreError::Locked { .. }) if Instant::now() < until => {
                    std::thread::sleep(Duration::from_millis(LOOK_MS));
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Takes note of what a look has found. `looked_for` names the faults of the look: only of
    /// these can be said that they are gone.
    ///
    /// # Errors
    /// [`IncidentError`] from the file.
    pub fn seen(
        &mut self,
        diagnosis: &Diagnosis,
        looked_for: &[&str],
    ) -> Result<(), IncidentError> {
        let now = diagnosis.at;
        self.store.begin_input();
        let confirmed: Vec<&Finding> = diagnosis
            .causes()
            .filter(|finding| finding.case.standing == Standing::Confirmed)
            .collect();
        for finding in &confirmed {
            let mut incident = match self.latest(&finding.id, now)? {
                Some(incident) => incident,
                None => self.opened(finding, now)?,
            };
            incident.is_seen(finding, now);
            self.put(&incident);
        }
        // What could not be looked at, or is only suspected by now, is not gone.
        let is_clear = diagnosis.could_not_look.is_empty();
        for mut incident in self.list()?.into_iter().filter(|one| one.state == State::Open) {
            let known = diagnosis.findings.iter().any(|finding| finding.id == incident.finding);
            if is_clear && !known && looked_for.contains(&incident.fault.as_str()) {
                incident.state = State::Gone;
                incident.happened(now, "gone", "it is no longer found");
                self.put(&incident);
            }
        }
        self.finish()
    }

    /// Takes note of repairs.
    ///
    /// # Errors
    /// [`IncidentError`] from the file.
    pub fn treated(
        &mut self,
        treatments: &[Treatment],
        now: Timestamp,
    ) -> Result<(), IncidentError> {
        self.store.begin_input();
        for treatment in treatments {
            let Some(mut incident) = self.latest(&treatment.finding, now)? else { continue };
            let done = treatment.done.join("; ");
            let why = treatment.why.clone().unwrap_or_default();
            match treatment.ended {
                Ended::Proved => {
                    incident.state = State::Repaired;
                    incident.happened(now, "repaired", &format!("{done}; proved by a payment"));
                }
                Ended::Unproved => {
                    incident.state = State::Repaired;
                    incident.happened(now, "repaired", &format!("{done}; no payment was made"));
                }
                Ended::ProofWaits => incident.happened(now, "waits", &format!("{done}; {why}")),
                Ended::WaitsForApproval => incident.happened(now, "waits", "for approval"),
                Ended::HandedOver if incident.in_vain >= IN_VAIN_MAX => {
                    incident.happened(now, "escalated", &why);
                }
                Ended::HandedOver => incident.happened(now, "waits", "for its owner"),
                Ended::Undone | Ended::Stuck => incident.happened(now, "repair_failed", &why),
            }
            self.put(&incident);
        }
        self.finish()
    }

    /// All incidents, oldest first.
    ///
    /// # Errors
    /// [`IncidentError`] from the file.
    pub fn list(&self) -> Result<Vec<Incident>, IncidentError> {
        let all = INCIDENTS.scan(&self.store, b"", None, INCIDENTS_MAX)?;
        Ok(all.into_iter().map(|(_, incident)| incident).collect())
    }

    /// One incident.
    ///
    /// # Errors
    /// [`IncidentError::Unknown`], or from the file.
    pub fn get(&self, id: &str) -> Result<Incident, IncidentError> {
        let found = INCIDENTS.get(&self.store, id.as_bytes())?;
        found.ok_or_else(|| IncidentError::Unknown(id.to_owned()))
    }

    /// Adds a note, or closes an incident with its last words.
    ///
    /// # Errors
    /// [`IncidentError::Unknown`], or from the file.
    pub fn write(
        &mut self,
        id: &str,
        text: &str,
        close: bool,
        now: Timestamp,
    ) -> Result<Incident, IncidentError> {
        let mut incident = self.get(id)?;
        self.store.begin_input();
        let text: String = crate::redact::text(text).chars().take(NOTE_CHARS_MAX).collect();
        if close {
            incident.state = State::Closed;
        }
        incident.happened(now, if close { "closed" } else { "note" }, &text);
        self.put(&incident);
        self.finish()?;
        Ok(incident)
    }

    /// The incident that a finding belongs to: the latest, unless that is long over.
    fn latest(&self, finding: &str, now: Timestamp) -> Result<Option<Incident>, IncidentError> {
        let Some(id) = LATEST.get(&self.store, finding.as_bytes())? else { return Ok(None) };
        let found = INCIDENTS.get(&self.store, id.as_bytes())?;
        let from = now - SignedDuration::from_hours(24 * SAME_DAYS);
        Ok(found.filter(|incident| incident.state == State::Open || incident.seen_at >= from))
    }

    fn opened(&mut self, finding: &Finding, now: Timestamp) -> Result<Incident, IncidentError> {
        let number = COUNTERS.get(&self.store, LAST)?.unwrap_or(0) + 1;
        COUNTERS.put(&mut self.store, LAST, &number);
        let id = format!("I-{number:04}");
        LATEST.put(&mut self.store, finding.id.as_bytes(), &id);
        Ok(Incident::of(id, finding, now))
    }

    fn put(&mut self, incident: &Incident) {
        INCIDENTS.put(&mut self.store, incident.id.as_bytes(), incident);
    }

    fn finish(&mut self) -> Result<(), IncidentError> {
        self.store.finish_input(true)?;
        Ok(self.store.commit()?)
    }
}

impl Incident {
    fn of(id: String, finding: &Finding, now: Timestamp) -> Self {
        Self {
            id,
            state: State::Open,
            finding: finding.id.clone(),
            fault: finding.fault.id.to_owned(),
            summary: String::new(),
            priority: String::new(),
            deadline: finding.deadline,
            owner: finding.case.owner.clone(),
            touches: Vec::new(),
            stops: Vec::new(),
            money_per_hour: Vec::new(),
            evidence: Vec::new(),
            check_again: None,
            plan: Vec::new(),
            opened_at: now,
            seen_at: now,
            seen: 0,
            in_vain: 0,
            history: Vec::new(),
        }
    }

    /// Takes over what the finding says now. The deadline stays that of the first look: looking
    /// again gives nobody more time.
    fn is_seen(&mut self, finding: &Finding, now: Timestamp) {
        let case = &finding.case;
        match self.state {
            State::Open if self.seen == 0 => self.happened(now, "seen", &case.summary),
            State::Open => {}
            State::Repaired => {
                self.in_vain += 1;
                let text = format!("the repair did not last ({} in vain)", self.in_vain);
                self.happened(now, "came_back", &text);
                self.deadline = finding.deadline;
            }
            State::Gone | State::Closed => {
                self.happened(now, "came_back", &case.summary);
                self.deadline = finding.deadline;
            }
        }
        self.state = State::Open;
        (self.seen, self.seen_at) = (self.seen + 1, now);
        self.summary = case.summary.clone();
        self.priority = finding.priority.name().to_owned();
        self.owner = case.owner.clone();
        self.touches = case.touches.iter().cloned().collect();
        self.stops = case.stops.clone();
        self.money_per_hour = finding.money_per_hour.clone();
        self.check_again = case.check_again.clone();
        self.plan = finding.plan.iter().map(|step| step.text.clone()).collect();
        let evidence = case.evidence.iter().map(|one| Shown {
            what: one.what.clone(),
            value: one.value.clone(),
            at: one.at.clone(),
        });
        self.evidence = evidence.collect();
    }

    fn happened(&mut self, now: Timestamp, what: &str, text: &str) {
        if self.history.len() == HISTORY_MAX {
            self.history.remove(1);
        }
        let (what, text) = (what.to_owned(), text.to_owned());
        self.history.push(Entry { at: now, what, text });
    }

    /// The parties that it touches.
    pub fn parties(&self) -> Vec<&str> {
        let named = self.touches.iter().filter_map(|touched| touched.strip_prefix("party:"));
        let mut all: Vec<&str> = named.chain([self.owner.as_str()]).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// What `party` may see of it: its owner sees everything. Another that is touched sees that
    /// there
    /// is such an incident, whose it is and until when, what stops, and the evidence that was found
    /// at its own place; not the others' evidence, nor how they repair it, nor their notes.
    ///
    /// # Errors
    /// [`IncidentError::Foreign`] for a party that has nothing to do with it.
    pub fn share_of(&self, party: &str) -> Result<Self, IncidentError> {
        if party == self.owner {
            return Ok(self.clone());
        }
        if !self.parties().contains(&party) {
            let (id, party) = (self.id.clone(), party.to_owned());
            return Err(IncidentError::Foreign { id, party });
        }
        let own = |at: &Option<String>| {
            at.as_deref().is_some_and(|at| {
                at == party
                    || at.starts_with(&format!("{party}/"))
                    || at.starts_with(&format!("{party} "))
            })
        };
        let other = |touched: &String| {
            touched.strip_prefix("party:").is_none_or(|name| name == party || name == self.owner)
        };
        let told = ["seen", "repaired", "gone", "came_back", "closed"];
        let history = self.history.iter().filter(|entry| told.contains(&entry.what.as_str()));
        Ok(Self {
            summary: format!("{} at {}, which has to act", self.fault, self.owner),
            evidence: self.evidence.iter().filter(|one| own(&one.at)).cloned().collect(),
            check_again: None,
            plan: Vec::new(),
            money_per_hour: Vec::new(),
            touches: self.touches.iter().filter(|one| other(one)).cloned().collect(),
            history: history.map(|entry| Entry { text: String::new(), ..entry.clone() }).collect(),
            ..self.clone()
        })
    }
}

#[cfg(test)]
#[path = "incident_test.rs"]
mod tests;

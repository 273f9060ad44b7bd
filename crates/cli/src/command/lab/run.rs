//! One run: a fault is caused, looked for, repaired and proved.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::json;

use counterfoil_doctor::{Diagnosis, Finding, Standing, fault};
use counterfoil_ops::examine::{Budget, examine};
use counterfoil_ops::inject::{INJECTORS, Injected, Injector};
use counterfoil_ops::repair::{Ended, Proof, Surgeon, Treatment};
use counterfoil_ops::survey::Place;

use super::deployment::Laboratory;
use crate::command::doctor::shadow;
use crate::failure::{Failure, Status};

/// Time in which a fault is looked for again and again.
const FIND_MS_MAX: u64 = 15_000;
/// Pause between two looks.
const PAUSE_MS: u64 = 400;

/// What came of one run.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// What was broken; nothing in a healthy run.
    pub injected: Vec<Injected>,
    /// Causes that were confirmed: fault and owner.
    pub confirmed: Vec<(String, String)>,
    /// Faults that were confirmed as consequences of others: fault and owner.
    pub folded: Vec<(String, String)>,
    /// Causes that were suspected, or could not be told.
    pub abstained: Vec<(String, String)>,
    /// From the fault to the last of its findings, in milliseconds.
    pub found_ms: Option<u64>,
    /// One look, in milliseconds.
    pub look_ms: u64,
    /// What was done.
    pub treatments: Vec<Treatment>,
    /// The payment that was made to prove it.
    pub proof: Option<Proof>,
}

impl Outcome {
    /// Was `injected` found, whoever was blamed?
    pub fn found(&self, injected: &Injected) -> bool {
        let mut all = self.confirmed.iter().chain(&self.folded);
        all.any(|(fault, _)| *fault == injected.fault)
    }

    /// Was `injected` found as a cause of its own?
    pub fn is_cause(&self, injected: &Injected) -> bool {
        self.confirmed.iter().any(|(fault, _)| *fault == injected.fault)
    }

    /// Was `injected` found and the right party blamed?
    pub fn blamed(&self, injected: &Injected) -> bool {
        let right = (injected.fault.clone(), injected.owner.clone());
        self.confirmed.contains(&right) || self.folded.contains(&right)
    }

    /// Causes that were confirmed and that nobody injected.
    pub fn false_alarms(&self) -> Vec<&(String, String)> {
        let known = |fault: &str| self.injected.iter().any(|injected| injected.fault == fault);
        self.confirmed.iter().filter(|(fault, _)| !known(fault)).collect()
    }

    /// Confirmed for the right fault, with another party blamed.
    pub fn wrong_party(&self) -> bool {
        self.confirmed.iter().any(|(fault, owner)| {
            let mut same = self.injected.iter().filter(|one| one.fault == *fault).peekable();
            same.peek().is_some() && !same.any(|one| one.owner == *owner)
        })
    }

    /// Was everything done that may be done, and is what was found gone?
    pub fn done(&self) -> bool {
        let good = |one: &Treatment| matches!(one.ended, Ended::Proved | Ended::Unproved);
        self.treatments.iter().all(good)
    }

    /// Was it repaired, and proved by a payment?
    pub fn proved(&self) -> bool {
        let is_proved = |treatment: &Treatment| treatment.ended == Ended::Proved;
        !self.treatments.is_empty() && self.treatments.iter().all(is_proved)
    }
}

/// The injectors of a name: of a fault all that cause it, else the one of that name.
pub fn injectors(name: &str) -> Result<Vec<&'static Injector>, Failure> {
    let named = INJECTORS.iter().filter(|one| one.fault == name || one.name == name);
    let named: Vec<&'static Injector> = named.copied().collect();
    if named.is_empty() { Err(super::unknown(name)) } else { Ok(named) }
}

/// `lab run`.
pub fn once(name: &str, seed: u64, json: bool) -> Result<Status, Failure> {
    let injector = injectors(name)?[0];
    let folder = std::env::temp_dir().join(format!("counterfoil-lab-{}", std::process::id()));
    let tell = |line: &str| {
        if !json {
            println!("{line}")
        }
    };
    tell("a laboratory is made: every party, registered, one purchase");
    let outcome = make_and_run(folder.clone(), injector, seed, &tell);
    // What cannot be removed is only left over.
    drop(std::fs::remove_dir_all(&folder));
    let outcome = outcome?;
    if json {
        println!("{}", json!(outcome));
    }
    let right = outcome.injected.iter().all(|injected| outcome.blamed(injected));
    let clean = outcome.false_alarms().is_empty() && !outcome.wrong_party();
    Ok(if right && clean { Status::Fine } else { Status::Found })
}

fn make_and_run(
    folder: PathBuf,
    injector: &'static Injector,
    seed: u64,
    tell: &dyn Fn(&str),
) -> Result<Outcome, Failure> {
    let mut laboratory = Laboratory::make(folder, false)?;
    run(&mut laboratory, &[injector], seed, tell)
}

/// Causes faults in a healthy laboratory, looks, and repairs.
pub fn run(
    laboratory: &mut Laboratory,
    injectors: &[&'static Injector],
    seed: u64,
    tell: &dyn Fn(&str),
) -> Result<Outcome, Failure> {
    let mut injected = Vec::new();
    let order = laboratory.order()?;
    for injector in injectors {
        let one = laboratory.inject(injector, seed)?;
        tell(&format!("injected   {}: {}", one.fault, one.what));
        injected.push(one);
    }
    let begun = Instant::now();
    if !injected.is_empty() {
        laboratory.customer(&order)?;
    }
    let (mut outcome, diagnosis) = look(laboratory, injected, begun)?;
    for finding in diagnosis.causes() {
        tell(&format!("{:<10} {}: {}", standing(finding), finding.id, finding.case.summary));
    }
    if !outcome.injected.is_empty() {
        laboratory.customer_leaves();
        repair(laboratory, &diagnosis, &mut outcome, tell)?;
    }
    Ok(outcome)
}

/// Looks until everything that was injected is found, or time is up.
fn look(
    laboratory: &Laboratory,
    injected: Vec<Injected>,
    begun: Instant,
) -> Result<(Outcome, Diagnosis), Failure> {
    let faults = fault::catalogue();
    let mut outcome = Outcome {
        injected,
        confirmed: Vec::new(),
        folded: Vec::new(),
        abstained: Vec::new(),
        found_ms: None,
        look_ms: 0,
        treatments: Vec::new(),
        proof: None,
    };
    loop {
        let started = Instant::now();
        let place = Place::open(laboratory.data())?;
        let (_, diagnosis) = examine(&place, &faults, Budget::default());
        outcome.look_ms = millis(started);
        let of = |finding: &&Finding| finding.case.standing == Standing::Confirmed;
        let told = |one: &Finding| (one.fault.id.to_owned(), one.case.owner.clone());
        outcome.confirmed = diagnosis.causes().filter(of).map(told).collect();
        let folded = diagnosis.findings.iter().filter(|one| one.because_of.is_some());
        outcome.folded = folded.filter(of).map(told).collect();
        outcome.abstained = diagnosis.causes().filter(|one| !of(one)).map(told).collect();
        let all_found = outcome.injected.iter().all(|one| outcome.found(one));
        if all_found && !outcome.injected.is_empty() {
            outcome.found_ms = Some(millis(begun));
        }
        if all_found || millis(begun) > FIND_MS_MAX {
            return Ok((outcome, diagnosis));
        }
        std::thread::sleep(Duration::from_millis(PAUSE_MS));
    }
}

fn repair(
    laboratory: &Laboratory,
    diagnosis: &Diagnosis,
    outcome: &mut Outcome,
    tell: &dyn Fn(&str),
) -> Result<(), Failure> {
    let faults = fault::catalogue();
    let again = || -> Result<Diagnosis, String> {
        let place = Place::open(laboratory.data()).map_err(|error| error.to_string())?;
        Ok(examine(&place, &faults, Budget::default()).1)
    };
    let passphrase = laboratory.stage().passphrase;
    // Whoever runs a laboratory approves what the doctor wants to do in it.
    let approved: Vec<String> = diagnosis.causes().map(|finding| finding.id.clone()).collect();
    let surgeon = Surgeon {
        hands: laboratory.hands()?,
        approved: &approved,
        examine: &again,
        pay: &|| shadow::pay(laboratory.data(), Some(passphrase.clone())),
    };
    (outcome.treatments, outcome.proof) = surgeon.repair(diagnosis);
    for treatment in &outcome.treatments {
        treatment.done.iter().for_each(|done| tell(&format!("did        {done}")));
        let why = treatment.why.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
        let ended = json!(treatment.ended);
        tell(&format!("{:<10} {}{why}", ended.as_str().unwrap_or_default(), treatment.finding));
    }
    if let Some(proof) = &outcome.proof {
        tell(&format!("payment    {}", json!(proof)));
    }
    Ok(())
}

fn standing(finding: &Finding) -> &'static str {
    finding.case.standing.name()
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

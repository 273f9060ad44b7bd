//! `doctor`: what is wrong with a deployment, whose it is, and its repair.

pub mod shadow;
mod show;

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use counterfoil_doctor::fact::PartySeen;
use counterfoil_doctor::{Diagnosis, Facts, Fault, Finding, Standing, fault, locate};
use counterfoil_ops::examine::{Budget, examine};
use counterfoil_ops::incident::{IncidentError, Incidents};
use counterfoil_ops::recorded;
use counterfoil_ops::repair::{Ended, Surgeon, Treatment};
use counterfoil_ops::step::Hands;
use counterfoil_ops::survey::Place;

use super::{Command, explain, support_bundle};
use crate::failure::{Failure, Status};
use crate::passphrase::Passphrase;

/// Arguments of `doctor`.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Look for these faults only
    checks: Vec<String>,
    /// Folder of the deployment
    #[arg(long, value_name = "DIR", required_unless_present_any = ["bundle", "list"])]
    data: Option<PathBuf>,
    /// Diagnose a bundle of facts instead; nothing else is looked at
    #[arg(long, value_name = "FILE", conflicts_with_all = ["data", "repair", "watch"])]
    bundle: Option<PathBuf>,
    /// List the faults that are looked for
    #[arg(long)]
    list: bool,
    /// Show only what this party has to do
    #[arg(long, value_name = "NAME")]
    party: Option<String>,
    /// Carry out what may be carried out, prove it by a payment, undo what did not help
    #[arg(long)]
    repair: bool,
    /// Show the plans and do nothing
    #[arg(long, conflicts_with = "repair")]
    dry_run: bool,
    /// Approve the repair of a finding, by its id
    #[arg(long, value_name = "ID", requires = "repair")]
    approve: Vec<String>,
    /// Look again and again, and tell what changes
    #[arg(long, conflicts_with = "repair")]
    watch: bool,
    /// Seconds between two looks of --watch
    #[arg(long, value_name = "N", default_value_t = 30, requires = "watch")]
    every: u64,
    /// Record every file of the deployment as it is now, as the state that is meant
    #[arg(long, requires = "data", conflicts_with_all = ["repair", "watch", "dry_run", "bundle"])]
    record: bool,
    #[command(flatten)]
    passphrase: Passphrase,
    /// Print one JSON document, or one for each look
    #[arg(long)]
    json: bool,
}

impl Command for Doctor {
    const NAME: &'static str = "doctor";
    const ABOUT: &'static str =
        "Say what is wrong with a deployment, where, and whose it is; repair and prove it";

    fn run(self) -> Result<Status, Failure> {
        let faults = self.faults()?;
        if self.list {
            show::list(&faults, self.json);
            return Ok(Status::Fine);
        }
        if let Some(file) = &self.bundle {
            let (facts, signed) = support_bundle::read(file)?;
            let diagnosis = locate(&facts, &faults);
            self.is_party(&facts)?;
            let status = self.tell(&facts, &diagnosis);
            if !self.json {
                let by = signed.map_or("nobody".to_owned(), |signed| signed.subject);
                println!("\nThe bundle is of {}, signed by {by}.", facts.now());
            }
            return Ok(status);
        }
        let data = self.data.clone().unwrap_or_default();
        if self.record {
            let files = recorded::all(&data, jiff::Timestamp::now())?;
            let text = format!("recorded {files} files as they are now");
            println!("{}", if self.json { json!({ "recorded": files }).to_string() } else { text });
            return Ok(Status::Fine);
        }
        if self.watch {
            return self.watch(&data, &faults);
        }
        let place = Place::open(&data)?;
        let (facts, diagnosis) = examine(&place, &faults, Budget::default());
        self.is_party(&facts)?;
        self.known(&diagnosis)?;
        take_note(&data, &diagnosis, &faults, &[]);
        if self.repair {
            return self.treat(&data, &faults, &facts, &diagnosis);
        }
        Ok(self.tell(&facts, &diagnosis))
    }
}

impl Doctor {
    /// The faults that are looked for.
    fn faults(&self) -> Result<Vec<&'static Fault>, Failure> {
        if self.checks.is_empty() {
            return Ok(fault::catalogue());
        }
        self.checks.iter().map(|id| fault::named(id).ok_or_else(|| explain::unknown(id))).collect()
    }

    /// Refuses the name of a party that there is not.
    fn is_party(&self, facts: &Facts) -> Result<(), Failure> {
        let Some(name) = self.party.as_deref() else { return Ok(()) };
        let parties = facts.of::<PartySeen>();
        if parties.iter().any(|party| party.party == name) {
            return Ok(());
        }
        let known: Vec<&str> = parties.iter().map(|party| party.party).collect();
        let sentence = format!("there is no party `{name}`");
        Err(Failure::input("party-unknown", sentence, format!("use one of: {}", known.join(", "))))
    }

    /// Refuses the approval of what was not found.
    fn known(&self, diagnosis: &Diagnosis) -> Result<(), Failure> {
        let strange = self.approve.iter().find(|id| diagnosis.finding(id).is_none());
        strange.map_or(Ok(()), |id| {
            let found: Vec<&str> = diagnosis.causes().map(|one| one.id.as_str()).collect();
            let hint = match found.as_slice() {
                [] => "nothing is found: nothing has to be approved".to_owned(),
                found => format!("found are {}", found.join(", ")),
            };
            Err(Failure::input("finding-unknown", format!("there is no finding `{id}`"), hint))
        })
    }

    fn tell(&self, facts: &Facts, diagnosis: &Diagnosis) -> Status {
        let view = show::View { facts, diagnosis, party: self.party.as_deref() };
        if self.json {
            println!("{}", view.json());
        } else {
            view.print(self.dry_run);
        }
        view.status()
    }

    fn treat(
        &self,
        data: &std::path::Path,
        faults: &[&'static Fault],
        facts: &Facts,
        diagnosis: &Diagnosis,
    ) -> Result<Status, Failure> {
        let executable = std::env::current_exe().map_err(|error| {
            Failure::unseen("executable-unknown", error, "call counterfoil by its full path")
        })?;
        let passphrase = self.passphrase.read_if_given("the wallet")?;
        let again = || -> Result<Diagnosis, String> {
            let place = Place::open(data).map_err(|error| error.to_string())?;
            Ok(examine(&place, faults, Budget::default()).1)
        };
        let surgeon = Surgeon {
            hands: Hands { data: data.to_owned(), executable },
            approved: &self.approve,
            examine: &again,
            pay: &|| shadow::pay(data, passphrase.clone()),
        };
        let (treatments, proof) = surgeon.repair(diagnosis);
        take_note(data, diagnosis, faults, &treatments);
        let view = show::View { facts, diagnosis, party: self.party.as_deref() };
        if self.json {
            let mut document = view.json();
            document["treatments"] = json!(treatments);
            document["proof"] = json!(proof);
            println!("{document}");
        } else {
            view.print(false);
            show::treatments(&treatments, proof.as_ref());
        }
        let good = |ended: Ended| matches!(ended, Ended::Proved | Ended::Unproved);
        let all_good = treatments.iter().all(|treatment| good(treatment.ended));
        Ok(if all_good { Status::Fine } else { Status::Found })
    }

    fn watch(&self, data: &std::path::Path, faults: &[&'static Fault]) -> Result<Status, Failure> {
        let mut before: Vec<String> = Vec::new();
        loop {
            let place = Place::open(data)?;
            let (facts, diagnosis) = examine(&place, faults, Budget::default());
            let now: Vec<String> = diagnosis.causes().map(|one| one.id.clone()).collect();
            take_note(data, &diagnosis, faults, &[]);
            if self.json {
                self.tell(&facts, &diagnosis);
            } else {
                show::changes(&diagnosis, &before);
            }
            before = now;
            std::thread::sleep(std::time::Duration::from_secs(self.every.max(1)));
        }
    }
}

/// Keeps incidents of what was found, or of what was done about it. That it cannot be kept is said
/// and stops nothing.
fn take_note(
    data: &std::path::Path,
    diagnosis: &Diagnosis,
    faults: &[&'static Fault],
    treatments: &[Treatment],
) {
    let note = || -> Result<(), IncidentError> {
        let is_sure = |finding: &Finding| finding.case.standing == Standing::Confirmed;
        let is_found = diagnosis.causes().any(is_sure);
        let Some(mut incidents) = Incidents::open(data, is_found)? else { return Ok(()) };
        if treatments.is_empty() {
            let ids: Vec<&str> = faults.iter().map(|fault| fault.id).collect();
            return incidents.seen(diagnosis, &ids);
        }
        incidents.treated(treatments, jiff::Timestamp::now())
    };
    if let Err(error) = note() {
        eprintln!("incidents are not kept: {error}");
    }
}

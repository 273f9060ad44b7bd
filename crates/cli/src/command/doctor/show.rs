//! What the doctor says: one screen, the worst first.

use iso_currency::Currency;
use serde_json::{Value, json};

use counterfoil_doctor::{Diagnosis, Facts, Fault, Finding, Mode, Standing};
use counterfoil_ops::repair::{Ended, Proof, Treatment};

use crate::failure::Status;
use crate::table::aligned;

/// Lines of one screen; findings beyond it are shown by their first line only.
const SCREEN_LINES: usize = 40;
/// Lines of evidence of one finding.
const EVIDENCE_MAX: usize = 4;
/// Lines about what could not be looked at.
const UNSEEN_MAX: usize = 6;

/// A diagnosis as it is shown.
pub struct View<'a> {
    pub facts: &'a Facts,
    pub diagnosis: &'a Diagnosis,
    pub party: Option<&'a str>,
}

impl View<'_> {
    /// One document.
    pub fn json(&self) -> Value {
        let findings: Vec<Value> =
            self.findings().into_iter().map(|finding| json!(finding.json())).collect();
        json!({
            "at": self.diagnosis.at, "facts": self.facts.all().len(),
            "looked_for": self.diagnosis.looked_for, "findings": findings,
            "could_not_look": self.diagnosis.could_not_look,
        })
    }

    /// What a command ends with.
    pub fn status(&self) -> Status {
        if !self.findings().is_empty() {
            return Status::Found;
        }
        if self.diagnosis.could_not_look.is_empty() { Status::Fine } else { Status::Unseen }
    }

    fn findings(&self) -> Vec<&Finding> {
        let own = |finding: &&Finding| self.party.is_none_or(|party| finding.case.owner == party);
        self.diagnosis.findings.iter().filter(own).collect()
    }

    /// The screen.
    pub fn print(&self, with_plans: bool) {
        let findings = self.findings();
        let causes: Vec<&&Finding> =
            findings.iter().filter(|finding| finding.because_of.is_none()).collect();
        let (facts, faults) = (self.facts.all().len(), self.diagnosis.looked_for);
        if causes.is_empty() {
            println!("Nothing found: {faults} faults looked for in {facts} facts.");
        } else {
            let rows: Vec<Vec<String>> = causes.iter().map(|finding| row(finding)).collect();
            aligned(&rows).iter().for_each(|line| println!("{line}"));
            let mut lines = rows.len();
            for (index, finding) in causes.iter().enumerate() {
                let whole = whole_of(finding);
                lines += whole.len();
                // The first is shown in any case.
                if index > 0 && lines > SCREEN_LINES && !with_plans {
                    break;
                }
                whole.iter().for_each(|line| println!("{line}"));
            }
        }
        self.unseen();
        if !causes.is_empty() && !with_plans {
            println!("\n`counterfoil explain ID` tells more, `--dry-run` shows every step.");
        }
    }

    fn unseen(&self) {
        let unseen = &self.diagnosis.could_not_look;
        if unseen.is_empty() {
            return;
        }
        println!("\nCould not look at {} things:", unseen.len());
        for one in unseen.iter().take(UNSEEN_MAX) {
            println!("  {}: {}", one.what, one.why);
        }
        if unseen.len() > UNSEEN_MAX {
            println!("  and {} more (--json names all)", unseen.len() - UNSEEN_MAX);
        }
    }
}

fn row(finding: &Finding) -> Vec<String> {
    let sure = match finding.case.standing {
        Standing::Confirmed => "",
        Standing::Suspected { .. } => " (suspected)",
        Standing::Inconclusive { .. } => " (inconclusive)",
    };
    vec![
        finding.priority.name().to_owned(),
        finding.case.owner.clone(),
        format!("{}{sure}", finding.fault.id),
        finding.case.summary.clone(),
    ]
}

/// All that belongs to a finding, line by line.
fn whole_of(finding: &Finding) -> Vec<String> {
    let mut lines = vec![String::new(), finding.id.clone()];
    let case = &finding.case;
    for evidence in case.evidence.iter().take(EVIDENCE_MAX) {
        let at = evidence.at.as_deref().map(|at| format!("  ({at})")).unwrap_or_default();
        lines.push(format!("  {:<9} {} = {}{at}", "evidence", evidence.what, evidence.value));
    }
    if let Some(command) = &case.check_again {
        lines.push(format!("  {:<9} {command}", "check"));
    }
    if !case.stops.is_empty() {
        lines.push(format!("  {:<9} {}{}", "stops", case.stops.join(", "), money(finding)));
    }
    if !finding.consequences.is_empty() {
        lines.push(format!("  {:<9} {}", "explains", finding.consequences.join(", ")));
    }
    match &case.standing {
        Standing::Suspected { settled_by } => settled_by.iter().for_each(|question| {
            lines.push(format!("  {:<9} {} {}", "settle by", question.ask, question.about));
        }),
        Standing::Inconclusive { missing } => {
            missing.iter().for_each(|what| lines.push(format!("  {:<9} {what}", "missing")));
        }
        Standing::Confirmed => {}
    }
    for step in &finding.plan {
        let who = match step.mode {
            Mode::Automatic => String::new(),
            mode => format!(" [{}: {}]", mode.name(), step.party),
        };
        lines.push(format!("  {:<9} {}{who}", "repair", step.text));
    }
    lines.push(format!("  {:<9} {}", "until", finding.deadline));
    lines
}

fn money(finding: &Finding) -> String {
    let amounts = finding.money_per_hour.iter().map(|(currency, units)| {
        let code = Currency::from_code(currency);
        let digits = usize::from(code.and_then(Currency::exponent).unwrap_or(0));
        let text = format!("{units:0>width$}", width = digits + 1);
        let (whole, rest) = text.split_at(text.len() - digits);
        format!("{whole}{}{rest} {currency}", if digits > 0 { "." } else { "" })
    });
    let amounts: Vec<String> = amounts.collect();
    if amounts.is_empty() { String::new() } else { format!(": {} an hour", amounts.join(", ")) }
}

/// What was done.
pub fn treatments(treatments: &[Treatment], proof: Option<&Proof>) {
    println!();
    for treatment in treatments {
        let ended = match treatment.ended {
            Ended::Proved => "repaired and proved",
            Ended::Unproved => "repaired, not proved by a payment",
            Ended::ProofWaits => "repaired, the proof has to wait",
            Ended::WaitsForApproval => "waits for approval",
            Ended::HandedOver => "not ours to repair",
            Ended::Undone => "did not help and was undone",
            Ended::Stuck => "did not help and could not be undone",
        };
        let why = treatment.why.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
        println!("{}: {ended}{why}", treatment.finding);
        treatment.done.iter().for_each(|done| println!("  {done}"));
        if treatment.ended == Ended::WaitsForApproval {
            println!("  approve it with --repair --approve {}", treatment.finding);
        }
    }
    match proof {
        Some(Proof::Passed { what }) => println!("Shadow payment passed: {what}"),
        Some(Proof::Failed { why }) => println!("Shadow payment failed: {why}"),
        Some(Proof::NotMade { why }) => println!("No shadow payment was made: {why}"),
        None => {}
    }
}

/// What is new and what is over since the look before.
pub fn changes(diagnosis: &Diagnosis, before: &[String]) {
    for finding in diagnosis.causes().filter(|finding| !before.contains(&finding.id)) {
        println!("{} found     {}", diagnosis.at, row(finding).join("  "));
    }
    for id in before.iter().filter(|id| diagnosis.finding(id).is_none()) {
        println!("{} over      {id}", diagnosis.at);
    }
}

/// The catalogue.
pub fn list(faults: &[&'static Fault], json: bool) {
    if json {
        let faults: Vec<Value> = faults
            .iter()
            .map(|fault| json!({"id": fault.id, "class": fault.class, "title": fault.title}))
            .collect();
        println!("{}", json!({ "faults": faults }));
        return;
    }
    let rows: Vec<Vec<String>> = faults
        .iter()
        .map(|fault| vec![fault.id.into(), fault.class.name().into(), fault.title.into()])
        .collect();
    aligned(&rows).iter().for_each(|line| println!("{line}"));
}

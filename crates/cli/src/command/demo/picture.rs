//! The demo on the terminal.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::sight::{Holding, Sight, Step};
use crate::failure::Failure;
use crate::table::aligned;

/// Characters of a statement that are shown.
const PROOF_CHARS: usize = 110;
/// Width of the column of commands.
const COMMAND_CHARS: usize = 20;

/// Prints a line.
pub fn say(line: &str) {
    println!("{line}");
}

/// Prints what is going to happen.
pub fn opening(data: &Path) {
    say("Counterfoil buys something: every party a process of its own, with its own keys.");
    say(&format!("Deployment: {}\n", data.display()));
}

/// Prints what a command did.
pub fn step(command: &str, did: &str) {
    say(&format!("  {command:<COMMAND_CHARS$} {did}"));
}

/// The processes of the line that `up` printed.
pub fn processes(ready: &Value) -> String {
    let parties = ready["parties"].as_array().map(Vec::as_slice).unwrap_or_default();
    let names = parties.iter().filter_map(|party| party["ready"].as_str());
    format!("{} processes: {}", parties.len(), names.collect::<Vec<_>>().join(", "))
}

/// The common name in a subject.
pub fn common_name(subject: &str) -> String {
    let name = subject.split(',').find_map(|part| part.strip_prefix("CN="));
    name.unwrap_or(subject).to_owned()
}

/// What the wallet is certain of.
pub fn verdict(paid: &Value) -> String {
    let verdict = paid["verdict"]["verdict"].as_str().unwrap_or("undecided");
    let receipts = paid["verdict"]["receipts"].as_array().map_or(0, Vec::len);
    format!("{verdict}, {receipts} receipt signed by the gateway")
}

/// How large a file is.
pub fn size_of(file: &Path) -> String {
    let octets = std::fs::metadata(file).map_or(0, |metadata| metadata.len());
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    format!("{name}, {octets} octets")
}

/// Prints what a file of evidence proves: the verdict, and the first words of each statement.
pub fn proof(text: &str) {
    let proved = text.lines().take_while(|line| !line.starts_with("Signers"));
    for line in proved.filter(|line| !line.is_empty() && !line.starts_with(' ')) {
        let line = line.trim_end_matches('.');
        let short: String = line.chars().take(PROOF_CHARS).collect();
        let rest = if short.len() < line.len() { "..." } else { "" };
        say(&format!("      {short}{rest}"));
    }
}

/// Prints the messages, those of each registration together.
pub fn steps(steps: &[Step]) {
    say("\nWhat crossed the wire, and who can read the card in it (tried with all keys):\n");
    let order = steps.iter().any(|step| !step.order.is_empty());
    let mut heads =
        vec!["message", "from", "to", "octets", "signed by", "sealed for", "card readable by"];
    heads.extend(order.then_some("order readable by"));
    let mut rows = vec![heads.into_iter().map(str::to_owned).collect::<Vec<_>>()];
    let mut sorted: Vec<&Step> = steps.iter().collect();
    sorted.sort_by_key(|step| {
        let is_of = |party: &str| step.from == party || step.to == party;
        ["mca", "cca"].iter().position(|ca| is_of(ca)).unwrap_or(usize::MAX)
    });
    rows.extend(sorted.into_iter().map(|step| {
        let mut row = vec![
            step.message.clone(),
            step.from.clone(),
            step.to.clone(),
            step.octets.to_string(),
            list(&step.signed_by, "-"),
            list(&step.sealed_for, "-"),
            list(&step.card, "nobody"),
        ];
        row.extend(order.then(|| list(&step.order, "nobody")));
        row
    }));
    indent(&rows);
    if !order {
        say("\n  The text of the order is in none of them, opened or not: only its digest is.");
    }
}

/// Prints what each party has.
pub fn holdings(holdings: &[Holding]) {
    say("\nWhat each party keeps (searched as text, hexadecimal, base64 and packed decimal):\n");
    let heads = ["party", "card number", "order text", "searched"];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    rows.extend(holdings.iter().map(|holding| {
        let searched = &holding.searched;
        vec![
            holding.party.clone(),
            card(holding),
            list(&holding.order, "no"),
            format!(
                "{} messages, {} records, {} files",
                searched.messages, searched.records, searched.files
            ),
        ]
    }));
    indent(&rows);
    say("\nWhose signatures each party verified:\n");
    let rows: Vec<Vec<String>> = holdings
        .iter()
        .filter(|holding| !holding.verified.is_empty())
        .map(|holding| {
            let by = holding.verified.iter();
            let by = by.map(|(signer, messages)| format!("{signer}: {}", list(messages, "")));
            vec![holding.party.clone(), by.collect::<Vec<_>>().join("; ")]
        })
        .collect();
    indent(&rows);
}

fn card(holding: &Holding) -> String {
    let mut says = Vec::new();
    if !holding.card.is_empty() {
        says.push(format!("kept in {}", list(&holding.card, "")));
    }
    if !holding.card_opened.is_empty() && holding.card.is_empty() {
        says.push(format!("its key opens it in {}, not kept", list(&holding.card_opened, "")));
    }
    if !holding.masked.is_empty() && holding.card.is_empty() {
        says.push("masked".to_owned());
    }
    if says.is_empty() { "no".into() } else { says.join("; ") }
}

/// The end: everything that had to be hidden was.
pub fn judge(sight: &Sight) -> Result<(), Failure> {
    let wrong = |sentence: String| {
        Err(Failure::failed("secret-seen", sentence, "run it again with --keep and report this"))
    };
    for holding in &sight.holdings {
        let party = &holding.party;
        if party != "wallet" && !holding.card.is_empty() {
            return wrong(format!("{party} keeps the card number in {}", list(&holding.card, "")));
        }
        if !["wallet", "merchant"].contains(&party.as_str()) && !holding.order.is_empty() {
            return wrong(format!("{party} keeps the order in {}", list(&holding.order, "")));
        }
    }
    for step in &sight.steps {
        if step.card.contains("merchant") || !step.order.is_empty() {
            return wrong(format!("{} shows what it must not", step.message));
        }
    }
    say("\nThe merchant never saw the card. The gateway and the bank never saw the order.");
    Ok(())
}

fn list(words: &BTreeSet<String>, none: &str) -> String {
    if words.is_empty() {
        return none.to_owned();
    }
    words.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn indent(rows: &[Vec<String>]) {
    aligned(rows).iter().for_each(|line| say(&format!("  {line}")));
}

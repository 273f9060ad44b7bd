//! `explain`: the page of one fault.

use clap::Args;
use serde_json::json;

use counterfoil_doctor::fault;

use super::Command;
use crate::failure::{Failure, Status};

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// Id of a fault, as `doctor` prints it, with or without its subject
    id: String,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Command for Explain {
    const NAME: &'static str = "explain";
    const ABOUT: &'static str = "Print the handbook's page of one fault";

    fn run(self) -> Result<Status, Failure> {
        let id = self.id.split('@').next().unwrap_or_default();
        let fault = fault::named(id).ok_or_else(|| unknown(id))?;
        if self.json {
            println!(
                "{}",
                json!({
                    "id": fault.id, "class": fault.class, "title": fault.title,
                    "symptoms": fault.symptoms, "explains": fault.explains, "page": fault.page(),
                })
            );
        } else {
            println!("{} (class {})\n\n{}", fault.id, fault.class.name(), fault.page());
        }
        Ok(Status::Fine)
    }
}

/// There is no such fault; the nearest names are.
pub fn unknown(id: &str) -> Failure {
    let words: Vec<&str> = id.split('-').filter(|word| word.len() > 2).collect();
    let near: Vec<&str> = fault::catalogue()
        .into_iter()
        .map(|fault| fault.id)
        .filter(|known| words.iter().any(|word| known.contains(word)))
        .collect();
    let hint = if near.is_empty() {
        "`counterfoil doctor --list` names all of them".to_owned()
    } else {
        format!("did you mean {}?", near.join(", "))
    };
    Failure::input("fault-unknown", format!("the catalogue has no fault `{id}`"), hint)
}

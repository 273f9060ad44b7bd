//! `cert inspect`: what is in files.

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};

use counterfoil_pki::file::Item;
use counterfoil_pki::inspect::{Description, describe};
use counterfoil_remark::{Remark, Severity};

use super::source::{Sources, line};
use crate::failure::{Failure, Status};

/// Arguments of `cert inspect`.
#[derive(Debug, Args)]
pub struct Inspect {
    #[command(flatten)]
    sources: Sources,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Inspect {
    /// Does the work.
    pub fn run(self) -> Result<Status, Failure> {
        let sourced = self.sources.read()?;
        let items: Vec<&Item> = sourced.items().collect();
        let now: Timestamp = sourced.now;
        let told: Vec<Description> = items.iter().map(|item| describe(item, &items, now)).collect();
        let mut remarks: Vec<Remark> = sourced.remarks().cloned().collect();
        remarks.sort_by_key(|remark| std::cmp::Reverse(remark.severity));
        if self.json {
            let items: Vec<Value> = told.iter().map(Description::json).collect();
            let unread = sourced.unread_json();
            println!("{}", json!({"items": items, "remarks": remarks, "unread": unread}));
        } else {
            let texts: Vec<String> = told.iter().map(Description::text).collect();
            print!("{}", texts.join("\n"));
            if !remarks.is_empty() {
                println!();
            }
            remarks.iter().for_each(|remark| println!("{}", line(remark)));
            sourced.tell_unread();
        }
        Ok(sourced.status(&remarks, Severity::Error))
    }
}

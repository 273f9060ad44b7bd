//! `logs`: reads logs of any common format and says when trouble began, with which codes, who
//! stands out, which step fails, what happened just before, and what is slow.

mod input;
mod payment;
mod pieces;
mod rotation;

use std::io::IsTerminal as _;

use clap::Args;
use serde_json::json;

use counterfoil_logs::{Analysis, Settings};

use self::input::{Input, Place};
use super::Command;
use crate::failure::{Failure, Status};

/// Seconds of a day.
const DAY_S: i32 = 86_400;

/// Arguments of `logs`.
#[derive(Debug, Args)]
pub struct Logs {
    /// Log files, folders of them, or - for standard input; plain, gzip or zstd
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// Field that joins the lines of one payment, instead of xid and its usual names
    #[arg(long, value_name = "FIELD", default_value = "")]
    join: String,
    /// Print the lines of one payment in order of time, and nothing else
    #[arg(long, value_name = "ID")]
    xid: Option<String>,
    /// Zone of times that do not say theirs, as +hh:mm
    #[arg(long, value_name = "ZONE", default_value = "+00:00", allow_hyphen_values = true)]
    zone: String,
    /// Show every sample line, and the templates of messages
    #[arg(long, short)]
    verbose: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// A file that could not be read, or not to its end.
pub struct Unread {
    /// Its name.
    pub file: String,
    /// Why.
    pub failure: Failure,
}

impl Command for Logs {
    const NAME: &'static str = "logs";
    const ABOUT: &'static str = "Read logs of any format: when trouble began, where, who, and why";

    fn run(self) -> Result<Status, Failure> {
        let settings = Settings { zone_s: zone_s(&self.zone)?, join: self.join.clone() };
        let places = input::places(&self.files)?;
        match &self.xid {
            Some(id) => payment::run(id, &settings, &places, self.json),
            None => self.analyse(settings, &places),
        }
    }
}

impl Logs {
    fn analyse(&self, settings: Settings, places: &[Place]) -> Result<Status, Failure> {
        let mut analysis = Analysis::new(settings);
        let mut unread: Vec<Unread> = Vec::new();
        let mut is_any_read = false;
        for place in places {
            let outcome = Input::open(place).and_then(|input| {
                let failure = pieces::analyse(&mut analysis, input)?;
                is_any_read = true;
                failure.map_or(Ok(()), Err)
            });
            if let Err(failure) = outcome {
                unread.push(Unread { file: place.name(), failure });
            }
        }
        if !is_any_read {
            return Err(unread.remove(0).failure);
        }
        let report = analysis.finish();
        let is_found = report.alarms().next().is_some();
        if self.json {
            let mut document = serde_json::to_value(&report).unwrap_or_default();
            document["unread"] = unread_json(&unread);
            println!("{document}");
        } else {
            print!("{}", report.text(self.verbose));
        }
        ended(unread, is_found)
    }
}

/// How the command ends: what could not be read outweighs what was found.
pub fn ended(unread: Vec<Unread>, is_found: bool) -> Result<Status, Failure> {
    for Unread { file, failure } in &unread {
        eprintln!("{file} was not read, or not to its end:");
        failure.tell();
    }
    match unread.into_iter().map(|unread| unread.failure.status).max() {
        Some(status) => Ok(if status == 3 { Status::Unseen } else { Status::BadInput }),
        None if is_found => Ok(Status::Found),
        None => Ok(Status::Fine),
    }
}

/// What could not be read, for JSON.
pub fn unread_json(unread: &[Unread]) -> serde_json::Value {
    let of = |Unread { file, failure }: &Unread| {
        json!({"file": file, "error": {
            "id": failure.id, "message": failure.sentence, "hint": failure.hint,
        }})
    };
    unread.iter().map(of).collect()
}

/// Whether progress is shown: on a terminal, and not beside its own output in a pipe.
pub fn shows_progress() -> bool {
    std::io::stderr().is_terminal()
}

/// Seconds east of UTC of `+hh:mm`.
fn zone_s(text: &str) -> Result<i32, Failure> {
    let wrong = || {
        let sentence = format!("`{text}` is no zone");
        Failure::input("zone-malformed", sentence, "write it as +02:00 or -05:30; UTC is +00:00")
    };
    let sign = match text.as_bytes().first() {
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return Err(wrong()),
    };
    let (hours, minutes) = text[1..].split_once(':').ok_or_else(wrong)?;
    let number = |digits: &str| {
        let is_two = digits.len() == 2 && digits.bytes().all(|octet| octet.is_ascii_digit());
        is_two.then(|| digits.parse::<i32>().ok()).flatten().ok_or_else(wrong)
    };
    let seconds = number(hours)? * 3_600 + number(minutes)? * 60;
    if seconds < DAY_S { Ok(sign * seconds) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_read() {
        assert_eq!(zone_s("+02:00").unwrap(), 7_200);
        assert_eq!(zone_s("-05:30").unwrap(), -19_800);
        for wrong in ["", "2", "+2:00", "+ab:cd", "+24:00", "Europe/Berlin"] {
            assert_eq!(zone_s(wrong).unwrap_err().id, "zone-malformed", "{wrong}");
        }
    }
}

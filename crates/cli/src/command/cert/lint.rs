//! `cert lint`: certificates, CRLs and BCIs judged by the rules of their profile.

use clap::{Args, ValueEnum};
use serde_json::json;

use counterfoil_pki::file::{Content, Item};
use counterfoil_pki::lint::{Profiles, SetProfile, kinds, lint};
use counterfoil_remark::{Remark, Severity};

use super::sarif;
use super::source::{self, Sourced, Sources, line};
use crate::failure::{Failure, Status};

/// Arguments of `cert lint`.
#[derive(Debug, Args)]
pub struct Lint {
    #[command(flatten)]
    sources: Sources,
    /// Rules to apply; rfc5280, and set where an extension of SET is there, when absent
    #[arg(long = "profile", value_name = "NAME", value_enum)]
    profiles: Vec<Profile>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
    /// Print one SARIF 2.1.0 document
    #[arg(long, conflicts_with = "json")]
    sarif: bool,
}

/// A set of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Profile {
    /// RFC 5280 and the algorithm profiles beside it
    Rfc5280,
    /// The CA/Browser Forum's rules for TLS servers
    Cabf,
    /// SET's own, whatever the certificate says of itself
    Set,
    /// Every rule
    All,
}

impl Profile {
    const NAMES: [(Self, &str); 4] =
        [(Self::Rfc5280, "rfc5280"), (Self::Cabf, "cabf"), (Self::Set, "set"), (Self::All, "all")];
}

impl Lint {
    /// Does the work.
    pub fn run(self) -> Result<Status, Failure> {
        let sourced = self.sources.read()?;
        let profiles = self.profiles();
        let mut remarks: Vec<Remark> = sourced.remarks().cloned().collect();
        for item in sourced.items() {
            remarks.extend(lint(item, sourced.now, profiles));
        }
        remarks.sort_by_key(|remark| std::cmp::Reverse(remark.severity));
        if self.sarif {
            let all = [source::kinds(), &kinds()].concat();
            println!("{}", sarif::document(&all, &remarks, |r| source::file_of(&sourced, r)));
        } else if self.json {
            let judged = count(&sourced);
            let unread = sourced.unread_json();
            let document = json!({"judged": judged, "remarks": remarks, "unread": unread});
            println!("{document}");
        } else {
            remarks.iter().for_each(|remark| println!("{}", line(remark)));
            println!("{}", self.summary(&sourced, &remarks));
        }
        if !self.json {
            sourced.tell_unread();
        }
        Ok(sourced.status(&remarks, Severity::Warning))
    }

    fn profiles(&self) -> Profiles {
        if self.profiles.is_empty() {
            return Profiles::DEFAULT;
        }
        let has =
            |profile| self.profiles.contains(&profile) || self.profiles.contains(&Profile::All);
        Profiles {
            rfc5280: has(Profile::Rfc5280),
            cabf: has(Profile::Cabf),
            set: if has(Profile::Set) { SetProfile::Always } else { SetProfile::Never },
        }
    }

    /// How many were judged, by what, and with which result.
    fn summary(&self, sourced: &Sourced, remarks: &[Remark]) -> String {
        let named: Vec<&str> = Profile::NAMES
            .iter()
            .filter(|(profile, _)| self.profiles.contains(profile))
            .map(|(_, name)| *name)
            .collect();
        let by = if named.is_empty() { "rfc5280, set".into() } else { named.join(", ") };
        let of = |severity| remarks.iter().filter(|r| r.severity == severity).count();
        format!(
            "{} judged by {by}: {}, {}, {}",
            plural(count(sourced), "object"),
            plural(of(Severity::Error), "error"),
            plural(of(Severity::Warning), "warning"),
            plural(of(Severity::Notice), "notice"),
        )
    }
}

/// Items that rules exist for.
fn count(sourced: &Sourced) -> usize {
    let judged = |item: &&Item| {
        matches!(item.content, Content::Certificate(_) | Content::Crl(_) | Content::Bci(_))
    };
    sourced.items().filter(judged).count()
}

fn plural(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

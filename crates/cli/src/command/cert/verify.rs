//! `cert verify`: is a certificate valid for a purpose, and if not, which certificate and rule say
//! so.

use std::path::PathBuf;

use clap::{ArgMatches, Args, FromArgMatches};
use jiff::Timestamp;
use serde_json::{Value, json};

use counterfoil_pki::Certificate;
use counterfoil_pki::host::HostName;
use counterfoil_pki::path::PathError;
use counterfoil_pki::purpose::{self, Purpose, Question, Valid};
use counterfoil_secret::Report as _;

use super::input;
use crate::failure::{Failure, Status};

/// Options that take several files: the last of them also takes FILE when it stands at the end.
const FILE_LISTS: [&str; 4] = ["trust", "untrusted", "crl", "ocsp"];

/// Arguments of `cert verify`.
#[derive(Debug, Args)]
struct Options {
    /// Certificates that are trusted
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    trust: Vec<PathBuf>,
    /// Certificates that may stand between, in any order
    #[arg(long, value_name = "FILE", num_args = 1..)]
    untrusted: Vec<PathBuf>,
    /// CRLs; every certificate below the trusted one then needs one, or an OCSP response
    #[arg(long, value_name = "FILE", num_args = 1..)]
    crl: Vec<PathBuf>,
    /// OCSP responses; without CRLs, the certificate itself then needs one
    #[arg(long, value_name = "FILE", num_args = 1..)]
    ocsp: Vec<PathBuf>,
    /// The time to ask about; now, when absent
    #[arg(long, value_name = "RFC3339")]
    time: Option<Timestamp>,
    /// Most CA certificates between it and the trusted one
    #[arg(long, value_name = "N")]
    max_depth: Option<usize>,
    /// any, tls-server, tls-client, set-cardholder, set-merchant or set-gateway
    #[arg(long, value_name = "PURPOSE", default_value = "any", value_parser = read_purpose)]
    purpose: &'static Purpose,
    /// The host that it is wanted for
    #[arg(long, value_name = "DNS|IP", value_parser = read_name)]
    name: Option<HostName>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
    /// The certificate; others in the same file may stand between
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

/// As written on the command line, with FILE found.
#[derive(Debug)]
pub struct Verify(Options);

impl Args for Verify {
    fn augment_args(command: clap::Command) -> clap::Command {
        Options::augment_args(command)
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Options::augment_args_for_update(command)
    }
}

impl FromArgMatches for Verify {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut options = Options::from_arg_matches(matches)?;
        if options.file.is_none() {
            options.file = options.take_last(matches);
        }
        Ok(Self(options))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Options {
    /// `--trust root.pem shop.pem`: the last file of the last list, when that list has others.
    fn take_last(&mut self, matches: &ArgMatches) -> Option<PathBuf> {
        let place = |list: &&str| matches.indices_of(list).and_then(Iterator::last);
        let last = FILE_LISTS.into_iter().max_by_key(place)?;
        let files = match last {
            "trust" => &mut self.trust,
            "untrusted" => &mut self.untrusted,
            "crl" => &mut self.crl,
            _ => &mut self.ocsp,
        };
        if files.len() > 1 { files.pop() } else { None }
    }
}

fn read_purpose(text: &str) -> Result<&'static Purpose, String> {
    purpose::named(text).ok_or_else(|| {
        let names: Vec<&str> = purpose::ALL.iter().map(|purpose| purpose.name).collect();
        format!("one of {}", names.join(", "))
    })
}

fn read_name(text: &str) -> Result<HostName, String> {
    text.parse().map_err(|error: counterfoil_pki::PkiError| error.to_string())
}

impl Verify {
    /// Does the work.
    pub fn run(self) -> Result<Status, Failure> {
        let Self(options) = self;
        let file = options.file.ok_or_else(|| {
            let hint = "name the certificate's file last: cert verify --trust ROOT FILE";
            Failure::input("usage", "no certificate to verify is named", hint)
        })?;
        let own = input::certificates(&file)?;
        let (leaf, beside) =
            own.split_first().expect("invariant: a file without certificates is bad input");
        let mut pool = input::all(&options.untrusted, input::certificates)?;
        pool.extend_from_slice(beside);
        let now = options.time.unwrap_or_else(Timestamp::now);
        let question = Question {
            leaf,
            pool: &pool,
            anchors: &input::all(&options.trust, input::certificates)?,
            crls: &input::all(&options.crl, input::crls)?,
            ocsp: &input::all(&options.ocsp, input::ocsp)?,
            now,
            purpose: options.purpose,
            name: options.name.as_ref(),
            depth_max: options.max_depth,
        };
        let answer = purpose::judge(&question);
        if options.json {
            println!("{}", document(&question, &answer));
        } else {
            text(&question, &answer).iter().for_each(|line| println!("{line}"));
        }
        Ok(if answer.is_ok() { Status::Fine } else { Status::Found })
    }
}

/// What a person reads.
fn text(question: &Question<'_>, answer: &Result<Valid, PathError>) -> Vec<String> {
    let purpose = question.purpose.name;
    match answer {
        Ok(valid) => {
            let until = valid.path.valid_until;
            let subject = shown(&valid.path.chain[0]);
            let mut lines = vec![format!("valid: {subject} for {purpose}, until {until}")];
            let last = valid.path.chain.len() - 1;
            for (index, certificate) in valid.path.chain.iter().enumerate().skip(1) {
                let trusted = if index == last { " (trusted)" } else { "" };
                lines.push(format!("  {index}  {}{trusted}", shown(certificate)));
            }
            for (kind, signer, weakness) in &valid.weak {
                let kind = kind.name();
                lines.push(format!("weak: `{signer}` signs a {kind} with {weakness}"));
            }
            lines
        }
        Err(error) => {
            let place = match error.index {
                0 => "the certificate itself".to_owned(),
                index => format!("certificate {index} above it"),
            };
            let (rule, section) = (error.rule.id(), error.section);
            vec![
                format!(
                    "not valid for {purpose}: {place}, `{}`: {} [{rule}, {section}]",
                    error.subject,
                    error.wrong()
                ),
                format!(" hint: {}", error.hint()),
            ]
        }
    }
}

fn shown(certificate: &Certificate) -> String {
    if certificate.subject().is_empty() {
        return format!("the certificate with thumb {}", certificate.thumb());
    }
    format!("`{certificate}`")
}

/// What a program reads.
fn document(question: &Question<'_>, answer: &Result<Valid, PathError>) -> Value {
    let mut document = json!({
        "valid": answer.is_ok(),
        "purpose": question.purpose.name,
        "name": question.name.map(ToString::to_string),
        "time": question.now.to_string(),
        "certificate": certificate(question.leaf),
        "remarks": [],
    });
    match answer {
        Ok(valid) => {
            let chain: Vec<Value> = valid.path.chain.iter().map(certificate).collect();
            let weak = valid.weak.iter().map(|(kind, signer, weakness)| {
                json!({
                    "kind": kind.name(), "signer": signer, "weakness": weakness.to_string(),
                })
            });
            document["valid_until"] = json!(valid.path.valid_until.to_string());
            document["chain"] = json!(chain);
            document["weak"] = weak.collect();
        }
        Err(error) => {
            document["index"] = json!(error.index);
            document["remarks"] = json!([error.remark()]);
            document["hint"] = json!(error.hint());
        }
    }
    document
}

fn certificate(certificate: &Certificate) -> Value {
    json!({
        "subject": certificate.subject().to_string(),
        "issuer": certificate.issuer().to_string(),
        "serial": hex::encode(certificate.serial()),
        "not_before": certificate.not_before().to_string(),
        "not_after": certificate.not_after().to_string(),
        "thumb": certificate.thumb().to_string(),
    })
}

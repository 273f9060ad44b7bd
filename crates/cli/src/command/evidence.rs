//! `evidence`: writes what proves one payment into a file, and judges such a file.

mod books;
mod document;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::json;

use counterfoil_message::evidence::armour::armour;
use counterfoil_message::evidence::{ExportRequest, Exported, Order, export, verify};
use counterfoil_message::primitive::{CurrencyAmount, Xid};
use counterfoil_node::deployment::DeploymentError;
use counterfoil_node::files::{self, Access, FileError};
use counterfoil_node::rng::SystemRng;
use counterfoil_party::amount::Amount;
use counterfoil_pki::Certificate;

use self::books::Books;
use super::Command;
use crate::data::Data;
use crate::failure::{Failure, Status};
use crate::passphrase::Passphrase;

/// Arguments of `evidence`.
#[derive(Debug, Args)]
pub struct Evidence {
    #[command(subcommand)]
    what: What,
    /// Print one JSON document
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Judge a file; exit status 0 proved, 1 not proved
    Verify {
        /// The evidence file
        file: PathBuf,
        /// PEM file of the roots that you trust
        #[arg(long, value_name = "FILE")]
        trust: PathBuf,
    },
    /// Write what a party has of a payment into a file
    Export(Export),
}

/// Arguments of `evidence export`.
#[derive(Debug, Args)]
struct Export {
    /// XID of the purchase, hexadecimal
    xid: String,
    #[command(flatten)]
    data: Data,
    /// Name of the party's folder: wallet, or a merchant's
    #[arg(long, value_name = "NAME", default_value = "merchant")]
    party: String,
    #[command(flatten)]
    passphrase: Passphrase,
    /// Show the text of the order and its price, too
    #[arg(long)]
    with_order: bool,
    /// Where to write it; standard output, when absent
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Command for Evidence {
    const NAME: &'static str = "evidence";
    const ABOUT: &'static str = "Write what proves a payment into a file, and judge such a file";

    fn run(self) -> Result<Status, Failure> {
        match &self.what {
            What::Verify { file, trust } => judge(file, trust, self.json),
            What::Export(arguments) => arguments.run(self.json),
        }
    }
}

fn judge(file: &Path, trust: &Path, json: bool) -> Result<Status, Failure> {
    let roots = Certificate::from_pem_all(&files::read_text(trust)?)
        .map_err(|error| DeploymentError::malformed(trust, &error))?;
    let verification = verify(&files::read(file)?, &roots, Timestamp::now())?;
    if json {
        println!("{}", document::of(&verification));
    } else {
        print!("{}", verification.text(money));
    }
    Ok(status(verification.is_proved()))
}

impl Export {
    fn run(&self, json: bool) -> Result<Status, Failure> {
        if let Some(out) = self.out.as_ref().filter(|out| out.exists()) {
            return Err(FileError::Exists(out.clone()).into());
        }
        let xid = parse_xid(&self.xid)?;
        let books = Books::open(&self.data, &self.party, &self.passphrase, xid)?;
        let exported = self.export(&books, xid)?;
        let text = armour(&exported.file.encode()?)?;
        if let Some(out) = &self.out {
            files::write(out, text.as_bytes(), Access::Private)?;
        }
        self.tell(&exported, &text, json);
        Ok(status(exported.verification.is_proved()))
    }

    fn export(&self, books: &Books, xid: Xid) -> Result<Exported, Failure> {
        let (description, price) = &books.order;
        let amount = price.to_wire()?;
        let order = Order { description, amount, install_recur_data: None };
        let journal = books.journal();
        let request = ExportRequest {
            xid,
            now: Timestamp::now(),
            party: books.role,
            sender: books.sender(),
            journal: &journal,
            order: self.with_order.then_some(order),
            instruction: None,
            opener: books.opener(),
            auth_receipts: &[],
            cap_receipts: &[],
            certificates: &books.certificates,
            crls: &books.crls,
            bcis: &books.bcis,
            roots: &books.roots,
        };
        Ok(export(&request, &mut SystemRng::new())?)
    }

    /// The file goes to standard output when nothing else is said; what it proves goes beside it.
    fn tell(&self, exported: &Exported, text: &str, json: bool) {
        let left_out: Vec<String> = exported.left_out.iter().map(ToString::to_string).collect();
        if json {
            let verification = document::of(&exported.verification);
            let file = self.out.as_ref().map(|out| out.display().to_string());
            let evidence = self.out.is_none().then_some(text);
            let document = json!({
                "file": file, "evidence": evidence, "left_out": left_out,
                "verification": verification,
            });
            println!("{document}");
            return;
        }
        left_out.iter().for_each(|reason| eprintln!("left out: {reason}"));
        let found = exported.verification.text(money);
        let verdict: Vec<&str> = found.lines().take_while(|line| !line.is_empty()).collect();
        match &self.out {
            Some(out) => {
                println!("{}", verdict.join("\n"));
                println!("evidence: {}", out.display());
            }
            None => {
                eprintln!("{}", verdict.join("\n"));
                print!("{text}");
            }
        }
    }
}

fn status(proved: bool) -> Status {
    if proved { Status::Fine } else { Status::Found }
}

fn parse_xid(text: &str) -> Result<Xid, Failure> {
    let mut octets = [0; Xid::LEN];
    hex::decode_to_slice(text, &mut octets).map_err(|_| {
        Failure::input(
            "xid-malformed",
            format!("`{text}` is not an XID"),
            "an XID has 40 hexadecimal digits; see `wallet purchases` and `order status`",
        )
    })?;
    Ok(Xid::new(octets))
}

/// An amount as people write it; in numbers alone when its currency is not known here.
fn money(amount: &CurrencyAmount) -> String {
    Amount::from_wire(amount).map_or_else(|_| amount.to_string(), |amount| amount.to_string())
}

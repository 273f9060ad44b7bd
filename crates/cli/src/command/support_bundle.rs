//! `support-bundle`: the facts of an examination in a file, redacted and signed, for `doctor
//! --bundle`.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use counterfoil_doctor::bundle;
use counterfoil_doctor::{Facts, fault};
use counterfoil_node::deployment::Material;
use counterfoil_node::files::{self, Access};
use counterfoil_ops::examine::{Budget, examine};
use counterfoil_ops::redact::redacted;
use counterfoil_ops::seal::{self, SealError, Signed};
use counterfoil_ops::survey::Place;
use counterfoil_party::machine::Role;

use super::Command;
use crate::data::Data;
use crate::failure::{Failure, Status};

/// Arguments of `support-bundle`.
#[derive(Debug, Args)]
pub struct SupportBundle {
    #[command(flatten)]
    data: Data,
    /// The file to write; its signature is put beside it, with `.p7s` appended
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Only facts about this party, signed by its key; without, all of them, signed by the gateway
    #[arg(long, value_name = "NAME")]
    party: Option<String>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Command for SupportBundle {
    const NAME: &'static str = "support-bundle";
    const ABOUT: &'static str =
        "Write what an examination sees to a file, without secrets and signed";

    fn run(self) -> Result<Status, Failure> {
        if let Some(party) = &self.party {
            self.data.party(party)?;
        }
        let place = Place::open(self.data.path())?;
        let (facts, _) = examine(&place, &fault::catalogue(), Budget::default());
        let facts = redacted(&self.about(facts));
        let text = bundle::write(&facts);
        let signed = write_signed(&self.data, self.party.as_deref(), &self.out, text.as_bytes())?;
        let (count, octets) = (facts.all().len(), text.len());
        if self.json {
            let out = self.out.display().to_string();
            println!(
                "{}",
                json!({"out": out, "facts": count, "bytes": octets, "signed_by": signed})
            );
        } else {
            println!("{count} facts in {octets} octets: {}", self.out.display());
            println!("signed by {}: {}", signed.subject, seal::beside(&self.out).display());
        }
        Ok(Status::Fine)
    }
}

impl SupportBundle {
    fn about(&self, facts: Facts) -> Facts {
        let Some(party) = &self.party else { return facts };
        let own = facts.all().iter().filter(|fact| fact.party == *party || fact.party.is_empty());
        Facts::new(facts.now(), own.cloned().collect())
    }
}

/// Writes a file and its signature by `party`, or by the first party that can sign.
pub fn write_signed(
    data: &Data,
    party: Option<&str>,
    out: &Path,
    octets: &[u8],
) -> Result<Signed, Failure> {
    let (signature, signed) = match party {
        Some(party) => seal::seal(octets, &data.party(party)?)?,
        None => by_anybody(data, octets)?,
    };
    files::write(out, octets, Access::Private)?;
    files::write(&seal::beside(out), signature.as_bytes(), Access::Public)?;
    Ok(signed)
}

/// By a gateway, where there is one that can sign, else by whoever can.
fn by_anybody(data: &Data, octets: &[u8]) -> Result<(String, Signed), Failure> {
    let mut parties = data.open()?.parties;
    parties.sort_by_key(|party| party.role != Role::Gateway);
    let mut last = SealError::NoKey { party: "the deployment".into() };
    for party in parties {
        match seal::seal(octets, &Material::at(data.path(), &party.name)?) {
            Ok(sealed) => return Ok(sealed),
            Err(error) => last = error,
        }
    }
    Err(last.into())
}

/// Reads a bundle, and who signed it, when somebody did.
pub fn read(file: &Path) -> Result<(Facts, Option<Signed>), Failure> {
    let unseen = |error: std::io::Error| {
        let is_missing = error.kind() == std::io::ErrorKind::NotFound;
        let id = if is_missing { "file-missing" } else { "file-unreadable" };
        let sentence = format!("{}: {error}", file.display());
        Failure::input(id, sentence, "name a file that `counterfoil support-bundle` wrote")
    };
    let mut octets = Vec::new();
    let open = std::fs::File::open(file).map_err(unseen)?;
    open.take(bundle::BUNDLE_BYTES_MAX as u64 + 1).read_to_end(&mut octets).map_err(unseen)?;
    let signed = seal::signer_of(file, &octets)?;
    let text = String::from_utf8(octets).map_err(|_| {
        let sentence = format!("{} is not text", file.display());
        Failure::input("bundle-malformed", sentence, "give a file that `support-bundle` wrote")
    })?;
    Ok((bundle::read(&text)?, signed))
}

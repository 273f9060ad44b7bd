//! `publish`: the CAs' current CRLs and the brand's list of them, handed to every party.
//!
//! SET has messages for this between CAs (CRLNotification, BCIDistribution); within one
//! deployment the operator does it.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};

use counterfoil_node::config::Deployment;
use counterfoil_node::deployment::material::bci_pem;
use counterfoil_node::deployment::{Material, layout, running};
use counterfoil_node::files::Folder;
use counterfoil_ops::recorded;
use counterfoil_party::ca::{CaConfig, CaKind};
use counterfoil_party::machine::Role;
use counterfoil_pki::{Crl, KeyUsage};

use super::Command;
use crate::api::Api;
use crate::data::Data;
use crate::failure::{Failure, Status};

/// Arguments of `publish`.
#[derive(Debug, Args)]
pub struct Publish {
    #[command(flatten)]
    data: Data,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// A CA that runs.
struct Authority {
    material: Material,
    kind: CaKind,
    api: Api,
}

/// A CRL with what proves it.
struct Published {
    name: String,
    pem: String,
    crl: Crl,
    certificates: Vec<String>,
}

impl Command for Publish {
    const NAME: &'static str = "publish";
    const ABOUT: &'static str =
        "Hand the CAs' current CRLs and the brand's list of them to every party";

    fn run(self) -> Result<Status, Failure> {
        let deployment = self.data.open()?;
        let authorities = authorities(&self.data, &deployment)?;
        let crls = collect(&authorities)?;
        let brand = authorities.iter().find(|authority| authority.kind == CaKind::Brand);
        let brand = brand.ok_or_else(|| {
            let sentence = "the deployment has no brand CA";
            Failure::input("no-brand-ca", sentence, "ask the operator of the brand for its list")
        })?;
        give(brand, &crls)?;
        let bci = ask(brand, &json!({ "command": "bci" }))?;
        let bci = bci["bci"].as_str().unwrap_or_default().to_owned();
        let der = STANDARD.decode(&bci).map_err(|_| unreadable("the list of CRLs"))?;
        for authority in authorities.iter().filter(|authority| authority.kind.registers()) {
            give(authority, &crls)?;
            ask(authority, &json!({ "command": "set_bci", "bci": bci }))?;
        }
        let mut holders: Vec<Material> = Vec::new();
        for party in &deployment.parties {
            holders.push(Material::at(self.data.path(), &party.name)?);
        }
        holders.push(self.data.wallet()?);
        holders.retain(|holder| holder.folder().folder(Folder::Crls).exists());
        let mut written: Vec<PathBuf> = Vec::new();
        for holder in &holders {
            for crl in &crls {
                holder.folder().write(Folder::Crls, &crl.name, crl.pem.as_bytes())?;
            }
            holder.folder().write(Folder::Crls, layout::BCI, bci_pem(&der).as_bytes())?;
            running::process_of(holder.folder()).map(running::reload);
            written.extend(crls.iter().map(|crl| holder.file(Folder::Crls, &crl.name)));
            written.push(holder.file(Folder::Crls, layout::BCI));
        }
        recorded::renew(self.data.path(), Timestamp::now(), written.iter().map(PathBuf::as_path))?;
        self.tell(&crls, &holders);
        Ok(Status::Fine)
    }
}

impl Publish {
    fn tell(&self, crls: &[Published], holders: &[Material]) {
        let holders: Vec<&str> = holders.iter().map(|holder| holder.folder().name()).collect();
        if self.json {
            let crls: Vec<Value> = crls.iter().map(Published::json).collect();
            println!("{}", json!({ "crls": crls, "given_to": holders }));
            return;
        }
        for Published { name, crl, .. } in crls {
            let until = crl.next_update().map_or_else(String::new, |at| format!(", until {at}"));
            println!("CRL of {name}: {} revoked{until}", crl.entry_count());
        }
        println!("given to {}", holders.join(", "));
    }
}

impl Published {
    fn json(&self) -> Value {
        json!({
            "authority": self.name, "revoked": self.crl.entry_count(),
            "next_update": self.crl.next_update(),
        })
    }
}

fn authorities(data: &Data, deployment: &Deployment) -> Result<Vec<Authority>, Failure> {
    let parties = deployment.parties.iter().filter(|party| party.role == Role::Ca);
    parties
        .map(|party| {
            let material = Material::at(data.path(), &party.name)?;
            let kind = material.config::<CaConfig>()?.party.kind;
            let api = Api::of(&material)?;
            Ok(Authority { material, kind, api })
        })
        .collect()
}

/// The current CRL of every CA that publishes one.
fn collect(authorities: &[Authority]) -> Result<Vec<Published>, Failure> {
    let mut all = Vec::new();
    for authority in authorities {
        let own_usage = authority.material.certificate(layout::ISSUING)?.0.key_usage();
        if !own_usage.is_some_and(|usage| usage.contains(KeyUsage::CRL_SIGN)) {
            continue;
        }
        let said = ask(authority, &json!({ "command": "crl" }))?;
        let name = authority.material.folder().name().to_owned();
        let pem = said["crl"].as_str().unwrap_or_default().to_owned();
        let crl = Crl::from_pem_all(&pem)?.into_iter().next();
        let crl = crl.ok_or_else(|| unreadable("a CRL"))?;
        let (own, _) = authority.material.certificate(layout::ISSUING)?;
        let certificates =
            if own.is_self_issued() { vec![] } else { vec![STANDARD.encode(own.der())] };
        all.push(Published { name, pem, crl, certificates });
    }
    Ok(all)
}

/// Gives a CA the CRLs of the others.
fn give(authority: &Authority, crls: &[Published]) -> Result<(), Failure> {
    let own = authority.material.folder().name();
    for crl in crls.iter().filter(|crl| crl.name != own) {
        let der = STANDARD.encode(crl.crl.der());
        let certificates = &crl.certificates;
        let command = json!({ "command": "add_crl", "crl": der, "certificates": certificates });
        ask(authority, &command)?;
    }
    Ok(())
}

/// Has a CA carry out a command; what it refuses is a failure.
fn ask(authority: &Authority, command: &Value) -> Result<Value, Failure> {
    let said = authority.api.command(command)?;
    if said["outcome"] != "refused" {
        return Ok(said);
    }
    let text = |name: &str| said[name].as_str().unwrap_or_default().to_owned();
    let name = authority.material.folder().name();
    Err(Failure::failed(&text("id"), format!("{name}: {}", text("message")), text("hint")))
}

fn unreadable(what: &str) -> Failure {
    let sentence = format!("a CA has given {what} that cannot be read");
    Failure::failed("answer-unexpected", sentence, "look at its log")
}

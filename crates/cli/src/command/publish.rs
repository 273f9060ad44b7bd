//! `publish`: the CAs' current CRLs and the brand's list of them, handed to every party.

use clap::Args;
use serde_json::{Value, json};

use counterfoil_ops::publication::{Lists, Publication, Published, publish};

use super::Command;
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

impl Command for Publish {
    const NAME: &'static str = "publish";
    const ABOUT: &'static str =
        "Hand the CAs' current CRLs and the brand's list of them to every party";

    fn run(self) -> Result<Status, Failure> {
        let deployment = self.data.open()?;
        let publication = publish(self.data.path(), &deployment, Lists::Current)?;
        self.tell(&publication);
        Ok(Status::Fine)
    }
}

impl Publish {
    fn tell(&self, Publication { crls, holders }: &Publication) {
        if self.json {
            let crls: Vec<Value> = crls.iter().map(shape).collect();
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

fn shape(published: &Published) -> Value {
    let crl = &published.crl;
    json!({
        "authority": published.name, "revoked": crl.entry_count(), "next_update": crl.next_update(),
    })
}

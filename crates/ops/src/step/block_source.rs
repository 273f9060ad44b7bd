//! `block-source`: has no listener of a party let an address in.

use std::net::IpAddr;
use std::path::PathBuf;

use serde::de::IgnoredAny;

use counterfoil_doctor::Step;
use counterfoil_node::files;

use super::{Hands, StepError, Work, argument, failed, keep, set_setting, wrong};

pub(super) static WORK: Work =
    Work { verb: "block-source", undo: "the file is put back as it was", touches, run };

/// The setting.
const KEY: &str = "node.deny";

fn touches(hands: &Hands, step: &Step) -> Result<Vec<PathBuf>, StepError> {
    Ok(vec![hands.party(step)?.folder().config()])
}

fn run(hands: &Hands, step: &Step) -> Result<String, StepError> {
    let material = hands.party(step)?;
    let text = argument(step, "address")?;
    let address: IpAddr =
        text.parse().map_err(|_| wrong(step, "address", "it is not an IP address"))?;
    let config = material.config::<IgnoredAny>().map_err(|error| failed(step, &error))?;
    let mut denied = config.node.deny;
    if !denied.contains(&address) {
        denied.push(address);
        let list: Vec<String> = denied.iter().map(|one| format!("\"{one}\"")).collect();
        let file = material.folder().config();
        let text = files::read_text(&file).map_err(|error| failed(step, &error))?;
        let changed = set_setting::set(&text, KEY, &format!("[{}]", list.join(", ")))
            .map_err(|problem| wrong(step, "address", &problem))?;
        keep::write(&file, changed.as_bytes(), 0o644).map_err(|error| failed(step, &error))?;
    }
    Ok(format!("{} lets {address} in no more", step.party))
}

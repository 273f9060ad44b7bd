//! `refresh-lists`: has the CAs give their current CRLs and the brand its list of them, and hands
//! both to every party, as `counterfoil publish` does.

use std::path::PathBuf;

use counterfoil_doctor::Step;
use counterfoil_node::deployment::serve;

use super::{Hands, StepError, Work, failed};
use crate::publication::{self, Lists};

pub(super) static WORK: Work = Work {
    verb: "refresh-lists",
    undo: "the parties get back the lists that they had",
    touches,
    run,
};

fn touches(hands: &Hands, step: &Step) -> Result<Vec<PathBuf>, StepError> {
    let deployment = serve::open(&hands.data).map_err(|error| failed(step, &error))?;
    publication::touches(&hands.data, &deployment).map_err(|error| failed(step, &error))
}

fn run(hands: &Hands, step: &Step) -> Result<String, StepError> {
    let deployment = serve::open(&hands.data).map_err(|error| failed(step, &error))?;
    let anew = step.arguments.get("anew").is_some_and(|anew| anew == "yes");
    let lists = if anew { Lists::Anew } else { Lists::Current };
    let done = publication::publish(&hands.data, &deployment, lists);
    let done = done.map_err(|error| failed(step, &error))?;
    let lists = done.crls.len();
    Ok(format!("{lists} CRLs and the list of them were given to {}", done.holders.join(", ")))
}

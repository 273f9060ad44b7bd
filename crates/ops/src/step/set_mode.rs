//! `set-mode`: gives a file other permission bits.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use counterfoil_doctor::Step;

use super::{Hands, StepError, Work, argument, failed, wrong};

pub(super) static WORK: Work =
    Work { verb: "set-mode", undo: "the file gets its former mode", touches, run };

fn touches(hands: &Hands, step: &Step) -> Result<Vec<PathBuf>, StepError> {
    Ok(vec![hands.file(step, "file")?])
}

fn run(hands: &Hands, step: &Step) -> Result<String, StepError> {
    let file = hands.file(step, "file")?;
    let text = argument(step, "mode")?;
    let mode = u32::from_str_radix(text, 8).ok().filter(|mode| *mode <= 0o777);
    let mode = mode.ok_or_else(|| wrong(step, "mode", "it is not an octal number"))?;
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode))
        .map_err(|error| failed(step, &error))?;
    Ok(format!("{} has mode {mode:04o}", step.arguments["file"]))
}

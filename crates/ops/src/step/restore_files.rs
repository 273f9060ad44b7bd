//! `restore-files`: puts a file back as it was recorded.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use counterfoil_doctor::Step;

use super::{Hands, StepError, Work, argument, failed, keep};
use crate::recorded::Record;

pub(super) static WORK: Work =
    Work { verb: "restore-files", undo: "the file is put back as it was before", touches, run };

/// Permission bits of a file that was gone.
const MODE: u32 = 0o644;

fn touches(hands: &Hands, step: &Step) -> Result<Vec<PathBuf>, StepError> {
    Ok(vec![hands.file(step, "file")?])
}

fn run(hands: &Hands, step: &Step) -> Result<String, StepError> {
    let (file, place) = (hands.file(step, "file")?, argument(step, "file")?);
    let record = Record::read(&hands.data).map_err(|error| failed(step, &error))?;
    let octets = record.copy(place).map_err(|error| failed(step, &error))?;
    let mode = std::fs::metadata(&file).map_or(MODE, |data| data.permissions().mode() & 0o7777);
    keep::write(&file, &octets, mode).map_err(|error| failed(step, &error))?;
    Ok(format!("{place} is as it was recorded"))
}

#[cfg(test)]
mod tests {
    use super::super::{Kept, write};
    use super::*;
    use counterfoil_node::deployment::plan::NewDeployment;
    use counterfoil_node::rng::SystemRng;
    use jiff::Timestamp;

    #[test]
    fn a_file_comes_back_and_the_step_can_be_undone_and_taken_twice() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("d");
        NewDeployment::default().make(&data, Timestamp::now(), &mut SystemRng::new()).unwrap();
        crate::recorded::all(&data, Timestamp::now()).unwrap();
        let file = data.join("gateway/config.toml");
        let good = std::fs::read(&file).unwrap();
        write(&file, b"bad = 1\n", 0o640).unwrap();
        let hands = Hands { data: data.clone(), executable: "counterfoil".into() };
        let step =
            Step::automatic("restore-files", "gateway", "").with("file", "gateway/config.toml");
        let mut kept = Kept::at(&folder.path().join("kept")).unwrap();
        for _ in 0..2 {
            let said = hands.take(&step, &mut kept).unwrap();
            assert_eq!(said, "gateway/config.toml is as it was recorded");
            assert_eq!(std::fs::read(&file).unwrap(), good);
            assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        }
        kept.put_back().unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"bad = 1\n");
        let outside = Step::automatic("restore-files", "gateway", "").with("file", "../x");
        assert!(matches!(hands.take(&outside, &mut kept), Err(StepError::Argument { .. })));
        let key =
            Step::automatic("restore-files", "gateway", "").with("file", "gateway/keys/tls.pem");
        assert!(matches!(hands.take(&key, &mut kept), Err(StepError::Failed { .. })));
    }
}

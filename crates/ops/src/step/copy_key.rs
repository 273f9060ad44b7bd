//! `copy-key`: gives one side of a link the key of the other.

use std::path::PathBuf;

use counterfoil_doctor::Step;
use counterfoil_node::files;

use super::{Hands, StepError, Work, argument, failed, keep};

pub(super) static WORK: Work =
    Work { verb: "copy-key", undo: "the key that was there is put back", touches, run };

fn touches(hands: &Hands, step: &Step) -> Result<Vec<PathBuf>, StepError> {
    Ok(vec![hands.file(step, "to")?])
}

fn run(hands: &Hands, step: &Step) -> Result<String, StepError> {
    let (from, to) = (hands.file(step, "from")?, hands.file(step, "to")?);
    let key = files::read_secret(&from).map_err(|error| failed(step, &error))?;
    keep::write(&to, key.expose(), 0o600).map_err(|error| failed(step, &error))?;
    Ok(format!("{} is the key of {}", argument(step, "to")?, argument(step, "from")?))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::super::{Kept, write};
    use super::*;

    #[test]
    fn a_key_is_copied_for_its_owner_alone_and_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path();
        for (party, key) in [("bank", "right"), ("gateway", "wrong")] {
            std::fs::create_dir_all(data.join(party).join("keys")).unwrap();
            write(&data.join(party).join("keys/bank-link.pem"), key.as_bytes(), 0o600).unwrap();
        }
        let hands = Hands { data: data.to_owned(), executable: "counterfoil".into() };
        let step = Step::approved("copy-key", "gateway", "")
            .with("from", "bank/keys/bank-link.pem")
            .with("to", "gateway/keys/bank-link.pem");
        let mut kept = Kept::at(&data.join("kept")).unwrap();
        hands.take(&step, &mut kept).unwrap();
        hands.take(&step, &mut kept).unwrap();
        let to = data.join("gateway/keys/bank-link.pem");
        assert_eq!(std::fs::read(&to).unwrap(), b"right");
        assert_eq!(std::fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);
        kept.put_back().unwrap();
        assert_eq!(std::fs::read(&to).unwrap(), b"wrong");
    }
}

//! `rebuild-chain`: writes a file of certificates anew: the one of the key, then its issuers.

use std::path::{Path, PathBuf};

use counterfoil_doctor::Step;
use counterfoil_doctor::issued::{issued, issuers};
use counterfoil_node::files;
use counterfoil_pki::Certificate;

use super::{Hands, StepError, Work, argument, failed, keep};
use crate::recorded::public_half;

pub(super) static WORK: Work =
    Work { verb: "rebuild-chain", undo: "the file is put back as it was before", touches, run };

/// Permission bits of the file.
const MODE: u32 = 0o644;
/// Files that are read for certificates of CAs.
const FILES_MAX: usize = 2_000;

fn touches(hands: &Hands, step: &Step) -> Result<Vec<PathBuf>, StepError> {
    Ok(vec![hands.file(step, "file")?])
}

fn run(hands: &Hands, step: &Step) -> Result<String, StepError> {
    let (file, place) = (hands.file(step, "file")?, argument(step, "file")?);
    let held = certificates(&file);
    let leaf = leaf(hands, place, &held);
    let leaf =
        leaf.ok_or_else(|| failed(step, &format!("{place} holds no certificate of its key")))?;
    let mut pool = held.clone();
    pool.extend(at_hand(&hands.data));
    let mut chain = vec![leaf];
    chain.extend(issuers(&chain[0], &pool));
    if !chain.last().is_some_and(Certificate::is_self_issued) {
        return Err(failed(step, &"no root is reached with the certificates at hand"));
    }
    if chain.len() > 1 {
        chain.pop();
    }
    let text: String = chain.iter().map(Certificate::to_pem).collect();
    keep::write(&file, text.as_bytes(), MODE).map_err(|error| failed(step, &error))?;
    Ok(format!("{place} holds {} certificates in order", chain.len()))
}

/// The certificate of the key beside the file; without a key, the one that issued no other.
fn leaf(hands: &Hands, place: &str, held: &[Certificate]) -> Option<Certificate> {
    let key = public_half(&hands.data, &place.replace("/certs/", "/keys/"));
    let of_key = held.iter().find(|one| key.as_deref() == Some(one.spki_der()));
    let lowest =
        || held.iter().find(|one| !held.iter().any(|other| other != *one && issued(one, other)));
    of_key.or_else(lowest).cloned()
}

/// Certificates in the folders of all parties.
fn at_hand(data: &Path) -> Vec<Certificate> {
    let mut all = Vec::new();
    let folders = |path: &Path| {
        let entries = std::fs::read_dir(path).into_iter().flatten();
        entries.filter_map(|entry| Some(entry.ok()?.path())).collect::<Vec<_>>()
    };
    let parties =
        folders(data).into_iter().flat_map(|party| [party.join("trust"), party.join("certs")]);
    let mut paths: Vec<PathBuf> = parties.flat_map(|folder| folders(&folder)).collect();
    paths.sort();
    for path in
        paths.iter().filter(|path| path.extension().is_some_and(|ext| ext == "pem")).take(FILES_MAX)
    {
        all.extend(certificates(path));
    }
    all
}

fn certificates(file: &Path) -> Vec<Certificate> {
    let text = files::read_text(file).unwrap_or_default();
    Certificate::from_pem_all(&text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::{Kept, write};
    use super::*;
    use counterfoil_node::deployment::plan::NewDeployment;
    use counterfoil_node::rng::SystemRng;
    use jiff::Timestamp;

    #[test]
    fn a_chain_that_was_cut_or_turned_is_whole_again() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("d");
        NewDeployment::default().make(&data, Timestamp::now(), &mut SystemRng::new()).unwrap();
        let place = "gateway/certs/signature.pem";
        let file = data.join(place);
        let good = std::fs::read_to_string(&file).unwrap();
        let chain = Certificate::from_pem_all(&good).unwrap();
        let hands = Hands { data: data.clone(), executable: "counterfoil".into() };
        let step = Step::automatic("rebuild-chain", "gateway", "").with("file", place);
        let turned: String = chain.iter().rev().map(Certificate::to_pem).collect();
        for (number, broken) in [turned, chain[0].to_pem()].into_iter().enumerate() {
            write(&file, broken.as_bytes(), MODE).unwrap();
            let mut kept = Kept::at(&folder.path().join(number.to_string())).unwrap();
            hands.take(&step, &mut kept).unwrap();
            assert_eq!(std::fs::read_to_string(&file).unwrap(), good);
            hands.take(&step, &mut kept).unwrap();
            assert_eq!(std::fs::read_to_string(&file).unwrap(), good);
            kept.put_back().unwrap();
            assert_eq!(std::fs::read_to_string(&file).unwrap(), broken);
        }
        write(&file, b"", MODE).unwrap();
        let mut kept = Kept::at(&folder.path().join("empty")).unwrap();
        assert!(matches!(hands.take(&step, &mut kept), Err(StepError::Failed { .. })));
    }
}

//! `restore-party-from-backup`: the gateway's records are lost and put back from a backup that is
//! one
//! purchase old.

use std::time::{Duration, Instant};

use counterfoil_doctor::{Standing, fault};
use counterfoil_ops::examine::{Budget, examine};
use counterfoil_ops::survey::Place;
use counterfoil_store::Inspector;

use super::copy::Copy;
use super::{Course, Plan};
use crate::failure::Failure;

pub(super) static PLAN: Plan = Plan {
    name: "restore-party-from-backup",
    title: "The gateway loses its records; they are put back from a backup that is a purchase old",
    run,
};

const PARTY: &str = "gateway";
/// Time after which the books of two parties no longer settle.
const SETTLED_MS: u64 = 31_000;

fn run(copy: &Copy, course: &mut Course) -> Result<(), Failure> {
    let (records, backup) = (copy.records(PARTY), copy.data().join("backup.sqlite"));
    let mut up = None;
    course.phase("start", false, || {
        up = Some(copy.up()?);
        Ok("every party of the copy is ready".into())
    })?;
    course.phase("pay", false, || Ok(format!("purchase {}", copy.buy()?)))?;
    course.phase("back up", false, || {
        Inspector::open(&records)?.copy_to(&backup)?;
        let octets = std::fs::metadata(&backup).map_or(0, |metadata| metadata.len());
        Ok(format!("{octets} octets, while {PARTY} runs"))
    })?;
    let mut forgotten = String::new();
    course.phase("pay after the backup", false, || {
        forgotten = copy.buy()?;
        Ok(format!("purchase {forgotten}"))
    })?;
    let paid = Instant::now();
    course.phase("stop", true, || {
        up.take().map_or(Ok(()), |up| up.stop())?;
        Ok("every party is stopped".into())
    })?;
    course.phase("lose and restore", true, || {
        for beside in ["", "-wal", "-shm"] {
            let mut name = records.clone().into_os_string();
            name.push(beside);
            // What is not there need not be removed.
            std::fs::remove_file(name).ok();
        }
        let restored = std::fs::copy(&backup, &records);
        let octets = restored.map_err(|error| {
            let hint = "check that the disk of the temporary folder has room";
            Failure::unseen("backup-not-restored", error, hint)
        })?;
        Ok(format!("{octets} octets of {PARTY}'s records"))
    })?;
    course.phase("start again", true, || {
        up = Some(copy.up()?);
        Ok("every party is ready".into())
    })?;
    course.phase("pay again", true, || Ok(format!("purchase {}", copy.buy()?)))?;
    course.phase("look what is missed", false, || {
        let wait = Duration::from_millis(SETTLED_MS).saturating_sub(paid.elapsed());
        std::thread::sleep(wait);
        Ok(String::new())
    })?;
    look(copy, &forgotten, course)?;
    up.map_or(Ok(()), |up| up.stop())
}

/// What the doctor finds afterwards is what the plan did not bring back.
fn look(copy: &Copy, forgotten: &str, course: &mut Course) -> Result<(), Failure> {
    let (_, diagnosis) =
        examine(&Place::open(copy.data())?, &fault::catalogue(), Budget::default());
    for finding in diagnosis.causes().filter(|one| one.case.standing == Standing::Confirmed) {
        course.missed.push(format!("{}: {}", finding.id, finding.case.summary));
    }
    let known = course.missed.iter().any(|missed| missed.starts_with("books-disagree@"));
    if !known {
        let text = format!("purchase {forgotten} is gone from the backup and nobody noticed");
        course.missed.push(text);
    }
    Ok(())
}

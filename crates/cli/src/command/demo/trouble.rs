//! The second act: something is broken, the doctor finds it, repairs it, and pays again.

use counterfoil_doctor::{Diagnosis, Standing, fault};
use counterfoil_ops::examine::{Budget, examine};
use counterfoil_ops::inject::{Bench, INJECTORS};
use counterfoil_ops::repair::{Ended, FOLDER, Proof, Surgeon};
use counterfoil_ops::step::{Hands, Kept};
use counterfoil_ops::survey::Place;
use counterfoil_sim::chance::Chance;

use super::picture::{say, step};
use crate::command::doctor::shadow;
use crate::failure::Failure;
use crate::stage::Stage;

/// What is broken: the gateway is sent to a port where no bank listens.
const INJECTOR: &str = "bank-port";

/// Breaks the deployment of `stage`, which runs, and has it put right.
pub fn play(stage: &Stage<'_>) -> Result<(), Failure> {
    let executable = std::env::current_exe().map_err(|error| failed(&error))?;
    let hands = Hands { data: stage.data.to_owned(), executable };
    break_it(stage, &hands)?;
    let look = || -> Result<Diagnosis, Failure> {
        let place = Place::open(stage.data)?;
        Ok(examine(&place, &fault::catalogue(), Budget::default()).1)
    };
    let diagnosis = look()?;
    step("doctor", &format!("{} faults looked for", diagnosis.looked_for));
    let causes: Vec<_> =
        diagnosis.causes().filter(|one| one.case.standing == Standing::Confirmed).collect();
    for cause in &causes {
        let (case, priority) = (&cause.case, cause.priority.name());
        say(&format!("      {priority}, for the {}: {}", case.owner, case.summary));
        for evidence in &case.evidence {
            let at = evidence.at.as_deref().unwrap_or("the deployment");
            say(&format!("        {} = {} ({at})", evidence.what, evidence.value));
        }
    }
    let surgeon = Surgeon {
        hands,
        approved: &[],
        examine: &|| look().map_err(|failure| failure.sentence),
        pay: &|| shadow::pay(stage.data, Some(stage.passphrase.clone())),
    };
    let (treatments, proof) = surgeon.repair(&diagnosis);
    step("doctor --repair", "what may be put right is");
    treatments.iter().flat_map(|one| &one.done).for_each(|done| say(&format!("      {done}")));
    let all_proved = treatments.iter().all(|one| one.ended == Ended::Proved);
    let Some(Proof::Passed { what }) = proof.filter(|_| all_proved && !causes.is_empty()) else {
        return Err(failed(&"the doctor did not find or did not repair what was broken"));
    };
    say(&format!("      paid again: {what}"));
    Ok(())
}

fn break_it(stage: &Stage<'_>, hands: &Hands) -> Result<(), Failure> {
    let injector = INJECTORS.iter().find(|injector| injector.name == INJECTOR);
    let injector = injector.ok_or_else(|| failed(&"there is nothing to break it with"))?;
    let kept = Kept::at(&stage.data.join(FOLDER).join("demo")).map_err(|error| failed(&error))?;
    let mut bench = Bench {
        hands: hands.clone(),
        chance: Chance::new(1, INJECTOR),
        kept,
        injector: INJECTOR,
        passphrase: stage.passphrase.clone(),
    };
    let injected = (injector.run)(&mut bench)?;
    step("something breaks", &injected.what);
    Ok(())
}

fn failed(why: &dyn std::fmt::Display) -> Failure {
    Failure::failed("demo-not-repaired", why, "run it again with --keep, then `counterfoil doctor`")
}

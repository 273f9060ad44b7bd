//! A party runs another program than all others.
//!
//! Whoever can put a program in a party's place has its keys and decides what it says. It may also
//! be an update of which one process was forgotten; either way nobody knows what runs there.
//!
//! ## How it shows
//!
//! Nothing has to show.
//!
//! ## How it is confirmed
//!
//! The octets that the party's process runs from, also when their file is gone, have another digest
//! than those of the program that looks; and at least two other parties run exactly the program
//! that looks. Where all others differ as well, an update is not finished, and nothing is said.
//! Where its file was replaced by the program that looks, it may be an update: that is left open.
//!
//! ## How it is repaired
//!
//! The party is ended and started from the program that all others run, when somebody approves
//! that. The other file is kept for whoever looks into it; keys that the party holds are taken for
//! known.
//!
//! ## How the repair is proved
//!
//! The digests are the same, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! It copies the program, changes the copy and starts a party from it.

use crate::fact::{Facts, Observation as _, Program};
use crate::fault::{Class, Fault};
use crate::finding::{Case, Effect};
use crate::plan::Step;

/// Other parties that run the program that looks.
const OTHERS_MIN: usize = 2;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "program-changed",
    class: Class::Attack,
    title: "A party runs another program than all others.",
    source: include_str!("program_changed.rs"),
    symptoms: &["`/proc/PID/exe` of a party is another file than the installed program"],
    explains: &[],
    needs: &[Program::KIND],
    look,
    plan,
};

fn look(facts: &Facts) -> Vec<Case> {
    let programs = facts.of::<Program>();
    let same = programs.iter().filter(|program| program.is_ours()).count();
    let others: Vec<_> = programs.iter().filter(|program| !program.is_ours()).collect();
    // When most differ, the program that looks is the odd one.
    if same < OTHERS_MIN || others.len() >= same {
        return Vec::new();
    }
    others
        .into_iter()
        .filter_map(|program| {
            let seen = program.sha256.as_ref()?;
            let party = program.party;
            let summary =
                format!("{party} runs {}, which is not the program of the others", program.path);
            let case = Case::confirmed(party, party, Effect::Exposes, summary)
                .with("seen_sha256", seen, program.path.as_str())
                .with(
                    "expected_sha256",
                    program.our_sha256.clone().unwrap_or_default(),
                    program.our_path.as_str(),
                )
                .check_again(format!("sha256sum /proc/$(pgrep -f 'serve {party}')/exe"))
                .touching([format!("program:{party}")])
                .stopping(["nothing: but nobody knows what it does with its keys"]);
            let updated = "whether the program was updated and this party not started again";
            Some(if program.was_updated() { case.inconclusive(vec![updated.into()]) } else { case })
        })
        .collect()
}

fn plan(_: &Facts, case: &Case) -> Vec<Step> {
    let owner = case.owner.as_str();
    let text = format!("end {owner} and start it from the program that the others run");
    vec![
        Step::approved("restart-party", owner, text),
        Step::advice(
            owner,
            "keep the other program's file; unless an update explains it, take every key of this \
             party for known: make new ones and revoke its certificates",
        ),
    ]
}

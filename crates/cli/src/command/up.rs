//! `up`: every party of a deployment as a child process, kept running.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::json;

use counterfoil_node::config::Deployment;
use counterfoil_node::deployment::Material;
use counterfoil_node::supervise::{self, News, Plan, Program, Ready, SuperviseError};
use counterfoil_node::telemetry::{Settings, Telemetry};
use counterfoil_party::machine::Role;

use super::Command;
use crate::data::Data;
use crate::failure::{Failure, Status};

/// Pause between two looks at whether a party was registered meanwhile.
const LOOK_MS: u64 = 250;
/// Folder of the supervisor's own log, beside the parties' folders.
const LOG: &str = "log";

/// Arguments of `up`.
#[derive(Debug, Args)]
pub struct Up {
    #[command(flatten)]
    data: Data,
}

impl Command for Up {
    const NAME: &'static str = "up";
    const ABOUT: &'static str = "Start every party and keep it running until SIGINT or SIGTERM";

    fn run(self) -> Result<Status, Failure> {
        let deployment = self.data.open()?;
        if !supervise::follow_supervisor() {
            return Ok(Status::Found);
        }
        let executable = std::env::current_exe().map_err(|error| {
            Failure::unseen("executable-unknown", error, "call counterfoil by its full path")
        })?;
        let data = self.data.path();
        let telemetry = Telemetry::new("deployment", Settings::in_folder(&data.join(LOG)));
        let plan = |programs| Plan {
            executable: executable.clone(),
            programs,
            limits: deployment.supervise,
            telemetry: telemetry.clone(),
        };
        let (ready, waiting) = programs(&deployment, data)?;
        for (party, _) in &waiting {
            let name = party.folder().name();
            eprintln!("{name} is started as soon as it is registered: counterfoil register {name}");
        }
        let over = Arc::new(AtomicBool::new(false));
        let later: Vec<JoinHandle<_>> = waiting
            .into_iter()
            .map(|(party, program)| start_later(party, plan(vec![program]), &over))
            .collect();
        let ended = supervise::supervise(plan(ready), announce);
        over.store(true, Ordering::Release);
        let patience = Duration::from_millis(deployment.supervise.stop_ms_max);
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline && !later.iter().all(JoinHandle::is_finished) {
            std::thread::sleep(Duration::from_millis(LOOK_MS / 10));
        }
        ended?;
        Ok(Status::Fine)
    }
}

type Waiting = Vec<(Material, Program)>;

/// The parties that can be started now, and those that have to be registered first.
fn programs(deployment: &Deployment, data: &Path) -> Result<(Vec<Program>, Waiting), Failure> {
    let mut ready = Vec::new();
    let mut waiting = Vec::new();
    for entry in deployment.parties.iter().filter(|entry| entry.start) {
        let arguments: [OsString; 4] =
            ["serve".into(), entry.name.clone().into(), "--data".into(), data.into()];
        let program = Program { name: entry.name.clone(), arguments: arguments.into() };
        let material = Material::at(data, &entry.name)?;
        if entry.role == Role::Merchant && !material.is_certified() {
            waiting.push((material, program));
        } else {
            ready.push(program);
        }
    }
    Ok((ready, waiting))
}

/// One line with every address.
fn announce(news: News<'_>) {
    match news {
        News::AllReady(parties) => {
            println!("{}", json!({ "ready": "deployment", "parties": parties }));
        }
        News::ReadyAgain(party) => print(party),
    }
}

fn print(party: &Ready) {
    party.print();
}

/// Waits until a party is registered, and then keeps it running, on a thread of its own.
fn start_later(
    party: Material,
    plan: Plan,
    over: &Arc<AtomicBool>,
) -> JoinHandle<Result<(), SuperviseError>> {
    let over = Arc::clone(over);
    std::thread::spawn(move || {
        while !party.is_certified() {
            if over.load(Ordering::Acquire) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(LOOK_MS));
        }
        let name = party.folder().name().to_owned();
        let ended = supervise::supervise(plan, |news| match news {
            News::AllReady(parties) => parties.iter().for_each(print),
            News::ReadyAgain(party) => print(party),
        });
        if let Err(error) = &ended {
            // The others go on; this one needs its operator.
            Failure::of(error).tell();
            eprintln!(" note: {name} is started again with the next `counterfoil up`");
        }
        ended
    })
}

//! `lab`: breaks a deployment on this machine, really, and measures the doctor on it.

mod deployment;
mod run;
mod score;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use counterfoil_doctor::fault;
use counterfoil_node::supervise;
use counterfoil_ops::inject::press::{Press, Way};
use counterfoil_ops::inject::{INJECTORS, relay};

use super::{Command, explain};
use crate::failure::{Failure, Status};
use crate::table::aligned;
use deployment::Laboratory;

/// Arguments of `lab`.
#[derive(Debug, Args)]
pub struct Lab {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List the faults that can be caused, and how
    List {
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Cause a fault in a laboratory's deployment, which stays running
    Inject {
        /// Id of a fault, or name of an injector
        fault: String,
        /// Folder of the laboratory; made when it does not exist
        #[arg(long, value_name = "DIR")]
        into: PathBuf,
        /// Chooses the variant
        #[arg(long, value_name = "S", default_value_t = 1)]
        seed: u64,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Undo what was injected
    Heal {
        /// Folder of the laboratory
        #[arg(long, value_name = "DIR")]
        into: PathBuf,
        /// Stop every process of the laboratory as well
        #[arg(long)]
        stop: bool,
    },
    /// Cause a fault, have the doctor find and repair it, and tell each step
    Run {
        /// Id of a fault, or name of an injector
        fault: String,
        /// Chooses the variant
        #[arg(long, value_name = "S", default_value_t = 1)]
        seed: u64,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Cause every fault, in several variants, alone and in pairs, and none, and count
    Score(score::Score),
    /// Presses on a listener, as an attacker does
    #[command(hide = true)]
    Press {
        /// How: connections, refused, garbage or slow
        #[arg(value_parser = way)]
        way: Way,
        /// The listener
        #[arg(long)]
        to: std::net::SocketAddr,
        /// The address that it comes from
        #[arg(long)]
        from: std::net::IpAddr,
        /// Connections at once
        #[arg(long)]
        count: usize,
    },
    /// What stands in front of the laboratory's listeners
    #[command(hide = true)]
    Relay {
        /// Folder of the laboratory
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
    },
}

impl Command for Lab {
    const NAME: &'static str = "lab";
    const ABOUT: &'static str = "Break a deployment on this machine and measure the doctor on it";

    fn run(self) -> Result<Status, Failure> {
        match self.what {
            What::List { json } => list(json),
            What::Inject { fault, into, seed, json } => inject(&fault, into, seed, json),
            What::Heal { into, stop } => heal(into, stop),
            What::Run { fault, seed, json } => run::once(&fault, seed, json),
            What::Score(score) => score.run(),
            What::Press { way, to, from, count } => press(Press { way, to, from, count }),
            What::Relay { data } => serve_relays(&data),
        }
    }
}

fn list(json: bool) -> Result<Status, Failure> {
    let faults = fault::catalogue();
    let of = |id: &str| -> Vec<&str> {
        let causes = INJECTORS.iter().filter(|injector| injector.fault == id);
        causes.map(|injector| injector.name).collect()
    };
    if json {
        let faults: Vec<Value> = faults
            .iter()
            .map(|fault| {
                let injectors = of(fault.id);
                json!({"fault": fault.id, "class": fault.class, "injectors": injectors})
            })
            .collect();
        println!("{}", json!({ "faults": faults }));
        return Ok(Status::Fine);
    }
    let rows: Vec<Vec<String>> = faults
        .iter()
        .map(|fault| {
            let injectors = of(fault.id);
            let how = if injectors.is_empty() { "-".into() } else { injectors.join(", ") };
            vec![fault.id.to_owned(), fault.class.name().to_owned(), how]
        })
        .collect();
    aligned(&rows).iter().for_each(|line| println!("{line}"));
    Ok(Status::Fine)
}

fn inject(fault: &str, into: PathBuf, seed: u64, json: bool) -> Result<Status, Failure> {
    let injector = run::injectors(fault)?[0];
    let mut laboratory =
        if into.exists() { Laboratory::at(into)? } else { Laboratory::make(into, true)? };
    let injected = laboratory.inject(injector, seed)?;
    if json {
        println!("{}", json!({"data": laboratory.data(), "injected": injected}));
    } else {
        println!("{}: {}", injected.fault, injected.what);
        let data = laboratory.data().display();
        println!("look with: counterfoil doctor --data {data}");
        println!("undo with: counterfoil lab heal --into {data}");
    }
    laboratory.leave();
    Ok(Status::Fine)
}

fn heal(into: PathBuf, stop: bool) -> Result<Status, Failure> {
    let mut laboratory = Laboratory::at(into)?;
    laboratory.heal()?;
    if !stop {
        laboratory.leave();
    }
    Ok(Status::Fine)
}

fn way(name: &str) -> Result<Way, String> {
    Way::named(name).ok_or_else(|| format!("there is no way `{name}`"))
}

fn press(press: Press) -> Result<Status, Failure> {
    press.run().map_err(|error| {
        Failure::unseen("press-failed", error, "check the limits of this user (`ulimit -a`)")
    })?;
    Ok(Status::Fine)
}

fn serve_relays(data: &std::path::Path) -> Result<Status, Failure> {
    if !supervise::follow_supervisor() {
        return Ok(Status::Found);
    }
    relay::run(data).map_err(|error| {
        Failure::unseen("relay-failed", error, "make the laboratory anew; its ports may be taken")
    })?;
    Ok(Status::Fine)
}

/// There is nothing of that name.
fn unknown(name: &str) -> Failure {
    if fault::named(name).is_none() {
        return explain::unknown(name);
    }
    let sentence = format!("nothing here causes `{name}`");
    Failure::input("injector-unknown", sentence, "`counterfoil lab list` names what can be caused")
}

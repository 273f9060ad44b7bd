//! A laboratory: a deployment like any other, with a relay in front of each listener, whose
//! parties run without anybody to start them again.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rustix::process::{Pid, Signal, kill_process};

use counterfoil_node::config::Deployment;
use counterfoil_node::deployment::fetch::Fetch;
use counterfoil_node::deployment::ports::Ports;
use counterfoil_node::deployment::{Material, layout, running};
use counterfoil_node::supervise::SUPERVISOR_VARIABLE;
use counterfoil_ops::inject::relay::{self, Relay};
use counterfoil_ops::inject::{Bench, Injected, Injector};
use counterfoil_ops::recorded;
use counterfoil_ops::step::{Hands, Kept};
use counterfoil_secret::Secret;
use counterfoil_sim::chance::Chance;

use crate::data;
use crate::failure::Failure;
use crate::passphrase;
use crate::stage::{Stage, free_row};

/// The passphrase of a laboratory's wallet, whose cards are worth nothing.
const PASSPHRASE: &str = "for the laboratory only";
/// What was injected, in the laboratory's folder.
const INJECTED: &str = "lab/injected.json";
/// Files as they were before.
const BEFORE: &str = "lab/before";
/// Time for a party to be ready or to end.
const PARTY_MS_MAX: u64 = 30_000;
const LOOK_MS: u64 = 20;
/// Parties with a relay in front: the first of the ports behind those of the deployment, in order.
const RELAYED: [&str; 3] = ["gateway", "bank", "merchant"];

/// A laboratory that runs. Everything is stopped when it is dropped.
pub struct Laboratory {
    data: PathBuf,
    children: Vec<Child>,
    relays: Option<Child>,
    /// Do its processes outlive this one?
    stays: bool,
}

impl Laboratory {
    /// Makes one: keys, certificates, settings, registrations, and one purchase.
    pub fn make(data: PathBuf, stays: bool) -> Result<Self, Failure> {
        let base = free_row(Ports::COUNT + RELAYED.len() as u16)?;
        let mut one = Self { data, children: Vec::new(), relays: None, stays };
        one.stage().run(&["init", "--with-test-cards", "--base-port", &base.to_string()])?;
        one.put_relays_between(base)?;
        one.start_relays()?;
        one.start_all()?;
        one.stage().run(&["register", "merchant"])?;
        one.start("merchant")?;
        one.wait_ready("merchant")?;
        one.stage().run(&["register", "cardholder", "--card", "card-1"])?;
        one.buy("9.99")?;
        // The relays are meant to be there.
        recorded::all(&one.data, Timestamp::now())?;
        Ok(one)
    }

    /// One that was made before and left running.
    pub fn at(data: PathBuf) -> Result<Self, Failure> {
        if relay::read(&data).is_err() {
            let sentence = format!("{} is no laboratory", data.display());
            let hint = "name a folder that `counterfoil lab inject --into DIR` made";
            return Err(Failure::input("not-a-laboratory", sentence, hint));
        }
        Ok(Self { data, children: Vec::new(), relays: None, stays: true })
    }

    /// A copy of a stopped one, started. It has the same ports: one runs at a time.
    pub fn copy(template: &Path, data: PathBuf) -> Result<Self, Failure> {
        copy_folder(template, &data).map_err(|error| unusable(&data, &error))?;
        let mut one = Self { data, children: Vec::new(), relays: None, stays: false };
        one.start_relays()?;
        one.start_all()?;
        Ok(one)
    }

    /// Its folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Runs commands in it.
    pub fn stage(&self) -> Stage<'_> {
        Stage { data: &self.data, passphrase: passphrase() }
    }

    /// Lets it run on when this process ends.
    pub fn leave(mut self) {
        self.children.clear();
        self.relays = None;
        // Nothing is left that dropping could stop.
        self.data = PathBuf::new();
    }

    /// One purchase, captured.
    pub fn buy(&self, amount: &str) -> Result<String, Failure> {
        let amount = format!("{amount} USD");
        let stage = self.stage();
        let order =
            stage.run(&["order", "create", "--description", "a thing", "--amount", &amount])?;
        let url = order["initiation_url"].as_str().unwrap_or_default();
        let paid = stage.run(&["pay", "--url", url, "--card", "card-1"])?;
        stage.run(&["order", "capture", order["order"].as_str().unwrap_or_default()])?;
        Ok(paid["xid"].as_str().unwrap_or_default().to_owned())
    }

    /// An order that waits for its customer: the URL to pay it at.
    pub fn order(&self) -> Result<String, Failure> {
        let order = ["order", "create", "--description", "a thing", "--amount", "1.00 USD"];
        let order = self.stage().run(&order)?;
        Ok(order["initiation_url"].as_str().unwrap_or_default().to_owned())
    }

    /// The customer of an order tries to pay it; nobody waits for the outcome.
    pub fn customer(&mut self, url: &str) -> Result<(), Failure> {
        let child = self.program()?.args(["pay", "--url", url, "--data"]).arg(&self.data).spawn();
        self.children.push(child.map_err(|error| unusable(&self.data, &error))?);
        Ok(())
    }

    /// The customer gives up, so that the wallet is free.
    pub fn customer_leaves(&mut self) {
        let Ok(wallet) = Material::at(&self.data, layout::WALLET) else { return };
        if let Some(process) = running::process_of(wallet.folder()) {
            // One that has just ended needs no signal.
            kill_process(process, Signal::KILL).ok();
        }
        for child in &mut self.children {
            drop(child.try_wait());
        }
    }

    /// Breaks it.
    pub fn inject(&mut self, injector: &Injector, seed: u64) -> Result<Injected, Failure> {
        let before = self.data.join(BEFORE);
        let mut bench = Bench {
            hands: self.hands()?,
            chance: Chance::new(seed, injector.name),
            kept: Kept::at(&before).map_err(|error| unusable(&before, &error))?,
            injector: injector.name,
            passphrase: passphrase(),
        };
        let injected = (injector.run)(&mut bench)?;
        let mut all = self.injected();
        all.push(injected.clone());
        let text = serde_json::to_vec_pretty(&all)
            .expect("invariant: what was injected is text and numbers");
        let file = self.data.join(INJECTED);
        std::fs::write(&file, text).map_err(|error| unusable(&file, &error))?;
        Ok(injected)
    }

    fn injected(&self) -> Vec<Injected> {
        let read = std::fs::read(self.data.join(INJECTED)).ok();
        read.and_then(|octets| serde_json::from_slice(&octets).ok()).unwrap_or_default()
    }

    /// Undoes what was injected and sees that every party runs with the files that it had.
    pub fn heal(&mut self) -> Result<(), Failure> {
        self.end_injected();
        let before = self.data.join(BEFORE);
        let put_back = Kept::at(&before).and_then(|kept| {
            kept.put_back()?;
            kept.forget()
        });
        put_back.map_err(|error| unusable(&before, &error))?;
        drop(std::fs::remove_file(self.data.join(INJECTED)));
        // A repair has recorded what it did; what is meant is what was before.
        recorded::all(&self.data, Timestamp::now())?;
        self.stop_parties();
        self.start_all()
    }

    /// Who takes steps in it.
    pub fn hands(&self) -> Result<Hands, Failure> {
        Ok(Hands { data: self.data.clone(), executable: executable()? })
    }

    /// Ends the processes that injectors left behind.
    fn end_injected(&self) {
        for process in self.injected().iter().flat_map(|injected| &injected.processes) {
            // One that has ended needs no signal.
            Pid::from_raw(*process).and_then(|pid| kill_process(pid, Signal::KILL).ok());
        }
    }

    /// Stops every process.
    pub fn stop(&mut self) {
        self.end_injected();
        self.stop_parties();
        for child in self.children.iter_mut().chain(self.relays.iter_mut()) {
            drop(child.kill());
            drop(child.wait());
        }
        if self.relays.is_none() {
            self.kill_left_relays();
        }
        (self.relays, self.children) = (None, Vec::new());
    }

    fn kill_left_relays(&self) {
        let pid = std::fs::read_to_string(self.data.join("lab/relay.pid")).ok();
        let pid = pid.and_then(|text| Pid::from_raw(text.trim().parse().ok()?));
        // One that has ended needs no signal.
        pid.and_then(|pid| kill_process(pid, Signal::KILL).ok());
    }

    fn names(&self) -> Result<Vec<String>, Failure> {
        let deployment = Deployment::read(&self.data)?;
        let parties = deployment.parties.into_iter().filter(|party| party.start);
        Ok(parties.map(|party| party.name).collect())
    }

    /// Puts the relays between: public addresses are theirs, and callers call those.
    fn put_relays_between(&self, base: u16) -> Result<(), Failure> {
        let ports = Ports::from(base).ok_or_else(|| unusable(&self.data, &"its ports"))?;
        let address = |port: u16| format!("127.0.0.1:{port}");
        let mut relays = Vec::new();
        let mut settings: Vec<(&str, &str, String)> = Vec::new();
        for (index, party) in RELAYED.into_iter().enumerate() {
            let (public, own) = (base + Ports::COUNT + index as u16, ports.of(party).0);
            let socket = |port: u16| std::net::SocketAddr::from(([127, 0, 0, 1], port));
            relays.push(Relay {
                party: party.to_owned(),
                listen: socket(public),
                to: socket(own),
                act: relay::Act::default(),
            });
            let (listener, shown) = match party {
                "bank" => ("node.bank_listener.public", public),
                _ => ("node.set.public", public),
            };
            settings.push((party, listener, format!("\"{}\"", address(shown))));
            let url = format!("\"https://{}/set\"", address(public));
            match party {
                "gateway" => settings.push(("merchant", "node.endpoints.gateway.url", url)),
                "bank" => settings.push(("gateway", "node.bank_link.port", public.to_string())),
                _ => settings.push(("merchant", "party.set_url", url)),
            }
        }
        let file = self.data.join(relay::FILE);
        let folder = self.data.join("lab");
        let text = serde_json::to_vec_pretty(&relays)
            .expect("invariant: relays are text, numbers and addresses");
        std::fs::create_dir_all(&folder)
            .and_then(|()| std::fs::write(&file, text))
            .map_err(|error| unusable(&file, &error))?;
        settings.iter().try_for_each(|(party, key, value)| self.set(party, key, value))
    }

    fn set(&self, party: &str, key: &str, value: &str) -> Result<(), Failure> {
        let text = format!("set {key}");
        let step = counterfoil_doctor::Step::automatic("set-setting", party, text);
        let step = step.with("key", key).with("value", value);
        let folder = self.data.join("lab/made");
        let mut kept = Kept::at(&folder).map_err(|error| unusable(&folder, &error))?;
        self.hands()?.take(&step, &mut kept)?;
        kept.forget().map_err(|error| unusable(&folder, &error))
    }

    /// This program, as a child that may outlive this process or not.
    fn program(&self) -> Result<Command, Failure> {
        let mut command = Command::new(executable()?);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.env(passphrase::VARIABLE, PASSPHRASE);
        if self.stays {
            std::os::unix::process::CommandExt::process_group(&mut command, 0);
        } else {
            command.env(SUPERVISOR_VARIABLE, std::process::id().to_string());
        }
        Ok(command)
    }

    fn start_relays(&mut self) -> Result<(), Failure> {
        let child = self.program()?.args(["lab", "relay", "--data"]).arg(&self.data).spawn();
        let child = child.map_err(|error| unusable(&self.data, &error))?;
        let pid = self.data.join("lab/relay.pid");
        std::fs::write(&pid, child.id().to_string()).map_err(|error| unusable(&pid, &error))?;
        self.relays = Some(child);
        Ok(())
    }

    fn start(&mut self, party: &str) -> Result<(), Failure> {
        let child = self.program()?.args(["serve", party, "--data"]).arg(&self.data).spawn();
        self.children.push(child.map_err(|error| unusable(&self.data, &error))?);
        Ok(())
    }

    /// Starts every party that has what it needs and does not run.
    fn start_all(&mut self) -> Result<(), Failure> {
        let mut started = Vec::new();
        for name in self.names()? {
            let material = Material::at(&self.data, &name)?;
            let is_ready = name != "merchant" || material.is_certified();
            if is_ready && running::process_of(material.folder()).is_none() {
                self.start(&name)?;
                started.push(name);
            }
        }
        started.iter().try_for_each(|name| self.wait_ready(name))
    }

    fn wait_ready(&self, party: &str) -> Result<(), Failure> {
        let material = Material::at(&self.data, party)?;
        let url = format!("http://{}/readyz", data::operations(&material)?);
        let until = Instant::now() + Duration::from_millis(PARTY_MS_MAX);
        while Instant::now() < until {
            let answer = Fetch { url: &url, authorization: None, post: None, trust: None }.run();
            if answer.is_ok_and(|answer| answer.status < 300) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(LOOK_MS));
        }
        let sentence = format!("{party} was not ready in {PARTY_MS_MAX} ms");
        let hint = format!("look at {}", material.folder().log().display());
        Err(Failure::failed("parties-not-ready", sentence, hint))
    }

    /// Ends every process that holds a party's records, whoever started it.
    fn stop_parties(&mut self) {
        let Ok(names) = self.names() else { return };
        let holders = || -> Vec<Pid> {
            let materials = names.iter().filter_map(|name| Material::at(&self.data, name).ok());
            materials.filter_map(|material| running::process_of(material.folder())).collect()
        };
        // One that is held takes the signal when it goes on; one that has ended needs none.
        for process in holders() {
            kill_process(process, Signal::CONT).ok();
            kill_process(process, Signal::TERM).ok();
        }
        let until = Instant::now() + Duration::from_millis(PARTY_MS_MAX / 3);
        while Instant::now() < until && !holders().is_empty() {
            std::thread::sleep(Duration::from_millis(LOOK_MS));
        }
        for process in holders() {
            kill_process(process, Signal::KILL).ok();
        }
        for child in &mut self.children {
            drop(child.try_wait());
        }
    }
}

impl Drop for Laboratory {
    fn drop(&mut self) {
        if !self.data.as_os_str().is_empty() {
            self.stop();
        }
    }
}

fn passphrase() -> Secret<String> {
    Secret::new(PASSPHRASE.to_owned())
}

fn executable() -> Result<PathBuf, Failure> {
    std::env::current_exe().map_err(|error| {
        Failure::unseen("executable-unknown", error, "call counterfoil by its full path")
    })
}

fn unusable(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    let sentence = format!("{}: {error}", path.display());
    Failure::unseen("laboratory-unusable", sentence, "check the disk and the limits of this user")
}

/// Copies a folder with everything in it, modes included.
fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    std::fs::set_permissions(to, std::fs::metadata(from)?.permissions())?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copy_folder(&source, &target)?;
        } else {
            std::fs::copy(&source, &target)?;
        }
    }
    Ok(())
}

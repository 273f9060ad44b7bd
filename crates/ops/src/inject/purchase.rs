//! Purchases that an injector makes, and processes that it stops: by the product's own commands.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use counterfoil_doctor::Step;
use counterfoil_node::deployment::{Material, running};

use super::{Bench, InjectError, PASSPHRASE_VARIABLE};
use crate::step::named;

/// Time for a process to end.
const END_MS_MAX: u64 = 20_000;
const LOOK_MS: u64 = 20;

impl Bench {
    /// Makes an order and pays it; what `pay` says, also where it was refused.
    pub(super) fn buy(&self, amount: &str) -> Result<Value, InjectError> {
        let (_, url) = self.order(amount)?;
        self.command(&["pay", "--url", &url, "--card", "card-1"])
    }

    /// Makes an order: its number and the URL to pay it at.
    pub(super) fn order(&self, amount: &str) -> Result<(String, String), InjectError> {
        let arguments = ["order", "create", "--description", "a thing", "--amount", amount];
        let order = self.command(&arguments)?;
        let text = |name: &str| order[name].as_str().map(str::to_owned);
        let made = text("order").zip(text("initiation_url"));
        made.ok_or_else(|| self.failed("no order could be made"))
    }

    /// Has a customer pay an order; nobody waits for the outcome. Returns the customer's process.
    pub(super) fn customer(&self, url: &str) -> Result<i32, InjectError> {
        let child = Command::new(&self.hands.executable)
            .args(["pay", "--url", url, "--card", "card-1", "--data"])
            .arg(&self.hands.data)
            .env(PASSPHRASE_VARIABLE, self.passphrase.expose())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| self.failed(error))?;
        i32::try_from(child.id()).map_err(|error| self.failed(error))
    }

    /// What a party has, as files.
    pub(super) fn material(&self, party: &str) -> Result<Material, InjectError> {
        Material::at(&self.hands.data, party).map_err(|error| self.failed(error))
    }

    /// The process of a party that runs.
    pub(super) fn process(&self, party: &str) -> Result<Pid, InjectError> {
        let process = running::process_of(self.material(party)?.folder());
        process.ok_or_else(|| self.failed(format!("{party} does not run")))
    }

    /// Ends a party and waits until it has.
    pub(super) fn end(&self, party: &str, signal: Signal) -> Result<(), InjectError> {
        let (material, process) = (self.material(party)?, self.process(party)?);
        kill_process(process, signal).map_err(|error| self.failed(error))?;
        let is_gone = || running::process_of(material.folder()) != Some(process);
        self.wait(END_MS_MAX, is_gone, &format!("{party} does not end"))
    }

    /// Starts a party and waits until it is ready.
    pub(super) fn start(&self, party: &str) -> Result<(), InjectError> {
        let step = Step::automatic("start-party", party, "");
        let work = named("start-party").ok_or_else(|| self.failed("there is no such step"))?;
        (work.run)(&self.hands, &step).map(drop).map_err(|error| self.failed(error))
    }

    /// Waits until something is so.
    pub(super) fn wait(
        &self,
        millis: u64,
        is_so: impl Fn() -> bool,
        otherwise: &str,
    ) -> Result<(), InjectError> {
        let until = Instant::now() + Duration::from_millis(millis);
        while !is_so() {
            if Instant::now() > until {
                return Err(self.failed(otherwise));
            }
            std::thread::sleep(Duration::from_millis(LOOK_MS));
        }
        Ok(())
    }
}

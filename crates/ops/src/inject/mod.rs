//! Injectors: the laboratory's ways to break a deployment on this machine, really. One is one file
//! and one line in [`INJECTORS`].
//!
//! A laboratory's deployment is like any other, with a [`relay`] in front of each listener where
//! a real one has a firewall. An injector draws what it does from seeded chance, touches files
//! only through the [`Bench`], which keeps them as they were, and says which party is to blame.

mod answer_lost;
mod answers_late;
mod bank_agreement;
mod bank_port;
mod cards_blocked;
mod certificate_early;
mod certificate_ends_soon;
mod certificate_over;
mod certificate_replaced;
mod certificate_swapped;
mod chain_cut;
mod crl_nowhere;
mod endpoint_url;
mod firewall_drops;
mod firewall_resets;
mod flood_connections;
mod flood_requests;
mod folder_changed;
mod forgery;
mod hold_forgotten;
mod intercept;
mod key_copied;
mod key_leaked;
mod key_mode;
mod key_weak;
mod lists;
mod man_in_the_middle;
mod merchant_enrolled;
mod message_altered;
mod old_front;
mod old_tls;
mod older_records;
mod party_hung;
mod party_stopped;
mod path_mtu;
pub mod press;
mod program_replaced;
mod proxy_rewrites;
mod purchase;
mod reissue;
pub mod relay;
mod restart_loop;
mod reversal_lost;
mod root_changed;
mod setting_weakened;
mod settings_damaged;
mod settings_drift;
mod signature_sha1;
mod slow_requests;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use counterfoil_doctor::Step;
use counterfoil_secret::{Fault, Report, Secret};
use counterfoil_sim::chance::Chance;

use crate::step::{Hands, Kept, named, set_setting, write};

/// Environment variable with the wallet's passphrase, as every command reads it.
pub const PASSPHRASE_VARIABLE: &str = "COUNTERFOIL_PASSPHRASE";

/// Time for a command that an injector needs: in a deployment that is broken already, it may never
/// end by itself.
const COMMAND_MS_MAX: u64 = 30_000;
const COMMAND_LOOK_MS: u64 = 10;

/// A way to break a deployment.
pub struct Injector {
    /// Its name.
    pub name: &'static str,
    /// The fault of the catalogue that it causes.
    pub fault: &'static str,
    /// Breaks it.
    pub run: fn(&mut Bench) -> Result<Injected, InjectError>,
}

/// Every injector.
pub static INJECTORS: &[&Injector] = &[
    &bank_port::INJECTOR,
    &certificate_replaced::INJECTOR,
    &certificate_swapped::KEY,
    &certificate_swapped::NAME,
    &certificate_swapped::ROLE,
    &chain_cut::CUT,
    &chain_cut::TURNED,
    &endpoint_url::BANK,
    &endpoint_url::CA,
    &endpoint_url::GATEWAY,
    &firewall_drops::INJECTOR,
    &firewall_resets::INJECTOR,
    &flood_connections::INJECTOR,
    &flood_requests::INJECTOR,
    &key_mode::INJECTOR,
    &man_in_the_middle::INJECTOR,
    &merchant_enrolled::INJECTOR,
    &message_altered::INJECTOR,
    &old_front::INJECTOR,
    &party_stopped::INJECTOR,
    &path_mtu::INJECTOR,
    &program_replaced::INJECTOR,
    &proxy_rewrites::INJECTOR,
    &setting_weakened::INJECTOR,
    &party_hung::INJECTOR,
    &restart_loop::INJECTOR,
    &answer_lost::INJECTOR,
    &older_records::INJECTOR,
    &hold_forgotten::INJECTOR,
    &reversal_lost::INJECTOR,
    &cards_blocked::INJECTOR,
    &answers_late::INJECTOR,
    &root_changed::FOREIGN,
    &root_changed::MISSING,
    &settings_damaged::INJECTOR,
    &slow_requests::INJECTOR,
    &certificate_over::INJECTOR,
    &certificate_ends_soon::INJECTOR,
    &certificate_early::INJECTOR,
    &lists::REVOKED,
    &lists::CRL_OVER,
    &lists::BCI_OVER,
    &crl_nowhere::INJECTOR,
    &signature_sha1::INJECTOR,
    &key_weak::INJECTOR,
    &key_copied::INJECTOR,
    &key_leaked::INJECTOR,
    &old_tls::VERSIONS,
    &old_tls::SUITES,
    &old_tls::GROUPS,
    &certificate_swapped::OLD,
    &bank_agreement::DIALECT,
    &bank_agreement::MAC,
    &bank_agreement::ACQUIRER,
    &bank_agreement::MERCHANT,
    &bank_agreement::TERMINAL,
    &bank_agreement::CURRENCY,
    &settings_drift::INVERTED,
    &settings_drift::DRIFT,
    &settings_drift::CLOCK,
    &folder_changed::WIDE,
    &folder_changed::READ_ONLY,
    &folder_changed::FULL,
    &folder_changed::NEARLY,
    &folder_changed::OPEN_FILES,
];

/// What was broken: what the doctor has to find, and the laboratory to heal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Injected {
    /// The fault of the catalogue.
    pub fault: String,
    /// The party that is to blame.
    pub owner: String,
    /// What was done, with its parameters, in a phrase.
    pub what: String,
    /// Processes to be ended when it is healed.
    #[serde(default)]
    pub processes: Vec<i32>,
}

/// Why something was not broken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{injector}` could not be injected: {cause}")]
pub struct InjectError {
    /// The injector.
    pub injector: String,
    /// What was said.
    pub cause: String,
}

impl Report for InjectError {
    fn id(&self) -> &'static str {
        "not-injected"
    }

    fn hint(&self) -> String {
        "inject into a healthy deployment that `counterfoil lab` made".into()
    }

    fn fault(&self) -> Fault {
        Fault::Environment
    }
}

/// What an injector works with.
#[derive(Debug)]
pub struct Bench {
    /// Takes steps in the deployment.
    pub hands: Hands,
    /// Where variants come from.
    pub chance: Chance,
    /// Files as they were.
    pub kept: Kept,
    /// The injector at work.
    pub injector: &'static str,
    /// The passphrase of the laboratory's wallet.
    pub passphrase: Secret<String>,
}

impl Bench {
    /// What went wrong, as this injector's error.
    pub fn failed(&self, cause: impl ToString) -> InjectError {
        InjectError { injector: self.injector.to_owned(), cause: cause.to_string() }
    }

    /// One of several.
    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let index = self.chance.below(all.len() as u64);
        &all[usize::try_from(index).unwrap_or_default()]
    }

    /// A path below the deployment's folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.hands.data.join(name)
    }

    /// A file's octets.
    ///
    /// # Errors
    /// [`InjectError`].
    pub fn read(&self, name: &str) -> Result<Vec<u8>, InjectError> {
        std::fs::read(self.path(name)).map_err(|error| self.failed(format!("{name}: {error}")))
    }

    /// Replaces or makes a file, keeping what was there.
    ///
    /// # Errors
    /// [`InjectError`].
    pub fn write(&mut self, name: &str, octets: &[u8], mode: u32) -> Result<(), InjectError> {
        let path = self.path(name);
        let written = self.kept.keep(&path).and_then(|()| write(&path, octets, mode));
        written.map_err(|error| self.failed(format!("{name}: {error}")))
    }

    /// Changes a setting of a party: `value` is TOML.
    ///
    /// # Errors
    /// [`InjectError`].
    pub fn set(&mut self, party: &str, key: &str, value: &str) -> Result<(), InjectError> {
        let name = format!("{party}/config.toml");
        let text = String::from_utf8_lossy(&self.read(&name)?).into_owned();
        let changed = set_setting::set(&text, key, value).map_err(|error| self.failed(error))?;
        self.write(&name, changed.as_bytes(), 0o644)
    }

    /// Runs a command of the product on the deployment and returns what it prints as JSON, also
    /// where it was refused.
    ///
    /// # Errors
    /// [`InjectError`] when it cannot be started.
    pub fn command(&self, arguments: &[&str]) -> Result<serde_json::Value, InjectError> {
        let mut child = std::process::Command::new(&self.hands.executable)
            .args(arguments)
            .arg("--data")
            .arg(&self.hands.data)
            .arg("--json")
            .env(PASSPHRASE_VARIABLE, self.passphrase.expose())
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .spawn()
            .map_err(|error| self.failed(error))?;
        let until = Instant::now() + Duration::from_millis(COMMAND_MS_MAX);
        while child.try_wait().map_err(|error| self.failed(error))?.is_none() {
            if Instant::now() > until {
                // What has just ended is as good.
                child.kill().and_then(|()| child.wait()).ok();
                return Err(self.failed(format!("`{}` takes too long", arguments.join(" "))));
            }
            std::thread::sleep(Duration::from_millis(COMMAND_LOOK_MS));
        }
        let output = child.wait_with_output().map_err(|error| self.failed(error))?;
        Ok(serde_json::from_slice(&output.stdout).unwrap_or_default())
    }

    /// Has a party read its files. That it refuses them may be what is wanted.
    pub fn reload(&self, party: &str) {
        let step = Step::automatic("reload", party, "");
        if let Some(work) = named("reload") {
            (work.run)(&self.hands, &step).ok();
        }
    }

    /// Has the relay in front of a party's listener do something to what passes.
    ///
    /// # Errors
    /// [`InjectError`] when the deployment has no such relay.
    pub fn relay(&mut self, to: &str, act: relay::Act) -> Result<(), InjectError> {
        let mut relays = relay::read(&self.hands.data).map_err(|error| self.failed(error))?;
        let found = relays.iter_mut().find(|relay| relay.party == to);
        found.ok_or_else(|| self.failed(format!("there is no relay in front of {to}")))?.act = act;
        let text = serde_json::to_vec_pretty(&relays).map_err(|error| self.failed(error))?;
        self.write(relay::FILE, &text, 0o644)
    }

    /// What was done.
    pub fn injected(&self, fault: &str, owner: &str, what: impl Into<String>) -> Injected {
        Injected {
            fault: fault.to_owned(),
            owner: owner.to_owned(),
            what: what.into(),
            processes: Vec::new(),
        }
    }
}

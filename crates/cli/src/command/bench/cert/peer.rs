//! `openssl verify` on the same files, measured by its processor time.

use std::process::{Command, Stdio};

use super::Chains;
use crate::failure::Failure;

/// Microseconds of one tick of /proc (USER_HZ is 100 on every Linux).
const TICK_US: f64 = 10_000.0;

/// The program.
pub struct Peer {
    /// What it says of itself.
    pub version: String,
}

impl Peer {
    /// Looks for it.
    pub fn find() -> Result<Self, Failure> {
        let output = Command::new("openssl").arg("version").output();
        match output {
            Ok(output) if output.status.success() => {
                let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
                Ok(Self { version: text })
            }
            _ => Err(Failure::unseen(
                "openssl-missing",
                "the program openssl, to compare with, is not installed",
                "install it (apt-get install openssl)",
            )),
        }
    }

    /// Verifies the first `count` leaves in one call; microseconds of its processor time.
    pub fn verify(&self, chains: &Chains, count: usize, crls: bool) -> Result<f64, Failure> {
        let mut command = Command::new("openssl");
        command.arg("verify").arg("-CAfile").arg(&chains.root);
        command.arg("-untrusted").arg(&chains.intermediate);
        // What SET's root has critical and OpenSSL does not know costs no time to ignore.
        command.args(["-ignore_critical", "-no-CApath", "-no-CAstore"]);
        if crls {
            command.arg("-crl_check_all").arg("-CRLfile").arg(&chains.crls);
        }
        command.args(&chains.leaves[..count]).current_dir(&chains.folder);
        let began = children_us()?;
        let output = command.stdin(Stdio::null()).output().map_err(|error| failed(&error))?;
        let spent = children_us()? - began;
        let good = String::from_utf8_lossy(&output.stdout).matches(": OK").count();
        if good == count {
            return Ok(spent);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(failed(&said.lines().next().unwrap_or("fewer chains were accepted than there are")))
    }
}

/// Processor time of all children that have ended (proc(5), cutime and cstime).
fn children_us() -> Result<f64, Failure> {
    let text = std::fs::read_to_string("/proc/self/stat").map_err(|error| failed(&error))?;
    // The name of the program, in parentheses, may hold spaces.
    let rest = text.rsplit_once(") ").map(|(_, rest)| rest).unwrap_or_default();
    let ticks = rest.split(' ').skip(13).take(2).filter_map(|ticks| ticks.parse::<f64>().ok());
    Ok(ticks.sum::<f64>() * TICK_US)
}

fn failed(cause: &dyn std::fmt::Display) -> Failure {
    let sentence = format!("openssl verify could not be measured: {cause}");
    Failure::unseen("openssl-failed", sentence, "run `openssl version` to see what is installed")
}

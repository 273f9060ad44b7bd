//! The wallet's passphrase: from a file, the environment, or the terminal; never an argument.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use clap::Args;

use counterfoil_node::files;
use counterfoil_secret::Secret;

use crate::failure::Failure;

/// Environment variable with the passphrase.
pub const VARIABLE: &str = "COUNTERFOIL_PASSPHRASE";

/// Where the passphrase comes from.
#[derive(Debug, Clone, Args)]
pub struct Passphrase {
    /// File with the wallet's passphrase (mode 600); else COUNTERFOIL_PASSPHRASE, else a prompt
    #[arg(long = "passphrase-file", value_name = "FILE")]
    pub file: Option<PathBuf>,
}

impl Passphrase {
    /// The passphrase; asked twice at the terminal when it is `new`.
    pub fn read(&self, new: bool) -> Result<Secret<String>, Failure> {
        if let Some(file) = &self.file {
            let octets = files::read_secret(file)?;
            let text = std::str::from_utf8(octets.expose()).map_err(|_| {
                Failure::input(
                    "passphrase-not-text",
                    format!("{} is not UTF-8 text", file.display()),
                    "write the passphrase into the file as text, in one line",
                )
            })?;
            return checked(Secret::new(text.trim_end_matches(['\r', '\n']).to_owned()));
        }
        if let Ok(text) = std::env::var(VARIABLE) {
            return checked(Secret::new(text));
        }
        if !std::io::stdin().is_terminal() {
            return Err(Failure::input(
                "passphrase-missing",
                "the wallet's passphrase is not given, and there is no terminal to ask at",
                format!("give --passphrase-file FILE, or set {VARIABLE}"),
            ));
        }
        let first = ask("Passphrase of the wallet: ")?;
        if new && ask("The same once more: ")?.expose() != first.expose() {
            return Err(Failure::input(
                "passphrase-differs",
                "the two passphrases differ",
                "type the same passphrase twice",
            ));
        }
        checked(first)
    }
}

fn ask(prompt: &str) -> Result<Secret<String>, Failure> {
    rpassword::prompt_password(prompt).map(Secret::new).map_err(|error| {
        Failure::unseen("terminal-unusable", error, format!("set {VARIABLE} instead"))
    })
}

fn checked(passphrase: Secret<String>) -> Result<Secret<String>, Failure> {
    if passphrase.expose().is_empty() {
        return Err(Failure::input(
            "passphrase-empty",
            "the passphrase is empty",
            "choose a passphrase of several words",
        ));
    }
    Ok(passphrase)
}

//! A passphrase, of the wallet or of a file: from a file, the environment, or the terminal; never
//! an argument.

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
    /// File with the passphrase (mode 600); else COUNTERFOIL_PASSPHRASE, else a prompt
    #[arg(long = "passphrase-file", value_name = "FILE")]
    pub file: Option<PathBuf>,
}

impl Passphrase {
    /// The wallet's passphrase; asked twice at the terminal when it is `new`.
    pub fn read(&self, new: bool) -> Result<Secret<String>, Failure> {
        if let Some(given) = self.given()? {
            return Ok(given);
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

    /// The passphrase of the file `name`; none when it is not given and nobody can be asked.
    pub fn read_if_given(&self, name: &str) -> Result<Option<Secret<String>>, Failure> {
        let given = self.given()?;
        if given.is_some() || !std::io::stdin().is_terminal() {
            return Ok(given);
        }
        checked(ask(&format!("Passphrase of {name}: "))?).map(Some)
    }

    /// The passphrase from the file or the environment.
    fn given(&self) -> Result<Option<Secret<String>>, Failure> {
        if let Some(file) = &self.file {
            let octets = files::read_secret(file)?;
            let text = std::str::from_utf8(octets.expose()).map_err(|_| {
                Failure::input(
                    "passphrase-not-text",
                    format!("{} is not UTF-8 text", file.display()),
                    "write the passphrase into the file as text, in one line",
                )
            })?;
            let text = Secret::new(text.trim_end_matches(['\r', '\n']).to_owned());
            return checked(text).map(Some);
        }
        match std::env::var(VARIABLE) {
            Ok(text) => checked(Secret::new(text)).map(Some),
            Err(_) => Ok(None),
        }
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

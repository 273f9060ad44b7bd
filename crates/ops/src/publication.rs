//! Handing the CAs' current CRLs, and the brand's list of them, to every party.
//!
//! SET has messages for this between CAs (CRLNotification, BCIDistribution); within one deployment
//! its operator does it.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use thiserror::Error;

use counterfoil_node::config::Deployment;
use counterfoil_node::deployment::api_token::ApiToken;
use counterfoil_node::deployment::fetch::{Fetch, FetchError};
use counterfoil_node::deployment::material::bci_pem;
use counterfoil_node::deployment::{DeploymentError, Material, api, layout, running};
use counterfoil_node::files::Folder;
use counterfoil_party::ca::{CaConfig, CaKind};
use counterfoil_party::machine::Role;
use counterfoil_pki::{Crl, KeyUsage};
use counterfoil_secret::{Fault, Report};

use crate::recorded::{self, RecordError};

/// HTTP status from which on an answer is a refusal.
const REFUSED: u16 = 400;

/// A CRL with what proves it.
#[derive(Debug)]
pub struct Published {
    /// The CA.
    pub name: String,
    /// Its current CRL.
    pub crl: Crl,
    pem: String,
    certificates: Vec<String>,
}

/// Lists as they were handed out.
#[derive(Debug)]
pub struct Publication {
    /// One of each CA that publishes.
    pub crls: Vec<Published>,
    /// The parties that have them now.
    pub holders: Vec<String>,
}

/// Lists could not be handed out, or not to everybody.
#[derive(Debug, Error)]
pub enum PublishError {
    /// There is nobody who signs the list of CRLs.
    #[error("the deployment has no brand CA")]
    NoBrandCa,
    /// A party's folder cannot be used.
    #[error(transparent)]
    Deployment(#[from] DeploymentError),
    /// The record of what files are meant to be cannot be kept.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A CA does not answer.
    #[error("{authority} does not answer: {cause}")]
    Silent {
        /// The CA.
        authority: String,
        /// What was said.
        cause: FetchError,
    },
    /// A CA refuses.
    #[error("{authority}: {sentence}")]
    Refused {
        /// The CA.
        authority: String,
        /// What it says.
        sentence: String,
        /// What it says is to be done.
        hint: String,
    },
    /// A CA has given something else.
    #[error("{authority} has given {what} that cannot be read")]
    Unreadable {
        /// The CA.
        authority: String,
        /// What was asked for.
        what: &'static str,
    },
}

impl Report for PublishError {
    fn id(&self) -> &'static str {
        match self {
            Self::NoBrandCa => "no-brand-ca",
            Self::Deployment(error) => error.id(),
            Self::Record(error) => error.id(),
            Self::Silent { cause, .. } => cause.id(),
            Self::Refused { .. } => "command-refused",
            Self::Unreadable { .. } => "answer-unexpected",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::NoBrandCa => "ask the operator of the brand for its list".into(),
            Self::Deployment(error) => error.hint(),
            Self::Record(error) => error.hint(),
            Self::Silent { cause, .. } => cause.hint(),
            Self::Refused { hint, .. } => hint.clone(),
            Self::Unreadable { .. } => "look at its log".into(),
        }
    }

    fn fault(&self) -> Fault {
        match self {
            Self::NoBrandCa => Fault::OurMisuse,
            Self::Deployment(error) => error.fault(),
            Self::Record(error) => error.fault(),
            Self::Silent { cause, .. } => cause.fault(),
            Self::Refused { .. } => Fault::PeerMisbehaved,
            Self::Unreadable { .. } => Fault::PeerIncompatible,
        }
    }
}

/// Which lists are handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lists {
    /// The current ones; those that are over are signed anew.
    Current,
    /// All are signed anew.
    Anew,
}

/// Has every CA give its list, the brand list them, and every party hold the result. Parties that
/// run read it.
///
/// # Errors
/// [`PublishError`] at the first CA or party with which it does not work.
pub fn publish(
    data: &Path,
    deployment: &Deployment,
    lists: Lists,
) -> Result<Publication, PublishError> {
    let authorities = authorities(data, deployment)?;
    let crls = collect(&authorities, lists)?;
    let brand = authorities.iter().find(|authority| authority.kind == CaKind::Brand);
    let brand = brand.ok_or(PublishError::NoBrandCa)?;
    give(brand, &crls)?;
    let (bci, der) = brand_list(brand)?;
    for authority in authorities.iter().filter(|authority| authority.kind.registers()) {
        give(authority, &crls)?;
        authority.ask(&json!({ "command": "set_bci", "bci": bci }))?;
    }
    let holders = holders(data, deployment)?;
    for holder in &holders {
        for crl in &crls {
            let written = holder.folder().write(Folder::Crls, &crl.name, crl.pem.as_bytes());
            written.map_err(DeploymentError::from)?;
        }
        let bci = bci_pem(&der);
        let written = holder.folder().write(Folder::Crls, layout::BCI, bci.as_bytes());
        written.map_err(DeploymentError::from)?;
        running::process_of(holder.folder()).map(running::reload);
    }
    let written = touches(data, deployment)?;
    recorded::renew(data, Timestamp::now(), written.iter().map(PathBuf::as_path))?;
    let holders = holders.iter().map(|holder| holder.folder().name().to_owned()).collect();
    Ok(Publication { crls, holders })
}

/// The files that [`publish`] replaces.
///
/// # Errors
/// [`PublishError::Deployment`].
pub fn touches(data: &Path, deployment: &Deployment) -> Result<Vec<PathBuf>, PublishError> {
    let authorities = authorities(data, deployment)?;
    let publishing = authorities.iter().map(|authority| authority.material.folder().name());
    let names: Vec<&str> = publishing.chain([layout::BCI]).collect();
    let files = |holder: &Material| -> Vec<PathBuf> {
        names.iter().map(|name| holder.file(Folder::Crls, name)).collect()
    };
    Ok(holders(data, deployment)?.iter().flat_map(files).collect())
}

/// Every party that holds lists, the wallet among them.
fn holders(data: &Path, deployment: &Deployment) -> Result<Vec<Material>, PublishError> {
    let names = deployment.parties.iter().map(|party| party.name.as_str());
    let all: Result<Vec<_>, _> =
        names.chain([layout::WALLET]).map(|name| Material::at(data, name)).collect();
    let mut holders = all?;
    holders.retain(|holder| holder.folder().folder(Folder::Crls).exists());
    Ok(holders)
}

/// A CA with its API.
struct Authority {
    material: Material,
    kind: CaKind,
}

fn authorities(data: &Path, deployment: &Deployment) -> Result<Vec<Authority>, PublishError> {
    let parties = deployment.parties.iter().filter(|party| party.role == Role::Ca);
    parties
        .map(|party| {
            let material = Material::at(data, &party.name)?;
            let kind = material.config::<CaConfig>()?.party.kind;
            Ok(Authority { material, kind })
        })
        .collect()
}

impl Authority {
    fn name(&self) -> &str {
        self.material.folder().name()
    }

    /// Has it carry out a command.
    fn ask(&self, command: &Value) -> Result<Value, PublishError> {
        let operations = self.material.config::<IgnoredAny>()?.node.operations;
        let file = self.material.folder().config();
        let operations = operations.ok_or_else(|| DeploymentError::Malformed {
            reason: "it names no address for operators".into(),
            hint: "add `operations` to `[node]`".into(),
            file,
        })?;
        let url = format!("http://{operations}{}", api::COMMANDS);
        let authorization = Some(ApiToken::read(self.material.folder())?.header());
        let post = Some(command.to_string());
        let answer = Fetch { url: &url, authorization, post, trust: None }
            .run()
            .map_err(|cause| PublishError::Silent { authority: self.name().to_owned(), cause })?;
        let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let text = |name: &str| said[name].as_str().map(str::to_owned);
        let refusal = if answer.status >= REFUSED {
            Some(text("error").unwrap_or_else(|| format!("HTTP status {}", answer.status)))
        } else if said["outcome"] == "refused" {
            Some(text("message").unwrap_or_default())
        } else {
            None
        };
        let Some(sentence) = refusal else { return Ok(said) };
        let hint = text("hint").unwrap_or_else(|| "look at its log".into());
        Err(PublishError::Refused { authority: self.name().to_owned(), sentence, hint })
    }

    fn unreadable(&self, what: &'static str) -> PublishError {
        PublishError::Unreadable { authority: self.name().to_owned(), what }
    }

    /// Its CRL.
    fn crl(&self, command: &str) -> Result<(String, Crl), PublishError> {
        let said = self.ask(&json!({ "command": command }))?;
        let pem = said["crl"].as_str().unwrap_or_default().to_owned();
        let crl = Crl::from_pem_all(&pem).ok().and_then(|all| all.into_iter().next());
        let crl = crl.ok_or_else(|| self.unreadable("a CRL"))?;
        Ok((pem, crl))
    }
}

/// The CRL of every CA that publishes one.
fn collect(authorities: &[Authority], lists: Lists) -> Result<Vec<Published>, PublishError> {
    let mut all = Vec::new();
    for authority in authorities {
        let (own, _) = authority.material.certificate(layout::ISSUING)?;
        if !own.key_usage().is_some_and(|usage| usage.contains(KeyUsage::CRL_SIGN)) {
            continue;
        }
        let (pem, crl) = match lists {
            Lists::Anew => authority.crl("issue_crl")?,
            Lists::Current => {
                let current = authority.crl("crl")?;
                let is_fresh = current.1.is_fresh(Timestamp::now());
                if is_fresh { current } else { authority.crl("issue_crl")? }
            }
        };
        let is_root = own.is_self_issued();
        let certificates = if is_root { vec![] } else { vec![STANDARD.encode(own.der())] };
        all.push(Published { name: authority.name().to_owned(), pem, crl, certificates });
    }
    Ok(all)
}

/// The brand's list of CRLs, as base64 and as DER; signed anew where it is over.
fn brand_list(brand: &Authority) -> Result<(String, Vec<u8>), PublishError> {
    let ask = || -> Result<(Value, String), PublishError> {
        let said = brand.ask(&json!({ "command": "bci" }))?;
        let text = said["bci"].as_str().unwrap_or_default().to_owned();
        Ok((said, text))
    };
    let (said, mut text) = ask()?;
    let until = said["not_after"].as_str().and_then(|at| at.parse::<Timestamp>().ok());
    if until.is_some_and(|until| until <= Timestamp::now()) {
        // A new CRL of the brand makes a new list of all.
        brand.ask(&json!({ "command": "issue_crl" }))?;
        text = ask()?.1;
    }
    let der = STANDARD.decode(&text).map_err(|_| brand.unreadable("the list of CRLs"))?;
    Ok((text, der))
}

/// Gives a CA the CRLs of the others.
fn give(authority: &Authority, crls: &[Published]) -> Result<(), PublishError> {
    for crl in crls.iter().filter(|crl| crl.name != authority.name()) {
        let der = STANDARD.encode(crl.crl.der());
        let certificates = &crl.certificates;
        let command = json!({ "command": "add_crl", "crl": der, "certificates": certificates });
        authority.ask(&command)?;
    }
    Ok(())
}

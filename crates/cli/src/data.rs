//! The argument `--data` and what every command about a deployment needs.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::de::IgnoredAny;
use std::net::SocketAddr;

use counterfoil_node::config::Deployment;
use counterfoil_node::deployment::{DeploymentError, Material, layout, serve};

use crate::failure::Failure;

/// Which deployment.
#[derive(Debug, Clone, Args)]
pub struct Data {
    /// Folder of the deployment
    #[arg(long = "data", value_name = "DIR")]
    pub folder: PathBuf,
}

impl Data {
    /// Reads `counterfoil.toml`.
    pub fn open(&self) -> Result<Deployment, Failure> {
        Ok(serve::open(&self.folder)?)
    }

    /// What a party of the deployment has.
    pub fn party(&self, name: &str) -> Result<Material, Failure> {
        self.open()?.party(&self.folder, name)?;
        Ok(Material::at(&self.folder, name)?)
    }

    /// What the wallet has.
    pub fn wallet(&self) -> Result<Material, Failure> {
        self.open()?;
        Ok(Material::at(&self.folder, layout::WALLET)?)
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.folder
    }
}

/// Where the operator of a party asks.
pub fn operations(material: &Material) -> Result<SocketAddr, Failure> {
    let address = material.config::<IgnoredAny>()?.node.operations;
    address.ok_or_else(|| {
        let file = material.folder().config();
        DeploymentError::Malformed {
            reason: "it names no address for operators".into(),
            hint: "add `operations` to `[node]`".into(),
            file,
        }
        .into()
    })
}

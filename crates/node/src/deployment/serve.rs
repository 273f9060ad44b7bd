//! Runs one party of a deployment as this process.

use std::path::Path;
use std::sync::Arc;

use serde::de::IgnoredAny;

use counterfoil_iso8583::Dialect;
use counterfoil_party::gateway::GatewaySettings;
use counterfoil_party::machine::{Party, Role};

use super::api::{BankApi, OperatorApi};
use super::api_token::ApiToken;
use super::error::DeploymentError;
use super::material::Material;
use super::shop_api::ShopApi;
use super::{layout, load};
use crate::actor::AnyReport;
use crate::clock;
use crate::config::{Deployment, PartyConfig};
use crate::files::DEPLOYMENT_FILE;
use crate::runner::{self, ReadDialect, Service};
use crate::server::ApiRoutes;
use crate::supervise::Ready;

/// Reads `counterfoil.toml` of a data folder.
///
/// # Errors
/// [`DeploymentError::NoDeployment`] when there is none, or what is wrong with it.
pub fn open(data: &Path) -> Result<Deployment, DeploymentError> {
    if !data.join(DEPLOYMENT_FILE).exists() {
        return Err(DeploymentError::NoDeployment { folder: data.to_path_buf() });
    }
    Ok(Deployment::read(data)?)
}

/// Runs a party until SIGINT or SIGTERM; `announce` is called once it is ready.
///
/// # Errors
/// Whatever keeps it from starting, each with its own id.
pub fn serve(
    data: &Path,
    name: &str,
    for_people: bool,
    announce: impl FnOnce(&Ready),
) -> Result<(), AnyReport> {
    let deployment = open(data).map_err(boxed)?;
    let entry = deployment.party(data, name).map_err(|error| boxed(error.into()))?;
    let material = Material::at(data, name).map_err(boxed)?;
    let token = ApiToken::read(material.folder()).map_err(boxed)?;
    let serve = Serve { material, for_people };
    match entry.role {
        Role::Ca => serve.run(load::authority, OperatorApi::new(token), None, announce),
        Role::Bank => serve.run(load::bank, BankApi::new(token), None, announce),
        Role::Gateway => {
            let build = |material: &Material| load::gateway(material, clock::now());
            let material = serve.material.clone();
            let read: ReadDialect = Box::new(move || dialect(&material).map_err(boxed));
            serve.run(build, OperatorApi::new(token), Some(read), announce)
        }
        Role::Merchant => {
            let build = |material: &Material| load::merchant(material, clock::now());
            let routes = ShopApi::new(token, &serve.material).map_err(boxed)?;
            serve.run(build, routes, None, announce)
        }
        Role::Wallet => Err(boxed(DeploymentError::Plan {
            reason: format!("{name} is a wallet, which is not served"),
            hint: "use `counterfoil pay` and `counterfoil wallet`".into(),
        })),
    }
}

struct Serve {
    material: Material,
    for_people: bool,
}

impl Serve {
    fn run<P: Party + 'static>(
        self,
        build: impl Fn(&Material) -> Result<P, DeploymentError> + Send + 'static,
        routes: impl ApiRoutes<P>,
        dialect: Option<ReadDialect>,
        announce: impl FnOnce(&Ready),
    ) -> Result<(), AnyReport> {
        // Read once before anything is opened, so that bad files change nothing.
        build(&self.material).map_err(boxed)?;
        let config: PartyConfig<IgnoredAny> = self.material.config().map_err(boxed)?;
        let material = self.material.clone();
        let service = Service {
            folder: self.material.folder().clone(),
            node: config.node,
            build: Box::new(move || build(&material).map_err(boxed)),
            routes: Arc::new(routes),
            dialect,
            read_once: vec![(
                layout::API_TOKEN,
                self.material.folder().root().join(layout::API_TOKEN),
            )],
            for_people: self.for_people,
        };
        runner::serve(service, announce)
    }
}

/// The dialect that a gateway and its bank speak.
fn dialect(material: &Material) -> Result<&'static Dialect, DeploymentError> {
    let config: PartyConfig<GatewaySettings> = material.config()?;
    let name = &config.party.bank.dialect;
    Dialect::by_name(name).ok_or_else(|| DeploymentError::Malformed {
        file: material.folder().config(),
        reason: format!("the bank dialect `{name}` is not known"),
        hint: "use `ascii1987` or `binary`".into(),
    })
}

fn boxed(error: DeploymentError) -> AnyReport {
    Box::new(error)
}

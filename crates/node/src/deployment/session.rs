//! A party that works for one person and then ends: a wallet, or an applicant at a CA.
//!
//! It has its own records and calls others, and nobody calls it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde::de::IgnoredAny;
use thiserror::Error;
use tokio::runtime::Runtime;

use counterfoil_party::machine::{CallFailure, Channel, Destination, Party};
use counterfoil_secret::{Fault, Report};
use counterfoil_store::Store;

use super::error::DeploymentError;
use super::material::Material;
use crate::BoxFuture;
use crate::actor::{Actor, AnyReport, Build, Outbound, Parts, Refusal, Settings};
use crate::client::{Client, ClientBuilder};
use crate::config::{NodeConfig, PartyConfig};
use crate::telemetry::{self, Telemetry};
use crate::tls::{self, read_pem};

/// A party at work for one person.
pub struct Session<P: Party + 'static> {
    actor: Actor<P>,
    runtime: Runtime,
}

/// The system refuses something that every process needs.
#[derive(Debug, Error)]
#[error("the system refuses what a party needs: {0}")]
struct NoRuntime(std::io::Error);

impl Report for NoRuntime {
    fn id(&self) -> &'static str {
        "system-refused"
    }

    fn hint(&self) -> String {
        "check the limits of this user (`ulimit -a`)".into()
    }

    fn fault(&self) -> Fault {
        Fault::Environment
    }
}

impl<P: Party + 'static> Session<P> {
    /// Opens the records in `state` and sets the party to work.
    ///
    /// # Errors
    /// What keeps it from starting, each with its own id.
    pub fn start(material: &Material, state: &Path, build: Build<P>) -> Result<Self, AnyReport> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|error| Box::new(NoRuntime(error)) as AnyReport)?;
        let folder = material.folder();
        let settings = telemetry::Settings::in_folder(&folder.log());
        let telemetry = Telemetry::new(folder.name(), settings);
        let config: PartyConfig<IgnoredAny> = material.config().map_err(boxed)?;
        let client = client(material, &config.node, &telemetry)?;
        let storage = Store::open(state).map_err(|error| Box::new(error) as AnyReport)?;
        let parts = Parts {
            build,
            storage: Box::new(storage),
            outbound: Arc::new(Caller(client)),
            telemetry,
            settings: Settings::default(),
        };
        let entered = runtime.enter();
        let actor = Actor::start(parts);
        drop(entered);
        Ok(Self { actor: actor?, runtime })
    }

    /// Has the party carry out a command and waits for its outcome.
    ///
    /// # Errors
    /// [`Refusal`], when the party's records fail.
    pub fn command(&self, command: P::Command) -> Result<P::Outcome, Refusal> {
        self.runtime.block_on(self.actor.handle().command(command))
    }

    /// Lets the party finish what is begun, and closes its records.
    pub fn stop(self) {
        let Self { actor, runtime } = self;
        runtime.block_on(actor.stop());
    }
}

/// Carries calls over HTTPS.
struct Caller(Client);

impl Outbound for Caller {
    fn call(
        &self,
        to: Destination,
        channel: Channel,
        body: Vec<u8>,
        timeout: Duration,
    ) -> BoxFuture<'static, Result<Vec<u8>, CallFailure>> {
        let client = self.0.clone();
        Box::pin(async move { client.call(&to, channel, body, timeout).await })
    }
}

fn client(
    material: &Material,
    node: &NodeConfig,
    telemetry: &Telemetry,
) -> Result<Client, AnyReport> {
    let trusting = |file: &Path| {
        let path = material.folder().resolve(file);
        let pem = read_pem(&path).map_err(|error| {
            let cause = error.to_string();
            boxed(crate::files::FileError::Unreadable { path, cause }.into())
        })?;
        tls::client(&pem, None).map_err(|error| Box::new(error) as AnyReport)
    };
    let mut builder = ClientBuilder::new(node.client);
    for (name, endpoint) in &node.endpoints {
        let target = endpoint.url.parse().map_err(|error| {
            let error: crate::client::target::TargetError = error;
            Box::new(error) as AnyReport
        })?;
        builder = builder.endpoint(name, target, trusting(&endpoint.trust)?);
    }
    if let Some(trust) = &node.url_trust {
        builder = builder.any_url(trusting(trust)?);
    }
    Ok(builder.build(telemetry.clone()))
}

fn boxed(error: DeploymentError) -> AnyReport {
    Box::new(error)
}

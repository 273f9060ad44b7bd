//! The files of a new deployment: every party's settings, keys, certificates and trust.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use rand_core::CryptoRng;
use serde::Serialize;

use counterfoil_crypto::token::TokenKey;
use counterfoil_party::ca::{CaKind, MarkKey};
use counterfoil_party::founding::{Founded, FoundedCa, Holder};
use counterfoil_pki::general_name::GeneralName;
use counterfoil_pki::{Certificate, Crl};
use counterfoil_secret::Secret;

use super::document::{
    BankText, ConfigText, DeploymentText, EndpointText, ListenerText, NodeText, PartyText,
};
use super::settings::{self, Cards, Registration};
use super::{PARTIES, Plan};
use crate::deployment::draft::Draft;
use crate::deployment::error::DeploymentError;
use crate::deployment::material::bci_pem;
use crate::deployment::{api_token, layout, symmetric_key};
use crate::files::{DEPLOYMENT_FILE, Folder};
use crate::server::set;

type Drafted<T> = Result<T, DeploymentError>;

impl Plan<'_> {
    /// Every file but those that the parties write themselves.
    pub(super) fn draft(&self, founded: &Founded, rng: &mut dyn CryptoRng) -> Drafted<Draft> {
        let mut draft = Draft::default();
        let party = PARTIES.map(|(name, role)| PartyText { name, role }).into();
        draft.public(DEPLOYMENT_FILE, text(&DeploymentText { party })?);
        let mut writer = Writer { plan: self, founded, draft, rng };
        writer.authority("root-ca", CaKind::Root, &founded.root)?;
        writer.key("root-ca", layout::TLS_CA, &founded.tls, &[]);
        writer.authority("brand-ca", CaKind::Brand, &founded.brand)?;
        writer.authority("cca", CaKind::Cca, &founded.cca)?;
        writer.authority("mca", CaKind::Mca, &founded.mca)?;
        writer.authority("pca", CaKind::Pca, &founded.pca)?;
        writer.bank()?;
        writer.gateway()?;
        writer.merchant()?;
        writer.wallet()?;
        Ok(writer.draft)
    }
}

struct Writer<'a> {
    plan: &'a Plan<'a>,
    founded: &'a Founded,
    draft: Draft,
    rng: &'a mut dyn CryptoRng,
}

impl Writer<'_> {
    fn authority(&mut self, name: &'static str, kind: CaKind, ca: &FoundedCa) -> Drafted<()> {
        self.key(name, layout::ISSUING, &ca.issuing, &ca.chain);
        if let Some(signature) = &ca.signature {
            self.key(name, layout::SIGNATURE, signature, &ca.chain);
        }
        if let Some(exchange) = &ca.exchange {
            self.key(name, layout::EXCHANGE, exchange, &ca.chain);
        }
        let marks = symmetric_key::generate(self.rng);
        let key = symmetric_key::parse(&marks).expect("invariant: it was written just now");
        let octets = key.expose().as_slice().try_into().expect("invariant: it has this length");
        let mark_key = MarkKey::new(Secret::new(octets));
        self.private(name, layout::MARKS, marks);
        self.symmetric(&[name], layout::RECORDS);
        let mut node = self.node(name);
        if kind.registers() {
            node.set = Some(self.listener(name)?);
        }
        self.config(name, &node, &settings::authority(self.plan, kind, &mark_key))?;
        self.api_token(name);
        self.trust(name);
        Ok(())
    }

    fn bank(&mut self) -> Drafted<()> {
        let name = "bank";
        let mut node = self.node(name);
        node.bank_listener = Some(self.listener(name)?);
        self.config(name, &node, &settings::bank(self.plan))?;
        self.symmetric(&[name], layout::STORAGE);
        self.symmetric(&[name, "gateway"], layout::BANK_LINK);
        self.api_token(name);
        Ok(())
    }

    fn gateway(&mut self) -> Drafted<()> {
        let name = "gateway";
        let gateway = &self.founded.gateway;
        self.key(name, layout::SIGNATURE, &gateway.signature, &gateway.chain);
        if let Some(exchange) = &gateway.exchange {
            self.key(name, layout::EXCHANGE, exchange, &gateway.chain);
        }
        let tokens = TokenKey::generate(self.rng).to_pem();
        self.private(name, layout::TOKENS, tokens);
        let mut node = self.node(name);
        node.set = Some(self.listener(name)?);
        node.bank_link = Some(BankText {
            host: self.plan.host.to_string(),
            port: self.plan.ports.of("bank").0,
            trust: relative(Folder::Trust.name(), layout::TLS_CA),
        });
        self.config(name, &node, &settings::gateway(self.plan)?)?;
        self.api_token(name);
        self.trust(name);
        Ok(())
    }

    fn merchant(&mut self) -> Drafted<()> {
        let name = "merchant";
        let mut node = self.node(name);
        node.set = Some(self.listener(name)?);
        node.endpoints.insert("gateway", self.endpoint("gateway"));
        node.endpoints.insert("ca", self.endpoint("mca"));
        let own = settings::merchant(&self.url(name), self.plan);
        self.config(name, &node, &own)?;
        self.symmetric(&[name], layout::RECORDS);
        self.api_token(name);
        self.trust(name);
        let registration = text(&Registration::of(self.plan))?;
        self.draft.private(below(name, layout::REGISTRATION), Secret::new(registration));
        Ok(())
    }

    fn wallet(&mut self) -> Drafted<()> {
        let name = layout::WALLET;
        let url_trust = Some(relative(Folder::Trust.name(), layout::TLS_CA));
        let mut node = NodeText { url_trust, ..NodeText::default() };
        node.endpoints.insert("ca", self.endpoint("cca"));
        self.config(name, &node, &settings::wallet(self.plan))?;
        self.symmetric(&[name], layout::RECORDS);
        self.trust(name);
        if !self.plan.test_cards.is_empty() {
            let cards = text(&Cards::of(self.plan))?;
            self.draft.private(below(name, layout::CARDS), Secret::new(cards));
        }
        Ok(())
    }

    fn config<S: Serialize>(&mut self, name: &str, node: &NodeText, party: &S) -> Drafted<()> {
        let text = text(&ConfigText { node, party })?;
        self.draft.public(below(name, "config.toml"), text);
        Ok(())
    }

    fn api_token(&mut self, name: &str) {
        let token = api_token::generate(self.rng);
        self.draft.private(below(name, layout::API_TOKEN), token);
    }

    /// A private key and its certificate with those of its issuers.
    fn key(&mut self, party: &str, name: &str, holder: &Holder, chain: &[Certificate]) {
        self.private(party, name, holder.key.to_pkcs8_pem());
        let above = chain.iter().filter(|certificate| **certificate != holder.certificate);
        let own = std::iter::once(&holder.certificate);
        let all: String = own.chain(above).map(Certificate::to_pem).collect();
        self.draft.public(below(party, relative(Folder::Certs.name(), name)), all);
    }

    fn private(&mut self, party: &str, name: &str, text: Secret<String>) {
        self.draft.private(below(party, relative("keys", name)), text);
    }

    /// One symmetric key, the same at each of these parties.
    fn symmetric(&mut self, parties: &[&str], name: &str) {
        let key = symmetric_key::generate(self.rng);
        for party in parties {
            self.private(party, name, key.clone());
        }
    }

    /// A TLS listener at the party's port, with a key and certificate of its own.
    fn listener(&mut self, party: &str) -> Drafted<ListenerText> {
        let address = match self.plan.host {
            IpAddr::V4(host) => host.octets().to_vec(),
            IpAddr::V6(host) => host.octets().to_vec(),
        };
        let names = vec![GeneralName::Dns("localhost".into()), GeneralName::Ip(address)];
        let plan = self.plan.founding();
        let holder = plan.tls_server(&self.founded.tls, party, names, self.rng);
        let holder = holder.map_err(|error| DeploymentError::plan(&error))?;
        self.key(party, layout::TLS, &holder, &[]);
        Ok(ListenerText {
            listen: self.address(party),
            certificate: relative(Folder::Certs.name(), layout::TLS),
            key: relative("keys", layout::TLS),
        })
    }

    /// What a party trusts, and what was revoked when the deployment was made: nothing.
    fn trust(&mut self, party: &str) {
        let founded = self.founded;
        let mut put = |folder: Folder, name: &str, pem: String| {
            self.draft.public(below(party, relative(folder.name(), name)), pem);
        };
        put(Folder::Trust, layout::ROOT, founded.root.issuing.certificate.to_pem());
        put(Folder::Trust, layout::TLS_CA, founded.tls.certificate.to_pem());
        let cas = [&founded.brand, &founded.cca, &founded.mca, &founded.pca];
        let authorities: String = cas.map(|ca| ca.issuing.certificate.to_pem()).concat();
        put(Folder::Trust, layout::AUTHORITIES, authorities);
        let all = [&founded.root, &founded.brand, &founded.cca, &founded.mca, &founded.pca];
        for (name, ca) in ["root-ca", "brand-ca", "cca", "mca", "pca"].iter().zip(all) {
            let subject = ca.issuing.certificate.subject();
            let own: String = founded
                .crls
                .iter()
                .filter(|crl| crl.issuer() == subject)
                .map(Crl::to_pem)
                .collect();
            put(Folder::Crls, name, own);
        }
        put(Folder::Crls, layout::BCI, bci_pem(founded.bci.der()));
    }

    fn node(&self, party: &str) -> NodeText {
        let operations = SocketAddr::new(self.plan.host, self.plan.ports.of(party).1);
        NodeText { operations: Some(operations), ..NodeText::default() }
    }

    fn endpoint(&self, party: &str) -> EndpointText {
        let trust = relative(Folder::Trust.name(), layout::TLS_CA);
        EndpointText { url: self.url(party), trust }
    }

    fn address(&self, party: &str) -> SocketAddr {
        SocketAddr::new(self.plan.host, self.plan.ports.of(party).0)
    }

    fn url(&self, party: &str) -> String {
        format!("https://{}{}", self.address(party), set::PATH)
    }
}

fn below(party: &str, name: impl AsRef<Path>) -> PathBuf {
    Path::new(party).join(name)
}

/// A PEM file below a party's folder, as its settings name it.
fn relative(folder: &str, name: &str) -> String {
    format!("{folder}/{name}.pem")
}

fn text<T: Serialize>(value: &T) -> Drafted<String> {
    toml::to_string(value).map_err(|error| DeploymentError::Plan {
        reason: error.to_string(),
        hint: "give names without control characters".into(),
    })
}

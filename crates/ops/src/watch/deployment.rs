//! A deployment's folder: every party's certificates with their keys, what it trusts, its lists.

use std::collections::BTreeMap;
use std::path::Path;

use serde::de::IgnoredAny;

use counterfoil_node::config::Deployment;
use counterfoil_node::deployment::{DeploymentError, Material, layout, serve};
use counterfoil_node::files::Folder;
use counterfoil_party::ca::{CaConfig, CaKind};
use counterfoil_party::machine::Role;
use counterfoil_pki::host::HostName;
use counterfoil_pki::purpose::{self, Purpose};
use counterfoil_pki::watch::{Facts, Holding, List, Published, Unseen};
use counterfoil_pki::{Certificate, Crl};

use super::newest;

/// One party while its folder is read.
struct Party<'a> {
    name: &'a str,
    role: Role,
    kind: Option<CaKind>,
    material: Material,
    /// What the other parties trust of TLS: those who verify a party's server certificate.
    peers_tls: &'a [Certificate],
    facts: &'a mut Facts,
}

/// What a party trusts and holds.
#[derive(Default)]
struct Trusted {
    roots: Vec<Certificate>,
    authorities: Vec<Certificate>,
    tls: Vec<Certificate>,
    crls: Vec<Crl>,
}

/// Reads every party's folder, the wallet's among them.
pub(super) fn gather(data: &Path, facts: &mut Facts) {
    let deployment = match serve::open(data) {
        Ok(deployment) => deployment,
        Err(error) => {
            let (place, why) = (data.display().to_string(), error.to_string());
            facts.unseen.push(Unseen { place, why });
            return;
        }
    };
    let names = names(data, &deployment);
    let mut parties: Vec<(&str, Role)> =
        deployment.parties.iter().map(|party| (party.name.as_str(), party.role)).collect();
    if data.join(layout::WALLET).exists() {
        parties.push((layout::WALLET, Role::Wallet));
    }
    let peers_tls = peers_tls(data, &parties);
    for (name, role) in parties {
        match Material::at(data, name) {
            Ok(material) => {
                let kind = material.config::<CaConfig>().ok().map(|config| config.party.kind);
                let kind = kind.filter(|_| role == Role::Ca);
                let peers_tls = &peers_tls;
                Party { name, role, kind, material, peers_tls, facts }.read(&names);
            }
            Err(error) => {
                facts.unseen.push(Unseen { place: name.to_owned(), why: error.to_string() });
            }
        }
    }
}

/// The issuers of TLS certificates that some party trusts; what cannot be read is told where its
/// own party is read.
fn peers_tls(data: &Path, parties: &[(&str, Role)]) -> Vec<Certificate> {
    let mut found: Vec<Certificate> = Vec::new();
    for (name, _) in parties {
        let Ok(material) = Material::at(data, name) else { continue };
        let path = material.file(Folder::Trust, layout::TLS_CA);
        for certificate in super::file::read(&path).unwrap_or_default() {
            if !found.contains(&certificate) {
                found.push(certificate);
            }
        }
    }
    found
}

/// The hosts under which parties call each other, by the port of the listener.
fn names(data: &Path, deployment: &Deployment) -> BTreeMap<u16, Vec<HostName>> {
    let mut names: BTreeMap<u16, Vec<HostName>> = BTreeMap::new();
    for party in &deployment.parties {
        let Ok(material) = Material::at(data, &party.name) else { continue };
        let Ok(config) = material.config::<IgnoredAny>() else { continue };
        for endpoint in config.node.endpoints.values() {
            let Some(rest) = endpoint.url.strip_prefix("https://") else { continue };
            let authority = rest.split('/').next().unwrap_or_default();
            let Some((host, port)) = authority.rsplit_once(':') else { continue };
            let (Ok(host), Ok(port)) = (host.parse::<HostName>(), port.parse()) else { continue };
            let known = names.entry(port).or_default();
            if !known.contains(&host) {
                known.push(host);
            }
        }
    }
    names
}

impl Party<'_> {
    fn read(mut self, names: &BTreeMap<u16, Vec<HostName>>) {
        let trusted = self.trusted();
        for (file, list) in [(layout::ROOT, &trusted.roots), (layout::TLS_CA, &trusted.tls)] {
            for certificate in list {
                let mut holding = Holding::at(self.place("trust", file), vec![certificate.clone()]);
                holding.serves = self.serves(layout::SIGNATURE, certificate);
                self.facts.holdings.push(holding);
            }
        }
        self.lists(&trusted);
        for name in self.certificates() {
            self.holding(&name, &trusted, names);
        }
    }

    fn place(&self, folder: &str, file: &str) -> String {
        format!("{}/{folder}/{file}.pem", self.name)
    }

    fn unseen(&mut self, place: String, error: &DeploymentError) {
        self.facts.unseen.push(Unseen { place, why: error.to_string() });
    }

    fn trusted(&mut self) -> Trusted {
        let mut trusted = Trusted::default();
        let exists = |file: &str| self.material.file(Folder::Trust, file).exists();
        let (has_root, has_tls) = (exists(layout::ROOT), exists(layout::TLS_CA));
        let needs_root = self.role != Role::Bank;
        if has_root || needs_root {
            match self.material.roots() {
                Ok(roots) => trusted.roots = roots,
                Err(error) => self.unseen(self.place("trust", layout::ROOT), &error),
            }
        }
        match self.material.authorities() {
            Ok(authorities) => trusted.authorities = authorities,
            Err(error) => self.unseen(self.place("trust", layout::AUTHORITIES), &error),
        }
        if has_tls {
            let path = self.material.file(Folder::Trust, layout::TLS_CA);
            match super::file::read(&path) {
                Ok(certificates) => trusted.tls = certificates,
                Err(why) => {
                    let place = self.place("trust", layout::TLS_CA);
                    self.facts.unseen.push(Unseen { place, why });
                }
            }
        }
        // A bank has no part in SET, hence no CRLs.
        let crls = match self.material.folder().folder(Folder::Crls).exists() || needs_root {
            true => self.material.crls(),
            false => Ok(Vec::new()),
        };
        match crls {
            Ok(crls) => trusted.crls = newest(&crls),
            Err(error) => self.unseen(format!("{}/crls", self.name), &error),
        }
        trusted
    }

    fn lists(&mut self, trusted: &Trusted) {
        let place = format!("{}/crls", self.name);
        for crl in &trusted.crls {
            let serves = self.payments();
            let published = Published::Crl(crl.clone());
            self.facts.lists.push(List { place: place.clone(), published, serves });
        }
        match self.material.bci() {
            Ok(Some(bci)) => {
                let (place, serves) = (self.place("crls", layout::BCI), self.payments());
                self.facts.lists.push(List { place, published: Published::Bci(bci), serves });
            }
            Ok(None) => {}
            Err(error) => self.unseen(self.place("crls", layout::BCI), &error),
        }
    }

    /// Names of the files in `certs/`.
    fn certificates(&mut self) -> Vec<String> {
        match self.material.folder().read_all(Folder::Certs) {
            Ok(files) => files.into_iter().map(|file| file.name).collect(),
            Err(error) => {
                let place = format!("{}/certs", self.name);
                self.facts.unseen.push(Unseen { place, why: error.to_string() });
                Vec::new()
            }
        }
    }

    fn holding(&mut self, name: &str, trusted: &Trusted, names: &BTreeMap<u16, Vec<HostName>>) {
        let place = self.place("certs", name);
        let (leaf, rest) = match self.material.certificate(name) {
            Ok(found) => found,
            Err(error) => return self.unseen(place, &error),
        };
        let is_tls = leaf.roles().is_empty() && !leaf.basic_constraints().ca;
        let serves = self.serves(name, &leaf);
        let mut holding = Holding::at(place, [vec![leaf], rest].concat());
        holding.serves = serves;
        holding.key = self.key(name);
        holding.purpose = Some(self.purpose(&holding.chain[0], is_tls));
        if is_tls {
            holding.anchors = self.peers_tls.to_vec();
            holding.names =
                self.port().and_then(|port| names.get(&port)).cloned().unwrap_or_default();
        } else if holding.chain[0].roles().is_empty() {
            // The CA of TLS certificates is its own anchor.
            holding.anchors = vec![holding.chain[0].clone()];
        } else {
            holding.anchors.clone_from(&trusted.roots);
            holding.pool.clone_from(&trusted.authorities);
            holding.crls.clone_from(&trusted.crls);
        }
        self.facts.holdings.push(holding);
    }

    /// The port at which the party's TLS certificate is shown.
    fn port(&self) -> Option<u16> {
        let config = self.material.config::<IgnoredAny>().ok()?;
        config.node.set.map(|listener| listener.listen.port())
    }

    /// The public half of the private key beside a certificate.
    fn key(&mut self, name: &str) -> Option<Vec<u8>> {
        let read = match name {
            layout::EXCHANGE => self.material.exchange_key(name).map(|key| key.spki_der().to_vec()),
            _ => self.material.signing_key(name).map(|key| key.spki_der().to_vec()),
        };
        match read {
            Ok(spki) => Some(spki),
            Err(error) => {
                self.unseen(self.place("keys", name), &error);
                None
            }
        }
    }

    fn purpose(&self, leaf: &Certificate, is_tls: bool) -> &'static Purpose {
        let name = match self.role {
            _ if is_tls && leaf.is_for_tls_servers() => "tls-server",
            _ if is_tls => "tls-client",
            Role::Gateway => "set-gateway",
            Role::Merchant => "set-merchant",
            _ => "any",
        };
        purpose::named(name).expect("invariant: the names above are in the list of purposes")
    }

    /// What stops without this certificate.
    fn serves(&self, name: &str, certificate: &Certificate) -> Vec<String> {
        match (self.role, self.kind, name) {
            // Certificates of a CA that stand above everybody's.
            (Role::Ca, kind, layout::ISSUING) => match certificate.brand() {
                Some(brand) if kind != Some(CaKind::Root) => {
                    vec![format!("all purchases of brand `{brand}`")]
                }
                _ => vec!["all purchases".into()],
            },
            _ => self.payments(),
        }
    }

    /// What stops without this party.
    fn payments(&self) -> Vec<String> {
        let what = match (self.role, self.kind) {
            (Role::Gateway | Role::Bank, _) => "all purchases through the gateway".to_owned(),
            (Role::Merchant, _) => format!("all purchases at {}", self.name),
            (Role::Wallet, _) => "all purchases of this wallet".to_owned(),
            (Role::Ca, Some(kind)) => match kind {
                CaKind::Root | CaKind::Brand => return Vec::new(),
                registers => format!("registrations at the {}", registers.name()),
            },
            (Role::Ca, None) => return Vec::new(),
        };
        vec![what]
    }
}

//! `counterfoil.toml` of a deployment and `config.toml` of each party.
//!
//! A party's file has two tables: `[node]`, which is read here, and `[party]`, whose type the
//! party brings along. Unknown keys are refused, and every mistake is shown with file, line and
//! key.

mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use counterfoil_party::machine::Role;
use counterfoil_secret::{Fault, Report};
use counterfoil_store::sqlite::{CACHE_KIB_MAX, JOURNAL_DAYS_MAX};

use self::source::Source;
use crate::client::target::Target;
use crate::files::{DEPLOYMENT_FILE, FileError, PartyFolder, read_text};
use crate::limit::limits;
use crate::telemetry::{LOG_BYTES_MAX, LOG_FILES_MAX};
use crate::{actor, bank_link, client, server, supervise};

/// Parties of one deployment.
pub const PARTIES_MAX: usize = 64;
/// Default of [`Runtime::workers_max`].
pub const WORKERS_MAX: usize = 1;

/// Settings that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A setting is wrong.
    #[error("{} line {line}: {key}{problem}", file.display())]
    Invalid {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The key in backticks with a colon and a space, or nothing.
        key: String,
        /// What is wrong.
        problem: String,
    },
    /// There is no such party.
    #[error("{} names no party `{name}`", file.display())]
    NoSuchParty {
        /// The deployment's file.
        file: PathBuf,
        /// The name.
        name: String,
        /// Names that there are.
        known: Vec<String>,
    },
}

impl Report for ConfigError {
    fn id(&self) -> &'static str {
        match self {
            Self::File(error) => error.id(),
            Self::Invalid { .. } => "config-invalid",
            Self::NoSuchParty { .. } => "party-unknown",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::File(error) => error.hint(),
            Self::Invalid { file, line, .. } => {
                format!("correct line {line} of {}, then try again", file.display())
            }
            Self::NoSuchParty { known, .. } => format!("use one of: {}", known.join(", ")),
        }
    }

    fn fault(&self) -> Fault {
        match self {
            Self::File(error) => error.fault(),
            Self::Invalid { .. } | Self::NoSuchParty { .. } => Fault::OurMisuse,
        }
    }
}

/// `counterfoil.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deployment {
    /// The parties, in the order in which they are started.
    #[serde(rename = "party")]
    pub parties: Vec<PartyEntry>,
    /// How they are kept running.
    #[serde(default)]
    pub supervise: supervise::Limits,
}

/// A party of a deployment.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartyEntry {
    /// Name of its folder, and what it is called everywhere.
    pub name: String,
    /// What it is.
    pub role: Role,
    /// Whether `up` starts it; one that is not started is kept for occasional work.
    #[serde(default = "yes")]
    pub start: bool,
}

/// `config.toml` of a party whose own settings are of type `S`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartyConfig<S> {
    /// What runs around the party.
    #[serde(default)]
    pub node: NodeConfig,
    /// The party's own settings.
    pub party: S,
}

/// `[node]`: listeners, endpoints and limits. Paths are relative to the party's folder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NodeConfig {
    /// Where operators and the party's own API listen: a loopback address.
    pub operations: Option<SocketAddr>,
    /// The listener of SET messages.
    pub set: Option<Listener>,
    /// The listener of a bank.
    pub bank_listener: Option<BankListener>,
    /// The link to a bank.
    pub bank_link: Option<BankEndpoint>,
    /// Whom the party calls by name over HTTPS.
    pub endpoints: BTreeMap<String, Endpoint>,
    /// PEM file with the issuers of servers that the party calls by URL.
    pub url_trust: Option<PathBuf>,
    /// A file that gets the secrets of every TLS connection that the party accepts, so that
    /// `counterfoil dissect` can read a capture. Dangerous; absent in ordinary operation.
    pub tls_key_log: Option<PathBuf>,
    /// Addresses that no listener lets in; of IPv6, whole /64s.
    pub deny: Vec<IpAddr>,
    /// Milliseconds that the party's clock is ahead of the machine's, for laboratories only; 0 in
    /// ordinary operation.
    pub clock_offset_ms: i64,
    /// Limits of the listeners.
    pub limits: server::Limits,
    /// Limits of HTTPS calls.
    pub client: client::Limits,
    /// Limits of the party's thread.
    pub queue: actor::Settings,
    /// Limits of its records.
    pub store: StoreLimits,
    /// Limits of its log.
    pub log: LogLimits,
    /// Threads.
    pub runtime: Runtime,
}

/// A TLS listener.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listener {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where others reach it, as `host:port`, when something stands in between: a firewall, a load
    /// balancer. Nothing listens there because of it; the doctor compares it with what others call.
    pub public: Option<String>,
    /// PEM file of its certificate chain.
    pub certificate: PathBuf,
    /// PEM file of its key.
    pub key: PathBuf,
    /// PEM file with the issuers of clients; when given, others are not let in.
    pub client_trust: Option<PathBuf>,
}

/// The listener of a bank.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BankListener {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where others reach it, as `host:port`, when something stands in between: a firewall, a load
    /// balancer. Nothing listens there because of it; the doctor compares it with what others call.
    pub public: Option<String>,
    /// PEM file of its certificate chain; without one, the link is plain TCP.
    pub certificate: Option<PathBuf>,
    /// PEM file of its key.
    pub key: Option<PathBuf>,
    /// PEM file with the issuers of gateways; when given, others are not let in.
    pub client_trust: Option<PathBuf>,
}

/// Where a bank is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BankEndpoint {
    /// Host name or address; IPv6 in brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// PEM file with the issuers of the bank's certificate; without one, the link is plain TCP.
    pub trust: Option<PathBuf>,
    /// PEM file of the gateway's own certificate chain.
    pub certificate: Option<PathBuf>,
    /// PEM file of its key.
    pub key: Option<PathBuf>,
    /// Limits of the link.
    #[serde(default)]
    pub limits: bank_link::Limits,
}

/// Whom the party calls by a name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// `https` URL.
    pub url: String,
    /// PEM file with the issuers of the server's certificate.
    pub trust: PathBuf,
    /// PEM file of the party's own certificate chain, for servers that ask for it.
    pub certificate: Option<PathBuf>,
    /// PEM file of its key.
    pub key: Option<PathBuf>,
}

/// Least of [`StoreLimits::journal_days_max`]: an answer is kept longer than a request can be sent
/// again and be fresh.
const JOURNAL_DAYS_MIN: u32 = 30;

/// Default of [`StoreLimits::bytes_max`]: as good as none.
const STORE_BYTES_MAX: u64 = 1 << 46;

limits! {
    /// Limits of a party's log.
    pub struct LogLimits {
        /// Octets of one file.
        file_bytes_max: u64 = LOG_BYTES_MAX in 4_096..=1 << 40,
        /// Files kept, the one being written included.
        files_max: usize = LOG_FILES_MAX in 1..=1_000,
    }
}

limits! {
    /// Limits of a party's records.
    pub struct StoreLimits {
        /// Memory for pages, in KiB.
        cache_kib_max: u32 = CACHE_KIB_MAX in 256..=16 * 1024 * 1024,
        /// Octets that the database file may grow to.
        bytes_max: u64 = STORE_BYTES_MAX in 1_048_576..=STORE_BYTES_MAX,
        /// Days that the journal is kept, and with it the answers to repeated requests.
        journal_days_max: u32 = JOURNAL_DAYS_MAX in JOURNAL_DAYS_MIN..=36_500,
    }
}

limits! {
    /// Threads of a party.
    pub struct Runtime {
        /// Threads that serve connections, besides the party's own.
        workers_max: usize = WORKERS_MAX in 1..=2,
    }
}

fn yes() -> bool {
    true
}

impl Deployment {
    /// Reads `counterfoil.toml` of a data folder.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn read(data: &Path) -> Result<Self, ConfigError> {
        let file = data.join(DEPLOYMENT_FILE);
        let source = Source { text: read_text(&file)?, file };
        let deployment: Self = source.parse()?;
        if deployment.parties.len() > PARTIES_MAX {
            return Err(source.invalid("party", format!("there are more than {PARTIES_MAX}")));
        }
        let mut names = BTreeSet::new();
        for party in &deployment.parties {
            if PartyFolder::new(data, &party.name).is_err() {
                let problem = format!("`{}` is not a name of a party", party.name);
                return Err(source.invalid("party.name", problem));
            }
            if !names.insert(&party.name) {
                return Err(source.invalid("party.name", format!("`{}` comes twice", party.name)));
            }
        }
        let checked = deployment.supervise.check();
        checked.map_err(|wrong| source.out_of_range("supervise", wrong))?;
        Ok(deployment)
    }

    /// The entry of a party.
    ///
    /// # Errors
    /// [`ConfigError::NoSuchParty`] with the names that there are.
    pub fn party(&self, data: &Path, name: &str) -> Result<&PartyEntry, ConfigError> {
        self.parties.iter().find(|party| party.name == name).ok_or_else(|| {
            ConfigError::NoSuchParty {
                file: data.join(DEPLOYMENT_FILE),
                name: name.to_owned(),
                known: self.parties.iter().map(|party| party.name.clone()).collect(),
            }
        })
    }
}

impl<S: DeserializeOwned> PartyConfig<S> {
    /// Reads and checks `config.toml` of a party.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn read(folder: &PartyFolder) -> Result<Self, ConfigError> {
        let file = folder.config();
        let source = Source { text: read_text(&file)?, file };
        let config: Self = source.parse()?;
        config.node.check(&source)?;
        Ok(config)
    }
}

impl NodeConfig {
    /// Settings in which `new` differs and that are looked at only when the party starts: its
    /// addresses, and the limits of what runs around it.
    pub fn fixed_until_restart(&self, new: &Self) -> Vec<&'static str> {
        let set = |node: &Self| node.set.as_ref().map(|set| set.listen);
        let bank = |node: &Self| node.bank_listener.as_ref().map(|bank| bank.listen);
        let bank_tls =
            |node: &Self| node.bank_listener.as_ref().map(|bank| bank.certificate.is_some());
        let settings = [
            ("node.operations", self.operations != new.operations),
            ("node.set.listen", set(self) != set(new)),
            ("node.bank_listener.listen", bank(self) != bank(new)),
            ("node.bank_listener.certificate", bank_tls(self) != bank_tls(new)),
            ("node.clock_offset_ms", self.clock_offset_ms != new.clock_offset_ms),
            ("node.tls_key_log", self.tls_key_log != new.tls_key_log),
            ("node.limits", self.limits != new.limits),
            ("node.queue", self.queue != new.queue),
            ("node.store", self.store != new.store),
            ("node.log", self.log != new.log),
            ("node.runtime", self.runtime != new.runtime),
        ];
        settings.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
    }

    fn check(&self, source: &Source) -> Result<(), ConfigError> {
        if self.operations.is_some_and(|address| !address.ip().is_loopback()) {
            let problem = "operators' pages are served on a loopback address only".to_owned();
            return Err(source.invalid("node.operations", problem));
        }
        for (name, endpoint) in &self.endpoints {
            let key = format!("node.endpoints.{name}");
            if let Err(error) = endpoint.url.parse::<Target>() {
                return Err(source.invalid(&format!("{key}.url"), error.to_string()));
            }
            source.both(&key, &endpoint.certificate, &endpoint.key)?;
        }
        if let Some(bank) = &self.bank_link {
            source.both("node.bank_link", &bank.certificate, &bank.key)?;
            let checked = bank.limits.check();
            checked.map_err(|wrong| source.out_of_range("node.bank_link.limits", wrong))?;
        }
        if let Some(bank) = &self.bank_listener {
            source.both("node.bank_listener", &bank.certificate, &bank.key)?;
            if bank.client_trust.is_some() && bank.certificate.is_none() {
                let problem = "needs `certificate` and `key`".to_owned();
                return Err(source.invalid("node.bank_listener.client_trust", problem));
            }
        }
        let tables = [
            ("node.limits", self.limits.check()),
            ("node.client", self.client.check()),
            ("node.queue", self.queue.check()),
            ("node.store", self.store.check()),
            ("node.log", self.log.check()),
            ("node.runtime", self.runtime.check()),
        ];
        for (table, checked) in tables {
            checked.map_err(|wrong| source.out_of_range(table, wrong))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Own {
        brand: String,
    }

    const GOOD: &str = r#"
[node]
operations = "127.0.0.1:9100"

[node.set]
listen = "127.0.0.1:8100"
certificate = "certs/tls.pem"
key = "keys/tls.pem"

[node.endpoints.ca]
url = "https://127.0.0.1:8300/set"
trust = "trust/tls.pem"

[node.bank_link]
host = "127.0.0.1"
port = 8583

[node.limits]
connections_max = 99

[party]
brand = "Test"
"#;

    fn read(text: &str) -> Result<PartyConfig<Own>, ConfigError> {
        let data = tempfile::tempdir().unwrap();
        let folder = PartyFolder::new(data.path(), "gateway").unwrap();
        folder.create().unwrap();
        std::fs::write(folder.config(), text).unwrap();
        let strip = |error| match error {
            ConfigError::Invalid { line, key, problem, .. } => {
                ConfigError::Invalid { file: "config.toml".into(), line, key, problem }
            }
            other => other,
        };
        PartyConfig::read(&folder).map_err(strip)
    }

    /// Replaces a part of the good file; the error must read so.
    fn check(old: &str, new: &str, expect: &str) {
        assert!(GOOD.contains(old), "{old}");
        let error = read(&GOOD.replace(old, new)).unwrap_err();
        assert_eq!((error.id(), error.fault()), ("config-invalid", Fault::OurMisuse));
        assert!(error.to_string().starts_with(expect), "{error}\nnot {expect}");
        assert!(error.hint().starts_with("correct line "), "{}", error.hint());
    }

    #[test]
    fn good_file_is_read_with_defaults() {
        let config = read(GOOD).unwrap();
        assert_eq!(config.party, Own { brand: "Test".into() });
        assert_eq!(config.node.limits.connections_max, 99);
        assert_eq!(config.node.limits.headers_max, server::Limits::default().headers_max);
        assert_eq!(config.node.bank_link.unwrap().limits, bank_link::Limits::default());
        assert_eq!(config.node.endpoints["ca"].url, "https://127.0.0.1:8300/set");
    }

    #[test]
    fn what_a_reload_cannot_change_is_named() {
        let good = read(GOOD).unwrap().node;
        let named = |old: &str, new: &str| {
            assert!(GOOD.contains(old), "{old}");
            good.fixed_until_restart(&read(&GOOD.replace(old, new)).unwrap().node).join(" ")
        };
        assert_eq!(named("9100", "9101"), "node.operations");
        assert_eq!(named("127.0.0.1:8100", "127.0.0.2:8100"), "node.set.listen");
        assert_eq!(named("connections_max = 99", ""), "node.limits");
        assert_eq!(named("[node]\n", "[node]\nclock_offset_ms = -5\n"), "node.clock_offset_ms");
        let key_log = "[node]\ntls_key_log = \"tls.keys\"\n";
        assert_eq!(named("[node]\n", key_log), "node.tls_key_log");
        assert_eq!(
            named("[node.limits]", "[node.queue]\nbatch_max = 7\n[node.limits]"),
            "node.queue"
        );
        let bank = "[node.bank_listener]\nlisten = \"127.0.0.1:8\"\n[node.limits]";
        let both = "node.bank_listener.listen node.bank_listener.certificate";
        assert_eq!(named("[node.limits]", bank), both);
        for (old, new) in [
            ("port = 8583", "port = 8584"),
            ("8300/set", "8301/set"),
            ("certs/tls.pem", "certs/new.pem"),
            ("brand = \"Test\"", "brand = \"Other\""),
        ] {
            assert_eq!(named(old, new), "", "{new}");
        }
    }

    #[test]
    fn unknown_keys_are_refused() {
        check(
            "port = 8583",
            "port = 8583\nprot = 1",
            "config.toml line 17: `node.bank_link.prot`: unknown field `prot`",
        );
        check(
            "connections_max",
            "connection_max",
            "config.toml line 19: `node.limits.connection_max`: unknown field",
        );
        check(
            "[node.limits]",
            "[node.limit]",
            "config.toml line 18: `node.limit`: unknown field `limit`",
        );
        check("brand", "brands", "config.toml line 22: `party.brands`: unknown field `brands`");
        check("[party]", "[partys]", "config.toml line 21: `partys`: unknown field `partys`");
    }

    #[test]
    fn wrong_values_are_refused_with_line_and_key() {
        check("8583", "99999", "config.toml line 16: `node.bank_link.port`: invalid value");
        check(
            "99",
            "0",
            "config.toml line 19: `node.limits.connections_max`: 0 is not between 1 and",
        );
        check("99", "\"x\"", "config.toml line 19: `node.limits.connections_max`: invalid type");
        check(
            "\"127.0.0.1:8100\"",
            "\"here\"",
            "config.toml line 6: `node.set.listen`: invalid socket address",
        );
        check(
            "127.0.0.1:9100",
            "0.0.0.0:9100",
            "config.toml line 3: `node.operations`: operators' pages",
        );
        check("https://", "http://", "config.toml line 11: `node.endpoints.ca.url`: `http://");
        check("key = \"keys/tls.pem\"", "", "config.toml line 5: `node.set`: missing field `key`");
        check(
            "port = 8583",
            "port = 8583\nkey = \"k\"",
            "config.toml line 17: `node.bank_link.key`: needs `certificate`",
        );
        check("brand = \"Test\"", "brand = ", "config.toml line 22: `party.brand`: ");
        check(
            "brand = \"Test\"",
            "brand = \"a\"\nbrand = \"b\"",
            "config.toml line 23: `party.brand`: duplicate key",
        );
    }

    #[test]
    fn absent_file_is_named() {
        let data = tempfile::tempdir().unwrap();
        let folder = PartyFolder::new(data.path(), "gateway").unwrap();
        let error = PartyConfig::<Own>::read(&folder).unwrap_err();
        assert_eq!(error.id(), "file-missing");
        assert!(error.to_string().ends_with("gateway/config.toml does not exist"), "{error}");
    }

    fn deployment(text: &str) -> Result<Deployment, ConfigError> {
        let data = tempfile::tempdir().unwrap();
        std::fs::write(data.path().join(DEPLOYMENT_FILE), text).unwrap();
        Deployment::read(data.path())
    }

    #[test]
    fn deployment_lists_its_parties_in_order() {
        let text = "[[party]]\nname = \"bank\"\nrole = \"bank\"\n\n\
                    [[party]]\nname = \"root\"\nrole = \"ca\"\nstart = false\n\n\
                    [supervise]\nstop_ms_max = 7\n";
        let deployment = deployment(text).unwrap();
        let names: Vec<_> = deployment
            .parties
            .iter()
            .map(|party| (party.name.as_str(), party.role, party.start))
            .collect();
        assert_eq!(names, [("bank", Role::Bank, true), ("root", Role::Ca, false)]);
        assert_eq!(deployment.supervise.stop_ms_max, 7);
        let error = deployment.party(Path::new("/data"), "gateway").unwrap_err();
        assert_eq!(
            (error.id(), error.hint().as_str()),
            ("party-unknown", "use one of: bank, root")
        );
    }

    #[test]
    fn deployment_refuses_bad_and_double_names() {
        let party = |name: &str| format!("[[party]]\nname = \"{name}\"\nrole = \"ca\"\n");
        for (text, expect) in [
            (party("../x"), "line 2: `party.name`: `../x` is not a name of a party"),
            (party("a") + &party("a"), "`party.name`: `a` comes twice"),
            (party("a").replace("\"ca\"", "\"judge\""), "line 3: `party.role`: unknown variant"),
        ] {
            let error = deployment(&text).unwrap_err().to_string();
            assert!(error.contains(expect), "{error}");
        }
    }
}

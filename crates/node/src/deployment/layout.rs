//! Names of files and folders, each once.

/// The deployment's own file.
pub const DEPLOYMENT: &str = "counterfoil.toml";
/// A party's settings.
pub const CONFIG: &str = "config.toml";
/// Folder of private keys.
pub const KEYS: &str = "keys";
/// Folder of certificates, each followed by those of its issuers.
pub const CERTS: &str = "certs";
/// Folder of what is trusted.
pub const TRUST: &str = "trust";
/// Folder of CRLs and of the list of current ones.
pub const CRLS: &str = "crls";
/// Records, alarms and journal.
pub const STATE: &str = "state.sqlite";
/// Folder of logs.
pub const LOG: &str = "log";

/// Roots of SET, in `trust/`.
pub const ROOT: &str = "root";
/// Issuer of the deployment's TLS certificates, in `trust/`.
pub const TLS_CA: &str = "tls-ca";
/// CAs that complete paths and are trusted no more for it, in `trust/`.
pub const AUTHORITIES: &str = "authorities";
/// The list of current CRLs (BrandCRLIdentifier), in `crls/`.
pub const BCI: &str = "bci";

/// Key and certificate that sign messages.
pub const SIGNATURE: &str = "signature";
/// Key and certificate that messages are sealed for.
pub const EXCHANGE: &str = "exchange";
/// Key and certificate of the TLS server.
pub const TLS: &str = "tls";
/// Key and certificate of a CA that sign certificates.
pub const ISSUING: &str = "issuing";
/// Key that names cards and passphrases in a CA's lists.
pub const MARKS: &str = "marks";
/// Key of what a CA's records hold of pending requests.
pub const RECORDS: &str = "records";
/// Key of the gateway's tokens.
pub const TOKENS: &str = "tokens";
/// Key of the bank link, at both ends.
pub const BANK_LINK: &str = "bank-link";
/// Key that hides card numbers in the bank's records.
pub const STORAGE: &str = "storage";

/// What the bearer of an API shows, in a party's folder.
pub const API_TOKEN: &str = "api-token";
/// The merchant's data and passphrase for its registration, in its folder.
pub const REGISTRATION: &str = "registration.toml";
/// The cardholder's own list of cards, in the wallet's folder.
pub const CARDS: &str = "cards.toml";
/// The cardholder's keys under a passphrase, in the wallet's folder.
pub const VAULT: &str = "wallet.vault";

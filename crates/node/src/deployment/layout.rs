//! Names of files, each once. Folders and their subfolders are those of [`crate::files`].

/// The folder of the wallet, which is no party that is started.
pub const WALLET: &str = "wallet";

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
/// Key of what records hold of pending requests and registrations.
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

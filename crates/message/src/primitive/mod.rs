//! The small types that every message is made of.

pub mod account;
pub mod date;
pub mod foreign;
pub mod leaf;
pub mod money;
pub mod structure;
pub mod text;
pub mod thumb;

pub use account::{
    AcctData, AcctInfo, CardExpiry, CardNumber, PanData, PanData0, PanOnly, PanToken,
};
pub use date::Date;
pub use foreign::OpenType;
pub use leaf::{
    BackKey, CardSecret, Challenge, ExNonce, LocalId, Nonce, NonceCca, PanSecret, Rrpid,
    TransStain, ValueError, Xid,
};
pub use money::{Amount, AmountExponent, ConversionRate, Currency, CurrencyAmount, Ratio};
pub use structure::{
    BackKeyData, InstallRecurData, InstallRecurInd, Location, MerTermIds, MsgExtension,
    MsgExtensions, Recurring, RrTags, TransIds,
};
pub use text::{Bin, BrandId, CountryCode, Language, MerchantId, PaySysId, SwIdent, Url};
pub use thumb::{BrandCrlIdentifier, CertThumb, Digest, DigestAlgorithm, Thumbs};

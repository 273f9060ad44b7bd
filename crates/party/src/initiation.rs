//! The initiation ("wake-up") message: what a shop hands to a wallet before any SET message.
//!
//! `application/set-payment-initiation` (External Interface Guide of SET 1.0): lines of
//! `name: value`, an empty line, then the order description. It is not authenticated; the
//! cardholder looks at it, and HODInput binds what was seen.

use std::fmt;

use counterfoil_secret::{Fault, Report};

use crate::amount::{Amount, AmountError};

/// Largest initiation message in octets.
pub const INITIATION_BYTES_MAX: usize = 64 * 1024;
/// Most brands that an initiation may offer.
pub const BRANDS_MAX: usize = 32;

/// What the shop offers: the order, its price, and where to pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentInitiation {
    /// Where SET messages are to be sent (`SET-SET-URL`).
    pub set_url: String,
    /// The merchant's label of the order (`SET-LID-M`), 1 to 20 octets.
    pub lid_m: Vec<u8>,
    /// Brands that the merchant accepts (`SET-Brand`, repeated).
    pub brands: Vec<String>,
    /// The price (`SET-PurchAmt`).
    pub amount: Amount,
    /// The order description (body), never sent in a SET message.
    pub order: String,
}

/// Why a text is not an initiation message. Never quotes the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InitiationError {
    /// Larger than [`INITIATION_BYTES_MAX`].
    TooLarge,
    /// No empty line ends the header.
    NoBody,
    /// A header line without a colon, by its number from 1.
    Line(usize),
    /// A field is missing.
    Missing(&'static str),
    /// A field stands twice.
    Repeated(&'static str),
    /// A field's value cannot be read.
    Value(&'static str),
    /// The version is not 2.
    Version(String),
    /// The amount cannot be read.
    Amount(AmountError),
}

impl PaymentInitiation {
    /// Writes the message.
    pub fn to_text(&self) -> String {
        let mut text = String::from("SET-Initiation-Type: Payment-Initiation\r\n");
        let mut line = |name: &str, value: &str| {
            text.push_str(name);
            text.push_str(": ");
            text.push_str(value);
            text.push_str("\r\n");
        };
        line("SET-Version", "2.0");
        line("SET-SET-URL", &self.set_url);
        line("SET-LID-M", &hex::encode(&self.lid_m));
        for brand in &self.brands {
            line("SET-Brand", brand);
        }
        line("SET-PurchAmt", &self.amount.to_string());
        text.push_str("\r\n");
        text.push_str(&self.order);
        text
    }

    /// Reads the message; unknown fields are skipped.
    ///
    /// # Errors
    /// [`InitiationError`] naming the field.
    pub fn parse(text: &str) -> Result<Self, InitiationError> {
        if text.len() > INITIATION_BYTES_MAX {
            return Err(InitiationError::TooLarge);
        }
        let (header, order) = text
            .split_once("\r\n\r\n")
            .or_else(|| text.split_once("\n\n"))
            .ok_or(InitiationError::NoBody)?;
        let fields = Fields::read(header)?;
        let version = fields.one("SET-Version")?;
        if version.split('.').next() != Some("2") {
            return Err(InitiationError::Version(version.chars().take(20).collect()));
        }
        let lid_m = hex::decode(fields.one("SET-LID-M")?)
            .ok()
            .filter(|lid| (1..=20).contains(&lid.len()))
            .ok_or(InitiationError::Value("SET-LID-M"))?;
        let brands: Vec<String> = fields.all("SET-Brand").map(str::to_owned).collect();
        if brands.is_empty() {
            return Err(InitiationError::Missing("SET-Brand"));
        }
        if brands.len() > BRANDS_MAX {
            return Err(InitiationError::Value("SET-Brand"));
        }
        Ok(Self {
            set_url: fields.one("SET-SET-URL")?.to_owned(),
            lid_m,
            brands,
            amount: Amount::parse(fields.one("SET-PurchAmt")?).map_err(InitiationError::Amount)?,
            order: order.to_owned(),
        })
    }
}

struct Fields<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Fields<'a> {
    fn read(header: &'a str) -> Result<Self, InitiationError> {
        header
            .lines()
            .enumerate()
            .map(|(number, line)| {
                let (name, value) =
                    line.split_once(':').ok_or(InitiationError::Line(number + 1))?;
                Ok((name.trim(), value.trim()))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }

    fn one(&self, name: &'static str) -> Result<&'a str, InitiationError> {
        let mut values = self.all(name);
        let value = values.next().ok_or(InitiationError::Missing(name))?;
        if values.next().is_some() {
            return Err(InitiationError::Repeated(name));
        }
        Ok(value)
    }
}

impl fmt::Display for InitiationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => write!(f, "the initiation is over {INITIATION_BYTES_MAX} octets"),
            Self::NoBody => f.write_str("the initiation has no empty line before the order"),
            Self::Line(number) => write!(f, "line {number} of the initiation has no colon"),
            Self::Missing(name) => write!(f, "the initiation lacks {name}"),
            Self::Repeated(name) => write!(f, "the initiation has {name} twice"),
            Self::Value(name) => write!(f, "{name} of the initiation cannot be read"),
            Self::Version(version) => {
                write!(f, "the initiation is for version '{version}', not for 2")
            }
            Self::Amount(error) => write!(f, "SET-PurchAmt of the initiation: {error}"),
        }
    }
}

impl std::error::Error for InitiationError {}

impl Report for InitiationError {
    fn id(&self) -> &'static str {
        match self {
            Self::Version(_) => "initiation-version",
            _ => "initiation-malformed",
        }
    }

    fn hint(&self) -> String {
        "ask the shop: its server made this text; nothing was sent and nothing is paid".into()
    }

    fn fault(&self) -> Fault {
        match self {
            Self::Version(_) => Fault::PeerIncompatible,
            _ => Fault::Malformed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> PaymentInitiation {
        PaymentInitiation {
            set_url: "https://shop.example:7003/set".into(),
            lid_m: b"order-1".to_vec(),
            brands: vec!["Visa".into(), "MasterCard:Gold".into()],
            amount: Amount::parse("49.99 USD").unwrap(),
            order: "1 book\n\n2 pencils".into(),
        }
    }

    fn broken(from: &str, to: &str) -> String {
        let text = example().to_text().replace(from, to);
        PaymentInitiation::parse(&text).unwrap_err().to_string()
    }

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(PaymentInitiation::parse(&example().to_text()).unwrap(), example());
    }

    #[test]
    fn names_what_is_wrong() {
        assert_eq!(broken("SET-Version: 2.0\r\n", ""), "the initiation lacks SET-Version");
        assert_eq!(broken("2.0", "1.0"), "the initiation is for version '1.0', not for 2");
        assert_eq!(broken("SET-Brand", "SET-Brant"), "the initiation lacks SET-Brand");
        assert_eq!(broken("SET-Brand", "SET-SET-URL"), "the initiation lacks SET-Brand");
        assert_eq!(broken("6f72", "6f7"), "SET-LID-M of the initiation cannot be read");
        assert_eq!(
            broken("49.99 USD", "49.99"),
            "SET-PurchAmt of the initiation: '49.99' is not an amount"
        );
        assert_eq!(broken("SET-Version:", "SET-Version"), "line 2 of the initiation has no colon");
    }
}

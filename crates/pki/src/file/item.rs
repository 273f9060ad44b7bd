//! One item of a file, and how an object becomes one.

use std::fmt;

use counterfoil_crypto::{
    CryptoError,
    private_key::{self, PrivateKeyFacts},
};
use counterfoil_remark::Kind;
use counterfoil_secret::Secret;
use der::{Encode, Tag, asn1::Any};

use super::{
    Bag, Keystore, REMARKS_MAX, Reading, bag, keystore,
    shape::{self, Shape},
};
use crate::{
    bci::{BCI_CONTENT_TYPE, Bci},
    oid::Oid,
    view::{CertificateView, CrlView, PublicKeyView, RequestView},
};

/// Where an item stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Name of the file as it was given.
    pub file: String,
    /// Number of the PEM block, from 1.
    pub block: Option<usize>,
    /// Offset in octets of the block or object from the start of the file.
    pub offset: usize,
    /// Inside of what, from the outermost: `certificate 2` of a PKCS#12 file.
    pub within: Vec<String>,
}

impl Place {
    pub(crate) fn of(file: &str) -> Self {
        Self { file: file.into(), block: None, offset: 0, within: Vec::new() }
    }

    pub(crate) fn inside(&self, what: impl Into<String>) -> Self {
        let mut place = self.clone();
        place.within.push(what.into());
        place
    }
}

impl fmt::Display for Place {
    /// `chain.pem block 2`, `store.p12 certificate 1`, `all.der offset 1040`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        match self.block {
            Some(number) => write!(f, " block {number}")?,
            None if self.offset > 0 => write!(f, " offset {}", self.offset)?,
            None => {}
        }
        self.within.iter().try_for_each(|part| write!(f, " {part}"))
    }
}

/// One item of a file.
#[derive(Debug)]
pub struct Item {
    /// Where it stands.
    pub place: Place,
    /// Label of its PEM block.
    pub label: Option<String>,
    /// The name that a PKCS#12 file gives it (friendlyName).
    pub friendly_name: Option<String>,
    /// What it is.
    pub content: Content,
}

/// What an item is.
#[derive(Debug)]
pub enum Content {
    /// A certificate.
    Certificate(Box<CertificateView>),
    /// A certificate revocation list.
    Crl(Box<CrlView>),
    /// A brand CRL identifier of SET.
    Bci(Bci),
    /// A private key, without its private half.
    PrivateKey(PrivateKeyFacts),
    /// A public key.
    PublicKey(PublicKeyView),
    /// A certification request.
    Request(Box<RequestView>),
    /// A PKCS#7 or CMS object; what it holds follows as items of their own.
    Bag(Bag),
    /// A PKCS#12 file; what it holds follows as items of their own.
    Keystore(Keystore),
    /// A PEM block with a label that is not known here, of so many octets.
    Unknown {
        /// Octets of its content.
        bytes: usize,
    },
}

impl Content {
    /// The word for it in JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Certificate(_) => "certificate",
            Self::Crl(_) => "crl",
            Self::Bci(_) => "bci",
            Self::PrivateKey(_) => "private_key",
            Self::PublicKey(_) => "public_key",
            Self::Request(_) => "request",
            Self::Bag(_) => "pkcs7",
            Self::Keystore(_) => "pkcs12",
            Self::Unknown { .. } => "unknown",
        }
    }
}

/// Collects items while a file is read.
pub(super) struct Reader<'a> {
    reading: Reading,
    name: &'a str,
    pub(super) passphrase: Option<&'a Secret<String>>,
    is_cut: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(name: &'a str, passphrase: Option<&'a Secret<String>>) -> Self {
        Self { reading: Reading::default(), name, passphrase, is_cut: false }
    }

    pub(super) fn finish(self) -> Reading {
        self.reading
    }

    /// Has the file no room for another item? Says so once.
    pub(super) fn is_full(&mut self) -> bool {
        let full = self.reading.items.len() >= super::ITEMS_MAX;
        if full && !self.is_cut {
            self.is_cut = true;
            let summary = format!("only the first {} items are shown", super::ITEMS_MAX);
            let place = Place::of(self.name);
            self.remark(&super::TOO_MANY, &place, summary);
        }
        full
    }

    pub(super) fn remark(
        &mut self,
        kind: &'static Kind,
        place: &Place,
        summary: impl Into<String>,
    ) {
        if self.reading.remarks.len() < REMARKS_MAX {
            self.reading.remarks.push(kind.of(place.to_string(), summary));
        }
    }

    /// A remark about the passphrase; inside of a bag it is made once.
    pub(super) fn passphrase_remark(&mut self, kind: &'static Kind, place: &Place, said: &str) {
        if place.within.is_empty() || !self.reading.wants_passphrase {
            self.remark(kind, place, said);
        }
        self.reading.wants_passphrase = true;
    }

    pub(super) fn push(&mut self, place: Place, label: Option<&str>, content: Content) {
        if !self.is_full() {
            let label = label.map(str::to_owned);
            self.reading.items.push(Item { place, label, friendly_name: None, content });
        }
    }

    /// Gives the item that was read last its name.
    pub(super) fn name_last(&mut self, name: Option<String>) {
        if let Some(item) = self.reading.items.last_mut() {
            item.friendly_name = name;
        }
    }

    pub(super) fn certificate(&mut self, place: Place, label: Option<&str>, der: &[u8]) {
        self.push(place, label, Content::Certificate(Box::new(CertificateView::read(der))));
    }

    pub(super) fn crl(&mut self, place: Place, label: Option<&str>, der: &[u8]) {
        self.push(place, label, Content::Crl(Box::new(CrlView::read(der))));
    }

    /// One object: what it is decides its content, not the label, unless nothing else can.
    pub(super) fn object(&mut self, place: Place, label: Option<&str>, der: &[u8]) {
        let der = match super::tlv_length(der) {
            Some(length) if length < der.len() => {
                if label != Some("TRUSTED CERTIFICATE") {
                    let summary = format!("{} octets after the object", der.len() - length);
                    self.remark(&super::TRAILING, &place, summary);
                }
                &der[..length]
            }
            _ => der,
        };
        let said = label.map(shape::of_label);
        let found = shape::of(der);
        if let Some(Some(said)) = said
            && found != Shape::Unknown
            && found != said
        {
            let label = label.unwrap_or_default();
            let summary = format!("the label is `{label}`, the content is a {}", word(found));
            self.remark(&super::BLOCK_LABEL, &place, summary);
        }
        let shape = match (found, said) {
            (Shape::Unknown, Some(Some(said))) => said,
            (Shape::Unknown | Shape::RsaPublicKey | Shape::PrivateKey, Some(None)) => {
                return self.push(place, label, Content::Unknown { bytes: der.len() });
            }
            (found, _) => found,
        };
        self.shaped(shape, place, label, der);
    }

    fn shaped(&mut self, shape: Shape, place: Place, label: Option<&str>, der: &[u8]) {
        match shape {
            Shape::Certificate => self.certificate(place, label, der),
            Shape::Crl => self.crl(place, label, der),
            Shape::Request => {
                self.push(place, label, Content::Request(Box::new(RequestView::read(der))));
            }
            Shape::PrivateKey => self.private_key(place, label, der, self.passphrase),
            Shape::PublicKey => match PublicKeyView::read(der) {
                Ok(key) => self.push(place, label, Content::PublicKey(key)),
                Err(error) => self.remark(&super::DAMAGED, &place, error.reason),
            },
            Shape::RsaPublicKey => match rsa_spki(der).map(|spki| PublicKeyView::read(&spki)) {
                Ok(Ok(key)) => self.push(place, label, Content::PublicKey(key)),
                _ => self.remark(&super::DAMAGED, &place, "it is no RSA public key"),
            },
            Shape::ContentInfo => self.content_info(place, label, der),
            Shape::Keystore => keystore::read(self, place, label, der),
            Shape::Unknown if der.starts_with(&[0x30, 0x80]) => {
                self.remark(&super::BER, &place, "it begins with 30 80");
            }
            Shape::Unknown => {
                let summary = format!("{} octets of DER", der.len());
                self.remark(&super::OBJECT, &place, summary);
            }
        }
    }

    pub(super) fn private_key(
        &mut self,
        place: Place,
        label: Option<&str>,
        der: &[u8],
        passphrase: Option<&Secret<String>>,
    ) {
        let facts = match private_key::read(der, passphrase) {
            Ok(facts) => facts,
            Err(error) => return self.remark(&super::DAMAGED, &place, error.to_string()),
        };
        match (&facts.encryption, &facts.unread) {
            (None, _) if place.within.is_empty() => {
                self.remark(&super::KEY_EXPOSED, &place, "the file holds the key in clear");
            }
            (Some(_), Some(error)) => self.unopened(&place, &error.clone()),
            (Some(_), None) if facts.algorithm.is_none() => {
                let summary = "the private key is encrypted, and no passphrase was given";
                self.passphrase_remark(&super::PASSPHRASE_WANTED, &place, summary);
            }
            _ => {}
        }
        self.push(place, label, Content::PrivateKey(facts));
    }

    /// A key with the encryption of RFC 1421, whose key derivation is MD5.
    pub(super) fn traditional_key(&mut self, place: Place, label: &str, cipher: &str) {
        let summary = format!("`{label}` is encrypted with {cipher} and a key from MD5");
        self.remark(&super::LEGACY, &place, summary);
        let facts = PrivateKeyFacts {
            form: "traditional OpenSSL",
            algorithm: None,
            encryption: Some(format!("{cipher}, key from MD5")),
            spki_der: None,
            unread: None,
        };
        self.push(place, Some(label), Content::PrivateKey(facts));
    }

    /// Something encrypted that could not be opened.
    pub(super) fn unopened(&mut self, place: &Place, error: &CryptoError) {
        match error {
            CryptoError::AlgorithmRefused { algorithm } => {
                self.remark(&super::LEGACY, place, format!("it is encrypted with {algorithm}"));
            }
            CryptoError::VaultUnopened if self.passphrase.is_none() => {
                let summary = "it is encrypted, and no passphrase was given";
                self.passphrase_remark(&super::PASSPHRASE_WANTED, place, summary);
            }
            CryptoError::VaultUnopened => {
                self.passphrase_remark(&super::PASSPHRASE_WRONG, place, "it does not open");
            }
            other => self.remark(&super::UNOPENED, place, other.to_string()),
        }
    }

    fn content_info(&mut self, place: Place, label: Option<&str>, der: &[u8]) {
        let bag = match Bag::read(der) {
            Ok(bag) => bag,
            Err(error) => {
                let summary =
                    format!("{} at offset {}: {}", error.field, error.offset, error.reason);
                return self.remark(super::damage(&error), &place, summary);
            }
        };
        if bag.holds == Some(BCI_CONTENT_TYPE) {
            match Bci::from_der(der) {
                Ok(bci) => self.push(place.clone(), label, Content::Bci(bci)),
                Err(error) => self.remark(&super::DAMAGED, &place, error.to_string()),
            }
        }
        let members = bag::members(&bag);
        let is_bci = bag.holds == Some(BCI_CONTENT_TYPE);
        if !is_bci {
            self.push(place.clone(), label, Content::Bag(bag));
        }
        for (name, der) in members {
            let inside = place.inside(name);
            match shape::of(&der) {
                Shape::Crl => self.crl(inside, None, &der),
                _ => self.certificate(inside, None, &der),
            }
        }
    }
}

fn word(shape: Shape) -> &'static str {
    match shape {
        Shape::Certificate => "certificate",
        Shape::Crl => "CRL",
        Shape::Request => "certification request",
        Shape::PrivateKey => "private key",
        Shape::PublicKey | Shape::RsaPublicKey => "public key",
        Shape::ContentInfo => "PKCS#7 or CMS object",
        Shape::Keystore => "PKCS#12 file",
        Shape::Unknown => "unknown object",
    }
}

/// The SubjectPublicKeyInfo for an RSAPublicKey.
fn rsa_spki(rsa_public_key: &[u8]) -> der::Result<Vec<u8>> {
    let rsa: Oid = counterfoil_crypto::signature::algorithm::RSA_ENCRYPTION;
    let identifier = [rsa.to_der_bytes().as_slice(), &[5, 0]].concat();
    let mut content = Any::new(Tag::Sequence, identifier)?.to_der()?;
    content.extend(der::asn1::BitString::from_bytes(rsa_public_key)?.to_der()?);
    Any::new(Tag::Sequence, content)?.to_der()
}

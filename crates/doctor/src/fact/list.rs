//! A CRL, or a brand's list of current ones, at one place.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use counterfoil_pki::Crl;
use counterfoil_pki::bci::Bci;
use serde::{Deserialize, Serialize};

use super::Observation;

/// What a list is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListForm {
    /// A CRL (RFC 5280 section 5).
    Crl,
    /// A brand CRL identifier.
    Bci,
}

/// A list that a party holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// What it is.
    pub form: ListForm,
    /// base64 of its DER.
    pub der: String,
}

impl Observation for List {
    const KIND: &'static str = "list";
}

impl List {
    /// A list as a fact.
    pub fn of(form: ListForm, der: &[u8]) -> Self {
        Self { form, der: STANDARD.encode(der) }
    }

    /// It, when it is a CRL that can be read.
    pub fn crl(&self) -> Option<Crl> {
        let der = STANDARD.decode(&self.der).ok().filter(|_| self.form == ListForm::Crl)?;
        Crl::from_der(&der).ok()
    }

    /// It, when it is a BCI that can be read.
    pub fn bci(&self) -> Option<Bci> {
        let der = STANDARD.decode(&self.der).ok().filter(|_| self.form == ListForm::Bci)?;
        Bci::from_der(&der).ok()
    }
}

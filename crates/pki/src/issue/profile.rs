//! What a certificate of each role looks like (SET 1.0 Book 2, certificate profile).
//!
//! A new kind of certificate is one function here.

use der::Encode;

use crate::{
    extension::{
        CardCertRequired, Extension, HashedRootKey, KeyUsage, MerchantData, Roles, SetExtensions,
        Tunneling,
    },
    general_name::GeneralName,
    oid::{self, Oid},
};

/// The part of a certificate that its role decides.
#[derive(Debug, Clone)]
pub struct Profile {
    /// certificateType; `None` for certificates outside SET (TLS).
    pub(crate) roles: Option<Roles>,
    use_of_key: UseOfKey,
    /// basicConstraints: `Some` for a CA, with pathLenConstraint.
    ca: Option<Option<u8>>,
    private: Vec<Private>,
    more: Vec<Extension>,
    purposes: Vec<Oid>,
    names: Vec<GeneralName>,
}

#[derive(Debug, Clone, Copy)]
enum UseOfKey {
    /// Signs certificates, and CRLs if so said.
    Issue { crls: bool },
    /// Signs messages.
    Sign,
    /// Opens what is sealed for it.
    Exchange,
}

#[derive(Debug, Clone)]
enum Private {
    HashedRootKey(HashedRootKey),
    MerchantData(MerchantData),
    CardCertRequired(CardCertRequired),
    Tunneling(Tunneling),
    SetExtensions(SetExtensions),
}

impl Profile {
    fn new(roles: Roles, use_of_key: UseOfKey) -> Self {
        Self {
            roles: Some(roles),
            use_of_key,
            ca: None,
            private: Vec::new(),
            more: Vec::new(),
            purposes: Vec::new(),
            names: Vec::new(),
        }
    }

    fn issuing(roles: Roles, crls: bool, path_len_max: u8) -> Self {
        Self { ca: Some(Some(path_len_max)), ..Self::new(roles, UseOfKey::Issue { crls }) }
    }

    /// Adds setExtensions: the message extensions that the holder can process.
    pub fn with_set_extensions(mut self, extensions: Vec<Oid>) -> Self {
        self.private.push(Private::SetExtensions(SetExtensions(extensions)));
        self
    }

    /// Adds any extension, in place of the one with its identifier if the profile has one.
    pub fn with_extension(mut self, extension: Extension) -> Self {
        self.more.push(extension);
        self
    }

    /// Does it make a CA?
    pub fn is_ca(&self) -> bool {
        self.ca.is_some()
    }

    pub(super) fn key_usage(&self, is_rsa: bool) -> KeyUsage {
        match (self.use_of_key, is_rsa) {
            (UseOfKey::Issue { crls: true }, _) => KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN,
            (UseOfKey::Issue { crls: false }, _) => KeyUsage::KEY_CERT_SIGN,
            (UseOfKey::Sign, _) => KeyUsage::DIGITAL_SIGNATURE,
            (UseOfKey::Exchange, true) => KeyUsage::KEY_ENCIPHERMENT | KeyUsage::DATA_ENCIPHERMENT,
            (UseOfKey::Exchange, false) => KeyUsage::KEY_AGREEMENT,
        }
    }

    /// Every extension that does not depend on a key.
    pub(super) fn extensions(&self) -> der::Result<Vec<Extension>> {
        let critical = |oid, value| Extension { oid, critical: true, value };
        let mut list = vec![critical(oid::BASIC_CONSTRAINTS, self.basic_constraints()?)];
        if let Some(roles) = self.roles {
            let policies = vec![vec![oid::SET_ROOT_POLICY]].to_der()?;
            list.push(critical(oid::CERTIFICATE_POLICIES, policies));
            list.push(critical(oid::SET_CERTIFICATE_TYPE, roles.to_der()?));
        }
        for private in &self.private {
            list.push(private.extension()?);
        }
        if !self.purposes.is_empty() {
            let (oid, value) = (oid::EXTENDED_KEY_USAGE, self.purposes.to_der()?);
            list.push(Extension { oid, critical: false, value });
        }
        if !self.names.is_empty() {
            let names: der::Result<Vec<_>> = self.names.iter().map(GeneralName::to_any).collect();
            let (oid, value) = (oid::SUBJECT_ALT_NAME, names?.to_der()?);
            list.push(Extension { oid, critical: false, value });
        }
        for extension in &self.more {
            list.retain(|other| other.oid != extension.oid);
            list.push(extension.clone());
        }
        Ok(list)
    }

    fn basic_constraints(&self) -> der::Result<Vec<u8>> {
        match self.ca {
            None => Vec::<bool>::new().to_der(),
            Some(path_len_constraint) => {
                let ca = true;
                x509_cert::ext::pkix::BasicConstraints { ca, path_len_constraint }.to_der()
            }
        }
    }
}

impl Private {
    fn extension(&self) -> der::Result<Extension> {
        let (oid, critical, value) = match self {
            Self::HashedRootKey(hashed) => (oid::SET_HASHED_ROOT_KEY, true, hashed.to_der()?),
            Self::MerchantData(data) => (oid::SET_MERCHANT_DATA, false, data.to_der()?),
            Self::CardCertRequired(required) => {
                (oid::SET_CARD_CERT_REQUIRED, false, required.to_der()?)
            }
            Self::Tunneling(tunneling) => (oid::SET_TUNNELING, false, tunneling.to_der()?),
            Self::SetExtensions(list) => (oid::SET_EXTENSIONS, false, list.to_der()?),
        };
        Ok(Extension { oid, critical, value })
    }
}

/// The root CA; `next` commits to the key that will follow.
pub fn root(next: Option<HashedRootKey>) -> Profile {
    let private = next.map(Private::HashedRootKey).into_iter().collect();
    Profile { private, ..Profile::issuing(Roles::RCA, true, 3) }
}

/// A brand CA, below the root. It also signs the brand's BCI.
pub fn brand() -> Profile {
    Profile::issuing(Roles::BCA, true, 2)
}

/// A geo-political CA, below the brand.
pub fn geo() -> Profile {
    Profile::issuing(Roles::GCA, true, 1)
}

/// The certificate-signing certificate of a cardholder, merchant or payment gateway CA: `roles` of
/// [`Roles::CCA`], [`Roles::MCA`], [`Roles::PCA`]. With `crls` it publishes CRLs, which then are
/// asked for; SET 1.0 had only the PCA publish them.
pub fn issuing_ca(roles: Roles, crls: bool) -> Profile {
    Profile::issuing(roles, crls, 0)
}

/// The certificate under which a CA with `roles` signs its messages.
pub fn ca_signature(roles: Roles) -> Profile {
    Profile::new(roles, UseOfKey::Sign)
}

/// The certificate under which a CA with `roles` receives requests.
pub fn ca_exchange(roles: Roles) -> Profile {
    Profile::new(roles, UseOfKey::Exchange)
}

/// A cardholder's signature certificate.
pub fn cardholder() -> Profile {
    Profile::new(Roles::CARD, UseOfKey::Sign)
}

/// A merchant's signature certificate.
pub fn merchant_signature(data: MerchantData) -> Profile {
    let private = vec![Private::MerchantData(data)];
    Profile { private, ..Profile::new(Roles::MER, UseOfKey::Sign) }
}

/// A merchant's key-exchange certificate.
pub fn merchant_exchange(data: MerchantData) -> Profile {
    let private = vec![Private::MerchantData(data)];
    Profile { private, ..Profile::new(Roles::MER, UseOfKey::Exchange) }
}

/// A payment gateway's signature certificate.
pub fn gateway_signature() -> Profile {
    Profile::new(Roles::PGWY, UseOfKey::Sign)
}

/// A payment gateway's key-exchange certificate: whether it insists on cardholder certificates,
/// and the suites under which it passes messages to cardholders.
pub fn gateway_exchange(card_cert_required: bool, tunneling: Tunneling) -> Profile {
    let required = Private::CardCertRequired(CardCertRequired(card_cert_required));
    let private = vec![required, Private::Tunneling(tunneling)];
    Profile { private, ..Profile::new(Roles::PGWY, UseOfKey::Exchange) }
}

/// The CA of a deployment's TLS certificates; no part of SET's hierarchy.
pub fn tls_ca() -> Profile {
    Profile { roles: None, ..Profile::issuing(Roles::NONE, true, 0) }
}

/// A TLS server's certificate for `names` ([`GeneralName::Dns`], [`GeneralName::Ip`]).
pub fn tls_server(names: Vec<GeneralName>) -> Profile {
    tls(names, oid::KP_SERVER_AUTH)
}

/// A TLS client's certificate, for example of a gateway on its link to the bank.
pub fn tls_client(names: Vec<GeneralName>) -> Profile {
    tls(names, oid::KP_CLIENT_AUTH)
}

fn tls(names: Vec<GeneralName>, purpose: Oid) -> Profile {
    let base = Profile::new(Roles::NONE, UseOfKey::Sign);
    Profile { roles: None, purposes: vec![purpose], names, ..base }
}

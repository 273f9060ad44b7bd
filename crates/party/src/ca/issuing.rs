//! From an approved application to certificates, and to the record that they exist.
//!
//! No key is ever certified twice by one CA: every public key that was certified or waits for
//! the operator is in [`KEYS`] (the Isabelle model of SET demands this of the CA, the books do
//! not).

use counterfoil_crypto::signature::VerifyingKey;
use counterfoil_crypto::suite::Suite;
use counterfoil_pki::extension::{MerNames, MerchantData, Tunneling};
use counterfoil_pki::issue::{Profile, Template, issue, profile};
use counterfoil_pki::name::{AttributeKind, DistinguishedName};
use counterfoil_pki::{Certificate, PkiError};
use jiff::{SignedDuration, Timestamp};

use super::CertificateAuthority;
use super::books::{
    Applicant, Application, ISSUED, ISSUED_BY_THUMB, ISSUED_COUNT, Issued, KEYS, KeyUse, key_id,
    next_count,
};
use super::config::{AcquirerPolicy, MerchantEntry};
use crate::machine::Env;
use crate::records::{Octets, Records, RecordsError};

/// Seconds that a certificate is valid before it was made, for clocks that are behind.
pub const BACKDATE_SECONDS: i64 = 5 * 60;

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// Why no certificate was made.
#[derive(Debug)]
pub(super) enum NotIssued {
    /// Profile, hierarchy or lists do not allow it.
    Refused(String),
    /// Storage failed.
    Storage(RecordsError),
}

impl From<RecordsError> for NotIssued {
    fn from(error: RecordsError) -> Self {
        Self::Storage(error)
    }
}

impl From<PkiError> for NotIssued {
    fn from(error: PkiError) -> Self {
        Self::Refused(error.to_string())
    }
}

/// Whether a public key may be certified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyState {
    /// A key of a suite, never seen.
    Fresh,
    /// Certified before, or part of a pending request.
    Used,
    /// No suite has such keys, or it is malformed.
    Unfit,
}

/// Judges a public key.
pub(super) fn key_state(records: &dyn Records, spki_der: &[u8]) -> Result<KeyState, RecordsError> {
    let known = VerifyingKey::from_spki(spki_der).is_ok_and(|k| Suite::for_key(k.kind()).is_some());
    if !known {
        return Ok(KeyState::Unfit);
    }
    let seen = KEYS.get(records, &key_id(spki_der))?;
    Ok(if seen.is_some() { KeyState::Used } else { KeyState::Fresh })
}

/// The keys that an application names.
pub(super) fn keys_of(application: &Application) -> impl Iterator<Item = &[u8]> {
    [&application.sign, &application.exchange].into_iter().flatten().map(|key| key.0.as_slice())
}

/// Keeps the keys of a pending application from being asked for again.
pub(super) fn reserve_keys(records: &mut dyn Records, application: &Application) {
    for key in keys_of(application) {
        KEYS.put(records, &key_id(key), &KeyUse::Pending);
    }
}

/// Gives the keys of a refused application back.
pub(super) fn release_keys(records: &mut dyn Records, application: &Application) {
    for key in keys_of(application) {
        KEYS.remove(records, &key_id(key));
    }
}

/// Issues and records what an application asks for, signature certificate first.
///
/// Nothing is recorded unless all of it could be issued.
pub(super) fn certify(
    ca: &CertificateAuthority,
    applicant: &Applicant,
    application: &Application,
    env: &mut Env<'_>,
) -> Result<Vec<Certificate>, NotIssued> {
    let plan = Plan::of(ca, applicant, application)?;
    let mut certificates = Vec::with_capacity(2);
    let wanted =
        [(&application.sign, plan.sign_profile), (&application.exchange, plan.exchange_profile)];
    for (key, profile) in wanted {
        let (Some(key), Some(profile)) = (key, profile) else { continue };
        let subject = plan.subject.clone();
        let template = ca.template(subject, profile, plan.days, application.card_ends, env.now);
        certificates.push(issue(&template, &ca.identity.issuer(), &key.0, env.rng)?);
    }
    for certificate in &certificates {
        let applicant = Some(applicant.clone());
        record(env.records, certificate, applicant, application.card, env.now)?;
    }
    Ok(certificates)
}

/// Records a certificate that this CA has issued.
pub(super) fn record(
    records: &mut dyn Records,
    certificate: &Certificate,
    applicant: Option<Applicant>,
    card: Option<super::mark::Mark>,
    now: Timestamp,
) -> Result<(), RecordsError> {
    let serial = certificate.serial();
    let issued = Issued { der: Octets(certificate.der().to_vec()), at: now, applicant, card };
    ISSUED.put(records, serial, &issued);
    let thumb = certificate.thumb();
    ISSUED_BY_THUMB.put(records, thumb.as_bytes(), &Octets(serial.to_vec()));
    KEYS.put(records, &key_id(certificate.spki_der()), &KeyUse::Certified);
    next_count(records, ISSUED_COUNT).map(|_| ())
}

/// The certificate with this thumb, when this CA has issued it.
pub(super) fn issued_by_thumb(
    records: &dyn Records,
    thumb: &[u8],
) -> Result<Option<Issued>, RecordsError> {
    match ISSUED_BY_THUMB.get(records, thumb)? {
        Some(serial) => ISSUED.get(records, &serial.0),
        None => Ok(None),
    }
}

impl CertificateAuthority {
    /// A template that ends with the card, the issuer or after `days`, whichever comes first.
    pub(super) fn template(
        &self,
        subject: DistinguishedName,
        profile: Profile,
        days: u32,
        card_ends: Option<Timestamp>,
        now: Timestamp,
    ) -> Template {
        let issuer = &self.identity.issuing_certificate;
        let span = SignedDuration::from_secs(i64::from(days) * DAY_SECONDS);
        let latest = now.checked_add(span).unwrap_or(Timestamp::MAX);
        let not_after =
            [Some(latest), Some(issuer.not_after()), card_ends].into_iter().flatten().min();
        let back = SignedDuration::from_secs(BACKDATE_SECONDS);
        let not_before = now.checked_sub(back).unwrap_or(now).max(issuer.not_before());
        Template {
            subject,
            profile,
            not_before,
            not_after: not_after.unwrap_or(latest),
            signing_until: None,
        }
    }
}

/// What the certificates of one application look like.
struct Plan {
    subject: DistinguishedName,
    sign_profile: Option<Profile>,
    exchange_profile: Option<Profile>,
    days: u32,
}

impl Plan {
    fn of(
        ca: &CertificateAuthority,
        applicant: &Applicant,
        application: &Application,
    ) -> Result<Self, NotIssued> {
        match applicant {
            Applicant::Cardholder { bin } => Self::cardholder(ca, bin, application),
            Applicant::Merchant { bin, id } => Self::merchant(ca, bin, id),
            Applicant::Gateway { bin, id } => Self::gateway(ca, bin, id, application),
        }
    }

    fn cardholder(
        ca: &CertificateAuthority,
        bin: &str,
        application: &Application,
    ) -> Result<Self, NotIssued> {
        let issuer = ca.config.issuer(bin).ok_or_else(|| gone("issuer", bin))?;
        let id = application.cardholder_id.as_deref();
        let id = id.ok_or_else(|| NotIssued::Refused("there is no cardholder id".into()))?;
        let mut parts = vec![
            (AttributeKind::Country, issuer.country.as_str()),
            (AttributeKind::Organization, ca.config.brand.as_str()),
            (AttributeKind::OrganizationalUnit, issuer.name.as_str()),
        ];
        if let Some(card_name) = &issuer.card_name {
            parts.push((AttributeKind::OrganizationalUnit, card_name));
        }
        parts.push((AttributeKind::CommonName, id));
        Ok(Self {
            subject: DistinguishedName::of(&parts)?,
            sign_profile: Some(profile::cardholder()),
            exchange_profile: None,
            days: ca.config.cardholder_days,
        })
    }

    fn merchant(ca: &CertificateAuthority, bin: &str, id: &str) -> Result<Self, NotIssued> {
        let acquirer = ca.config.acquirer(bin).ok_or_else(|| gone("acquirer", bin))?;
        let merchant = acquirer.merchants.iter().find(|entry| entry.id == id);
        let merchant = merchant.ok_or_else(|| gone("merchant", id))?;
        let data = merchant_data(bin, merchant);
        Ok(Self {
            subject: acquired_name(ca, acquirer, &merchant.name)?,
            sign_profile: Some(profile::merchant_signature(data.clone())),
            exchange_profile: Some(profile::merchant_exchange(data)),
            days: ca.config.merchant_days,
        })
    }

    fn gateway(
        ca: &CertificateAuthority,
        bin: &str,
        id: &str,
        application: &Application,
    ) -> Result<Self, NotIssued> {
        let acquirer = ca.config.acquirer(bin).ok_or_else(|| gone("acquirer", bin))?;
        let gateway = acquirer.gateways.iter().find(|entry| entry.business_id == id);
        let gateway = gateway.ok_or_else(|| gone("gateway", id))?;
        let suites = application.exchange.iter().filter_map(|key| suite_of(&key.0));
        let tunneling = Tunneling { tunneling: true, suites: suites.map(|s| s.oid).collect() };
        Ok(Self {
            subject: acquired_name(ca, acquirer, &format!("{bin}:{id}"))?,
            sign_profile: Some(profile::gateway_signature()),
            exchange_profile: Some(profile::gateway_exchange(
                gateway.card_cert_required,
                tunneling,
            )),
            days: ca.config.gateway_days,
        })
    }
}

fn suite_of(spki_der: &[u8]) -> Option<&'static Suite> {
    Suite::for_key(VerifyingKey::from_spki(spki_der).ok()?.kind())
}

fn acquired_name(
    ca: &CertificateAuthority,
    acquirer: &AcquirerPolicy,
    common_name: &str,
) -> Result<DistinguishedName, PkiError> {
    DistinguishedName::of(&[
        (AttributeKind::Country, &acquirer.country),
        (AttributeKind::Organization, &ca.config.brand),
        (AttributeKind::OrganizationalUnit, &acquirer.name),
        (AttributeKind::CommonName, common_name),
    ])
}

fn merchant_data(bin: &str, entry: &MerchantEntry) -> MerchantData {
    MerchantData {
        mer_id: entry.id.clone(),
        mer_acquirer_bin: bin.to_owned(),
        mer_names: vec![MerNames {
            language: entry.language.clone(),
            name: entry.name.clone(),
            city: entry.city.clone(),
            state_province: entry.state.clone(),
            postal_code: entry.postal_code.clone(),
            country_name: entry.country_name.clone(),
        }],
        mer_country: entry.country_number,
        mer_auth_flag: entry.receives_card_number,
    }
}

fn gone(what: &str, which: &str) -> NotIssued {
    NotIssued::Refused(format!("{what} {which} is no longer on the lists of this CA"))
}

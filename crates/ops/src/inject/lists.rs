//! CRLs and lists of them that are over, or that name what is in use, signed by the real CAs' keys.

use counterfoil_node::deployment::Material;
use counterfoil_node::deployment::material::bci_pem;
use counterfoil_pki::crl::Reason;
use counterfoil_pki::issue::{BciTemplate, CrlTemplate, Issuer, Revoked};
use counterfoil_pki::{Crl, PkiError};

use super::reissue::{hours, now, party};
use super::{Bench, InjectError, Injected, Injector};
use crate::holding::Signer;

pub(super) static CRL_OVER: Injector =
    Injector { name: "crl-over", fault: "crl-stale", run: crl_over };
pub(super) static BCI_OVER: Injector =
    Injector { name: "bci-over", fault: "bci-stale", run: bci_over };
pub(super) static REVOKED: Injector =
    Injector { name: "certificate-revoked", fault: "certificate-revoked-in-use", run: revoked };

/// Days that lists are valid.
const VALID_DAYS: u64 = 90;
/// Parties that need lists to pay.
const PAYING: [&str; 2] = ["gateway", "merchant"];

impl Bench {
    fn crl(&self, name: &str) -> Result<Crl, InjectError> {
        let text = String::from_utf8_lossy(&self.read(name)?).into_owned();
        let all = Crl::from_pem_all(&text).map_err(|error| self.failed(error))?;
        all.into_iter().next().ok_or_else(|| self.failed(format!("{name} holds no CRL")))
    }

    /// A list that says the same as another, but for this.
    fn sign(
        &mut self,
        ca: &Signer,
        like: &Crl,
        change: impl Fn(&mut CrlTemplate<'_>),
        revoked: &[Revoked],
    ) -> Result<Crl, InjectError> {
        let number = like.number().and_then(|number| number.value());
        let mut template = CrlTemplate {
            number: number.ok_or_else(|| self.failed("the CRL has no number"))?,
            this_update: like.this_update(),
            next_update: like.next_update().unwrap_or_else(|| now() + hours(24 * VALID_DAYS)),
            revoked,
        };
        change(&mut template);
        let issuer = Issuer { certificate: &ca.certificate, key: &*ca.key };
        let signed: Result<Crl, PkiError> = issuer.crl(&template, self.chance.generator());
        signed.map_err(|error| self.failed(error))
    }

    /// A CA of the deployment with its key.
    fn authority(&self, name: &str) -> Result<Signer, InjectError> {
        let material = Material::at(&self.hands.data, name).map_err(|error| self.failed(error))?;
        let certificate = self.certificate(&format!("{name}/certs/issuing.pem"))?;
        let key = material.signing_key("issuing").map_err(|error| self.failed(error))?;
        Ok(Signer { certificate, key })
    }
}

fn crl_over(bench: &mut Bench) -> Result<Injected, InjectError> {
    let holder = *bench.pick(&PAYING);
    let issuer = *bench.pick(&["cca", "mca", "pca", "brand-ca"]);
    let file = format!("{holder}/crls/{issuer}.pem");
    let (ca, held) = (bench.authority(issuer)?, bench.crl(&file)?);
    let until = now() - hours(bench.chance.between(1, 20 * 24));
    let change = |template: &mut CrlTemplate<'_>| {
        (template.this_update, template.next_update) = (until - hours(24 * VALID_DAYS), until);
    };
    let over = bench.sign(&ca, &held, change, &[])?;
    bench.write(&file, over.to_pem().as_bytes(), 0o644)?;
    bench.reload(holder);
    let what = format!("{holder} holds a CRL of {issuer} that ended {until}");
    Ok(bench.injected(CRL_OVER.fault, holder, what))
}

fn bci_over(bench: &mut Bench) -> Result<Injected, InjectError> {
    let holder = *bench.pick(&PAYING);
    let material = Material::at(&bench.hands.data, holder).map_err(|error| bench.failed(error))?;
    let held = material.bci().map_err(|error| bench.failed(error))?;
    let held = held.ok_or_else(|| bench.failed(format!("{holder} holds no BCI")))?;
    let crls = material.crls().map_err(|error| bench.failed(error))?;
    let brand = bench.authority("brand-ca")?;
    let until = now() - hours(bench.chance.between(1, 20 * 24));
    let template = BciTemplate {
        sequence: held.sequence(),
        not_before: until - hours(24 * VALID_DAYS),
        not_after: until,
        crls: &crls,
    };
    let issuer = Issuer { certificate: &brand.certificate, key: &*brand.key };
    let over = issuer.bci(&template, bench.chance.generator());
    let over = over.map_err(|error| bench.failed(error))?;
    bench.write(&format!("{holder}/crls/bci.pem"), bci_pem(over.der()).as_bytes(), 0o644)?;
    bench.reload(holder);
    Ok(bench.injected(BCI_OVER.fault, holder, format!("{holder} holds a BCI that ended {until}")))
}

fn revoked(bench: &mut Bench) -> Result<Injected, InjectError> {
    let cases = [
        ("merchant/certs/signature.pem", "mca", "gateway"),
        ("merchant/certs/exchange.pem", "mca", "gateway"),
        ("gateway/certs/exchange.pem", "pca", "merchant"),
    ];
    let there: Vec<_> = cases.into_iter().filter(|(file, ..)| bench.path(file).exists()).collect();
    if there.is_empty() {
        return Err(bench.failed("nobody has a certificate that could be revoked"));
    }
    let (file, issuer, peer) = *bench.pick(&there);
    let reason = *bench.pick(&[Reason::KeyCompromise, Reason::AffiliationChanged]);
    let certificate = bench.certificate(file)?;
    let entry = Revoked {
        serial: certificate.serial().to_vec(),
        revoked_at: now() - hours(bench.chance.between(1, 100)),
        reason,
    };
    let list = format!("{peer}/crls/{issuer}.pem");
    let (ca, held) = (bench.authority(issuer)?, bench.crl(&list)?);
    let naming = bench.sign(&ca, &held, |_| {}, &[entry])?;
    bench.write(&list, naming.to_pem().as_bytes(), 0o644)?;
    bench.reload(peer);
    let what = format!("{list} names {file} ({reason})");
    Ok(bench.injected(REVOKED.fault, party(file), what))
}

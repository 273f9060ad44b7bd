//! Certificates that the deployment's own CAs issue again, for the laboratory.

use std::collections::BTreeSet;
use std::process::Command;

use jiff::{SignedDuration, Timestamp};

use counterfoil_node::deployment::layout;
use counterfoil_pki::Certificate;
use counterfoil_pki::extension::Extension;
use counterfoil_pki::issue::{Issuer, Renewal};

use super::{Bench, InjectError};
use crate::holding::{self, Signer};

/// Where certificates of one party each stand first.
pub(super) const FILES: [&str; 7] = [
    "gateway/certs/tls.pem",
    "merchant/certs/tls.pem",
    "bank/certs/tls.pem",
    "cca/certs/tls.pem",
    "gateway/certs/signature.pem",
    "merchant/certs/signature.pem",
    "mca/certs/issuing.pem",
];
/// Those of TLS servers.
pub(super) const TLS_FILES: [&str; 4] =
    ["gateway/certs/tls.pem", "merchant/certs/tls.pem", "bank/certs/tls.pem", "pca/certs/tls.pem"];

/// One of these files, as far as there are such.
pub(super) fn pick(bench: &mut Bench, files: &[&'static str]) -> Result<&'static str, InjectError> {
    let there: Vec<&'static str> =
        files.iter().copied().filter(|file| bench.path(file).exists()).collect();
    if there.is_empty() {
        return Err(bench.failed("there is no certificate that it could be done to"));
    }
    Ok(*bench.pick(&there))
}

/// The present, to the second, as certificates can say it.
pub(super) fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

pub(super) fn hours(hours: u64) -> SignedDuration {
    SignedDuration::from_hours(i64::try_from(hours).unwrap_or(i64::MAX))
}

/// The party whose file it is.
pub(super) fn party(file: &str) -> &str {
    file.split('/').next().unwrap_or_default()
}

impl Bench {
    /// Has the CA of the first certificate of a file issue it again for the same key, and puts the
    /// new one wherever the old one is. The parties read it.
    pub(super) fn reissue(
        &mut self,
        file: &str,
        (from, until): (Timestamp, Timestamp),
        extensions: Vec<Extension>,
    ) -> Result<(), InjectError> {
        let old = self.certificate(file)?;
        let Signer { certificate, key } = self.signer(&old)?;
        let issuer = Issuer { certificate: &certificate, key: &*key };
        let renewal = Renewal { extensions, ..Renewal::of(&old, from, until) };
        let new = renewal.issue(&issuer, self.chance.generator());
        let new = new.map_err(|error| self.failed(error))?;
        self.put_in_place(&old, &new)
    }

    /// The CA of a certificate, with its key.
    pub(super) fn signer(&self, of: &Certificate) -> Result<Signer, InjectError> {
        let holdings = holding::all(&self.hands.data).map_err(|error| self.failed(error))?;
        let signer = holding::signer(&self.hands.data, &holdings, of);
        signer.ok_or_else(|| self.failed(format!("the key of `{}` is not here", of.issuer())))
    }

    /// Puts a certificate wherever another one is, and has the parties read it.
    pub(super) fn put_in_place(
        &mut self,
        old: &Certificate,
        new: &Certificate,
    ) -> Result<(), InjectError> {
        let holdings = holding::all(&self.hands.data).map_err(|error| self.failed(error))?;
        let mut parties = BTreeSet::new();
        for holding in holdings.iter().filter(|holding| holding.certificates.contains(old)) {
            let name = holding.path.strip_prefix(&self.hands.data).unwrap_or(&holding.path);
            let name = name.display().to_string();
            let text = holding::replaced(&holding.text, old, new);
            self.write(&name, text.as_bytes(), 0o644)?;
            parties.insert(party(&name).to_owned());
        }
        parties.iter().for_each(|party| self.reload(party));
        Ok(())
    }

    /// Has OpenSSL issue the TLS certificate of a file again, with these arguments, by the key of
    /// the deployment's TLS CA.
    pub(super) fn reissue_with_openssl(
        &mut self,
        file: &str,
        arguments: &[&str],
    ) -> Result<Certificate, InjectError> {
        let work = work_folder(self)?;
        let path = |name: &str| work.join(name).display().to_string();
        let (request, made) = (path("request.pem"), path("made.pem"));
        let data = |name: &str| self.path(name).display().to_string();
        let key = data(&file.replace("/certs/", "/keys/"));
        let (certificate, ca) = (data(file), data(&tls_ca("certs")));
        let ca_key = data(&tls_ca("keys"));
        self.openssl(&[
            "x509",
            "-x509toreq",
            "-copy_extensions",
            "copyall",
            "-in",
            &certificate,
            "-signkey",
            &key,
            "-out",
            &request,
        ])?;
        let serial = self.chance.between(1, u64::MAX / 2).to_string();
        let mut all = vec![
            "x509",
            "-req",
            "-copy_extensions",
            "copyall",
            "-in",
            &request,
            "-CA",
            &ca,
            "-CAkey",
            &ca_key,
            "-set_serial",
            &serial,
            "-days",
            "300",
            "-out",
            &made,
        ];
        all.extend(arguments);
        self.openssl(&all)?;
        let text = std::fs::read_to_string(&made).map_err(|error| self.failed(error))?;
        drop(std::fs::remove_dir_all(&work));
        let all = Certificate::from_pem_all(&text).map_err(|error| self.failed(error))?;
        all.into_iter().next().ok_or_else(|| self.failed("OpenSSL has made no certificate"))
    }

    /// Runs OpenSSL.
    pub(super) fn openssl(&self, arguments: &[&str]) -> Result<(), InjectError> {
        let output = Command::new("openssl").args(arguments).output();
        let output = output.map_err(|error| self.failed(format!("openssl: {error}")))?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(self.failed(format!("openssl: {}", said.lines().last().unwrap_or_default())))
    }
}

fn tls_ca(folder: &str) -> String {
    format!("root-ca/{folder}/{}.pem", layout::TLS_CA)
}

/// A folder for work in the laboratory's own.
pub(super) fn work_folder(bench: &Bench) -> Result<std::path::PathBuf, InjectError> {
    let folder = bench.path("lab").join(format!("work-{}", bench.injector));
    std::fs::create_dir_all(&folder).map_err(|error| bench.failed(error))?;
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use counterfoil_doctor::{Diagnosis, fault, locate};
    use counterfoil_node::deployment::plan::NewDeployment;
    use counterfoil_node::rng::SystemRng;
    use counterfoil_secret::Secret;
    use counterfoil_sim::chance::Chance;

    use super::*;
    use crate::inject::INJECTORS;
    use crate::step::{Hands, Kept};
    use crate::survey::{Place, survey};

    /// Variants of each injector.
    const SEEDS: u64 = 3;
    /// Those that need no party to run.
    const NAMES: [&str; 10] = [
        "certificate-over",
        "certificate-ends-soon",
        "certificate-early",
        "certificate-revoked",
        "crl-over",
        "bci-over",
        "signature-sha1",
        "key-weak",
        "key-copied",
        "key-leaked",
    ];

    fn look(data: &Path, fault: &str) -> Diagnosis {
        let place = Place::open(data).unwrap();
        locate(&survey(&place), &[fault::named(fault).unwrap()])
    }

    /// Causes, with who is to blame.
    fn told(diagnosis: &Diagnosis) -> Vec<String> {
        let told = diagnosis.findings.iter();
        told.map(|one| format!("{} {}", one.case.standing.name(), one.case.owner)).collect()
    }

    #[test]
    fn what_is_broken_is_found_at_its_party_and_what_a_plan_can_repair_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("deployment");
        NewDeployment::default().make(&data, Timestamp::now(), &mut SystemRng::new()).unwrap();
        let hands = Hands { data: data.clone(), executable: "/bin/false".into() };
        for name in NAMES {
            let injector = INJECTORS.iter().find(|one| one.name == name).unwrap();
            assert_eq!(told(&look(&data, injector.fault)), Vec::<String>::new(), "{name}");
            for seed in 0..SEEDS {
                let mut bench = Bench {
                    hands: hands.clone(),
                    chance: Chance::new(seed, name),
                    kept: Kept::at(&folder.path().join("before")).unwrap(),
                    injector: injector.name,
                    passphrase: Secret::new(String::new()),
                };
                let injected = match (injector.run)(&mut bench) {
                    Err(error) if error.cause.contains("openssl") => {
                        println!("SKIPPED: {error}");
                        continue;
                    }
                    other => other.unwrap(),
                };
                let found = look(&data, injector.fault);
                let right = vec![format!("confirmed {}", injected.owner)];
                assert_eq!(told(&found), right, "{name}: {}", injected.what);
                repair(&hands, &data, &found, injector.fault);
                bench.kept.put_back().unwrap();
                bench.kept.forget().unwrap();
            }
        }
    }

    /// Takes the steps that touch files alone, and looks again.
    fn repair(hands: &Hands, data: &Path, found: &Diagnosis, fault: &str) {
        let plan = &found.findings[0].plan;
        let files_only = ["reissue-certificate", "renew-tls-key"];
        let steps = plan.iter().filter(|step| files_only.contains(&step.verb));
        let mut kept = Kept::at(&data.join("doctor/before/test")).unwrap();
        let mut done = false;
        for step in steps {
            hands.take(step, &mut kept).unwrap();
            // Once more is the same as once.
            hands.take(step, &mut kept).unwrap();
            done = true;
        }
        if done {
            assert_eq!(told(&look(data, fault)), Vec::<String>::new(), "{plan:?}");
            kept.put_back().unwrap();
            assert_eq!(told(&look(data, fault)).len(), 1);
        }
        kept.forget().unwrap();
    }
}

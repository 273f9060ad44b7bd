//! Files that a person names for a judgement: certificates, CRLs and OCSP responses, in any usual
//! form. What cannot be read whole is bad input: no verdict stands on half of it.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use counterfoil_pki::file::{self, Content, Item};
use counterfoil_pki::{Certificate, Crl, OcspResponse, PkiError};
use counterfoil_secret::Report as _;

use super::source;
use crate::failure::Failure;

/// What every file of a list holds, one after the other.
pub fn all<T>(
    paths: &[PathBuf],
    read: fn(&Path) -> Result<Vec<T>, Failure>,
) -> Result<Vec<T>, Failure> {
    let parts: Result<Vec<Vec<T>>, Failure> = paths.iter().map(|path| read(path)).collect();
    Ok(parts?.into_iter().flatten().collect())
}

/// The certificates of a file.
pub fn certificates(path: &Path) -> Result<Vec<Certificate>, Failure> {
    read(path, "certificate", |item| match &item.content {
        Content::Certificate(view) => match view.strict() {
            Some(certificate) => Some(Ok(certificate.clone())),
            None => view.refusal.clone().map(Err),
        },
        _ => None,
    })
}

/// The certificates of a file that can be read, without the others.
pub fn readable_certificates(path: &Path) -> Vec<Certificate> {
    let Ok(octets) = source::octets(path) else { return Vec::new() };
    let items = file::read(&path.display().to_string(), octets.expose(), None).items;
    let views = items.iter().filter_map(|item| match &item.content {
        Content::Certificate(view) => view.strict().cloned(),
        _ => None,
    });
    views.collect()
}

/// The CRLs of a file.
pub fn crls(path: &Path) -> Result<Vec<Crl>, Failure> {
    read(path, "CRL", |item| match &item.content {
        Content::Crl(view) => Some(Crl::from_der(&view.der)),
        _ => None,
    })
}

/// The OCSP response of a file: DER, or base64 of it, with or without lines around.
pub fn ocsp(path: &Path) -> Result<Vec<OcspResponse>, Failure> {
    let octets = source::octets(path).map_err(Failure::into_input)?;
    let octets = octets.expose();
    let found = match octets.first() {
        Some(0x30) => OcspResponse::from_der(octets),
        _ => bare_base64(octets).and_then(|der| OcspResponse::from_der(&der)),
    };
    found.map(|one| vec![one]).map_err(|error| refused(&path.display().to_string(), &error))
}

fn bare_base64(octets: &[u8]) -> Result<Vec<u8>, PkiError> {
    let text = String::from_utf8_lossy(octets);
    let body: String = text.lines().filter(|line| !line.starts_with("-----")).collect();
    let body: String = body.split_whitespace().collect();
    STANDARD.decode(body).map_err(|_| PkiError::Pem {
        what: "OCSP RESPONSE",
        reason: "it is neither DER nor base64".into(),
    })
}

/// Every item that `pick` wants, each read whole.
fn read<T>(
    path: &Path,
    what: &str,
    pick: fn(&Item) -> Option<Result<T, PkiError>>,
) -> Result<Vec<T>, Failure> {
    let octets = source::octets(path).map_err(Failure::into_input)?;
    let name = path.display().to_string();
    let reading = file::read(&name, octets.expose(), None);
    let mut found = Vec::new();
    for item in &reading.items {
        if let Some(read) = pick(item) {
            found.push(read.map_err(|error| refused(&item.place.to_string(), &error))?);
        }
    }
    if !found.is_empty() {
        return Ok(found);
    }
    let why = reading.remarks.first().map(|remark| format!(": {}", remark.summary));
    let sentence = format!("{name} holds no {what}{}", why.unwrap_or_default());
    let hint = "look at it with `counterfoil cert inspect`";
    Err(Failure::input("nothing-to-judge", sentence.trim_end_matches('.'), hint))
}

fn refused(place: &str, error: &PkiError) -> Failure {
    Failure::input(error.id(), format!("{place}: {error}"), error.hint())
}

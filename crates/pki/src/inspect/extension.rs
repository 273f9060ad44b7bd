//! Extensions by name, with their values.
//!
//! A new one is a line in `KNOWN` and a function that reads its value.

use der::{
    Decode, Reader, SliceReader, Tag,
    asn1::{AnyRef, OctetStringRef},
};
use serde_json::{Value, json};

use super::{Field, hex, hex_head, name, set};
use crate::{
    crl::{CrlNumber, Reason},
    error::FieldError,
    extension::{
        KeyUsage,
        standard::{self, Standard},
    },
    general_name::GeneralName,
    oid::{self, Oid},
    revocation_point::{self, DistributionPoint, IssuingPoint, PointName, Reasons},
    view::{ExtensionView, TimeView, values},
};

/// A value, for people and for programs.
pub(super) struct Shown {
    lines: Vec<String>,
    value: Value,
}

impl Shown {
    pub(super) fn new(lines: Vec<String>, value: impl Into<Value>) -> Self {
        Self { lines, value: value.into() }
    }

    fn line(line: impl Into<String>, value: impl Into<Value>) -> Self {
        Self::new(vec![line.into()], value)
    }
}

type Show = fn(&[u8]) -> Result<Shown, FieldError>;

const PE: Oid = Oid::from_arcs(&[1, 3, 6, 1, 5, 5, 7, 1]);
const CE: Oid = Oid::from_arcs(&[2, 5, 29]);
const NETSCAPE: Oid = Oid::from_arcs(&[2, 16, 840, 1, 113730, 1]);
const MICROSOFT: Oid = Oid::from_arcs(&[1, 3, 6, 1, 4, 1, 311]);

/// Every extension that has a name here.
const KNOWN: [(Oid, &str, Show); 40] = [
    (oid::KEY_USAGE, "keyUsage", key_usage),
    (oid::EXTENDED_KEY_USAGE, "extKeyUsage", purposes),
    (oid::BASIC_CONSTRAINTS, "basicConstraints", basic_constraints),
    (oid::SUBJECT_ALT_NAME, "subjectAltName", general_names),
    (CE.child(18), "issuerAltName", general_names),
    (oid::NAME_CONSTRAINTS, "nameConstraints", name_constraints),
    (oid::CERTIFICATE_POLICIES, "certificatePolicies", policies),
    (oid::POLICY_MAPPINGS, "policyMappings", policy_mappings),
    (oid::POLICY_CONSTRAINTS, "policyConstraints", policy_constraints),
    (oid::INHIBIT_ANY_POLICY, "inhibitAnyPolicy", number),
    (oid::CRL_DISTRIBUTION_POINTS, "cRLDistributionPoints", points),
    (oid::FRESHEST_CRL, "freshestCRL", points),
    (PE.child(1), "authorityInfoAccess", access),
    (PE.child(11), "subjectInfoAccess", access),
    (oid::SUBJECT_KEY_ID, "subjectKeyIdentifier", octets),
    (oid::AUTHORITY_KEY_ID, "authorityKeyIdentifier", authority_key_id),
    (oid::PRIVATE_KEY_USAGE_PERIOD, "privateKeyUsagePeriod", private_key_usage),
    (CE.child(9), "subjectDirectoryAttributes", raw),
    (PE.child(24), "tlsFeature", tls_feature),
    (PE.child(3), "qcStatements", raw),
    (Oid::from_arcs(&[1, 3, 6, 1, 5, 5, 7, 48, 1, 5]), "ocspNoCheck", empty),
    (oid::CT_TIMESTAMPS, "signedCertificateTimestamps", timestamps),
    (oid::CT_POISON, "precertificatePoison", empty),
    (NETSCAPE.child(1), "netscapeCertType", raw),
    (NETSCAPE.child(13), "netscapeComment", text),
    (MICROSOFT.child(20).child(2), "certificateTemplateName", text),
    (MICROSOFT.child(21).child(7), "certificateTemplate", raw),
    (MICROSOFT.child(21).child(1), "caVersion", raw),
    (oid::CRL_NUMBER, "cRLNumber", crl_number),
    (oid::DELTA_CRL_INDICATOR, "deltaCRLIndicator", crl_number),
    (oid::ISSUING_DISTRIBUTION_POINT, "issuingDistributionPoint", issuing_point),
    (oid::REASON_CODE, "reasonCode", reason),
    (oid::INVALIDITY_DATE, "invalidityDate", date),
    (oid::CERTIFICATE_ISSUER, "certificateIssuer", general_names),
    (oid::SET_HASHED_ROOT_KEY, "hashedRootKey", set::hashed_root_key),
    (oid::SET_CERTIFICATE_TYPE, "certificateType", set::certificate_type),
    (oid::SET_MERCHANT_DATA, "merchantData", set::merchant_data),
    (oid::SET_CARD_CERT_REQUIRED, "cardCertRequired", set::card_cert_required),
    (oid::SET_TUNNELING, "tunneling", set::tunneling),
    (oid::SET_EXTENSIONS, "setExtensions", set::set_extensions),
];

/// The name of an extension that is known here.
pub(crate) fn name(oid: &Oid) -> Option<&'static str> {
    KNOWN.iter().find(|known| known.0 == *oid).map(|known| known.1)
}

/// One field for each extension for people, and one list of them all for programs.
pub(super) fn fields(extensions: &[ExtensionView]) -> Vec<Field> {
    let mut fields = Vec::new();
    let mut all = Vec::new();
    for ExtensionView { extension, .. } in extensions {
        let known = KNOWN.iter().find(|known| known.0 == extension.oid);
        let shown = known.map(|known| known.2(&extension.value));
        let name = known.map_or_else(|| extension.oid.to_string(), |known| known.1.to_owned());
        let critical = if extension.critical { " (critical)" } else { "" };
        let (lines, value) = match shown {
            Some(Ok(shown)) => (shown.lines, shown.value),
            Some(Err(error)) => {
                let line =
                    format!("not readable ({}): {}", error.reason, hex_head(&extension.value));
                (vec![line], Value::Null)
            }
            None => (vec![hex_head(&extension.value)], Value::Null),
        };
        all.push(json!({
            "oid": extension.oid.to_string(), "name": known.map(|known| known.1),
            "critical": extension.critical, "value": value, "hex": hex(&extension.value),
        }));
        fields.push(Field {
            key: "extensions",
            label: format!("{name}{critical}"),
            lines,
            value: Value::Null,
        });
    }
    fields.push(Field::data("extensions", all));
    fields
}

fn key_usage(der: &[u8]) -> Result<Shown, FieldError> {
    let usage = KeyUsage::from_der(der)?;
    let names: Vec<String> = usage.to_string().split('+').map(str::to_owned).collect();
    Ok(Shown::line(names.join(", "), names))
}

/// Names of purposes (RFC 5280 4.2.1.12 and what browsers and programs use).
const PURPOSES: [(Oid, &str); 12] = [
    (oid::KP_SERVER_AUTH, "serverAuth"),
    (oid::KP_CLIENT_AUTH, "clientAuth"),
    (KP.child(3), "codeSigning"),
    (KP.child(4), "emailProtection"),
    (KP.child(8), "timeStamping"),
    (KP.child(9), "OCSPSigning"),
    (KP.child(17), "ipsecIKE"),
    (KP.child(36), "documentSigning"),
    (oid::ANY_EXTENDED_KEY_USAGE, "anyExtendedKeyUsage"),
    (MICROSOFT.child(20).child(2).child(2), "smartcardLogon"),
    (MICROSOFT.child(10).child(3).child(3), "msServerGatedCrypto"),
    (NETSCAPE_POLICY.child(1), "netscapeServerGatedCrypto"),
];
const KP: Oid = Oid::from_arcs(&[1, 3, 6, 1, 5, 5, 7, 3]);
const NETSCAPE_POLICY: Oid = Oid::from_arcs(&[2, 16, 840, 1, 113730, 4]);

fn purposes(der: &[u8]) -> Result<Shown, FieldError> {
    let list: Vec<String> = Vec::<Oid>::from_der(der)?
        .iter()
        .map(|oid| {
            let known = PURPOSES.iter().find(|known| known.0 == *oid);
            known.map_or_else(|| oid.to_string(), |known| known.1.to_owned())
        })
        .collect();
    Ok(Shown::line(list.join(", "), list))
}

fn basic_constraints(der: &[u8]) -> Result<Shown, FieldError> {
    let read = standard::read_basic_constraints(der)?;
    let mut line = if read.ca { "CA".to_owned() } else { "not a CA".into() };
    if let Some(length) = read.path_len_max {
        line.push_str(&format!(", path length {length}"));
    }
    Ok(Shown::line(line, json!({"ca": read.ca, "path_length": read.path_len_max})))
}

fn general_names(der: &[u8]) -> Result<Shown, FieldError> {
    let names = GeneralName::read_sequence(der)?;
    Ok(Shown::line(name::texts(&names).join(", "), name::values(&names)))
}

fn name_constraints(der: &[u8]) -> Result<Shown, FieldError> {
    let read = standard::read_name_constraints(der)?;
    let mut lines = Vec::new();
    for (word, names) in [("permitted", &read.permitted), ("excluded", &read.excluded)] {
        if !names.is_empty() {
            lines.push(format!("{word} {}", name::texts(names).join(", ")));
        }
    }
    let value = json!({
        "permitted": name::values(&read.permitted), "excluded": name::values(&read.excluded),
    });
    Ok(Shown::new(lines, value))
}

/// Policies with a name of their own.
const POLICIES: [(Oid, &str); 6] = [
    (oid::ANY_POLICY, "anyPolicy"),
    (oid::SET_ROOT_POLICY, "set-root-policy"),
    (CABF.child(1), "cabf ev"),
    (CABF.child(2).child(1), "cabf dv"),
    (CABF.child(2).child(2), "cabf ov"),
    (CABF.child(2).child(3), "cabf iv"),
];
const CABF: Oid = Oid::from_arcs(&[2, 23, 140, 1]);

fn policies(der: &[u8]) -> Result<Shown, FieldError> {
    let (mut lines, mut list) = (Vec::new(), Vec::new());
    for policy in values::read_policies(der)? {
        let known = POLICIES.iter().find(|known| known.0 == policy.oid).map(|known| known.1);
        let mut line = policy.oid.to_string();
        if let Some(name) = known {
            line.push_str(&format!(" ({name})"));
        }
        let texts: Vec<String> = policy
            .qualifiers
            .iter()
            .filter_map(|q| q.text.as_ref())
            .map(|(_, t)| t.clone())
            .collect();
        if !texts.is_empty() {
            line.push_str(&format!(": {}", texts.join("; ")));
        }
        lines.push(line);
        let oid = policy.oid.to_string();
        list.push(json!({"oid": oid, "name": known, "qualifiers": texts}));
    }
    Ok(Shown::new(lines, list))
}

fn policy_mappings(der: &[u8]) -> Result<Shown, FieldError> {
    let mut reader = Standard::default();
    reader.read(&oid::POLICY_MAPPINGS, der)?;
    let pairs = reader.policy_mappings;
    let lines = pairs.iter().map(|(from, to)| format!("{from} is {to}")).collect();
    let list: Vec<Value> = pairs
        .iter()
        .map(|(from, to)| json!({"issuer": from.to_string(), "subject": to.to_string()}))
        .collect();
    Ok(Shown::new(lines, list))
}

fn policy_constraints(der: &[u8]) -> Result<Shown, FieldError> {
    let mut reader = Standard::default();
    reader.read(&oid::POLICY_CONSTRAINTS, der)?;
    let limits = reader.policy_constraints;
    let mut parts = Vec::new();
    if let Some(skip) = limits.require_explicit_policy {
        parts.push(format!("require explicit policy after {skip}"));
    }
    if let Some(skip) = limits.inhibit_policy_mapping {
        parts.push(format!("no mapping after {skip}"));
    }
    let value = json!({
        "require_explicit_policy": limits.require_explicit_policy,
        "inhibit_policy_mapping": limits.inhibit_policy_mapping,
    });
    Ok(Shown::line(parts.join(", "), value))
}

fn number(der: &[u8]) -> Result<Shown, FieldError> {
    let number = u32::from_der(der)?;
    Ok(Shown::line(number.to_string(), number))
}

fn point_names(name: &Option<PointName>) -> Vec<GeneralName> {
    match name {
        Some(PointName::Full(names)) => names.clone(),
        _ => Vec::new(),
    }
}

fn point_text(point: &DistributionPoint) -> String {
    let mut parts = name::texts(&point_names(&point.name));
    if matches!(point.name, Some(PointName::Relative(_))) {
        parts.push("relative to the CRL issuer's name".into());
    }
    if !point.crl_issuer.is_empty() {
        parts.push(format!("by {}", name::texts(&point.crl_issuer).join(", ")));
    }
    if point.reasons.is_some_and(|reasons| !reasons.is_all()) {
        parts.push("for some reasons only".into());
    }
    parts.join(", ")
}

fn points(der: &[u8]) -> Result<Shown, FieldError> {
    let points = revocation_point::read_points(der)?;
    let lines = points.iter().map(point_text).collect();
    let list: Vec<Value> = points
        .iter()
        .map(|point| {
            json!({
                "names": name::values(&point_names(&point.name)),
                "crl_issuer": name::values(&point.crl_issuer),
                "all_reasons": point.reasons.is_none_or(Reasons::is_all),
            })
        })
        .collect();
    Ok(Shown::new(lines, list))
}

fn issuing_point(der: &[u8]) -> Result<Shown, FieldError> {
    let point = IssuingPoint::from_der(der)?;
    let names = point_names(&point.name);
    let mut parts = name::texts(&names);
    for (so, word) in [
        (point.only_user_certs, "user certificates only"),
        (point.only_ca_certs, "CA certificates only"),
        (point.only_attribute_certs, "attribute certificates only"),
        (point.indirect, "indirect"),
        (point.only_some_reasons.is_some(), "some reasons only"),
    ] {
        if so {
            parts.push(word.into());
        }
    }
    let value = json!({
        "names": name::values(&names), "only_user_certs": point.only_user_certs,
        "only_ca_certs": point.only_ca_certs, "indirect": point.indirect,
        "only_attribute_certs": point.only_attribute_certs,
        "only_some_reasons": point.only_some_reasons.is_some(),
    });
    Ok(Shown::line(parts.join(", "), value))
}

/// Methods of access (RFC 5280 4.2.2).
const METHODS: [(Oid, &str); 5] = [
    (AD.child(1), "OCSP"),
    (AD.child(2), "caIssuers"),
    (AD.child(3), "timeStamping"),
    (AD.child(5), "caRepository"),
    (AD.child(10), "rpkiManifest"),
];
const AD: Oid = Oid::from_arcs(&[1, 3, 6, 1, 5, 5, 7, 48]);

fn access(der: &[u8]) -> Result<Shown, FieldError> {
    let (mut lines, mut list) = (Vec::new(), Vec::new());
    for (method, location) in values::read_access(der)? {
        let known = METHODS.iter().find(|known| known.0 == method);
        let method = known.map_or_else(|| method.to_string(), |known| known.1.to_owned());
        lines.push(format!("{method} {}", name::text(&location)));
        list.push(json!({"method": method, "location": name::value(&location)}));
    }
    Ok(Shown::new(lines, list))
}

fn octets(der: &[u8]) -> Result<Shown, FieldError> {
    let octets = hex(<&OctetStringRef>::from_der(der)?.as_bytes());
    Ok(Shown::line(octets.clone(), octets))
}

fn authority_key_id(der: &[u8]) -> Result<Shown, FieldError> {
    let id = standard::read_authority_key_id(der)?;
    let mut parts = Vec::new();
    parts.extend(id.key_id.as_deref().map(hex));
    parts.extend(name::texts(&id.issuer));
    parts.extend(id.serial.as_deref().map(|serial| format!("serial {}", hex(serial))));
    let value = json!({
        "key_id": id.key_id.as_deref().map(hex), "issuer": name::values(&id.issuer),
        "serial": id.serial.as_deref().map(hex),
    });
    Ok(Shown::line(parts.join(", "), value))
}

fn private_key_usage(der: &[u8]) -> Result<Shown, FieldError> {
    let mut reader = Standard::default();
    reader.read(&oid::PRIVATE_KEY_USAGE_PERIOD, der)?;
    let period = reader.private_key_usage.unwrap_or_default();
    let texts = [period.not_before, period.not_after].map(|at| at.map(|at| at.to_string()));
    let [from, to] = texts.clone();
    let open = || "open".to_owned();
    let line = format!("{} to {}", from.unwrap_or_else(open), to.unwrap_or_else(open));
    Ok(Shown::line(line, json!({"not_before": texts[0], "not_after": texts[1]})))
}

fn tls_feature(der: &[u8]) -> Result<Shown, FieldError> {
    let numbers = values::read_numbers(der)?;
    let names: Vec<String> = numbers
        .iter()
        .map(|number| match number {
            5 => "status_request (must staple)".to_owned(),
            17 => "status_request_v2".to_owned(),
            other => other.to_string(),
        })
        .collect();
    Ok(Shown::line(names.join(", "), numbers))
}

fn timestamps(der: &[u8]) -> Result<Shown, FieldError> {
    let count = count_timestamps(der)?;
    Ok(Shown::line(format!("{count} of them"), json!({"count": count})))
}

/// How many a `SignedCertificateTimestampList` has (RFC 6962 3.3).
pub(crate) fn count_timestamps(der: &[u8]) -> Result<usize, FieldError> {
    let list = <&OctetStringRef>::from_der(der)?.as_bytes();
    let mut rest = list.get(2..).unwrap_or_default();
    let mut count = 0;
    while let [high, low, after @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let Some(next) = after.get(length..) else {
            return Err(FieldError::new("", "one of them is cut off"));
        };
        rest = next;
        count += 1;
    }
    Ok(count)
}

fn crl_number(der: &[u8]) -> Result<Shown, FieldError> {
    let number = CrlNumber::from_der(der)?.to_string();
    Ok(Shown::line(number.clone(), number))
}

fn reason(der: &[u8]) -> Result<Shown, FieldError> {
    let name = Reason::from_der(der)?.name();
    Ok(Shown::line(name, name))
}

fn date(der: &[u8]) -> Result<Shown, FieldError> {
    let at = TimeView::read(&mut SliceReader::new(der)?)?.to_string();
    Ok(Shown::line(at.clone(), at))
}

fn text(der: &[u8]) -> Result<Shown, FieldError> {
    let any = AnyRef::try_from(der)?;
    let tag = any.header().tag();
    let text = values::string(tag, any.value());
    Ok(Shown::line(text.clone(), text))
}

/// NULL, or nothing: that it is there says all.
fn empty(der: &[u8]) -> Result<Shown, FieldError> {
    let mut reader = SliceReader::new(der)?;
    let any = AnyRef::decode(&mut reader)?;
    if any.header().tag() != Tag::Null || !reader.is_finished() {
        return Err(FieldError::new("", "NULL expected"));
    }
    Ok(Shown::line("yes", true))
}

/// Known by name alone.
fn raw(der: &[u8]) -> Result<Shown, FieldError> {
    Ok(Shown::line(hex_head(der), Value::Null))
}

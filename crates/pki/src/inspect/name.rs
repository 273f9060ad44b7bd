//! General names, for people and programs.

use std::net::{Ipv4Addr, Ipv6Addr};

use serde_json::{Value, json};

use super::hex;
use crate::{general_name::GeneralName, view::printable};

/// `DNS:a.example`, `IP:192.0.2.1`, `URI:http://...`.
pub(crate) fn text(name: &GeneralName) -> String {
    let (word, _, value) = parts(name);
    format!("{word}:{value}")
}

/// `{"type": "dns", "value": "a.example"}`.
pub(super) fn value(name: &GeneralName) -> Value {
    let (_, kind, value) = parts(name);
    json!({"type": kind, "value": value})
}

pub(super) fn texts(names: &[GeneralName]) -> Vec<String> {
    names.iter().map(text).collect()
}

pub(super) fn values(names: &[GeneralName]) -> Vec<Value> {
    names.iter().map(value).collect()
}

fn parts(name: &GeneralName) -> (&'static str, &'static str, String) {
    match name {
        GeneralName::Rfc822(text) => ("email", "email", printable(text)),
        GeneralName::Dns(text) => ("DNS", "dns", printable(text)),
        GeneralName::Directory(name) => ("DirName", "directory", name.to_string()),
        GeneralName::Uri(text) => ("URI", "uri", printable(text)),
        GeneralName::Ip(octets) => ("IP", "ip", address(octets)),
        GeneralName::Other { tag_number, value } => match tag_number {
            0 => ("otherName", "other", hex(value)),
            8 => ("RID", "registered_id", registered(value)),
            3 => ("X400Name", "x400", hex(value)),
            _ => ("EdiPartyName", "edi_party", hex(value)),
        },
    }
}

fn registered(value: &[u8]) -> String {
    crate::oid::Oid::from_octets(value).map_or_else(|_| hex(value), |oid| oid.to_string())
}

/// An address, or an address and its mask in a name constraint.
fn address(octets: &[u8]) -> String {
    let one = |octets: &[u8]| match octets.len() {
        4 => <[u8; 4]>::try_from(octets).ok().map(|o| Ipv4Addr::from(o).to_string()),
        16 => <[u8; 16]>::try_from(octets).ok().map(|o| Ipv6Addr::from(o).to_string()),
        _ => None,
    };
    let two = || {
        let (address, mask) = octets.split_at(octets.len() / 2);
        Some(format!("{}/{}", one(address)?, one(mask)?))
    };
    one(octets).or_else(two).unwrap_or_else(|| hex(octets))
}

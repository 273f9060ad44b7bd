//! Searching what a party stored, received and sent for what it must not know.

use counterfoil_party::memory::MemoryRecords;

/// The forms in which a secret may hide: as it is, base64 at each of its three alignments,
/// hexadecimal in both cases, and packed decimal.
pub fn disguises(secret: &str) -> Vec<(&'static str, Vec<u8>)> {
    let mut forms = vec![("clear", secret.as_bytes().to_vec())];
    let hexadecimal: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    forms.push(("hexadecimal", hexadecimal.to_uppercase().into_bytes()));
    forms.push(("hexadecimal", hexadecimal.into_bytes()));
    forms.extend(base64_cores(secret.as_bytes()).map(|core| ("base64", core)));
    if secret.bytes().all(|byte| byte.is_ascii_digit()) {
        forms.extend(packed(secret).map(|packed| ("packed decimal", packed)));
    }
    forms
}

/// Nothing of what the party stored or exchanged shows the secret in any disguise.
///
/// # Errors
/// A sentence naming the place and the disguise, never the secret.
pub fn absent(records: &MemoryRecords, secret: &str, whose: &str) -> Result<(), String> {
    let forms = disguises(secret);
    let check = |place: &str, bytes: &[u8]| match forms
        .iter()
        .find(|(_, form)| bytes.windows(form.len()).any(|window| window == form))
    {
        Some((disguise, _)) => Err(format!("{whose} has a secret in {disguise} in {place}")),
        None => Ok(()),
    };
    for (table, key, value) in records.rows() {
        check(&format!("a key of {table}"), key)?;
        check(&format!("a record of {table}"), value)?;
    }
    for entry in records.journal_entries() {
        check(&format!("{} {}", entry.direction.name(), entry.message), &entry.body)?;
    }
    Ok(())
}

/// The characters of base64 that depend on the secret alone, at each alignment.
fn base64_cores(secret: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    (0..3usize).map(move |before| {
        let mut padded = vec![0; before];
        padded.extend_from_slice(secret);
        let stored = counterfoil_party::records::Octets(padded.clone());
        let text = serde_json::to_string(&stored).unwrap_or_default();
        let text = text.trim_matches('"').as_bytes();
        let first = (before * 8).div_ceil(6);
        let last = padded.len() * 8 / 6;
        text[first..last].to_vec()
    })
}

/// Two digits an octet, for an even number of digits, and with one digit before it.
fn packed(digits: &str) -> impl Iterator<Item = Vec<u8>> + '_ {
    let values: Vec<u8> = digits.bytes().map(|byte| byte - b'0').collect();
    [0usize, 1].into_iter().map(move |skip| {
        values[skip..].chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use counterfoil_party::records::Records as _;
    use jiff::Timestamp;

    const CARD: &str = "4929123412341232";

    fn found(value: &[u8]) -> Option<String> {
        let mut records = MemoryRecords::new();
        records.put("table", b"key", value.to_vec());
        records.commit();
        absent(&records, CARD, "somebody").err()
    }

    #[test]
    fn finds_the_secret_in_every_disguise() {
        let octets = counterfoil_party::records::Octets(format!("ab{CARD}cd").into_bytes());
        let base64 = serde_json::to_vec(&octets).unwrap();
        let hexadecimal: String = CARD.bytes().map(|byte| format!("{byte:02X}")).collect();
        let packed: Vec<u8> = vec![0x49, 0x29, 0x12, 0x34, 0x12, 0x34, 0x12, 0x32];
        let shifted: Vec<u8> = vec![0x04, 0x92, 0x91, 0x23, 0x41, 0x23, 0x41, 0x23, 0x20];
        let says = |value: &[u8]| found(value).unwrap_or_default();
        assert!(says(format!("x{CARD}y").as_bytes()).contains("in clear"));
        assert!(says(&base64).contains("in base64"));
        assert!(says(hexadecimal.as_bytes()).contains("in hexadecimal"));
        assert!(says(&packed).contains("in packed decimal"));
        assert!(says(&shifted).contains("in packed decimal"));
        assert_eq!(found(b"492912******1232"), None);
    }

    #[test]
    fn searches_the_journal_and_names_the_message() {
        let mut records = MemoryRecords::new();
        records.journal(counterfoil_party::records::JournalEntry {
            at: Timestamp::UNIX_EPOCH,
            direction: counterfoil_party::records::Direction::Sent,
            message: "0100".into(),
            xid: None,
            rrpid: None,
            peer: "bank".into(),
            body: CARD.into(),
        });
        records.commit();
        let failure = absent(&records, CARD, "the gateway").unwrap_err();
        assert_eq!(failure, "the gateway has a secret in clear in sent 0100");
    }
}

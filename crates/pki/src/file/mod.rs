//! What is in a file: certificates, CRLs, keys, requests and bags of them, in any usual form.
//!
//! [`read`] finds the form by the content, never by the file's name: PEM with text around it,
//! DER (several objects in a row as well), base64 without armour, text in UTF-16. Nothing makes it
//! fail: what cannot be read becomes a remark beside the items that can.

mod armour;
mod bag;
mod item;
mod keystore;
mod shape;

pub use bag::Bag;
pub(crate) use bag::content_type_name;
pub use item::{Content, Item, Place};
pub use keystore::Keystore;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use counterfoil_remark::{Kind, Remark, Severity};
use counterfoil_secret::Secret;
use der::{Header, Reader, SliceReader};

use self::{item::Reader as ItemReader, shape::Shape};
use crate::error::FieldError;

/// Most octets of one file that are looked at.
pub const FILE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Most items of one file, those inside of bags included.
pub const ITEMS_MAX: usize = 10_000;

/// Most remarks about the reading of one file.
pub(crate) const REMARKS_MAX: usize = 1_000;

/// What a file holds.
#[derive(Debug, Default)]
pub struct Reading {
    /// Every item in order; those of a bag follow it.
    pub items: Vec<Item>,
    /// What could not be read, and what is odd about the file.
    pub remarks: Vec<Remark>,
    /// Something in it would be shown if a passphrase, or another one, were given.
    pub wants_passphrase: bool,
}

macro_rules! kinds {
    ($(
        $name:ident:
        $id:literal, $severity:ident, $reference:literal, $title:literal, $page:literal;
    )*) => {
        $(pub(crate) static $name: Kind = Kind {
            id: $id, group: "file", severity: Severity::$severity,
            title: $title, page: $page, reference: $reference,
        };)*
        /// Everything that can be said of a file.
        pub static KINDS: &[&Kind] = &[$(&$name),*];
    };
}

kinds! {
    EMPTY: "file-empty", Error, "RFC 7468 section 2",
        "The file has no content.",
        "Whatever wrote it did not finish, or wrote elsewhere. Ask for it again.";
    TOO_LONG: "file-too-long-to-look-at", Error, "crates/pki/src/file, FILE_BYTES_MAX",
        "The file is longer than what is looked at; nothing of it was read.",
        "No certificate, CRL or key needs so much. Check that this is the file that was meant.";
    UNKNOWN_FORM: "file-not-recognised", Error, "RFC 7468; X.690",
        "The file is neither PEM, nor DER, nor base64 of DER.",
        "Certificates come as PEM (`-----BEGIN CERTIFICATE-----`) or DER (first octet 0x30). An \
         HTML page and an OpenSSH key are none of these.";
    JAVA: "file-java-keystore", Error, "Java Cryptography Architecture, keystores JKS and JCEKS",
        "The file is a Java keystore of the old form (JKS or JCEKS), which is not read here.",
        "Convert it with Java's own tool: `keytool -importkeystore -srckeystore FILE \
         -destkeystore NEW.p12 -deststoretype PKCS12`, and look at NEW.p12. For a certificate \
         alone: `keytool -exportcert -rfc -keystore FILE -alias NAME`. Java writes PKCS#12 by \
         itself since Java 9.";
    BER: "file-ber", Error, "X.690 section 8.1.3.6",
        "The object has indefinite lengths (BER), which are not read here.",
        "Some programs write PKCS#7 and PKCS#12 in BER. Write it again as DER: \
         `openssl cms -cmsout -in FILE -inform DER -outform DER`, or for PKCS#12 `openssl pkcs12 \
         -in FILE -nodes | openssl pkcs12 -export -out NEW`.";
    BLOCK_OPEN: "pem-block-unfinished", Error, "RFC 7468 section 2",
        "A PEM block begins and does not end.",
        "The file was cut off, or its last line was lost when it was copied.";
    BLOCK_BASE64: "pem-block-not-base64", Error, "RFC 7468 section 3",
        "What stands between the lines of a PEM block is not base64.",
        "A character was lost, added or changed: often by a mail program or a word processor.";
    BLOCK_LABEL: "pem-label-differs", Warning, "RFC 7468 section 4",
        "A PEM block's label says something else than its content is.",
        "Programs go by the label and will refuse the block. Write it again with its right label.";
    OBJECT: "object-not-recognised", Error, "RFC 5280; RFC 5652; RFC 5958; RFC 7292",
        "An object is DER, but none that is known here.",
        "Look at it with `openssl asn1parse`.";
    DAMAGED: "object-damaged", Error, "X.690",
        "An object is not whole DER.",
        "It was cut off or changed on its way. Fetch it again from where it was issued.";
    TRAILING: "octets-left-over", Warning, "X.690",
        "Octets follow the last object that could be read.",
        "Harmless to some programs, refused by others. Take them away.";
    TOO_MANY: "file-items-too-many", Warning, "crates/pki/src/file, ITEMS_MAX",
        "The file has more items than are looked at; the rest was left out.",
        "Split the file.";
    PASSPHRASE_WANTED: "passphrase-wanted", Warning, "RFC 8018",
        "Something is encrypted under a passphrase, which was not given.",
        "Give `--passphrase-file FILE`, or set `COUNTERFOIL_PASSPHRASE`.";
    PASSPHRASE_WRONG: "passphrase-wrong", Error, "RFC 7292 section 5.1",
        "The passphrase is not that of the file, or the file was changed.",
        "The two cannot be told apart. Try the passphrase with `openssl pkcs12 -info -noout`.";
    LEGACY: "encryption-of-the-1990s", Error, "RFC 7292 appendix C; RFC 8018 appendix B.1",
        "The file is encrypted with DES, 3DES, RC2 or RC4, which are never computed here.",
        "Write it again with today's encryption: `openssl pkcs12 -legacy -in OLD -nodes | openssl \
         pkcs12 -export -out NEW` for PKCS#12, `openssl pkcs8 -topk8 -v2 aes-256-cbc -in OLD -out \
         NEW` for a key. Whoever had the old file may have its keys by now.";
    UNOPENED: "encryption-unknown", Warning, "RFC 8018",
        "Something is encrypted with a scheme that is not known here.",
        "Open it with the program that made it.";
    MAC_OLD: "keystore-mac-unchecked", Notice, "RFC 7292 section 5.1",
        "The PKCS#12 file's MAC is not checked: it has none, or it is of a kind not computed here.",
        "A MAC on SHA-1 is what OpenSSL 1 and old Java write. Without a check a changed file may \
         pass; write it again with `openssl pkcs12 -export`.";
    KEY_EXPOSED: "key-in-clear", Notice, "RFC 5958 section 2",
        "A private key is not encrypted.",
        "Usual for a server's key, which then must be readable by its user alone (mode 600). A key \
         that was sent by mail or lies in a repository has to be replaced.";
}

/// Reads everything in `octets`, which came from a file called `name`.
///
/// With no `passphrase` the empty one is tried, as many programs write files under it.
pub fn read(name: &str, octets: &[u8], passphrase: Option<&Secret<String>>) -> Reading {
    let mut reader = ItemReader::new(name, passphrase);
    if octets.len() > FILE_BYTES_MAX {
        let summary = format!("{} octets; at most {FILE_BYTES_MAX} are looked at", octets.len());
        reader.remark(&TOO_LONG, &Place::of(name), summary);
    } else if octets.iter().all(u8::is_ascii_whitespace) {
        reader.remark(&EMPTY, &Place::of(name), "there is nothing in it");
    } else if let Some(text) = utf16(octets) {
        read_text(&mut reader, text.as_bytes(), name);
    } else {
        read_text(&mut reader, octets, name);
    }
    reader.finish()
}

fn read_text(reader: &mut ItemReader<'_>, octets: &[u8], name: &str) {
    if armour::is_pem(octets) {
        armour::read(reader, octets, name);
    } else if shape::of(octets) != Shape::Unknown || is_tlv(octets) {
        read_row(reader, octets, name);
    } else if let Some(der) = bare_base64(octets).filter(|der| is_tlv(der)) {
        read_row(reader, &der, name);
    } else if let Some(form) = java_keystore(octets) {
        reader.remark(&JAVA, &Place::of(name), format!("it is a {form} keystore"));
    } else if octets.starts_with(&[0x30, 0x80]) {
        reader.remark(&BER, &Place::of(name), "it begins with 30 80");
    } else if octets.first() == Some(&0x30) && octets.len() > 1 && octets[1] & 0x80 != 0 {
        let summary = format!("its {} octets are fewer than its first ones say", octets.len());
        let place = Place::of(name);
        reader.remark(&DAMAGED, &place, summary);
        // A view shows what there is.
        if shape::damaged(octets) == Shape::Certificate {
            reader.certificate(place, None, octets);
        }
    } else {
        let head: String = octets.iter().take(8).map(|octet| format!("{octet:02x} ")).collect();
        let summary = format!("it begins with {}", head.trim_end());
        reader.remark(&UNKNOWN_FORM, &Place::of(name), summary);
    }
}

/// A keystore that Java's own classes write, by its first octets.
fn java_keystore(octets: &[u8]) -> Option<&'static str> {
    match octets.first_chunk()? {
        [0xfe, 0xed, 0xfe, 0xed] => Some("JKS"),
        [0xce, 0xce, 0xce, 0xce] => Some("JCEKS"),
        _ => None,
    }
}

/// What is said of an object that is not whole: BER, which is whole for those who read it, has an
/// indefinite length somewhere inside.
pub(crate) fn damage(error: &FieldError) -> &'static Kind {
    if error.reason.contains("indefinite") { &BER } else { &DAMAGED }
}

/// Objects of DER, one after the other.
fn read_row(reader: &mut ItemReader<'_>, octets: &[u8], name: &str) {
    let mut offset = 0;
    while offset < octets.len() && !reader.is_full() {
        let rest = &octets[offset..];
        let place = Place { offset, ..Place::of(name) };
        let Some(length) = tlv_length(rest).filter(|length| *length <= rest.len()) else {
            if !rest.iter().all(u8::is_ascii_whitespace) {
                let summary = format!("{} octets from offset {offset} on", rest.len());
                reader.remark(&TRAILING, &place, summary);
            }
            return;
        };
        reader.object(place, None, &rest[..length]);
        offset += length;
    }
}

/// Does it begin with a whole SEQUENCE?
fn is_tlv(octets: &[u8]) -> bool {
    octets.first() == Some(&0x30) && tlv_length(octets).is_some_and(|n| n <= octets.len())
}

/// Octets of the first value with tag and length, as its length says.
pub(crate) fn tlv_length(octets: &[u8]) -> Option<usize> {
    let mut reader = SliceReader::new(octets).ok()?;
    let header = <Header as der::Decode>::decode(&mut reader).ok()?;
    let before = usize::try_from(reader.position()).ok()?;
    before.checked_add(usize::try_from(header.length()).ok()?)
}

/// Text in UTF-16 with its mark, as some systems save text.
fn utf16(octets: &[u8]) -> Option<String> {
    let (little, rest) = match octets {
        [0xff, 0xfe, rest @ ..] => (true, rest),
        [0xfe, 0xff, rest @ ..] => (false, rest),
        _ => return None,
    };
    let units = rest.chunks_exact(2).map(|pair| match (little, [pair[0], pair[1]]) {
        (true, pair) => u16::from_le_bytes(pair),
        (false, pair) => u16::from_be_bytes(pair),
    });
    char::decode_utf16(units).collect::<Result<_, _>>().ok()
}

fn bare_base64(octets: &[u8]) -> Option<Vec<u8>> {
    let compact: Vec<u8> =
        octets.iter().copied().filter(|octet| !octet.is_ascii_whitespace()).collect();
    STANDARD.decode(compact).ok()
}

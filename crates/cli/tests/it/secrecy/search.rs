//! Looks for secrets in everything that a folder holds: files as they lie on the disk, records and
//! journals as the store reads them, and whatever is packed in base64 or hexadecimal inside.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use counterfoil_sim::secrets::disguises;
use counterfoil_store::inspect::{Inspector, PAGE_ROWS_MAX};

/// How many packings, one in another, are undone.
const DEPTH_MAX: usize = 3;
/// Fewest characters that count as packed octets.
const RUN_MIN: usize = 16;
/// Digits of a card number that may be shown: those of the issuer.
const BIN_DIGITS: usize = 6;

/// One form of a secret.
#[derive(Debug)]
struct Form {
    secret: String,
    disguise: &'static str,
    octets: Vec<u8>,
}

/// What is looked for, all of it in one pass.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    forms: Vec<Form>,
    /// Forms by their first two octets.
    starts: Vec<Vec<usize>>,
}

/// A secret that was found. Its name stands for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hit {
    pub(super) place: String,
    pub(super) secret: String,
    pub(super) disguise: &'static str,
}

/// Something to search, with its name.
pub(super) struct Place {
    pub(super) name: String,
    pub(super) octets: Vec<u8>,
}

impl Wanted {
    /// Adds a text, whatever its case.
    pub(super) fn text(&mut self, name: &str, text: &str) {
        for written in [text.to_owned(), text.to_uppercase(), text.to_lowercase()] {
            self.all_forms(name, &written);
        }
    }

    /// Adds a card number, and what of it nobody may show.
    pub(super) fn card(&mut self, name: &str, number: &str) {
        self.all_forms(name, number);
        let grouped: Vec<&str> =
            (0..number.len()).step_by(4).map(|at| &number[at..number.len().min(at + 4)]).collect();
        self.form(name, "groups of four", grouped.join(" ").as_bytes());
        self.form(name, "groups of four", grouped.join("-").as_bytes());
        self.form(name, "clear, without the issuer", &number.as_bytes()[BIN_DIGITS..]);
        let value: u64 = number.parse().unwrap();
        self.form(name, "binary number", &value.to_be_bytes()[1..]);
        self.form(name, "binary number", &value.to_le_bytes()[..7]);
    }

    fn all_forms(&mut self, name: &str, text: &str) {
        for (disguise, octets) in disguises(text) {
            self.form(name, disguise, &octets);
        }
        let wide: Vec<u8> = text.bytes().flat_map(|octet| [0, octet]).collect();
        self.form(name, "UTF-16", &wide[1..]);
        // Without a salt, a digest of something guessable is as good as the thing itself.
        let digest = counterfoil_crypto::digest::sha256(text.as_bytes());
        self.form(name, "bare digest", &digest);
        self.form(name, "bare digest", hex::encode(digest).as_bytes());
    }

    fn form(&mut self, secret: &str, disguise: &'static str, octets: &[u8]) {
        self.starts.resize(1 << 16, Vec::new());
        self.starts[usize::from(octets[0]) << 8 | usize::from(octets[1])].push(self.forms.len());
        self.forms.push(Form { secret: secret.to_owned(), disguise, octets: octets.to_vec() });
    }

    /// Everything that is found in a place.
    pub(super) fn search(&self, place: &Place) -> BTreeSet<Hit> {
        let mut hits = BTreeSet::new();
        self.search_octets(&place.name, &place.octets, 0, false, &mut hits);
        hits
    }

    /// The same without looking into what is packed.
    pub(super) fn search_plainly(&self, place: &Place) -> BTreeSet<Hit> {
        let mut hits = BTreeSet::new();
        self.search_octets(&place.name, &place.octets, DEPTH_MAX, false, &mut hits);
        hits
    }

    fn search_octets(
        &self,
        place: &str,
        octets: &[u8],
        depth: usize,
        is_packed: bool,
        hits: &mut BTreeSet<Hit>,
    ) {
        for (at, pair) in octets.windows(2).enumerate() {
            for form in &self.starts[usize::from(pair[0]) << 8 | usize::from(pair[1])] {
                let Form { secret, disguise, octets: wanted } = &self.forms[*form];
                if octets[at..].starts_with(wanted) {
                    let place =
                        if is_packed { format!("{place}, unpacked") } else { place.to_owned() };
                    hits.insert(Hit { place, secret: secret.clone(), disguise });
                }
            }
        }
        if depth < DEPTH_MAX {
            for unpacked in unpack(octets) {
                self.search_octets(place, &unpacked, depth + 1, true, hits);
            }
        }
    }
}

/// Every file below a folder, and every record and journal line of the stores among them.
pub(super) fn places(folder: &Path) -> Vec<Place> {
    let mut places = Vec::new();
    for file in files(folder) {
        let name = file.strip_prefix(folder).unwrap_or(&file).display().to_string();
        if name.ends_with(".sqlite") {
            records(&name, &Inspector::open(&file).unwrap(), &mut places);
        }
        // A file of the store, such as the one beside it, may go away meanwhile.
        let Ok(octets) = std::fs::read(&file) else { continue };
        places.push(Place { octets: [name.as_bytes(), b"\n", &octets].concat(), name });
    }
    places
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// A value longer than a page lies in pieces on the disk, so the store puts it together.
fn records(name: &str, store: &Inspector, places: &mut Vec<Place>) {
    for (table, _) in store.tables().unwrap() {
        let mut after: Option<Vec<u8>> = None;
        loop {
            let rows = store.records(&table, b"", after.as_deref(), PAGE_ROWS_MAX).unwrap();
            let Some((last, _)) = rows.last() else { break };
            after = Some(last.clone());
            for (key, value) in rows {
                let name = format!("{name}, table {table}");
                places.push(Place { name, octets: [key, b"\n".to_vec(), value].concat() });
            }
        }
    }
    let mut last = 0;
    loop {
        let lines = store.journal_after(last, PAGE_ROWS_MAX).unwrap();
        let Some(line) = lines.last() else { break };
        last = line.seq;
        for line in lines {
            let entry = line.entry;
            let direction = entry.direction.name();
            let head = [&entry.peer, entry.xid.as_deref().unwrap_or("")].join("\n");
            let name = format!("{name}, {} {direction}", entry.message);
            places.push(Place { name, octets: [head.into_bytes(), entry.body].concat() });
        }
    }
}

/// What may be packed in a text: runs of base64, of its form for addresses, and of hexadecimal.
/// Lines of a PEM file are one run.
fn unpack(octets: &[u8]) -> Vec<Vec<u8>> {
    let lenient = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let mut unpacked = Vec::new();
    for (alphabet, extra) in [(STANDARD, b"+/"), (URL_SAFE, b"-_")] {
        let engine = GeneralPurpose::new(&alphabet, lenient);
        for run in runs(octets, |octet| octet.is_ascii_alphanumeric() || extra.contains(&octet)) {
            let whole = run.len() / 4 * 4;
            unpacked.extend(engine.decode(&run[..whole]));
            // The last, unfinished group is decoded by itself.
            unpacked.extend(engine.decode(&run).ok().filter(|_| whole < run.len()));
        }
    }
    for run in runs(octets, |octet| octet.is_ascii_hexdigit()) {
        unpacked.extend(hex::decode(&run[..run.len() / 2 * 2]));
    }
    unpacked
}

fn runs(octets: &[u8], belongs: impl Fn(u8) -> bool) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut run = Vec::new();
    for &octet in octets.iter().chain(b"\0") {
        if belongs(octet) {
            run.push(octet);
        } else if !matches!(octet, b'\n' | b'\r') {
            let ended = std::mem::take(&mut run);
            found.extend(Some(ended).filter(|run| run.len() >= RUN_MIN));
        }
    }
    found
}

mod tests {
    use super::*;
    use base64::engine::general_purpose;
    use counterfoil_party::records::{Direction, JournalEntry, Records as _};
    use counterfoil_store::{Storage as _, Store};

    const CARD: &str = "9900011234567895";
    const ORDER: &str = "quietmoonquartz";

    fn wanted() -> Wanted {
        let mut wanted = Wanted::default();
        wanted.card("the card", CARD);
        wanted.text("the order", ORDER);
        wanted
    }

    /// The disguises in which secrets are found in these octets.
    fn found(octets: &[u8]) -> Vec<String> {
        let place = Place { name: "here".into(), octets: octets.to_vec() };
        let hits = wanted().search(&place);
        hits.into_iter()
            .map(|hit| format!("{}: {} in {}", hit.place, hit.secret, hit.disguise))
            .collect()
    }

    #[track_caller]
    fn finds(octets: &[u8], expected: &str) {
        let found = found(octets);
        assert!(found.iter().any(|hit| hit == expected), "{expected} is not in {found:?}");
    }

    #[test]
    fn finds_every_disguise_of_a_card() {
        finds(format!("x{CARD}y").as_bytes(), "here: the card in clear");
        finds(b"4000 9900 0112 3456 7895", "here: the card in groups of four");
        finds(b"990001****1234567895", "here: the card in clear, without the issuer");
        finds(hex::encode(CARD).as_bytes(), "here: the card in hexadecimal");
        finds(hex::encode_upper(CARD).as_bytes(), "here: the card in hexadecimal");
        for before in ["", "a", "ab"] {
            let text = general_purpose::STANDARD.encode(format!("{before}{CARD}zz"));
            finds(text.as_bytes(), "here: the card in base64");
        }
        finds(&hex::decode(CARD).unwrap(), "here: the card in packed decimal");
        finds(&hex::decode(format!("0{CARD}0")).unwrap(), "here: the card in packed decimal");
        let value: u64 = CARD.parse().unwrap();
        finds(&value.to_be_bytes(), "here: the card in binary number");
        finds(&value.to_le_bytes(), "here: the card in binary number");
        let digest = counterfoil_crypto::digest::sha256(CARD.as_bytes());
        finds(&digest, "here: the card in bare digest");
    }

    #[test]
    fn finds_every_disguise_of_a_text() {
        finds(b"a QuietMoonQuartz".to_ascii_lowercase().as_slice(), "here: the order in clear");
        finds(ORDER.to_uppercase().as_bytes(), "here: the order in clear");
        finds(hex::encode(ORDER).as_bytes(), "here: the order in hexadecimal");
        let wide: Vec<u8> = ORDER.bytes().flat_map(|octet| [octet, 0]).collect();
        finds(&wide, "here: the order in UTF-16");
    }

    #[test]
    fn finds_what_is_packed_twice_and_in_lines() {
        let inner = general_purpose::STANDARD.encode(format!("\x30\x10{CARD}"));
        let outer = general_purpose::URL_SAFE_NO_PAD.encode(format!("{{\"body\":\"{inner}\"}}"));
        finds(format!("{{\"pi\":\"{outer}\"}}").as_bytes(), "here, unpacked: the card in clear");
        let (first, second) = inner.split_at(12);
        let lines = format!("-----BEGIN X-----\n{first}\n{second}\n-----END X-----\n");
        finds(lines.as_bytes(), "here, unpacked: the card in clear");
        let text = format!("\"{}\"", hex::encode(inner));
        finds(text.as_bytes(), "here, unpacked: the card in base64");
    }

    #[test]
    fn finds_nothing_in_what_may_be_shown() {
        assert_eq!(found(b"990001******7895 paid 12.00 USD for order 0000000001"), [""; 0]);
        assert_eq!(found(b"quietmoon quartz"), [""; 0]);
    }

    #[test]
    fn reads_files_records_and_journals_of_a_folder() {
        let data = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(data.path().join("log/old")).unwrap();
        std::fs::write(data.path().join("log/old/.hidden"), CARD).unwrap();
        let mut store = Store::open(&data.path().join("state.sqlite")).unwrap();
        store.begin_input();
        // Longer than a page, so that on the disk the secret does not lie in one piece.
        let long = ORDER.repeat(1_000);
        store.put("order", b"1", long.clone().into_bytes());
        store.journal(JournalEntry {
            at: jiff::Timestamp::UNIX_EPOCH,
            direction: Direction::Sent,
            message: "AuthReq".into(),
            xid: None,
            rrpid: None,
            peer: "gateway".into(),
            body: CARD.into(),
        });
        store.finish_input(true).unwrap();
        store.commit().unwrap();
        let wanted = wanted();
        let hits: BTreeSet<Hit> =
            places(data.path()).iter().flat_map(|place| wanted.search(place)).collect();
        let has = |place: &str, secret: &str| {
            hits.iter().any(|hit| hit.place == place && hit.secret == secret)
        };
        assert!(has("log/old/.hidden", "the card"), "{hits:?}");
        assert!(has("state.sqlite, table order", "the order"), "{hits:?}");
        assert!(has("state.sqlite, AuthReq sent", "the card"), "{hits:?}");
    }
}

//! Made logs of a gateway and of the web server before it, the same for the same seed: two hours
//! in which one bank stops answering after a deploy, cards are tried out, and a merchant breaks.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng as _, SeedableRng as _};

/// When the made traffic begins: 2026-07-01T08:00:00Z, in microseconds since 1970.
const BEGIN_US: u64 = 1_782_892_800_000_000;
/// How long it lasts.
const LENGTH_US: u64 = 2 * 3_600 * 1_000_000;
/// Octets that one payment takes in both files, roughly.
const PAYMENT_BYTES: u64 = 830;
/// Numbers of merchants, cards, addresses and routes.
const MERCHANTS: u64 = 200;
const CARDS: u64 = 150_000;
const ROUTES: u64 = 5;
/// User agents.
const AGENTS: [&str; 4] =
    ["okhttp/4.12.0", "Mozilla/5.0 (X11; Linux x86_64)", "curl/8.5.0", "shop/3.1"];

/// The files that were written.
pub struct Made {
    /// The gateway's log: JSON Lines.
    pub json: PathBuf,
    /// The web server's access log, with request times.
    pub access: PathBuf,
    /// Lines of both.
    pub lines: u64,
    /// Octets of both.
    pub bytes: u64,
}

/// One payment.
struct Payment {
    us: u64,
    xid: [u64; 3],
    merchant: u64,
    card: u64,
    route: u64,
    source: [u8; 4],
    took_us: u64,
    verdict: Verdict,
}

/// How it ends.
#[derive(Clone, Copy, PartialEq)]
enum Verdict {
    Approved,
    Declined(&'static str),
    BankSilent,
    BadSignature,
}

/// Writes about `size_bytes` of logs into a folder.
pub fn write(folder: &Path, size_bytes: u64, seed: u64) -> io::Result<Made> {
    let (json, access) = (folder.join("gateway.jsonl"), folder.join("access.log"));
    let mut gateway = BufWriter::with_capacity(1 << 20, File::create(&json)?);
    let mut web = BufWriter::with_capacity(1 << 20, File::create(&access)?);
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let payments = (size_bytes / PAYMENT_BYTES).max(100);
    let mut lines = 0;
    let deploy_at = payments * 599 / 1_000;
    for n in 0..payments {
        let payment = Payment::cast(&mut dice, n, payments);
        if n == deploy_at {
            writeln!(
                gateway,
                "{{\"time\":\"{}\",\"level\":\"info\",\"party\":\"gateway\",\
                    \"event\":\"party.deployed\",\
                 \"version\":\"1.4.2\"}}",
                time(payment.us)
            )?;
            lines += 1;
        }
        payment.gateway_lines(&mut gateway)?;
        lines += 2;
        lines += payment.web_lines(&mut web, &mut dice)?;
    }
    gateway.flush()?;
    web.flush()?;
    let bytes = json.metadata()?.len() + access.metadata()?.len();
    Ok(Made { json, access, lines, bytes })
}

impl Payment {
    /// The `n`th of so many payments.
    fn cast(dice: &mut ChaCha8Rng, n: u64, payments: u64) -> Self {
        let mut below = |bound: u64| dice.next_u64() % bound;
        let spacing = LENGTH_US / payments;
        let us = BEGIN_US + n * spacing + below(spacing.max(1));
        let part = n * 1_000 / payments;
        let place = below(60_000);
        let mut payment = Self {
            us,
            xid: [below(u64::MAX), below(u64::MAX), below(1 << 32)],
            merchant: below(MERCHANTS),
            card: below(CARDS),
            route: below(ROUTES),
            source: [10, (place >> 16) as u8, (place >> 8) as u8, place as u8],
            took_us: 20_000
                + below(60_000)
                + below(60_000)
                + if below(25) == 0 { 400_000 } else { 0 },
            verdict: Verdict::Approved,
        };
        if below(100) < 3 {
            payment.verdict = Verdict::Declined(["05", "51", "54"][below(3) as usize]);
        }
        if (600..760).contains(&part) && payment.route == 2 && below(10) < 7 {
            payment.verdict = Verdict::BankSilent;
            payment.took_us = 5_000_000 + below(900_000);
        } else if (300..320).contains(&part) && below(4) == 0 {
            payment.source = [203, 0, 113, 77];
            payment.card = CARDS + below(CARDS);
            payment.verdict = Verdict::Declined("14");
        } else if part >= 850 && payment.merchant == 17 && below(10) < 6 {
            payment.verdict = Verdict::BadSignature;
        }
        payment
    }

    fn gateway_lines(&self, out: &mut impl Write) -> io::Result<()> {
        let [a, b, c] = self.xid;
        let xid = format!("{a:016x}{b:016x}{c:08x}");
        let rrpid = format!("{:016x}{a:016x}{c:08x}", b ^ a);
        let (merchant, card, route) = (self.merchant, self.card, self.route);
        let [s0, s1, s2, s3] = self.source;
        writeln!(
            out,
            "{{\"time\":\"{}\",\"level\":\"info\",\"party\":\"gateway\",\
                \"event\":\"message.received\",\"xid\":\"{xid}\",\
             \"rrpid\":\"{rrpid}\",\"merchant\":\"m-{merchant:03}\",\"source\":\"{s0}.{s1}.{s2}.{s3}\"}}",
            time(self.us)
        )?;
        let (level, event, code) = match self.verdict {
            Verdict::Approved => ("info", "authorization.approved", "00"),
            Verdict::Declined(code) => ("warning", "authorization.declined", code),
            Verdict::BankSilent => ("error", "authorization.failed", "bank-silent"),
            Verdict::BadSignature => ("error", "message.refused", "signature-invalid"),
        };
        writeln!(
            out,
            "{{\"time\":\"{}\",\"level\":\"{level}\",\"party\":\"gateway\",\
                \"event\":\"{event}\",\"xid\":\"{xid}\",\
             \"rrpid\":\"{rrpid}\",\"merchant\":\"m-{merchant:03}\",\"card\":\"tok_{card:06x}\",\
             \"source\":\"{s0}.{s1}.{s2}.{s3}\",\"route\":\"bank-{route}\",\"code\":\"{code}\",\"duration_ms\":{}.{}}}",
            time(self.us + self.took_us),
            self.took_us / 1_000,
            self.took_us / 100 % 10
        )
    }

    /// Returns how many lines were written.
    fn web_lines(&self, out: &mut impl Write, dice: &mut ChaCha8Rng) -> io::Result<u64> {
        let status = match self.verdict {
            Verdict::Approved | Verdict::Declined(_) => 200,
            Verdict::BankSilent => 504,
            Verdict::BadSignature => 400,
        };
        let [s0, s1, s2, s3] = self.source;
        let agent = AGENTS[(self.card % 4) as usize];
        let number = dice.next_u64() % 90_000 + 10_000;
        for (method, path, status, took_us, length) in [
            ("GET", format!("/orders/{number}"), 200, 1_500 + number % 3_000, 5_120),
            ("POST", "/set/payment".to_owned(), status, self.took_us + 900, 2_048 + number % 512),
        ] {
            writeln!(
                out,
                "{s0}.{s1}.{s2}.{s3} - - [{}] \"{method} {path} HTTP/1.1\" {status} {length} \
                    \"-\" \"{agent}\" {}.{:03}",
                access_time(self.us + took_us),
                took_us / 1_000_000,
                took_us / 1_000 % 1_000
            )?;
        }
        Ok(2)
    }
}

/// RFC 3339 with microseconds.
fn time(us: u64) -> String {
    let time = Timestamp::from_microsecond(us as i64).unwrap_or(Timestamp::UNIX_EPOCH);
    format!("{time:.6}")
}

/// As access logs write it. All of the made traffic is on one day.
fn access_time(us: u64) -> String {
    let second = us / 1_000_000 % 86_400;
    format!("01/Jul/2026:{:02}:{:02}:{:02} +0000", second / 3_600, second / 60 % 60, second % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_logs() {
        let folder = tempfile::tempdir().unwrap();
        let other = tempfile::tempdir().unwrap();
        let (a, b) =
            (write(folder.path(), 100_000, 1).unwrap(), write(other.path(), 100_000, 1).unwrap());
        assert_eq!(std::fs::read(&a.json).unwrap(), std::fs::read(&b.json).unwrap());
        assert_eq!((a.lines, a.bytes), (b.lines, b.bytes));
        assert!((70_000..130_000).contains(&a.bytes), "{}", a.bytes);
    }
}

//! The cryptographic operations that a gateway cannot do without for one payment that is
//! authorized and then captured, and what they cost on this machine now.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use counterfoil_crypto::cms::ContentInfo;
use counterfoil_crypto::cms::enveloped::{self, Recipient};
use counterfoil_crypto::cms::recipient::IssuerAndSerial;
use counterfoil_crypto::digest::Digest;
use counterfoil_crypto::key::{ExchangeKey, KeyPair, KeyUse, RecipientKey, SigningKey};
use counterfoil_crypto::oid::{Oid, content_type};
use counterfoil_crypto::provider::AWS_LC;
use counterfoil_crypto::signature::VerifyingKey;
use counterfoil_crypto::suite::Suite;
use counterfoil_node::rng::SystemRng;

use crate::failure::Failure;

/// An operation, how often a payment asks a gateway for it, and where.
pub const OPERATIONS: [(&str, u32, &str); 4] = [
    ("open", 4, "AuthReq, the payment instruction, PANData, CapReq"),
    ("verify", 3, "AuthReq's signature, the dual signature, CapReq's signature"),
    ("sign", 4, "AuthRes, AuthReceipt, CapRes, CapReceipt"),
    ("seal", 2, "AuthRes, CapRes"),
];

/// Octets of what is signed and sealed: about those of an AuthRes.
const CONTENT_BYTES: usize = 1_024;
/// Type of that content.
const CONTENT_TYPE: Oid = content_type(14);
/// Context of what is sealed.
const BINDING: Digest = [7; 32];
/// Name and serial number of the recipient's certificate: an empty Name and 1.
const RECIPIENT: IssuerAndSerial<'static> =
    IssuerAndSerial { issuer_der: &[0x30, 0x00], serial_der: &[0x02, 0x01, 0x01] };
/// Each operation, in one round.
const TIMES_PER_ROUND: u32 = 8;
/// Rounds that are timed at least, however short the run.
const ROUNDS_MIN: u32 = 8;
/// Pause between two rounds, so that timing takes little from what is measured.
const PAUSE_MS: u64 = 250;

/// Keys of a suite, and what was made with them.
pub struct Bare {
    suite: &'static Suite,
    signing: std::sync::Arc<dyn SigningKey>,
    verifying: VerifyingKey,
    opening: std::sync::Arc<dyn ExchangeKey>,
    sealing: RecipientKey,
    content: Vec<u8>,
    signature: Vec<u8>,
    sealed: ContentInfo,
}

/// Mean processor time of each of [`OPERATIONS`], in its order.
#[derive(Debug, Clone, Copy)]
pub struct Cost(pub [Duration; OPERATIONS.len()]);

impl Cost {
    /// Processor time of everything that one payment needs.
    pub fn per_payment(&self) -> Duration {
        OPERATIONS.iter().zip(self.0).map(|((_, times, _), cost)| cost * *times).sum()
    }
}

impl Bare {
    /// Makes keys of this suite.
    pub fn of(suite: &str) -> Result<Self, Failure> {
        let suite = Suite::by_name(suite)?;
        let mut rng = SystemRng::new();
        let content = vec![0x5a; CONTENT_BYTES];
        let signing = KeyPair::generate(&AWS_LC, suite, KeyUse::Sign, &mut rng)?.signing_key()?;
        let verifying = VerifyingKey::from_spki(signing.spki_der())?;
        let signature = signing.sign(&content, &mut rng)?;
        let opening = KeyPair::generate(&AWS_LC, suite, KeyUse::Exchange, &mut rng)?;
        let opening = opening.exchange_key()?;
        let sealing = RecipientKey::from_spki(opening.spki_der())?;
        let recipient = Recipient { name: RECIPIENT, key: &sealing };
        let sealed = enveloped::seal(CONTENT_TYPE, &content, &recipient, &BINDING, &mut rng)?;
        Ok(Self { suite, signing, verifying, opening, sealing, content, signature, sealed })
    }

    /// Times the operations now and then until `over` is set, on the calling thread.
    pub fn measure_until(&self, over: &AtomicBool) -> Result<Cost, Failure> {
        let mut sums = [Duration::ZERO; OPERATIONS.len()];
        let mut rounds = 0;
        while rounds < ROUNDS_MIN || !over.load(Ordering::Acquire) {
            for (sum, time) in sums.iter_mut().zip(self.round()?) {
                *sum += time;
            }
            rounds += 1;
            if !over.load(Ordering::Acquire) {
                std::thread::sleep(Duration::from_millis(PAUSE_MS));
            }
        }
        Ok(Cost(sums.map(|sum| sum / (rounds * TIMES_PER_ROUND))))
    }

    /// Processor time of [`TIMES_PER_ROUND`] of each operation.
    fn round(&self) -> Result<[Duration; OPERATIONS.len()], Failure> {
        let mut rng = SystemRng::new();
        let recipient = Recipient { name: RECIPIENT, key: &self.sealing };
        Ok([
            timed(|| enveloped::open(&self.sealed, &*self.opening, CONTENT_TYPE, &BINDING))?,
            timed(|| self.verifying.verify(self.suite.signature, &self.content, &self.signature))?,
            timed(|| self.signing.sign(&self.content, &mut rng))?,
            timed(|| {
                let mut rng = SystemRng::new();
                enveloped::seal(CONTENT_TYPE, &self.content, &recipient, &BINDING, &mut rng)
            })?,
        ])
    }
}

/// Processor time of this thread for [`TIMES_PER_ROUND`] runs.
fn timed<T, E: Into<Failure>>(
    mut operation: impl FnMut() -> Result<T, E>,
) -> Result<Duration, Failure> {
    let started = thread_time();
    for _ in 0..TIMES_PER_ROUND {
        black_box(operation().map_err(Into::into)?);
    }
    Ok(thread_time().saturating_sub(started))
}

fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let nanos = u64::try_from(time.tv_nsec).unwrap_or(0);
    Duration::from_secs(seconds) + Duration::from_nanos(nanos)
}

//! The same place of a stream, with other octets.

use counterfoil_remark::{Kind, Remark, Severity};

use super::{Seen, Watch, Watcher, at};

static OVERLAP: Kind = Kind {
    id: "duplicate-with-other-bytes",
    group: "tcp",
    severity: Severity::Error,
    title: "A segment that was sent again does not say what it said before.",
    page: "One of the two is not what the sender sent: something on the way rewrites or injects \
           data, a network card is faulty, or somebody tries to show one thing to an observer and \
           another to the receiver. What is shown is what came first; the receiver may have taken \
           the other.\n\nCompare captures of both ends. A receiver that checks signatures or MACs \
           refuses the wrong one; look there for the time of this frame.",
    reference: "RFC 9293 section 3.10.7.4; RFC 1858",
};

pub(super) static WATCHER: Watcher =
    Watcher { kinds: &[&OVERLAP], start: || Box::new(Overlap { said: 0 }) };

/// Remarks of this kind on one connection.
const SAID_MAX: u32 = 8;

struct Overlap {
    said: u32,
}

impl Watch for Overlap {
    fn segment(&mut self, seen: &Seen<'_>, say: &mut Vec<Remark>) {
        let Some(range) = seen.taken.and_then(|taken| taken.conflict.clone()) else { return };
        if self.said == SAID_MAX {
            return;
        }
        self.said += 1;
        let said = format!(
            "{} sent octets {}..{} of its stream twice, differently",
            seen.sender(),
            range.start,
            range.end
        );
        let place = format!("stream octets {}..{}", range.start, range.end);
        say.push(OVERLAP.of(seen.subject(), said).with_at("seen", place, at(seen.frame)));
    }
}
